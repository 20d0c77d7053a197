/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/codec.h"

#include <string.h>

const fj_codec *
fj_codec_find(const char *name)
{
    const fj_codec *const all[] = {&fj_codec_zlib, &fj_codec_gzip,
                                   &fj_codec_lz4};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    return NULL;
}
