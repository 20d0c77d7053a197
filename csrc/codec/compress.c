/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/compress.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "codec/block_table.h"
#include "codec/seal.h"
#include "codec/stored.h"

typedef struct {
    fj_watch base;
    fj_compressor *owner;
} thread_watch;

typedef struct {
    fj_job job;
    fj_compressor *owner;
    uint8_t *block;      // owned, FJ_BLOCK_NBYTES; NULL until it is needed
    uint8_t *coded;      // owned, as large as any coded block
    const uint8_t *data; // `block`, or memory of the caller
    size_t nbytes;
    bool last;
    /* Set by the job */
    fj_status status;
    size_t coded_nbytes;
    uint32_t check;
} slot;

struct fj_compressor {
    const fj_codec *codec;
    int level;
    unsigned n_threads;
    bool with_table; // a stream of several blocks ends with the block table
    bool sized;      // the header is rewritten at the end
    bool open_ended; // the seal will end the stream
    fj_pool *pool;   // NULL until there are two blocks
    void **encoders; // one for each thread
    slot *slots;
    size_t n_slots;
    size_t first;    // the oldest block
    size_t n_blocks; // in the ring
    size_t n_lent;   // how many of these, from the oldest on, reach to the
                     // last block that is in the caller's memory
    bool filling;    // the newest is not full yet
    bool closed;
    bool began;      // the header of the stream has been taken
    bool ended;      // its tail has been taken
    bool last_coded; // a block was coded as the last one
    bool taken;      // the oldest block has been handed out
    fj_block_table table;
    uint64_t nbytes;
    uint32_t check;
    uint32_t rest_check; // of the block table
    uint64_t rest_nbytes;
    uint8_t *tail;          // owned
    fj_watch *outer;        // borrowed, or NULL
    thread_watch of_owner;  // asks `outer` too
    thread_watch of_worker; // checks `stopping` only
    atomic_bool stopping;
    uint8_t frame[FJ_CODEC_FRAME];
};

static bool
worker_stops(fj_watch *self)
{
    return atomic_load(&((thread_watch *)self)->owner->stopping);
}

static bool
owner_stops(fj_watch *self)
{
    fj_compressor *c = ((thread_watch *)self)->owner;
    if (c->outer != NULL && c->outer->stops(c->outer)) {
        atomic_store(&c->stopping, true);
    }
    return worker_stops(self);
}

void
fj_compressor_watch(fj_compressor *c, fj_watch *watch)
{
    c->outer = watch;
}

fj_compressor *
fj_compressor_new(const fj_codec *codec, int level, unsigned n_threads,
                  bool to_file, bool sealed)
{
    fj_compressor *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return NULL;
    }
    c->codec = codec;
    c->level = level;
    c->n_threads = n_threads > 0 ? n_threads : 1;
    c->sized = to_file && codec->begin_sized != NULL;
    c->with_table = to_file && codec->check != NULL;
    c->open_ended = sealed && codec->check != NULL;
    c->of_owner = (thread_watch){{owner_stops}, c};
    c->of_worker = (thread_watch){{worker_stops}, c};
    atomic_init(&c->stopping, false);
    /* One for each thread, one that is being filled, and one that waits to be
     * written.  More would only cost page faults. */
    c->n_slots = (size_t)c->n_threads + 2;
    c->slots = calloc(c->n_slots, sizeof *c->slots);
    c->encoders = calloc(c->n_threads, sizeof *c->encoders);
    if (c->slots == NULL || c->encoders == NULL) {
        fj_compressor_free(c);
        return NULL;
    }
    if (codec->check != NULL) {
        c->check = codec->check(NULL, 0);
    }
    return c;
}

void
fj_compressor_free(fj_compressor *c)
{
    if (c == NULL) {
        return;
    }
    atomic_store(&c->stopping, true);
    fj_pool_stop(c->pool);
    for (size_t i = 0; c->slots != NULL && i < c->n_slots; i++) {
        free(c->slots[i].block);
        free(c->slots[i].coded);
    }
    for (unsigned i = 0; c->encoders != NULL && i < c->n_threads; i++) {
        if (c->encoders[i] != NULL) {
            c->codec->encoder_free(c->encoders[i]);
        }
    }
    free(c->slots);
    free(c->encoders);
    free(c->tail);
    fj_block_table_clear(&c->table);
    free(c);
}

