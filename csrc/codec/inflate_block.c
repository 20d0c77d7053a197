/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/inflate.h"

#include <stdlib.h>
#include <zlib.h>

void *
fj_inflate_block_new(void)
{
    z_stream *z = calloc(1, sizeof *z);
    if (z != NULL && inflateInit2(z, -15) != Z_OK) {
        free(z);
        z = NULL;
    }
    return z;
}

void
fj_inflate_block_free(void *decoder)
{
    if (decoder != NULL) {
        inflateEnd(decoder);
        free(decoder);
    }
}

fj_codec_status
fj_inflate_block(void *decoder, const uint8_t *src, size_t src_nbytes,
                 uint8_t *dst, size_t *nbytes)
{
    z_stream *z = decoder;
    if (src_nbytes > UINT32_MAX || *nbytes > UINT32_MAX) {
        return FJ_CODEC_DAMAGED;
    }
    inflateReset(z);
    z->next_in = (Bytef *)src;
    z->avail_in = (uInt)src_nbytes;
    z->next_out = dst;
    z->avail_out = (uInt)*nbytes;
    int result;
    do {
        result = inflate(z, Z_BLOCK);
    } while (result == Z_OK && (z->data_type & 64) == 0 &&
             ((z->data_type & 128) == 0 || z->avail_in > 0));
    *nbytes -= z->avail_out;
    /* At a block's end, it was not the final one, and no bit is left. */
    return (result == Z_OK || result == Z_BUF_ERROR) && z->data_type == 128 &&
                   z->avail_in == 0
               ? FJ_CODEC_OK
               : FJ_CODEC_DAMAGED;
}
