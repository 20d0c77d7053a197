/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a codec is: how blocks are coded independently of each other, and how
 * blocks, header and trailer make up a stream.  Plain C11 without Python.h;
 * every function may run without the GIL.
 *
 * There are three (zlib, gzip, lz4), each a table of functions.  Encoders,
 * decoders and stream decoders are contexts for one thread at a time, which
 * are used for block after block.
 */
#ifndef FJ_CODEC_CODEC_H
#define FJ_CODEC_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
    /* The size of a block before compression; the last one may be shorter. */
    FJ_BLOCK_NBYTES = 1 << 20,
    /* How far decode() may write beyond the bytes that it was asked for. */
    FJ_DECODE_SLACK = 64,
};

/* The header of a frame in which each block is preceded by its size. */
typedef struct {
    size_t header_nbytes;
    size_t block_max;        // the largest size of a block before compression
    bool block_checksum;     // after each block
    bool content_checksum;   // after the last: 4 bytes, XXH32 of all content
    uint64_t content_nbytes; // 0: not known
} fj_frame;

/* How to find the blocks of such a frame without decoding them. */
typedef struct {
    size_t header_max;
    size_t block_head; // bytes before a block that tell its size
    /* OK; END if only decode_stream() can read what begins here, or say what
     * is wrong with it. */
    fj_status (*parse)(const uint8_t *src, size_t nbytes, fj_frame *frame_ret);
    /* The size of the next block with its header and checksum: OK; END if this
     * is the end mark; DAMAGED. */
    fj_status (*block_nbytes)(const fj_frame *frame, const uint8_t *head,
                              size_t *nbytes_ret);
    /* Whether the checksum at the end of these bytes is right; then *nbytes
     * becomes the number of bytes before it, for decode(). */
    bool (*check_block)(const uint8_t *block, size_t *nbytes);
} fj_frame_reader;

typedef struct fj_codec fj_codec;
struct fj_codec {
    const char *name;
    /* Whether its first `prefix_nbytes` bytes look like a stream of this
     * kind. */
    size_t prefix_nbytes;
    bool (*begins)(const uint8_t *start);

    /* Writing.  Levels are joblib's, 1 to 9; 0 is the codec's default. */
    void *(*encoder_new)(int level); // NULL: no memory
    void (*encoder_free)(void *encoder);
    /* Makes encode() ask `watch` every few milliseconds whether to stop; NULL
     * if it never takes long. */
    void (*encoder_watch)(void *encoder, fj_watch *watch);
    size_t (*bound)(size_t nbytes); // the most that encode() writes
    /* Codes one block, in whole bytes, so that another can follow.  `last`:
     * only what end() writes will follow.  Sets *written_ret. */
    fj_status (*encode)(void *encoder, const uint8_t *src, size_t nbytes,
                        bool last, uint8_t *dst, size_t *written_ret);
    /* Write the header and the trailer of a stream.  Return the number of
     * bytes, at most FJ_CODEC_FRAME.  `check` is over all `nbytes` of the
     * data; `ended`: a block was coded as the last one. */
    size_t (*begin)(int level, uint8_t *dst);
    size_t (*end)(uint32_t check, uint64_t nbytes, bool ended, uint8_t *dst);
    /* begin() with the size of the data; or NULL.  All sizes take the same
     * number of bytes, so the header can be rewritten when the size is
     * known. */
    size_t (*begin_sized)(int level, uint64_t nbytes, uint8_t *dst);

    /* The check value of a stream, NULL if it has none: of one block, and of
     * the concatenation of two parts. */
    uint32_t (*check)(const uint8_t *data, size_t nbytes);
    uint32_t (*combine)(uint32_t check_a, uint32_t check_b, uint64_t nbytes_b);

    /* Reading blocks, each by itself. decode() writes at most *nbytes bytes,
     * sets *nbytes to their number, and needs no data of other blocks.
     * DAMAGED unless the block is all of `src` and not the final one of its
     * stream.  `dst` has room for FJ_DECODE_SLACK more bytes, which may be
     * overwritten. */
    void *(*decoder_new)(void);
    void (*decoder_free)(void *decoder);
    fj_status (*decode)(void *decoder, const uint8_t *src, size_t src_nbytes,
                        uint8_t *dst, size_t *nbytes);

    /* NULL if blocks are not preceded by their sizes. */
    const fj_frame_reader *frames;

    /* Reading a stream from its beginning. decode_stream() uses up to
     * *src_nbytes and writes up to *dst_nbytes, and sets both to what it used
     * and wrote.  OK: it needs more input or more room.  END: the stream has
     * ended within this input, and the context is ready for another stream. */
    void *(*stream_new)(void);
    void (*stream_free)(void *stream);
    fj_status (*decode_stream)(void *stream, const uint8_t *src,
                               size_t *src_nbytes, uint8_t *dst,
                               size_t *dst_nbytes);
    /* What is wrong with the data, in a few words: after DAMAGED. */
    const char *(*stream_message)(const void *stream);
};

enum { FJ_CODEC_FRAME = 32 };

extern const fj_codec fj_codec_zlib;
extern const fj_codec fj_codec_gzip;
extern const fj_codec fj_codec_lz4;

/* By name, or NULL. */
const fj_codec *fj_codec_find(const char *name);

#endif
