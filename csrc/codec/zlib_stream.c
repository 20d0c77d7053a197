/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Streams of zlib (RFC 1950) and gzip (RFC 1952): what comes before and after
 * the deflate data, any part of which may be split between calls.
 */
#include "base/check_values.h"
#include "codec/zlib_stream.h"

#include "base/bytes.h"
#include "deflate/inflate.h"

#include <stdio.h> // snprintf
#include <stdlib.h>

enum {
    /* Output is produced in pieces of at most this size, so that its check
     * value is computed while it is in the cache. */
    PIECE_NBYTES = 1 << 18,
    /* How much earlier output is kept: up to one window more than needed, so
     * that it need not be moved every few bytes. */
    KEPT_NBYTES = 2 * FJ_WINDOW_NBYTES,
};

enum { FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16, RESERVED = 0xe0 };

/* In the order of the stream.  Those from EXTRA_SIZE to HEAD_CHECK are in gzip
 * only, each if its flag is set. */
typedef enum {
    HEAD,
    EXTRA_SIZE,
    EXTRA,
    NAME,
    COMMENT,
    HEAD_CHECK,
    BODY,
    TRAILER,
    FAILED,
} part;

typedef struct {
    bool is_gzip;
    part part;
    uint8_t item[10]; // a field of several bytes, as far as it has been read
    size_t item_nbytes;
    uint8_t flags;
    uint32_t head_check;
    size_t extra_left;

    uint32_t check;
    uint32_t nbytes; // of output, modulo 2^32
    size_t kept_nbytes;
    uint8_t kept[KEPT_NBYTES]; // the last of the output
    char message[96];
    fj_inflate inflate;
} inflate_stream;

static void
begin_stream(inflate_stream *s)
{
    s->part = HEAD;
    s->item_nbytes = 0;
    s->head_check = 0;
    s->check = s->is_gzip ? 0 : 1;
    s->nbytes = 0;
    s->kept_nbytes = 0;
    fj_inflate_reset(&s->inflate);
}

static void *
stream_new(bool is_gzip)
{
    inflate_stream *s = malloc(sizeof *s);
    if (s != NULL) {
        s->is_gzip = is_gzip;
        s->message[0] = '\0';
        fj_inflate_init(&s->inflate);
        begin_stream(s);
    }
    return s;
}

void *
fj_inflate_zlib_new(void)
{
    return stream_new(false);
}

void *
fj_inflate_gzip_new(void)
{
    return stream_new(true);
}

void
fj_inflate_stream_free(void *stream)
{
    free(stream);
}

const char *
fj_inflate_message(const void *stream)
{
    return ((const inflate_stream *)stream)->message;
}

static fj_status
damaged(inflate_stream *s, const char *message)
{
    s->part = FAILED;
    snprintf(s->message, sizeof s->message, "%s", message);
    return FJ_DAMAGED;
}

/* Reads until the item has `nbytes` bytes; true if it has. */
static bool
read_item(inflate_stream *s, fj_inflate_io *io, size_t nbytes)
{
    while (s->item_nbytes < nbytes && io->in < io->in_end) {
        s->item[s->item_nbytes++] = *io->in++;
    }
    if (s->item_nbytes < nbytes) {
        return false;
    }
    s->item_nbytes = 0;
    return true;
}

/* Each of the following functions reads one part, sets the next one, and then
 * returns END. */

static fj_status
next_part(inflate_stream *s)
{
    s->part++;
    return FJ_END;
}

static fj_status
read_zlib_head(inflate_stream *s, fj_inflate_io *io)
{
    if (!read_item(s, io, 2)) {
        return FJ_OK;
    }
    if ((s->item[0] << 8 | s->item[1]) % 31 != 0) {
        return damaged(s, "its header is wrong");
    }
    if ((s->item[0] & 0xf) != 8) {
        return damaged(s, "it is not compressed with deflate");
    }
    if (s->item[0] >> 4 > 7) {
        return damaged(s, "its window is larger than 32 KiB");
    }
    if (s->item[1] & 0x20) {
        return damaged(s, "it needs a preset dictionary");
    }
    s->part = BODY;
    return FJ_END;
}

static fj_status
read_gzip_head(inflate_stream *s, fj_inflate_io *io)
{
    if (!read_item(s, io, 10)) {
        return FJ_OK;
    }
    if (s->item[0] != 0x1f || s->item[1] != 0x8b) {
        return damaged(s, "its header is wrong");
    }
    if (s->item[2] != 8) {
        return damaged(s, "it is not compressed with deflate");
    }
    s->flags = s->item[3];
    if (s->flags & RESERVED) {
        return damaged(s, "its header has unknown flags");
    }
    s->head_check = fj_crc32(0, s->item, 10);
    return next_part(s);
}

static fj_status
read_extra_size(inflate_stream *s, fj_inflate_io *io)
{
    s->extra_left = 0;
    if (s->flags & FEXTRA) {
        if (!read_item(s, io, 2)) {
            return FJ_OK;
        }
        s->extra_left = fj_load_le16(s->item);
        s->head_check = fj_crc32(s->head_check, s->item, 2);
    }
    return next_part(s);
}

static fj_status
skip_extra(inflate_stream *s, fj_inflate_io *io)
{
    size_t n = (size_t)(io->in_end - io->in);
    n = n < s->extra_left ? n : s->extra_left;
    if (n > 0) {
        s->head_check = fj_crc32(s->head_check, io->in, n);
        io->in += n;
        s->extra_left -= n;
    }
    return s->extra_left > 0 ? FJ_OK : next_part(s);
}

