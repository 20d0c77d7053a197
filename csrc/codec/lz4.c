/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Blocks of LZ4 frames: 4 bytes with the block's length and whether it is
 * compressed, then the block.
 */
#include "codec/lz4.h"

#include <assert.h>
#include <lz4.h>
#include <lz4hc.h>
#include <stdlib.h> // malloc
#include <string.h>

/* The size of LZ4's window. */
enum { SAMPLE_NBYTES = 64 << 10 };

typedef struct {
    int level;
    /* LZ4's state.  It is reset for each block, so that the output for a block
     * does not depend on the blocks before. */
    _Alignas(8) uint8_t state[];
} lz4_encoder;

/* Levels as in python-lz4, and so in joblib: all below LZ4HC_CLEVEL_MIN are
 * the fast one. */
static bool
is_fast(int level)
{
    return level < LZ4HC_CLEVEL_MIN;
}

static void *
encoder_new(int level)
{
    int state_nbytes =
        is_fast(level) ? LZ4_sizeofState() : LZ4_sizeofStateHC();
    lz4_encoder *encoder = malloc(sizeof *encoder + (size_t)state_nbytes);
    if (encoder != NULL) {
        encoder->level = level;
    }
    return encoder;
}

static size_t
bound(size_t nbytes)
{
    return FJ_LZ4_BLOCK_HEAD + nbytes; // what would become larger is stored
}

/* These return the length of the result, or 0 if it does not fit in `room`. */
static size_t
compress_fast(lz4_encoder *encoder, const uint8_t *src, size_t nbytes,
              uint8_t *dst, size_t room)
{
    return (size_t)LZ4_compress_fast_extState(encoder->state,
                                              (const char *)src, (char *)dst,
                                              (int)nbytes, (int)room, 1);
}

static size_t
compress_high(lz4_encoder *encoder, const uint8_t *src, size_t nbytes,
              uint8_t *dst, size_t room)
{
    return (size_t)LZ4_compress_HC_extStateHC(
        encoder->state, (const char *)src, (char *)dst, (int)nbytes, (int)room,
        encoder->level);
}

/* Whether a thorough search for matches would find nothing.  On random numbers
 * it runs at 35 MB/s for nothing, which the fast search finds out in no time.
 * But the fast search misses distant matches, so a sample from the middle is
 * searched thoroughly.  The sample also comes first, since it tells
 * compressible blocks from others at a small part of the cost of a block. */
static bool
is_hopeless(lz4_encoder *encoder, const uint8_t *src, size_t nbytes,
            uint8_t *dst)
{
    if (nbytes <= SAMPLE_NBYTES) {
        return false;
    }
    const uint8_t *sample = src + (nbytes - SAMPLE_NBYTES) / 2;
    size_t room = SAMPLE_NBYTES - 1;
    return compress_fast(encoder, sample, SAMPLE_NBYTES, dst, room) == 0 &&
           compress_fast(encoder, src, nbytes, dst, nbytes - 1) == 0 &&
           compress_high(encoder, sample, SAMPLE_NBYTES, dst, room) == 0;
}

/* Returns 0 if the result would not be shorter. */
static size_t
compress_block(lz4_encoder *encoder, const uint8_t *src, size_t nbytes,
               uint8_t *dst)
{
    if (is_fast(encoder->level)) {
        return compress_fast(encoder, src, nbytes, dst, nbytes - 1);
    }
    if (is_hopeless(encoder, src, nbytes, dst)) {
        return 0;
    }
    return compress_high(encoder, src, nbytes, dst, nbytes - 1);
}

static fj_status
encode(void *encoder, const uint8_t *src, size_t nbytes, bool last,
       uint8_t *dst, size_t *written_ret)
{
    (void)last; // the last block is like the others
    assert(nbytes <= FJ_BLOCK_NBYTES);
    *written_ret = 0;
    if (nbytes == 0) {
        return FJ_OK; // a block of length 0 would be the end mark
    }
    uint8_t *payload = dst + FJ_LZ4_BLOCK_HEAD;
    size_t payload_nbytes = compress_block(encoder, src, nbytes, payload);
    bool stored = payload_nbytes == 0;
    if (stored) {
        memcpy(payload, src, nbytes);
        payload_nbytes = nbytes;
    }
    *written_ret =
        payload_nbytes + fj_lz4_write_block_head(payload_nbytes, stored, dst);
    return FJ_OK;
}

