/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/decompress.h"

#include <stdlib.h>
#include <string.h>

#include "base/platform.h"
#include "codec/chunks.h"

/* A stream is decoded in parts of this size, which stay in the second-level
 * cache until the reader takes them. */
enum { STREAM_CHUNK = 256 * 1024 };

/* Chunks of one stream: one being read, one ready, one being decoded. */
enum { STREAM_AHEAD = 3 };

/* The most memory for the ring's chunks, besides 4 MiB for each thread.
 * Matters for frames by other writers, whose blocks may be of 4 MiB. */
enum { AHEAD_NBYTES = 32 * 1024 * 1024 };

/* Less input than this is decoded before a thread would have started. */
enum { WORTH_A_THREAD = 64 * 1024 };

static size_t
n_ahead(const fj_decompressor *d)
{
    if (d->make == fj_make_chunk_from_stream) {
        return STREAM_AHEAD;
    }
    size_t wanted = (size_t)d->n_threads + 2;
    size_t allowed =
        (AHEAD_NBYTES + (size_t)d->n_threads * 4 * FJ_BLOCK_NBYTES) /
        (2 * d->chunk_nbytes);
    return wanted < allowed ? wanted : allowed;
}

/* Now, not by the threads: a decoder may look at the environment, which others
 * change while they hold the GIL.  False: no memory. */
static bool
make_decoders(fj_decompressor *d)
{
    const fj_codec *codec = d->codec;
    if (d->table == NULL && codec->frames == NULL) {
        d->stream = codec->stream_new();
        return d->stream != NULL;
    }
    for (; d->n_decoders < d->n_threads; d->n_decoders++) {
        d->decoders[d->n_decoders] = codec->decoder_new();
        if (d->decoders[d->n_decoders] == NULL) {
            return false;
        }
    }
    return true;
}

fj_decompressor *
fj_decompressor_new(const fj_codec *codec, fj_feed *feed, unsigned n_threads,
                    const fj_block_table *table)
{
    fj_decompressor *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return NULL;
    }
    d->codec = codec;
    d->feed = feed;
    d->table = table;
    d->n_threads = n_threads > 0 ? n_threads : 1;
    d->order = FJ_POOL_ANY_ORDER;
    if (codec->check != NULL) {
        d->check = codec->check(NULL, 0);
    }
    fj_xxh32_begin(&d->content, 0);
    if (table != NULL) {
        d->make = fj_make_chunk_from_table;
        d->chunk_nbytes = FJ_BLOCK_NBYTES;
        if (table->n_blocks < d->n_threads) {
            d->n_threads = (unsigned)table->n_blocks;
        }
    }
    else if (feed->any_thread && feed->left < WORTH_A_THREAD) {
        d->n_threads = 1;
    }
    d->input = malloc(FJ_INPUT_NBYTES);
    d->decoders = calloc(d->n_threads, sizeof *d->decoders);
    if (d->input == NULL || d->decoders == NULL || !make_decoders(d)) {
        fj_decompressor_free(d);
        return NULL;
    }
    return d;
}

void
fj_decompressor_free(fj_decompressor *d)
{
    if (d == NULL) {
        return;
    }
    fj_pool_stop(d->pool);
    for (size_t i = 0; d->chunks != NULL && i < d->n_chunks; i++) {
        free(d->chunks[i].coded);
        free(d->chunks[i].data);
    }
    for (unsigned i = 0; i < d->n_decoders; i++) {
        d->codec->decoder_free(d->decoders[i]);
    }
    if (d->stream != NULL) {
        d->codec->stream_free(d->stream);
    }
    free(d->chunks);
    free(d->decoders);
    free(d->input);
    free(d);
}

static fj_chunk *
chunk_at(const fj_decompressor *d, size_t place)
{
    return &d->chunks[(d->first + place) % d->n_chunks];
}

/* Decides between blocks and stream, by the header if there may be a frame. */
static fj_status
choose_maker(fj_decompressor *d)
{
    d->make = fj_make_chunk_from_stream;
    d->chunk_nbytes = STREAM_CHUNK;
    d->order = FJ_POOL_IN_ORDER;
    if (d->codec->frames == NULL) {
        return FJ_OK;
    }
    fj_status status = fj_begin_frame(d);
    if (status == FJ_OK) {
        d->make = fj_make_chunk_from_frame;
        d->chunk_nbytes = d->frame.block_max;
        d->order = FJ_POOL_ANY_ORDER;
    }
    return status == FJ_END ? FJ_OK : status;
}

