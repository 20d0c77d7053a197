/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/deflate.h"
#include "base/bytes.h"

#include <stdlib.h>

#include <zlib.h>

struct fj_deflate_encoder {
    int level;
    z_stream zlib;
    bool zlib_ready;
};

size_t
fj_deflate_bound(size_t nbytes)
{
    size_t blocks = nbytes / FJ_DEFLATE_STORED_MAX + 2;
    return nbytes + blocks * FJ_DEFLATE_STORED_HEAD;
}

void *
fj_deflate_new(int level)
{
    fj_deflate_encoder *encoder = calloc(1, sizeof *encoder);
    if (encoder != NULL) {
        encoder->level = level == 0 ? FJ_DEFLATE_DEFAULT_LEVEL : level;
    }
    return encoder;
}

void
fj_deflate_free(void *encoder_)
{
    fj_deflate_encoder *encoder = encoder_;
    if (encoder == NULL) {
        return;
    }
    if (encoder->zlib_ready) {
        deflateEnd(&encoder->zlib);
    }
    free(encoder);
}

/* Stored blocks: what any block can be coded as. */
static size_t
encode_stored(const uint8_t *src, size_t nbytes, bool last, uint8_t *dst)
{
    uint8_t *out = dst;
    for (bool more = true; more;) {
        size_t part =
            nbytes < FJ_DEFLATE_STORED_MAX ? nbytes : FJ_DEFLATE_STORED_MAX;
        /* Of a block to be followed, the last part is the empty one. */
        more = last ? part < nbytes : part > 0;
        out[0] = last && !more;
        fj_store_le16(out + 1, (uint16_t)part);
        fj_store_le16(out + 3, (uint16_t)~part);
        memcpy(out + FJ_DEFLATE_STORED_HEAD, src, part);
        out += FJ_DEFLATE_STORED_HEAD + part;
        src += part;
        nbytes -= part;
    }
    return (size_t)(out - dst);
}

/* Returns 0 where `room` does not suffice. */
static size_t
encode_zlib(z_stream *zlib, const uint8_t *src, size_t nbytes, bool last,
            uint8_t *dst, size_t room)
{
    deflateReset(zlib);
    zlib->next_in = (Bytef *)(uintptr_t)src;
    zlib->avail_in = (uInt)nbytes;
    zlib->next_out = dst;
    zlib->avail_out = (uInt)room;
    int status = deflate(zlib, last ? Z_FINISH : Z_FULL_FLUSH);
    if (last ? status != Z_STREAM_END : zlib->avail_out == 0) {
        return 0;
    }
    return room - zlib->avail_out;
}

fj_codec_status
fj_deflate_block(void *encoder_, const uint8_t *src, size_t nbytes, bool last,
                 uint8_t *dst, size_t *written_ret)
{
    fj_deflate_encoder *encoder = encoder_;
    if (!encoder->zlib_ready) {
        if (deflateInit2(&encoder->zlib, encoder->level, Z_DEFLATED, -15, 8,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            return FJ_CODEC_NO_MEMORY;
        }
        encoder->zlib_ready = true;
    }
    size_t written = encode_zlib(&encoder->zlib, src, nbytes, last, dst,
                                 fj_deflate_bound(nbytes));
    if (written == 0) {
        written = encode_stored(src, nbytes, last, dst);
    }
    *written_ret = written;
    return FJ_CODEC_OK;
}
