/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where a seal stands at the end of a file, and how it is found from there.
 * What is in it is Python's matter (fastjoblib/_seal.py); here only its first
 * and last bytes count, little-endian:
 *
 *     magic       8 bytes
 *     size        8, of the object's data, before compression
 *     size        4, of all, up to 1 MiB
 *     check       4, the check value of the object's data, for zlib and gzip
 *     ...
 *     size        4, of all, again
 *     CRC-32      4, of all above
 *     magic       8
 *
 * It is
 *   raw files           the last bytes of the file;
 *   zlib, gzip          data of the stream, in stored blocks before its
 *                       trailer, since joblib bears nothing behind the stream;
 *   lz4                 in a skippable frame behind the other.
 */
#ifndef FJ_CODEC_SEAL_H
#define FJ_CODEC_SEAL_H

#include "codec/codec.h"
#include "codec/feed.h"

enum {
    FJ_SEAL_MAGIC = 8,
    FJ_SEAL_HEAD = 24, // up to the check
    FJ_SEAL_FOOTER = 16,
    FJ_SEAL_MAX = 1 << 20,
};

typedef struct {
    uint8_t *bytes; // owned
    size_t nbytes;
    uint64_t start;       // in the feed: of what the seal is in
    uint64_t data_nbytes; // of the object, as the seal says
    uint32_t data_check;
    bool is_data; // it is read as data behind the object's
} fj_found_seal;

/* The size of the seal that begins with these FJ_SEAL_HEAD bytes, 0 if none
 * does. */
size_t fj_seal_measure(const void *head);

/* Whether these bytes, as many as it says, are one whole seal. */
bool fj_seal_is_whole(const void *seal, size_t nbytes);

/* The size of the whole seal that these bytes end with, 0 if they do not. */
size_t fj_seal_at_end(const void *data, size_t nbytes);

/* What goes behind a stream, or, for zlib and gzip, into it; `codec` NULL: a
 * raw file.  Allocates *bytes_ret, to be freed. */
fj_status fj_seal_wrap(const fj_codec *codec, const uint8_t *seal,
                       size_t nbytes, uint8_t **bytes_ret, size_t *nbytes_ret);

/* Looks for a seal at the feed's end.  True with the seal, which must be
 * cleared; false, with nothing to clear, if there is none that is whole. */
bool fj_seal_find(fj_found_seal *found, const fj_codec *codec,
                  const fj_feed *feed);

void fj_found_seal_clear(fj_found_seal *found);

#endif
