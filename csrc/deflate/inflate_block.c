/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where a block begins and ends is read from a table in the file, which may
 * be forged: to make this reader see other data than one who reads the stream
 * from its beginning.  So it must be certain that the range ends where a
 * deflate block does.
 *
 * Libraries that only take whole streams cannot tell.  One would append a
 * final block to the range, and see whether the stream then ends well.  But
 * what is appended is known or can be copied: if the range ends within a
 * Huffman-coded block, its code may be made to swallow the bits of the
 * appended block and to end with them; if it ends within a stored block, even
 * random bytes in what is appended come out as they went in, as if they had
 * been decoded as meant.  The decoder here knows where it stands.
 */
#include "deflate/inflate_block.h"

#include "deflate/inflate.h"

#include <stdlib.h>

void *
fj_inflate_block_new(void)
{
    fj_inflate *inflate = malloc(sizeof *inflate);
    if (inflate != NULL) {
        fj_inflate_init(inflate);
    }
    return inflate;
}

void
fj_inflate_block_free(void *decoder)
{
    free(decoder);
}

fj_status
fj_inflate_block(void *decoder, const uint8_t *src, size_t src_nbytes,
                 uint8_t *dst, size_t *nbytes)
{
    fj_inflate *inflate = decoder;
    fj_inflate_reset(inflate);
    fj_inflate_io io = {
        .in = src,
        .in_end = src + src_nbytes,
        .out = dst,
        .out_end = dst + *nbytes,
        .begin = dst,
    };
    fj_inflate_result result = fj_inflate_run(inflate, &io);
    *nbytes = (size_t)(io.out - dst);
    /* A bit that is left would be the first of the next block's. */
    return result == FJ_INFLATE_INPUT && inflate->state == FJ_AT_BLOCK &&
                   inflate->n_bits == 0
               ? FJ_OK
               : FJ_DAMAGED;
}
