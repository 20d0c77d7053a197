/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Decoding whole streams of zlib and gzip, with what surrounds the deflate
 * data (RFC 1950 and 1952).  These are decode_stream() and its neighbours in
 * codec.h, which says what they promise.
 */
#ifndef FJ_CODEC_ZLIB_STREAM_H
#define FJ_CODEC_ZLIB_STREAM_H

#include "codec/codec.h"

/* One zlib stream, or one member of a gzip file, in pieces of any size. */
void *fj_inflate_zlib_new(void);
void *fj_inflate_gzip_new(void);
void fj_inflate_stream_free(void *stream);
fj_status fj_inflate_stream(void *stream, const uint8_t *src,
                            size_t *src_nbytes, uint8_t *dst,
                            size_t *dst_nbytes);
const char *fj_inflate_message(const void *stream);

#endif
