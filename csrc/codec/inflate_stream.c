/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/inflate.h"

#include <stdlib.h>
#include <zlib.h>

typedef struct {
    z_stream z;
    const char *message;
} inflate_stream;

static void *
stream_new(int window_bits)
{
    inflate_stream *s = calloc(1, sizeof *s);
    if (s != NULL && inflateInit2(&s->z, window_bits) != Z_OK) {
        free(s);
        s = NULL;
    }
    return s;
}

void *
fj_inflate_zlib_new(void)
{
    return stream_new(15);
}

void *
fj_inflate_gzip_new(void)
{
    return stream_new(15 + 16);
}

void
fj_inflate_stream_free(void *stream)
{
    inflate_stream *s = stream;
    if (s != NULL) {
        inflateEnd(&s->z);
        free(s);
    }
}

fj_codec_status
fj_inflate_stream(void *stream, const uint8_t *src, size_t *src_nbytes,
                  uint8_t *dst, size_t *dst_nbytes)
{
    inflate_stream *s = stream;
    z_stream *z = &s->z;
    uint8_t none;
    z->next_in = (Bytef *)src;
    z->avail_in = *src_nbytes < UINT32_MAX ? (uInt)*src_nbytes : UINT32_MAX;
    z->next_out = *dst_nbytes == 0 ? &none : dst;
    z->avail_out = *dst_nbytes < UINT32_MAX ? (uInt)*dst_nbytes : UINT32_MAX;
    uInt had_in = z->avail_in, had_out = z->avail_out;
    int result = inflate(z, Z_SYNC_FLUSH);
    *src_nbytes = had_in - z->avail_in;
    *dst_nbytes = had_out - z->avail_out;
    switch (result) {
    case Z_STREAM_END:
        inflateReset(z);
        return FJ_CODEC_END;
    case Z_OK:
    case Z_BUF_ERROR:
        return FJ_CODEC_OK;
    case Z_MEM_ERROR:
        return FJ_CODEC_NO_MEMORY;
    case Z_NEED_DICT:
        s->message = "it needs a preset dictionary";
        return FJ_CODEC_DAMAGED;
    default:
        s->message = z->msg != NULL ? z->msg : "invalid data";
        return FJ_CODEC_DAMAGED;
    }
}

const char *
fj_inflate_message(const void *stream)
{
    return ((const inflate_stream *)stream)->message;
}