static size_t
end(uint32_t check, uint64_t nbytes, bool ended, uint8_t *dst)
{
    (void)check, (void)nbytes, (void)ended;
    return fj_lz4_write_block_head(0, false, dst);
}

/* Decoding needs no context, but the codec must return one. */
static const char no_context[] = "";

static void *
decoder_new(void)
{
    return (void *)no_context;
}

static void
decoder_free(void *decoder)
{
    (void)decoder;
}

static fj_status
decode(void *decoder, const uint8_t *src, size_t src_nbytes, uint8_t *dst,
       size_t *nbytes)
{
    (void)decoder;
    size_t room = *nbytes;
    if (room > FJ_LZ4_BLOCK_MAX) {
        room = FJ_LZ4_BLOCK_MAX;
    }
    *nbytes = 0;
    size_t payload_nbytes;
    bool is_end;
    const fj_lz4_frame largest = {.block_max = FJ_LZ4_BLOCK_MAX};
    if (src_nbytes < FJ_LZ4_BLOCK_HEAD ||
        fj_lz4_block_head(src, &largest, &payload_nbytes, &is_end) != FJ_OK ||
        is_end || payload_nbytes != src_nbytes - FJ_LZ4_BLOCK_HEAD) {
        return FJ_DAMAGED;
    }
    const uint8_t *payload = src + FJ_LZ4_BLOCK_HEAD;
    if (fj_lz4_block_is_stored(src)) {
        if (payload_nbytes > room) {
            return FJ_DAMAGED;
        }
        memcpy(dst, payload, payload_nbytes);
        *nbytes = payload_nbytes;
        return FJ_OK;
    }
    int decoded = LZ4_decompress_safe((const char *)payload, (char *)dst,
                                      (int)payload_nbytes, (int)room);
    if (decoded < 0) {
        return FJ_DAMAGED;
    }
    *nbytes = (size_t)decoded;
    return FJ_OK;
}

/* Frames whose blocks depend on each other, and skippable frames, are read as
 * streams. */
static fj_status
parse_frame(const uint8_t *src, size_t nbytes, fj_frame *frame_ret)
{
    fj_lz4_frame frame;
    if (fj_lz4_parse_frame(src, nbytes, &frame) != FJ_OK || frame.skippable ||
        !frame.independent) {
        return FJ_END;
    }
    *frame_ret = (fj_frame){
        .header_nbytes = frame.header_nbytes,
        .block_max = frame.block_max,
        .block_checksum = frame.block_checksum,
        .content_checksum = frame.content_checksum,
        .content_nbytes = frame.content_nbytes,
    };
    return FJ_OK;
}

static fj_status
block_nbytes(const fj_frame *frame, const uint8_t *head, size_t *nbytes_ret)
{
    const fj_lz4_frame largest = {.block_max = frame->block_max};
    size_t payload_nbytes;
    bool is_end;
    if (fj_lz4_block_head(head, &largest, &payload_nbytes, &is_end) != FJ_OK) {
        return FJ_DAMAGED;
    }
    *nbytes_ret = FJ_LZ4_BLOCK_HEAD + payload_nbytes +
                  (frame->block_checksum ? FJ_LZ4_CHECKSUM : 0);
    return is_end ? FJ_END : FJ_OK;
}

static bool
check_block(const uint8_t *block, size_t *nbytes)
{
    *nbytes -= FJ_LZ4_CHECKSUM;
    return fj_lz4_check_block(block + FJ_LZ4_BLOCK_HEAD,
                              *nbytes - FJ_LZ4_BLOCK_HEAD, block + *nbytes);
}

static const fj_frame_reader frames = {
    .header_max = FJ_LZ4_HEADER_MAX,
    .block_head = FJ_LZ4_BLOCK_HEAD,
    .parse = parse_frame,
    .block_nbytes = block_nbytes,
    .check_block = check_block,
};

const fj_codec fj_codec_lz4 = {
    .name = "lz4",
    .prefix_nbytes = 4,
    .begins = fj_lz4_is_frame,

    .encoder_new = encoder_new,
    .encoder_free = free,
    .bound = bound,
    .encode = encode,
    .begin = fj_lz4_begin,
    .end = end,
    .begin_sized = fj_lz4_begin_sized,

    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode = decode,
    .frames = &frames,

    .stream_new = fj_lz4_stream_new,
    .stream_free = fj_lz4_stream_free,
    .decode_stream = fj_lz4_decode_stream,
    .stream_message = fj_lz4_stream_message,
};
