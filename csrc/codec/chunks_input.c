/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/chunks.h"

#include <string.h>

int64_t
fj_chunks_fill_input(fj_decompressor *d, size_t nbytes)
{
    size_t have = d->input_nbytes - d->input_pos;
    if (have < nbytes && d->input_pos > 0) {
        memmove(d->input, d->input + d->input_pos, have);
        d->input_nbytes = have;
        d->input_pos = 0;
    }
    while (have < nbytes && !d->input_ended) {
        int64_t n =
            d->feed->read(d->feed, d->input + have, FJ_INPUT_NBYTES - have);
        if (n < 0) {
            return -1;
        }
        d->input_ended = n == 0;
        have += (size_t)n;
        d->input_nbytes = have;
    }
    return (int64_t)have;
}

uint64_t
fj_chunks_input_used(const fj_decompressor *d)
{
    return d->feed->given - (d->input_nbytes - d->input_pos);
}

fj_status
fj_find_stream(fj_decompressor *d)
{
    const fj_codec *codec = d->codec;
    int64_t have = fj_chunks_fill_input(d, codec->prefix_nbytes);
    if (have < 0) {
        return FJ_READ;
    }
    bool begins = (uint64_t)have >= codec->prefix_nbytes &&
                  codec->begins(d->input + d->input_pos);
    return begins ? FJ_OK : FJ_END;
}
