/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Decoding for the codecs zlib and gzip: of single blocks (RFC 1951), and of
 * whole streams with what stands around them (RFC 1950 and 1952).  These are
 * decode(), decode_stream() and the like of codec.h; what they promise is
 * said there.
 */
#ifndef FJ_CODEC_INFLATE_H
#define FJ_CODEC_INFLATE_H

#include "codec/codec.h"

/* A block here is a run of deflate blocks none of which is final, and which
 * refer to nothing before it.  It begins with a deflate block and ends
 * behind one, on a byte boundary: OK says that all of this is so, and that
 * any decoder of the stream that comes to `src` gives the same bytes. */
void *fj_inflate_block_new(void);
void fj_inflate_block_free(void *decoder);
fj_codec_status fj_inflate_block(void *decoder, const uint8_t *src,
                                 size_t src_nbytes, uint8_t *dst,
                                 size_t *nbytes);

/* One zlib stream, or one member of a gzip file, in pieces of any size. */
void *fj_inflate_zlib_new(void);
void *fj_inflate_gzip_new(void);
void fj_inflate_stream_free(void *stream);
fj_codec_status fj_inflate_stream(void *stream, const uint8_t *src,
                                  size_t *src_nbytes, uint8_t *dst,
                                  size_t *dst_nbytes);
const char *fj_inflate_message(const void *stream);

#endif
