/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/codec.h"

#include <stdlib.h> // getenv
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

/* Whether a list of names with commas between them has this one. */
static bool
lists(const char *list, const char *name)
{
    size_t nbytes = strlen(name);
    while (list != NULL) {
        if (strncmp(list, name, nbytes) == 0 &&
            (list[nbytes] == ',' || list[nbytes] == '\0')) {
            return true;
        }
        list = strchr(list, ',');
        list = list == NULL ? NULL : list + 1;
    }
    return false;
}

fj_codec_libraries
fj_codec_enabled(void)
{
    const char *disabled = getenv("FASTJOBLIB_DISABLE");
    fj_codec_libraries enabled = {
        .isal = !lists(disabled, "isal"),
        .libdeflate = !lists(disabled, "libdeflate"),
    };
#ifndef FJ_HAVE_ISAL
    enabled.isal = false;
#endif
#ifndef FJ_HAVE_LIBDEFLATE
    enabled.libdeflate = false;
#endif
    return enabled;
}
