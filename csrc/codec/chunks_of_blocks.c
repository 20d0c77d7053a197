/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "codec/chunks.h"

/* The job: decodes a block, and copies it to where the reader wants it. */
static void
run(fj_job *job, unsigned thread)
{
    fj_chunk *chunk = (fj_chunk *)job;
    fj_decompressor *d = chunk->owner;
    const fj_codec *codec = d->codec;
    size_t nbytes = chunk->room, coded_nbytes = chunk->coded_nbytes;
    if (chunk->block_checksum &&
        !codec->frames->check_block(chunk->coded, &coded_nbytes)) {
        chunk->status = FJ_DAMAGED;
        return;
    }
    chunk->status = codec->decode(d->decoders[thread], chunk->coded,
                                  coded_nbytes, chunk->data, &nbytes);
    if (chunk->status != FJ_OK) {
        return;
    }
    chunk->nbytes = nbytes;
    if (codec->check != NULL) {
        chunk->check = codec->check(chunk->data, nbytes);
    }
    if (chunk->place_nbytes > 0) {
        memcpy(chunk->place, chunk->data,
               nbytes < chunk->place_nbytes ? nbytes : chunk->place_nbytes);
    }
}

/* Reads the coded block from the feed. */
static fj_status
read_coded(fj_decompressor *d, fj_chunk *chunk, size_t nbytes)
{
    if (chunk->coded_capacity < nbytes) {
        uint8_t *coded = realloc(chunk->coded, nbytes);
        if (coded == NULL) {
            return FJ_NO_MEMORY;
        }
        chunk->coded = coded;
        chunk->coded_capacity = nbytes;
    }
    size_t have = d->input_nbytes - d->input_pos;
    have = have < nbytes ? have : nbytes;
    memcpy(chunk->coded, d->input + d->input_pos, have);
    d->input_pos += have;
    while (have < nbytes) {
        int64_t n = d->feed->read(d->feed, chunk->coded + have, nbytes - have);
        if (n <= 0) {
            return n == 0 ? FJ_TRUNCATED : FJ_READ;
        }
        have += (size_t)n;
    }
    chunk->coded_nbytes = nbytes;
    return FJ_OK;
}

static fj_status
damaged(fj_decompressor *d, const char *message)
{
    d->message = message;
    return FJ_DAMAGED;
}

fj_status
fj_make_chunk_from_table(fj_decompressor *d, fj_chunk *chunk)
{
    const fj_block_table *table = d->table;
    size_t i = d->next_block;
    if (i == table->n_blocks) {
        return FJ_END;
    }
    d->next_block++;
    uint64_t left = table->nbytes - (uint64_t)i * FJ_BLOCK_NBYTES;
    chunk->room = left < FJ_BLOCK_NBYTES ? (size_t)left : FJ_BLOCK_NBYTES;
    chunk->job.run = run;
    chunk->is_job = true;
    if (table->sizes[i] == 0 ||
        table->sizes[i] > d->codec->bound(FJ_BLOCK_NBYTES)) {
        chunk->is_job = false;
        return damaged(d, "a block is of a size that none can have");
    }
    fj_status status = read_coded(d, chunk, table->sizes[i]);
    chunk->is_job = status == FJ_OK;
    return status;
}

fj_status
fj_begin_frame(fj_decompressor *d)
{
    const fj_frame_reader *frames = d->codec->frames;
    fj_status found = fj_find_stream(d);
    if (found != FJ_OK) {
        return found;
    }
    if (fj_chunks_fill_input(d, frames->header_max) < 0) {
        return FJ_READ;
    }
    fj_frame frame;
    if (frames->parse(d->input + d->input_pos, d->input_nbytes - d->input_pos,
                      &frame) != FJ_OK ||
        (d->chunks != NULL && frame.block_max > d->chunk_nbytes)) {
        return FJ_END; // the stream decoder reads it, or explains the error
    }
    d->frame = frame;
    d->input_pos += frame.header_nbytes;
    d->between = false;
    return FJ_OK;
}