static slot *
slot_at(fj_compressor *c, size_t place)
{
    return &c->slots[(c->first + place) % c->n_slots];
}

/* Codes a block: the job. */
static void
code(fj_job *job, unsigned thread)
{
    slot *s = (slot *)job;
    fj_compressor *c = s->owner;
    const fj_codec *codec = c->codec;
    thread_watch *watch = thread == 0 ? &c->of_owner : &c->of_worker;
    if (watch->base.stops(&watch->base)) {
        s->status = FJ_STOPPED;
        return;
    }
    if (s->coded == NULL) {
        /* Room for a full block, since slots are reused; the last one may be
         * smaller. */
        s->coded = malloc(codec->bound(s->last ? s->nbytes : FJ_BLOCK_NBYTES));
    }
    if (s->coded == NULL) {
        s->status = FJ_NO_MEMORY;
        return;
    }
    s->status = codec->encode(c->encoders[thread], s->data, s->nbytes, s->last,
                              s->coded, &s->coded_nbytes);
    if (s->status == FJ_OK && codec->check != NULL) {
        s->check = codec->check(s->data, s->nbytes);
    }
}

/* Starts the pool and makes the encoders, one for each thread.  Not by the
 * threads themselves: an encoder may look at the environment, which others
 * change while they hold the GIL. */
static fj_status
start_threads(fj_compressor *c, unsigned n_threads)
{
    const fj_codec *codec = c->codec;
    for (unsigned i = 0; i < n_threads; i++) {
        if (c->encoders[i] == NULL) {
            c->encoders[i] = codec->encoder_new(c->level);
        }
        if (c->encoders[i] == NULL) {
            return FJ_NO_MEMORY;
        }
        if (codec->encoder_watch != NULL) {
            thread_watch *watch = i == 0 ? &c->of_owner : &c->of_worker;
            codec->encoder_watch(c->encoders[i], &watch->base);
        }
    }
    c->pool = fj_pool_start(n_threads, c->n_slots, FJ_POOL_ANY_ORDER);
    return c->pool == NULL ? FJ_NO_MEMORY : FJ_OK;
}

/* Submits the newest block to the pool. */
static fj_status
submit(fj_compressor *c, slot *s)
{
    c->filling = false;
    s->job.run = code;
    s->owner = c;
    if (c->pool == NULL) {
        /* A stream of a single block needs no threads. */
        bool alone = s->last && c->nbytes == 0 && c->n_blocks == 1;
        fj_status status = start_threads(c, alone ? 1 : c->n_threads);
        if (status != FJ_OK) {
            return status;
        }
    }
    fj_pool_submit(c->pool, &s->job);
    return FJ_OK;
}

/* The block to be filled; NULL if the ring is full. */
static slot *
open_slot(fj_compressor *c)
{
    if (c->filling) {
        return slot_at(c, c->n_blocks - 1);
    }
    if (c->n_blocks == c->n_slots) {
        return NULL;
    }
    slot *s = slot_at(c, c->n_blocks++);
    s->nbytes = 0;
    s->last = false;
    s->data = NULL;
    c->filling = true;
    return s;
}

static fj_status
copy_in(slot *s, const uint8_t *data, size_t nbytes)
{
    if (s->block == NULL) {
        s->block = malloc(FJ_BLOCK_NBYTES);
        if (s->block == NULL) {
            return FJ_NO_MEMORY;
        }
    }
    memcpy(s->block + s->nbytes, data, nbytes);
    s->data = s->block;
    s->nbytes += nbytes;
    return FJ_OK;
}