static fj_status
start(fj_decompressor *d)
{
    if (d->make == NULL) {
        fj_status status = choose_maker(d);
        if (status != FJ_OK) {
            return status;
        }
    }
    /* A feed that only the owner can read is not read ahead. */
    if (d->order == FJ_POOL_IN_ORDER && !d->feed->any_thread) {
        d->n_threads = 1;
    }
    d->n_chunks = n_ahead(d);
    d->chunks = calloc(d->n_chunks, sizeof *d->chunks);
    d->pool = fj_pool_start(d->n_threads, d->n_chunks, d->order);
    return d->chunks == NULL || d->pool == NULL ? FJ_NO_MEMORY : FJ_OK;
}

/* Where the reader wants data, so that it can be copied there as soon as it is
 * decoded. */
typedef struct {
    uint8_t *dst;
    uint64_t start; // of the data that goes to dst
    size_t nbytes;
} request;

static void
place(fj_decompressor *d, fj_chunk *chunk, const request *wanted)
{
    chunk->place_nbytes = 0;
    uint64_t offset = d->start - wanted->start;
    if (wanted->nbytes <= offset) {
        return;
    }
    uint64_t left = wanted->nbytes - offset;
    chunk->place = wanted->dst + offset;
    chunk->place_nbytes = left < chunk->room ? (size_t)left : chunk->room;
    if (d->n_threads > 1) {
        fj_populate(chunk->place, chunk->place_nbytes);
    }
}

/* Makes chunks until the ring is full, or just one if there are no threads
 * besides the owner. */
static fj_status
make_chunks(fj_decompressor *d, const request *wanted)
{
    size_t limit = d->n_threads > 1 ? d->n_chunks : 1;
    while (!d->drained && d->n_made < limit) {
        fj_chunk *chunk = chunk_at(d, d->n_made);
        if (chunk->data == NULL) {
            chunk->data = malloc(d->chunk_nbytes + FJ_DECODE_SLACK);
            if (chunk->data == NULL) {
                return FJ_NO_MEMORY;
            }
        }
        chunk->owner = d;
        chunk->n_given = chunk->nbytes = chunk->place_nbytes = 0;
        chunk->status = FJ_OK;
        chunk->ended = chunk->is_job = chunk->by_stream = false;
        chunk->hashed = chunk->block_checksum = false;
        chunk->size = chunk->used = 0;
        chunk->start = d->start;
        fj_status status = d->make(d, chunk);
        if (d->order == FJ_POOL_ANY_ORDER) { // then the owner reads the feed
            chunk->used = fj_chunks_input_used(d);
        }
        if (status == FJ_END) {
            d->drained = true;
            break;
        }
        d->n_made++;
        if (status != FJ_OK) {
            chunk->status = status; // reported when the reader gets to it
            d->drained = true;
            break;
        }
        if (chunk->is_job) {
            if (d->order == FJ_POOL_ANY_ORDER) {
                place(d, chunk, wanted);
                d->start += chunk->room;
            }
            fj_pool_submit(d->pool, &chunk->job);
        }
    }
    return FJ_OK;
}

static bool
wait_for(fj_decompressor *d, fj_chunk *chunk)
{
    return !chunk->is_job || fj_pool_wait(d->pool, &chunk->job);
}

static bool
wait_for_all(fj_decompressor *d)
{
    for (size_t i = 0; i < d->n_made; i++) {
        if (!wait_for(d, chunk_at(d, i))) {
            return false;
        }
    }
    return true;
}

/* A block was shorter than the largest size, so that the data of later blocks
 * was copied too far; it is still in their chunks. */
static fj_status
move_later(fj_decompressor *d, const fj_chunk *shorter)
{
    uint64_t start = shorter->start + shorter->nbytes;
    if (!wait_for_all(d)) {
        return FJ_FORKED;
    }
    for (size_t i = 1; i < d->n_made; i++) {
        fj_chunk *chunk = chunk_at(d, i);
        chunk->place_nbytes = 0;
        chunk->start = start;
        start += chunk->nbytes;
    }
    d->start = start;
    return FJ_OK;
}

/* Waits for the oldest chunk, and accounts for it. */
static fj_status
open_chunk(fj_decompressor *d, fj_chunk *chunk)
{
    if (!wait_for(d, chunk)) {
        return FJ_FORKED;
    }
    if (chunk->used > d->used) { // not set after the stream has failed
        d->used = chunk->used;
    }
    if (chunk->status == FJ_OK && d->order == FJ_POOL_ANY_ORDER) {
        chunk->status = fj_account_block(d, chunk);
        if (chunk->status == FJ_OK && chunk->is_job &&
            chunk->nbytes < chunk->room) {
            return move_later(d, chunk);
        }
    }
    return FJ_OK;
}

