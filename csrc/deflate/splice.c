/* SPDX-License-Identifier: BSD-3-Clause */
#include "deflate/splice.h"

#include "base/bytes.h"
#include "deflate/inflate.h"

#include <stdlib.h>

enum {
    /* Large enough that moving the window to the front of it is rare, small
     * enough to stay in the second-level cache. */
    OUTPUT_NBYTES = 8 * FJ_WINDOW_NBYTES,
};

struct fj_splice {
    fj_inflate inflate;
    uint8_t output[OUTPUT_NBYTES]; // which nobody reads but later matches
};

fj_splice *
fj_splice_new(void)
{
    fj_splice *splice = malloc(sizeof *splice);
    if (splice != NULL) {
        fj_inflate_init(&splice->inflate);
    }
    return splice;
}

void
fj_splice_free(fj_splice *splice)
{
    free(splice);
}

/* Finds at which bit the header of the final block begins, and at which the
 * stream ends.  False where it is not complete or goes on behind its end. */
static bool
find_final_block(fj_splice *s, const uint8_t *stream, size_t nbytes,
                 size_t *header_ret, size_t *end_ret)
{
    fj_inflate_io io = {
        .in = stream,
        .in_end = stream + nbytes,
        .out = s->output,
        .out_end = s->output + OUTPUT_NBYTES,
        .begin = s->output,
        .stop_at_blocks = true,
    };
    fj_inflate_reset(&s->inflate);
    *header_ret = 0;
    for (;;) {
        fj_inflate_result result = fj_inflate_run(&s->inflate, &io);
        size_t at = (size_t)(io.in - stream) * 8 - s->inflate.n_bits;
        switch (result) {
        case FJ_INFLATE_BLOCK:
            *header_ret = at;
            break;
        case FJ_INFLATE_ROOM:
            io.out = s->output + FJ_WINDOW_NBYTES;
            memmove(s->output, io.out_end - FJ_WINDOW_NBYTES,
                    FJ_WINDOW_NBYTES);
            break;
        case FJ_INFLATE_ENDED:
            *end_ret = at;
            return io.in == io.in_end;
        default:
            return false;
        }
    }
}

size_t
fj_splice_open_end(fj_splice *splice, uint8_t *stream, size_t nbytes)
{
    size_t header, end;
    if (!find_final_block(splice, stream, nbytes, &header, &end)) {
        return 0;
    }
    stream[header >> 3] &= (uint8_t) ~(1u << (header & 7));

    /* Three bits of a header, zeros up to a byte boundary, a length of 0. */
    unsigned in_last = end & 7;
    if (in_last != 0) {
        stream[nbytes - 1] &= (uint8_t)((1u << in_last) - 1);
    }
    if (in_last == 0 || in_last > 5) {
        stream[nbytes++] = 0;
    }
    fj_store_le32(stream + nbytes, 0xffff0000);
    return nbytes + 4;
}