/* A name or comment, which ends with a zero. */
static fj_status
skip_string(inflate_stream *s, fj_inflate_io *io, uint8_t flag)
{
    if ((s->flags & flag) == 0) {
        return next_part(s);
    }
    size_t have = (size_t)(io->in_end - io->in);
    if (have == 0) {
        return FJ_OK;
    }
    const uint8_t *zero = memchr(io->in, 0, have);
    size_t n = zero == NULL ? have : (size_t)(zero - io->in) + 1;
    s->head_check = fj_crc32(s->head_check, io->in, n);
    io->in += n;
    return zero == NULL ? FJ_OK : next_part(s);
}

static fj_status
read_head_check(inflate_stream *s, fj_inflate_io *io)
{
    if (s->flags & FHCRC) {
        if (!read_item(s, io, 2)) {
            return FJ_OK;
        }
        if (fj_load_le16(s->item) != (s->head_check & 0xffff)) {
            return damaged(s, "the check value of its header is wrong");
        }
    }
    return next_part(s);
}

/* Keeps the last of this output for matches in later output. */
static void
keep(inflate_stream *s, const uint8_t *data, size_t nbytes)
{
    if (nbytes == 0) {
        return;
    }
    if (nbytes >= FJ_WINDOW_NBYTES) {
        s->kept_nbytes = 0;
        data += nbytes - FJ_WINDOW_NBYTES;
        nbytes = FJ_WINDOW_NBYTES;
    }
    else if (nbytes > KEPT_NBYTES - s->kept_nbytes) {
        memmove(s->kept, s->kept + s->kept_nbytes - FJ_WINDOW_NBYTES,
                FJ_WINDOW_NBYTES);
        s->kept_nbytes = FJ_WINDOW_NBYTES;
    }
    memcpy(s->kept + s->kept_nbytes, data, nbytes);
    s->kept_nbytes += nbytes;
}

static fj_status
read_body(inflate_stream *s, fj_inflate_io *io)
{
    uint8_t *const out_end = io->out_end;
    fj_inflate_result result;
    io->before_end = s->kept + s->kept_nbytes;
    io->before_nbytes = s->kept_nbytes;
    do {
        uint8_t *piece = io->out;
        if (out_end - piece > PIECE_NBYTES) {
            io->out_end = piece + PIECE_NBYTES;
        }
        result = fj_inflate_run(&s->inflate, io);
        io->out_end = out_end;
        size_t nbytes = (size_t)(io->out - piece);
        if (nbytes > 0) {
            s->check = s->is_gzip ? fj_crc32(s->check, piece, nbytes)
                                  : fj_adler32(s->check, piece, nbytes);
            s->nbytes += (uint32_t)nbytes;
        }
    } while (result == FJ_INFLATE_ROOM && io->out < out_end);
    keep(s, io->begin, (size_t)(io->out - io->begin));

    if (result == FJ_INFLATE_INVALID) {
        return damaged(s, s->inflate.message);
    }
    return result == FJ_INFLATE_ENDED ? next_part(s) : FJ_OK;
}

static fj_status
read_trailer(inflate_stream *s, fj_inflate_io *io)
{
    if (!read_item(s, io, s->is_gzip ? 8 : 4)) {
        return FJ_OK;
    }
    const uint8_t *p = s->item;
    uint32_t check =
        s->is_gzip ? fj_load_le32(p)
                   : (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
    if (check != s->check) {
        s->part = FAILED;
        snprintf(s->message, sizeof s->message,
                 "the check value of the data is 0x%08x instead of 0x%08x",
                 (unsigned)s->check, (unsigned)check);
        return FJ_DAMAGED;
    }
    if (s->is_gzip && fj_load_le32(p + 4) != s->nbytes) {
        s->part = FAILED;
        snprintf(s->message, sizeof s->message,
                 "the data has %u bytes (modulo 2^32) instead of %u",
                 (unsigned)s->nbytes, (unsigned)fj_load_le32(p + 4));
        return FJ_DAMAGED;
    }
    return FJ_END;
}

fj_status
fj_inflate_stream(void *stream, const uint8_t *src, size_t *src_nbytes,
                  uint8_t *dst, size_t *dst_nbytes)
{
    inflate_stream *s = stream;
    fj_inflate_io io = {
        .in = src,
        .in_end = src + *src_nbytes,
        .out = dst,
        .out_end = dst + *dst_nbytes,
        .begin = dst,
    };
    fj_status status = FJ_END;
    bool ended = false;
    while (status == FJ_END && !ended) {
        switch (s->part) {
        case HEAD:
            status =
                s->is_gzip ? read_gzip_head(s, &io) : read_zlib_head(s, &io);
            break;
        case EXTRA_SIZE:
            status = read_extra_size(s, &io);
            break;
        case EXTRA:
            status = skip_extra(s, &io);
            break;
        case NAME:
            status = skip_string(s, &io, FNAME);
            break;
        case COMMENT:
            status = skip_string(s, &io, FCOMMENT);
            break;
        case HEAD_CHECK:
            status = read_head_check(s, &io);
            break;
        case BODY:
            status = read_body(s, &io);
            break;
        case TRAILER:
            status = read_trailer(s, &io);
            ended = status == FJ_END;
            break;
        default:
            status = FJ_DAMAGED;
        }
    }
    *src_nbytes = (size_t)(io.in - src);
    *dst_nbytes = (size_t)(io.out - dst);
    if (ended) {
        begin_stream(s);
    }
    return status;
}