/* Reads what follows the last block. */
static fj_status
end_frame(fj_decompressor *d, fj_chunk *chunk)
{
    enum { CHECKSUM = 4 };
    chunk->hashed = d->frame.content_checksum;
    if (chunk->hashed) {
        int64_t have = fj_chunks_fill_input(d, CHECKSUM);
        if (have < CHECKSUM) {
            return have < 0 ? FJ_READ : FJ_TRUNCATED;
        }
        chunk->checksum = fj_load_le32(d->input + d->input_pos);
        d->input_pos += CHECKSUM;
    }
    chunk->size = d->frame.content_nbytes;
    chunk->room = 0;
    chunk->ended = true;
    d->between = true;
    return FJ_OK;
}

static fj_status
next_frame(fj_decompressor *d)
{
    fj_status status = fj_find_stream(d);
    if (status == FJ_OK) {
        status = fj_begin_frame(d);
        if (status == FJ_END) {
            d->by_stream = true;
            status = FJ_OK;
        }
    }
    return status;
}

static fj_status
read_framed_block(fj_decompressor *d, fj_chunk *chunk)
{
    const fj_frame_reader *frames = d->codec->frames;
    int64_t have = fj_chunks_fill_input(d, frames->block_head);
    if (have < (int64_t)frames->block_head) {
        return have < 0 ? FJ_READ : FJ_TRUNCATED;
    }
    size_t nbytes;
    fj_status status =
        frames->block_nbytes(&d->frame, d->input + d->input_pos, &nbytes);
    if (status == FJ_END) {
        d->input_pos += frames->block_head;
        return end_frame(d, chunk);
    }
    if (status != FJ_OK) {
        return damaged(d, "a block is larger than the frame allows");
    }
    chunk->room = d->frame.block_max;
    chunk->hashed = d->frame.content_checksum;
    chunk->block_checksum = d->frame.block_checksum;
    chunk->job.run = run;
    status = read_coded(d, chunk, nbytes); // with its header
    chunk->is_job = status == FJ_OK;
    return status;
}

fj_status
fj_make_chunk_from_frame(fj_decompressor *d, fj_chunk *chunk)
{
    fj_status status;
    if (d->between) {
        d->by_stream = false;
        status = next_frame(d);
        if (status != FJ_OK) {
            return status;
        }
    }
    if (d->by_stream) {
        chunk->by_stream = true;
        return fj_make_chunk_from_stream(d, chunk);
    }
    return read_framed_block(d, chunk);
}

/* Verifies what the frame says about its content, at its end. */
static fj_status
verify_frame(fj_decompressor *d, const fj_chunk *chunk)
{
    uint32_t checksum = fj_xxh32_value(&d->content);
    uint64_t nbytes = d->content_nbytes;
    fj_xxh32_begin(&d->content, 0);
    d->content_nbytes = 0;
    if (chunk->hashed && chunk->checksum != checksum) {
        return damaged(d, "the checksum of its content is wrong");
    }
    if (chunk->size != 0 && chunk->size != nbytes) {
        return damaged(d, "its content is of another size than it says");
    }
    return FJ_OK;
}

fj_status
fj_account_block(fj_decompressor *d, const fj_chunk *chunk)
{
    if (d->table != NULL) {
        if (chunk->nbytes != chunk->room) {
            return damaged(d, "a block is shorter than the table says");
        }
        d->check = d->codec->combine(d->check, chunk->check, chunk->nbytes);
        return FJ_OK;
    }
    if (chunk->is_job) {
        d->content_nbytes += chunk->nbytes;
        if (chunk->hashed) {
            fj_xxh32_update(&d->content, chunk->data, chunk->nbytes);
        }
        return FJ_OK;
    }
    /* A stream decoder has verified its frame already. */
    return chunk->ended && !chunk->by_stream ? verify_frame(d, chunk) : FJ_OK;
}
