/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FJ_CODEC_INFLATE_H
#define FJ_CODEC_INFLATE_H

#include "codec/codec.h"

void *fj_inflate_block_new(void);
void fj_inflate_block_free(void *decoder);
fj_codec_status fj_inflate_block(void *decoder, const uint8_t *src,
                                 size_t src_nbytes, uint8_t *dst,
                                 size_t *nbytes);

void *fj_inflate_zlib_new(void);
void *fj_inflate_gzip_new(void);
void fj_inflate_stream_free(void *stream);
fj_codec_status fj_inflate_stream(void *stream, const uint8_t *src,
                                  size_t *src_nbytes, uint8_t *dst,
                                  size_t *dst_nbytes);
const char *fj_inflate_message(const void *stream);

#endif