static void
drop_chunk(fj_decompressor *d)
{
    d->first = (d->first + 1) % d->n_chunks;
    d->n_made--;
    d->current = NULL;
}

/* The next chunk in order, ready to be read; END if there is none. */
static fj_status
next_chunk(fj_decompressor *d, const request *wanted, fj_chunk **chunk_ret)
{
    fj_status status = FJ_OK;
    if (d->pool == NULL) {
        status = start(d);
    }
    if (status == FJ_OK) {
        status = make_chunks(d, wanted);
    }
    if (status != FJ_OK) {
        return status;
    }
    if (d->n_made == 0) {
        return FJ_END;
    }
    fj_chunk *chunk = chunk_at(d, 0);
    if (d->current == NULL) {
        status = open_chunk(d, chunk);
        d->current = chunk;
    }
    *chunk_ret = chunk;
    return status;
}

/* Moves data of the chunk to dst, unless it has been copied there already. */
static size_t
take_from(fj_decompressor *d, fj_chunk *chunk, uint8_t *dst, size_t room)
{
    size_t left = chunk->nbytes - chunk->n_given;
    size_t n = left < room ? left : room;
    size_t placed = 0;
    if (chunk->n_given == 0 && chunk->place_nbytes > 0) {
        placed = chunk->place_nbytes < n ? chunk->place_nbytes : n;
    }
    if (n > placed) {
        memcpy(dst + placed, chunk->data + chunk->n_given + placed,
               n - placed);
    }
    chunk->n_given += n;
    d->position += n;
    return n;
}

size_t
fj_decompressor_ready(const fj_decompressor *d)
{
    return d->current == NULL ? 0 : d->current->nbytes - d->current->n_given;
}

fj_status
fj_decompressor_read(fj_decompressor *d, uint8_t *dst, size_t at_least,
                     size_t *nbytes)
{
    size_t room = *nbytes, given = 0;
    fj_status status = FJ_OK;
    request wanted = {dst, d->position, at_least == room ? room : 0};
    while (given < room) {
        fj_chunk *chunk;
        status = next_chunk(d, &wanted, &chunk);
        if (status != FJ_OK) {
            break;
        }
        given += take_from(d, chunk, dst + given, room - given);
        if (chunk->n_given < chunk->nbytes) {
            break; // no more room
        }
        if (chunk->status != FJ_OK) {
            status = chunk->status;
            break; // keep it for finish()
        }
        if (given >= at_least && chunk->ended) {
            break; // keep it for finish(), unless more is read
        }
        drop_chunk(d);
        if (given >= at_least) {
            break;
        }
    }
    *nbytes = given;
    if (status == FJ_END || given >= at_least) {
        status = FJ_OK; // an error is reported by the next call
    }
    /* No thread may copy into the reader's memory after the return. */
    if (status != FJ_OK && !wait_for_all(d)) {
        return FJ_FORKED;
    }
    return status;
}

const char *
fj_decompressor_message(const fj_decompressor *d)
{
    /* Decoders of blocks have no messages. */
    return d->message != NULL ? d->message : "a block cannot be decoded";
}

fj_status
fj_decompressor_finish(fj_decompressor *d, uint64_t *unused_ret)
{
    const request nothing = {NULL, d->position, 0};
    for (;;) {
        fj_chunk *chunk;
        fj_status status = next_chunk(d, &nothing, &chunk);
        if (status == FJ_END) { // a reader has been told of the end
            *unused_ret = d->input_nbytes - d->input_pos;
        }
        if (status != FJ_OK) {
            return status;
        }
        if (chunk->n_given < chunk->nbytes) {
            return FJ_OK;
        }
        if (chunk->status == FJ_END) { // the same, and no job is running
            *unused_ret = d->input_nbytes - d->input_pos;
        }
        if (chunk->status != FJ_OK) {
            return chunk->status;
        }
        if (chunk->ended) {
            /* Jobs ahead may still be reading the feed. */
            if (!wait_for_all(d)) {
                return FJ_FORKED;
            }
            *unused_ret = d->feed->given - chunk->used;
            return FJ_END;
        }
        drop_chunk(d);
    }
}

uint64_t
fj_decompressor_nbytes(const fj_decompressor *d)
{
    return d->position;
}

uint64_t
fj_decompressor_used(const fj_decompressor *d)
{
    return d->used;
}

uint32_t
fj_decompressor_check(const fj_decompressor *d)
{
    return d->check;
}
