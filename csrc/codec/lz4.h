/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What LZ4 frames need beyond the functions in codec.h.
 *
 * Writing.  A stream is one frame of independent blocks, without check
 * values.  The header may contain the size of the content, which is not known
 * yet when the header is written.  That makes it 8 bytes longer.  So:
 *
 * - what cannot be rewritten (a pipe, a socket, a file object) begins with
 *   begin(), without the size;
 * - so does content of a single block, for which the size is of no use to a
 *   reader, and small files stay as small as possible;
 * - any other regular file begins with begin_sized() of 0 bytes, and at the
 *   end this is overwritten by begin_sized() of the total, which has the same
 *   length.  To every reader 0 means that the size is not known, so a file
 *   whose header was not rewritten is valid too.
 *
 * Reading.  Blocks of an independent frame may be decoded in parallel:
 *
 *     fj_lz4_parse_frame()            the header
 *     4 bytes, fj_lz4_block_head()    what the next block is; or the end mark
 *     payload, and 4 bytes behind it if frame.block_checksum
 *         fj_lz4_check_block()        if frame.block_checksum
 *         decode()                    head and payload, without the checksum
 *     ...
 *     4 bytes if frame.content_checksum: fj_xxh32 of all the content, seed 0
 *
 * The content must then be of frame.content_nbytes, where that is not 0.  All
 * other frames are for decode_stream(), which checks everything itself.
 */
#ifndef FJ_CODEC_LZ4_H
#define FJ_CODEC_LZ4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/codec.h"

enum {
    FJ_LZ4_HEADER_MIN = 7,
    FJ_LZ4_HEADER_MAX = 19,
    FJ_LZ4_BLOCK_HEAD = 4,
    FJ_LZ4_CHECKSUM = 4,
    FJ_LZ4_SKIPPABLE_HEAD = 8,
    /* No frame has larger blocks. */
    FJ_LZ4_BLOCK_MAX = 4 << 20,
};

typedef struct {
    /* Of the header.  After TRUNCATED: how many bytes are needed to go on. */
    size_t header_nbytes;
    /* A skippable frame: `content_nbytes` bytes follow its header, and the
     * other fields below are false or 0. */
    bool skippable;
    bool independent;
    bool block_checksum;
    bool content_checksum;
    size_t block_max;        // what a block holds, at most
    uint64_t content_nbytes; // 0: not known
    /* What is wrong, in a few words: after DAMAGED. */
    const char *message;
} fj_lz4_frame;

/* Whether these bytes begin a frame, skippable ones included. */
bool fj_lz4_is_frame(const uint8_t first4[4]);

/* Reads the header at the beginning of `src`: OK, TRUNCATED or DAMAGED. */
fj_status fj_lz4_parse_frame(const uint8_t *src, size_t nbytes,
                             fj_lz4_frame *frame_ret);

/* Reads the 4 bytes before a block.  OK, with the number of bytes of payload,
 * at most frame->block_max, or with *is_end_ret set; DAMAGED if the block is
 * too large. */
fj_status fj_lz4_block_head(const uint8_t head[4], const fj_lz4_frame *frame,
                            size_t *payload_nbytes_ret, bool *is_end_ret);

/* Whether this is the checksum of that payload. */
bool fj_lz4_check_block(const uint8_t *payload, size_t nbytes,
                        const uint8_t checksum[4]);

/* Functions of the codec's table that are in other files than the table. */
size_t fj_lz4_begin(int level, uint8_t *dst);
size_t fj_lz4_begin_sized(int level, uint64_t nbytes, uint8_t *dst);
size_t fj_lz4_write_block_head(size_t payload_nbytes, bool stored,
                               uint8_t *dst);
bool fj_lz4_block_is_stored(const uint8_t head[4]);

/* Writes the FJ_LZ4_SKIPPABLE_HEAD bytes before `nbytes` that readers
 * skip. */
void fj_lz4_write_skippable_head(size_t nbytes, uint8_t *dst);

void *fj_lz4_stream_new(void);
void fj_lz4_stream_free(void *stream);
fj_status fj_lz4_decode_stream(void *stream, const uint8_t *src,
                               size_t *src_nbytes, uint8_t *dst,
                               size_t *dst_nbytes);
const char *fj_lz4_stream_message(const void *stream);

#endif
