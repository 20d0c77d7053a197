/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/chunks.h"

/* Decodes into the chunk until it is full or the stream ends. */
static fj_status
decode_part(fj_decompressor *d, fj_chunk *chunk)
{
    for (;;) {
        if (fj_chunks_fill_input(d, 1) < 0) {
            return FJ_READ;
        }
        size_t used = d->input_nbytes - d->input_pos;
        size_t gave = chunk->room - chunk->nbytes;
        bool full = gave == 0;
        fj_status status =
            d->codec->decode_stream(d->stream, d->input + d->input_pos, &used,
                                    chunk->data + chunk->nbytes, &gave);
        d->input_pos += used;
        chunk->nbytes += gave;
        if (status == FJ_END) {
            d->between = true;
            chunk->ended = true;
            return FJ_OK;
        }
        if (status != FJ_OK) {
            d->message = d->codec->stream_message(d->stream);
            return status;
        }
        if (full || chunk->nbytes == chunk->room) {
            return FJ_OK;
        }
        if (used == 0 && gave == 0 && d->input_pos == d->input_nbytes &&
            d->input_ended) {
            return FJ_TRUNCATED;
        }
    }
}

/* The job: the next part of this stream or of the one after it. */
static void
run(fj_job *job, unsigned thread)
{
    (void)thread; // one at a time
    fj_chunk *chunk = (fj_chunk *)job;
    fj_decompressor *d = chunk->owner;
    chunk->status = FJ_OK;
    if (d->failed) {
        chunk->status = FJ_DAMAGED; // the owner stops at the failure before
        return;
    }
    if (d->between) {
        chunk->status = fj_find_stream(d);
        d->between = chunk->status != FJ_OK;
    }
    if (chunk->status == FJ_OK) {
        chunk->status = decode_part(d, chunk);
    }
    chunk->used = fj_chunks_input_used(d);
    d->failed = chunk->status != FJ_OK;
}

fj_status
fj_make_chunk_from_stream(fj_decompressor *d, fj_chunk *chunk)
{
    if (d->stream == NULL) {
        d->stream = d->codec->stream_new();
        if (d->stream == NULL) {
            return FJ_NO_MEMORY;
        }
    }
    chunk->room = d->chunk_nbytes;
    chunk->job.run = run;
    if (d->order == FJ_POOL_IN_ORDER) {
        chunk->is_job = true;
    }
    else {
        run(&chunk->job, 0);
    }
    return FJ_OK;
}
