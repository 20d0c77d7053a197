/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Frames of any kind, from the beginning and in pieces of any size.
 *
 * The header is collected and checked here, since the library would read a
 * frame that needs a dictionary without one, and its errors do not say what is
 * wrong.  Then the library gets the header and all that follows.  On
 * contiguous output it is as fast as LZ4_decompress_safe_usingDict() in a
 * loop.  The caller should give room for 1 MiB at a time, since each call
 * copies the last 64 KiB.
 */
#include "codec/lz4.h"

#include <assert.h>
#include <lz4frame.h>
#include <stdlib.h> // calloc
#include <string.h>

typedef enum { IN_HEADER, IN_FRAME, IN_SKIPPABLE, FAILED } lz4_phase;

typedef struct {
    LZ4F_dctx *context;
    lz4_phase phase;
    uint8_t header[FJ_LZ4_HEADER_MAX];
    size_t header_nbytes;      // of `header`, so far
    uint64_t skippable_nbytes; // still to come
    fj_status failure;
    const char *message;
} lz4_stream;

/* What the library's errors mean.  Only their names are the same in all of its
 * versions. */
static const struct {
    const char *name;
    const char *message;
} errors[] = {
    {"ERROR_blockChecksum_invalid", "wrong checksum of a block"},
    {"ERROR_contentChecksum_invalid", "wrong checksum of the content"},
    {"ERROR_frameSize_wrong",
     "the content is not as long as the frame's header says"},
    {"ERROR_maxBlockSize_invalid",
     "a block is larger than the frame's header allows"},
};

void *
fj_lz4_stream_new(void)
{
    lz4_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return NULL;
    }
    if (LZ4F_isError(
            LZ4F_createDecompressionContext(&stream->context, LZ4F_VERSION))) {
        free(stream);
        return NULL;
    }
    return stream;
}

void
fj_lz4_stream_free(void *self)
{
    lz4_stream *stream = self;
    if (stream != NULL) {
        LZ4F_freeDecompressionContext(stream->context);
        free(stream);
    }
}

const char *
fj_lz4_stream_message(const void *stream)
{
    return ((const lz4_stream *)stream)->message;
}

static void
begin_again(lz4_stream *stream)
{
    stream->phase = IN_HEADER;
    stream->header_nbytes = 0;
}

/* The context cannot be reused: LZ4F_resetDecompressionContext() in 1.9.4
 * keeps the expected length of the content, and then rejects the next
 * frame. */
static fj_status
fail(lz4_stream *stream, fj_status status, const char *message)
{
    stream->phase = FAILED;
    stream->failure = status;
    stream->message = message;
    return status;
}

static fj_status
library_error(lz4_stream *stream, size_t code)
{
    const char *name = LZ4F_getErrorName(code);
    if (strcmp(name, "ERROR_allocation_failed") == 0) {
        return fail(stream, FJ_NO_MEMORY, NULL);
    }
    const char *message = "a block cannot be decompressed";
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (strcmp(name, errors[i].name) == 0) {
            message = errors[i].message;
        }
    }
    return fail(stream, FJ_DAMAGED, message);
}

/* Collects the header and acts on it.  Returns OK with the phase unchanged if
 * it needs more input. */
static fj_status
read_header(lz4_stream *stream, const uint8_t *src, size_t nbytes,
            size_t *used_ret)
{
    fj_lz4_frame frame;
    fj_status status;
    size_t used = 0;
    while ((status = fj_lz4_parse_frame(stream->header, stream->header_nbytes,
                                        &frame)) == FJ_TRUNCATED &&
           used < nbytes) {
        size_t take = frame.header_nbytes - stream->header_nbytes;
        if (take > nbytes - used) {
            take = nbytes - used;
        }
        memcpy(stream->header + stream->header_nbytes, src + used, take);
        stream->header_nbytes += take;
        used += take;
    }
    *used_ret = used;
    if (status == FJ_TRUNCATED) {
        return FJ_OK;
    }
    if (status != FJ_OK) {
        return fail(stream, status, frame.message);
    }
    if (frame.skippable) {
        stream->phase = IN_SKIPPABLE;
        stream->skippable_nbytes = frame.content_nbytes;
        return FJ_OK;
    }

    uint8_t nothing[1];
    size_t given = 0;
    size_t taken = stream->header_nbytes;
    size_t code = LZ4F_decompress(stream->context, nothing, &given,
                                  stream->header, &taken, NULL);
    if (LZ4F_isError(code)) {
        return library_error(stream, code);
    }
    assert(given == 0 && taken == stream->header_nbytes);
    stream->phase = IN_FRAME;
    return FJ_OK;
}

static fj_status
pass_over(lz4_stream *stream, size_t nbytes, size_t *used_ret)
{
    uint64_t left = stream->skippable_nbytes;
    *used_ret = nbytes < left ? nbytes : (size_t)left;
    stream->skippable_nbytes -= *used_ret;
    if (stream->skippable_nbytes > 0) {
        return FJ_OK;
    }
    begin_again(stream);
    return FJ_END;
}

static fj_status
read_frame(lz4_stream *stream, const uint8_t *src, size_t nbytes,
           size_t *used_ret, uint8_t *dst, size_t room, size_t *given_ret)
{
    size_t used = nbytes;
    size_t given = room;
    size_t code =
        LZ4F_decompress(stream->context, dst, &given, src, &used, NULL);
    if (LZ4F_isError(code)) {
        return library_error(stream, code);
    }
    *used_ret = used;
    *given_ret = given;
    if (code > 0) {
        return FJ_OK;
    }
    begin_again(stream);
    return FJ_END;
}

fj_status
fj_lz4_decode_stream(void *self, const uint8_t *src, size_t *src_nbytes,
                     uint8_t *dst, size_t *dst_nbytes)
{
    lz4_stream *stream = self;
    fj_status status = stream->phase == FAILED ? stream->failure : FJ_OK;
    size_t nbytes = *src_nbytes;
    size_t room = *dst_nbytes;
    size_t used = 0;
    size_t more = 0;
    size_t given = 0;
    if (stream->phase == IN_HEADER) {
        status = read_header(stream, src, nbytes, &used);
    }
    if (status == FJ_OK && stream->phase == IN_SKIPPABLE) {
        status = pass_over(stream, nbytes - used, &more);
    }
    else if (status == FJ_OK && stream->phase == IN_FRAME) {
        status = read_frame(stream, src + used, nbytes - used, &more, dst,
                            room, &given);
    }
    *src_nbytes = used + more;
    *dst_nbytes = given;
    return status;
}