fj_status
fj_compressor_feed(fj_compressor *c, const uint8_t *data, size_t *nbytes)
{
    size_t left = *nbytes;
    fj_status status = FJ_OK;
    while (left > 0 && status == FJ_OK) {
        slot *s = open_slot(c);
        if (s == NULL) {
            break;
        }
        size_t piece = FJ_BLOCK_NBYTES - s->nbytes;
        /* Blocks are coded in the caller's memory, without a copy, except
         * for the last ones, as many as the ring holds.  So the caller gets
         * its memory back early, and the copies keep the threads busy
         * meanwhile. */
        if (s->nbytes == 0 && left / FJ_BLOCK_NBYTES > c->n_slots) {
            s->data = data;
            s->nbytes = piece;
            c->n_lent = c->n_blocks;
        }
        else {
            piece = left < piece ? left : piece;
            status = copy_in(s, data, piece);
        }
        data += piece;
        left -= piece;
        if (status == FJ_OK && s->nbytes == FJ_BLOCK_NBYTES) {
            status = submit(c, s);
        }
    }
    *nbytes -= left;
    return status;
}

static fj_status
wait_for(fj_compressor *c, slot *s)
{
    if (c->pool == NULL) {
        return FJ_NO_MEMORY; // the last block could not be submitted
    }
    for (;;) {
        switch (fj_pool_wait_a_little(c->pool, &s->job)) {
        case FJ_POOL_ENDED:
            return s->status;
        case FJ_POOL_FORKED:
            return FJ_FORKED;
        default:
            if (c->of_owner.base.stops(&c->of_owner.base)) {
                return FJ_STOPPED;
            }
        }
    }
}

fj_status
fj_compressor_settle(fj_compressor *c, bool give_up)
{
    if (give_up) {
        atomic_store(&c->stopping, true);
        fj_pool_stop(c->pool);
        c->pool = NULL;
        c->n_lent = 0;
    }
    for (size_t i = c->taken ? 1 : 0; i < c->n_lent; i++) {
        fj_status status = wait_for(c, slot_at(c, i));
        if (status != FJ_OK) {
            return status;
        }
    }
    c->n_lent = 0;
    return FJ_OK;
}

fj_status
fj_compressor_close(fj_compressor *c)
{
    c->closed = true;
    if (!c->filling && (c->nbytes > 0 || c->n_blocks > 0)) {
        return FJ_OK; // the data ended at the end of a block
    }
    slot *s = open_slot(c); // without data the ring is empty
    bool several = c->nbytes > 0 || c->n_blocks > 1;
    s->last = !(several && c->with_table) && !c->open_ended;
    c->last_coded = s->last;
    return submit(c, s);
}

/* Data that is compressed to almost nothing is decoded fast enough without a
 * table, and a table would make the file noticeably larger than joblib's. */
static bool
is_worth_a_table(const fj_compressor *c)
{
    enum { AT_LEAST = 300 }; // bytes of blocks for each byte of the table
    uint64_t nbytes = 0;
    for (size_t i = 0; i < c->table.n_blocks; i++) {
        nbytes += c->table.sizes[i];
    }
    return c->table.n_blocks > 1 &&
           nbytes / AT_LEAST >= fj_block_table_nbytes(&c->table);
}

/* Puts the block table, in stored blocks, into c->tail. */
static fj_status
make_table(fj_compressor *c, size_t *nbytes)
{
    const fj_codec *codec = c->codec;
    uint8_t *table;
    size_t table_nbytes;
    c->table.nbytes = c->nbytes;
    fj_status status = fj_block_table_write(&c->table, &table, &table_nbytes);
    if (status != FJ_OK) {
        return status;
    }
    *nbytes = fj_stored_nbytes(table_nbytes);
    c->tail = malloc(*nbytes + FJ_CODEC_FRAME);
    if (c->tail != NULL) {
        fj_stored_write(table, table_nbytes, !c->open_ended, c->tail);
        c->rest_check = codec->check(table, table_nbytes);
        c->rest_nbytes = table_nbytes;
        c->last_coded = true;
    }
    free(table);
    return c->tail == NULL ? FJ_NO_MEMORY : FJ_OK;
}

/* Writes what ends the stream, behind `rest_nbytes` of data that are no part
 * of the object. */
static size_t
end_stream(const fj_compressor *c, uint32_t rest_check, uint64_t rest_nbytes,
           bool ended, uint8_t *dst)
{
    uint32_t check = c->check;
    if (rest_nbytes > 0) {
        check = c->codec->combine(check, rest_check, rest_nbytes);
    }
    return c->codec->end(check, c->nbytes + rest_nbytes, ended, dst);
}

/* Puts what follows the blocks into c->tail: the table, and the end of the
 * stream, if the seal does not end it. */
static fj_status
make_tail(fj_compressor *c, size_t *nbytes)
{
    fj_status status = FJ_OK;
    if (c->with_table && is_worth_a_table(c)) {
        status = make_table(c, nbytes);
    }
    else {
        c->tail = malloc(FJ_CODEC_FRAME);
        status = c->tail == NULL ? FJ_NO_MEMORY : FJ_OK;
    }
    if (status == FJ_OK && !c->open_ended) {
        *nbytes += end_stream(c, c->rest_check, c->rest_nbytes, c->last_coded,
                              c->tail + *nbytes);
    }
    return status;
}

fj_status
fj_compressor_seal(const fj_compressor *c, const uint8_t *seal,
                   size_t seal_nbytes, uint8_t **bytes_ret, size_t *nbytes_ret)
{
    const fj_codec *codec = c->codec;
    fj_status status =
        fj_seal_wrap(codec, seal, seal_nbytes, bytes_ret, nbytes_ret);
    if (status != FJ_OK || !c->open_ended) {
        return status;
    }
    uint32_t check = codec->check(seal, seal_nbytes);
    if (c->rest_nbytes > 0) {
        check = codec->combine(c->rest_check, check, seal_nbytes);
    }
    *nbytes_ret += end_stream(c, check, c->rest_nbytes + seal_nbytes, true,
                              *bytes_ret + *nbytes_ret);
    return FJ_OK;
}

uint32_t
fj_compressor_check(const fj_compressor *c)
{
    return c->check;
}

/* Accounts for the oldest block, which has been coded. */
static fj_status
account(fj_compressor *c, const slot *s)
{
    if (c->codec->check != NULL) {
        c->check = c->codec->combine(c->check, s->check, s->nbytes);
    }
    c->nbytes += s->nbytes;
    return c->with_table ? fj_block_table_add(&c->table, s->coded_nbytes)
                         : FJ_OK;
}

fj_status
fj_compressor_take(fj_compressor *c, const uint8_t **data_ret, size_t *nbytes)
{
    *nbytes = 0;
    bool ready = c->closed || c->n_blocks == c->n_slots;
    if (ready && !c->began) {
        c->began = true;
        /* A stream of one block gets the short header (see lz4.h). */
        c->sized = c->sized && c->n_blocks > 1;
        *data_ret = c->frame;
        *nbytes = c->sized ? c->codec->begin_sized(c->level, 0, c->frame)
                           : c->codec->begin(c->level, c->frame);
        return FJ_OK;
    }
    if (c->taken) {
        ready = c->closed;
        c->taken = false;
        c->first = (c->first + 1) % c->n_slots;
        c->n_blocks--;
        c->n_lent -= c->n_lent > 0;
    }
    if (c->n_blocks > 0 && ready) {
        slot *s = slot_at(c, 0);
        fj_status status = wait_for(c, s);
        if (status == FJ_OK) {
            status = account(c, s);
        }
        c->taken = true;
        *data_ret = s->coded;
        *nbytes = s->coded_nbytes;
        if (status != FJ_OK || *nbytes > 0) {
            return status;
        }
        /* Empty data makes no LZ4 block. */
    }
    if (c->closed && !c->ended) {
        c->ended = true;
        fj_status status = make_tail(c, nbytes);
        *data_ret = c->tail;
        return status;
    }
    return FJ_OK;
}

size_t
fj_compressor_head(const fj_compressor *c, uint8_t *dst)
{
    return c->sized ? c->codec->begin_sized(c->level, c->nbytes, dst) : 0;
}
