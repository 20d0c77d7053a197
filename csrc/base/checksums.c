/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/checksums.h"

#include <stdlib.h>
#include <string.h>

#include "base/check_values.h"
#include "base/leaves.h"

enum {
    /* Few, because memory that is touched for the first time costs more than
     * hashing: all batches together stay in the cache. */
    BATCH_LEAVES = 4,
    BATCH_NBYTES = BATCH_LEAVES * FJ_LEAF_NBYTES,
    /* Below this, a copy costs less than waiting for each other. */
    WORTH_LENDING = 1 << 19,
};

/* A few leaves: the job hashes them. */
typedef struct {
    fj_job job;
    fj_sha256_blocks blocks;
    uint8_t *buffer; // owned, NULL until it is needed
    size_t nbytes;
    bool submitted;
    fj_piece *pieces; // owned; their checksums are the job's
    size_t n_pieces, pieces_capacity;
    size_t slot; // of its first leaf in the tree
    uint8_t digests[BATCH_LEAVES][FJ_SHA256_NBYTES];
} batch;

struct fj_checksums {
    unsigned n_threads;
    fj_tree_hash tree;
    fj_pieces *pieces;               // borrowed, or NULL
    fj_pool *pool;                   // NULL until there is a full batch
    batch *ring;                     // owned
    size_t n_ring, first, n_batches; // the newest is being filled
    /* The first batch, whose job waits for the final head. */
    bool holds_head;
    batch head;
    /* What is hashed in place, with `checks` that are owned, and what follows
     * it. */
    fj_leaves lent;
    fj_leaves_job *helpers; // owned, one for each thread
    bool is_lent;
    const uint8_t *rest; // borrowed
    size_t rest_nbytes;
};

fj_checksums *
fj_checksums_new(unsigned n_threads, fj_pieces *pieces, bool holds_head)
{
    fj_checksums *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return NULL;
    }
    fj_tree_hash_init(&c->tree);
    c->n_threads = n_threads > 0 ? n_threads : 1;
    c->pieces = pieces;
    c->holds_head = holds_head;
    /* One for each thread, and one that is being filled. */
    c->n_ring = (size_t)c->n_threads + 1;
    c->ring = calloc(c->n_ring, sizeof *c->ring);
    c->helpers = calloc(c->n_threads, sizeof *c->helpers);
    if (c->ring == NULL || c->helpers == NULL) {
        fj_checksums_free(c);
        return NULL;
    }
    return c;
}

static void
clear_batch(batch *b)
{
    free(b->buffer);
    free(b->pieces);
}

void
fj_checksums_free(fj_checksums *c)
{
    if (c == NULL) {
        return;
    }
    atomic_store(&c->lent.stop, true);
    fj_pool_stop(c->pool);
    for (size_t i = 0; c->ring != NULL && i < c->n_ring; i++) {
        clear_batch(&c->ring[i]);
    }
    clear_batch(&c->head);
    free(c->ring);
    free(c->helpers);
    free(c->lent.checks);
    fj_tree_hash_clear(&c->tree);
    free(c);
}

/* The job. */
static void
hash_batch(fj_job *job, unsigned thread)
{
    batch *b = (batch *)job;
    (void)thread;
    fj_leaves leaves = {
        .data = b->buffer,
        .nbytes = b->nbytes,
        .blocks = b->blocks,
        .digests = b->digests,
    };
    fj_leaves_start(&leaves);
    (void)fj_leaves_run(&leaves, NULL);
    const uint8_t *data = b->buffer;
    for (size_t i = 0; i < b->n_pieces; i++) {
        size_t nbytes = (size_t)b->pieces[i].nbytes;
        b->pieces[i].check = fj_crc32(0, data, nbytes);
        data += nbytes;
    }
}

static batch *
batch_at(fj_checksums *c, size_t place)
{
    return &c->ring[(c->first + place) % c->n_ring];
}

/* Reserves the batch's place in the tree, in which it follows what was there
 * when it was submitted. */
static fj_status
take_slot(fj_checksums *c, batch *b)
{
    uint8_t(*digests)[FJ_SHA256_NBYTES];
    b->slot = c->tree.n_leaves;
    return fj_tree_hash_extend(&c->tree, fj_leaves_count(b->nbytes), &digests);
}

/* Hands the results of a batch on. */
static fj_status
account(fj_checksums *c, const batch *b)
{
    fj_status status = FJ_OK;
    memcpy(c->tree.leaves + b->slot, b->digests,
           fj_leaves_count(b->nbytes) * FJ_SHA256_NBYTES);
    for (size_t i = 0; i < b->n_pieces && status == FJ_OK; i++) {
        const fj_piece *piece = &b->pieces[i];
        status = fj_pieces_add(c->pieces, (size_t)piece->nbytes, piece->check,
                               (fj_piece_kind)piece->kind);
    }
    return status;
}

static fj_status
wait_for(fj_checksums *c, fj_job *job, fj_watch *watch)
{
    for (;;) {
        switch (fj_pool_wait_a_little(c->pool, job)) {
        case FJ_POOL_ENDED:
            return FJ_OK;
        case FJ_POOL_FORKED:
            return FJ_FORKED;
        default:
            if (watch != NULL && watch->stops(watch)) {
                return FJ_STOPPED;
            }
        }
    }
}

/* Takes the oldest batch out of the ring. */
static fj_status
retire(fj_checksums *c, fj_watch *watch)
{
    batch *b = batch_at(c, 0);
    fj_status status = wait_for(c, &b->job, watch);
    if (status == FJ_OK) {
        status = account(c, b);
    }
    c->first = (c->first + 1) % c->n_ring;
    c->n_batches--;
    return status;
}

static fj_status
retire_all(fj_checksums *c, fj_watch *watch)
{
    fj_status status = FJ_OK;
    while (c->n_batches > 0 && status == FJ_OK) {
        status = retire(c, watch);
    }
    return status;
}

static fj_status
start_pool(fj_checksums *c)
{
    if (c->pool == NULL) {
        c->pool = fj_pool_start(c->n_threads, c->n_ring + c->n_threads,
                                FJ_POOL_ANY_ORDER);
    }
    return c->pool == NULL ? FJ_NO_MEMORY : FJ_OK;
}

/* The newest batch is full. */
static fj_status
submit(fj_checksums *c, batch *b)
{
    fj_status status = take_slot(c, b);
    if (status == FJ_OK && c->holds_head) {
        /* Its job waits, and its place in the ring is another's. */
        c->head = *b;
        *b = (batch){0};
        c->n_batches--;
        c->holds_head = false;
        return FJ_OK;
    }
    if (status == FJ_OK) {
        status = start_pool(c);
    }
    if (status == FJ_OK) {
        b->job.run = hash_batch;
        b->submitted = true;
        fj_pool_submit(c->pool, &b->job);
    }
    return status;
}

static bool
is_open(fj_checksums *c)
{
    return c->n_batches > 0 && !batch_at(c, c->n_batches - 1)->submitted;
}

/* The batch to be filled, which has room. */
static fj_status
open_batch(fj_checksums *c, batch **batch_ret)
{
    fj_status status = FJ_OK;
    if (is_open(c)) {
        *batch_ret = batch_at(c, c->n_batches - 1);
        return FJ_OK;
    }
    if (c->n_batches == c->n_ring) {
        status = retire(c, NULL);
    }
    batch *b = *batch_ret = batch_at(c, c->n_batches);
    if (status == FJ_OK && b->buffer == NULL) {
        b->buffer = malloc(BATCH_NBYTES);
        status = b->buffer == NULL ? FJ_NO_MEMORY : FJ_OK;
    }
    b->blocks = c->tree.blocks;
    b->nbytes = 0;
    b->submitted = false;
    b->n_pieces = 0;
    c->n_batches += status == FJ_OK;
    return status;
}

static fj_status
add_piece(batch *b, size_t nbytes, fj_piece_kind kind)
{
    if (b->n_pieces == b->pieces_capacity) {
        size_t capacity = b->n_pieces == 0 ? 64 : b->n_pieces * 2;
        fj_piece *pieces = realloc(b->pieces, capacity * sizeof *pieces);
        if (pieces == NULL) {
            return FJ_NO_MEMORY;
        }
        b->pieces = pieces;
        b->pieces_capacity = capacity;
    }
    b->pieces[b->n_pieces++] =
        (fj_piece){.nbytes = nbytes, .kind = (uint8_t)kind};
    return FJ_OK;
}

static fj_status
cut_pieces(fj_checksums *c, batch *b, size_t nbytes)
{
    fj_status status = FJ_OK;
    while (c->pieces != NULL && nbytes > 0 && status == FJ_OK) {
        fj_piece_kind kind;
        size_t n = fj_pieces_cut(c->pieces, nbytes, &kind);
        status = add_piece(b, n, kind);
        nbytes -= n;
    }
    return status;
}

/* Copies what fits into one batch, up to `nbytes`: *done_ret is how much that
 * was. */
static fj_status
collect(fj_checksums *c, const uint8_t *data, size_t nbytes, size_t *done_ret)
{
    batch *b;
    fj_status status = open_batch(c, &b);
    if (status != FJ_OK) {
        return status;
    }
    size_t room = BATCH_NBYTES - b->nbytes;
    nbytes = nbytes < room ? nbytes : room;
    memcpy(b->buffer + b->nbytes, data, nbytes);
    b->nbytes += nbytes;
    *done_ret = nbytes;
    status = cut_pieces(c, b, nbytes);
    return status == FJ_OK && b->nbytes == BATCH_NBYTES ? submit(c, b)
                                                        : status;
}

static fj_status
collect_all(fj_checksums *c, const uint8_t *data, size_t nbytes)
{
    fj_status status = FJ_OK;
    while (nbytes > 0 && status == FJ_OK) {
        size_t n = 0;
        status = collect(c, data, nbytes, &n);
        data += n;
        nbytes -= n;
    }
    return status;
}

/* How many bytes the leaf lacks that is being collected. */
static size_t
missing_in_leaf(fj_checksums *c)
{
    size_t over = is_open(c) ? batch_at(c, c->n_batches - 1)->nbytes : 0;
    return (FJ_LEAF_NBYTES - over % FJ_LEAF_NBYTES) % FJ_LEAF_NBYTES;
}

/* Whether to hash data where it is, behind the leaf that is being collected:
 * leaves of one array, so that no piece ends within one. */
static bool
is_worth_lending(fj_checksums *c, size_t nbytes)
{
    size_t before = missing_in_leaf(c);
    if (c->holds_head || nbytes < before + WORTH_LENDING) {
        return false;
    }
    size_t rest = (nbytes - before) % FJ_LEAF_NBYTES;
    return c->pieces == NULL ||
           fj_pieces_are_uniform(c->pieces, nbytes - rest);
}

/* Collects the end of a leaf, and ends its batch, though that may have room
 * for another one. */
static fj_status
end_leaf(fj_checksums *c, const uint8_t *data, size_t nbytes)
{
    fj_status status = collect_all(c, data, nbytes);
    if (status == FJ_OK && is_open(c)) {
        status = submit(c, batch_at(c, c->n_batches - 1));
    }
    return status;
}

/* Starts to hash all whole leaves of the data in place. */
static fj_status
lend(fj_checksums *c, const uint8_t *data, size_t nbytes)
{
    size_t n_leaves = nbytes / FJ_LEAF_NBYTES;
    size_t lent_nbytes = n_leaves * FJ_LEAF_NBYTES;
    c->lent = (fj_leaves){
        .data = data,
        .nbytes = lent_nbytes,
        .blocks = c->tree.blocks,
    };
    fj_leaves_start(&c->lent);
    fj_status status =
        fj_tree_hash_extend(&c->tree, n_leaves, &c->lent.digests);
    if (status == FJ_OK && c->pieces != NULL) {
        c->lent.checks = malloc(n_leaves * sizeof *c->lent.checks);
        status = c->lent.checks == NULL ? FJ_NO_MEMORY : FJ_OK;
    }
    if (status == FJ_OK) {
        status = start_pool(c);
    }
    if (status != FJ_OK) {
        return status;
    }
    for (unsigned i = 1; i < c->n_threads; i++) {
        fj_leaves_submit(&c->helpers[i], &c->lent, c->pool);
    }
    c->is_lent = true;
    c->rest = data + lent_nbytes;
    c->rest_nbytes = nbytes - lent_nbytes;
    return FJ_OK;
}

fj_status
fj_checksums_begin(fj_checksums *c, const uint8_t *data, size_t nbytes)
{
    if (!is_worth_lending(c, nbytes)) {
        return collect_all(c, data, nbytes);
    }
    size_t before = missing_in_leaf(c);
    fj_status status = end_leaf(c, data, before);
    return status == FJ_OK ? lend(c, data + before, nbytes - before) : status;
}

/* Adds the pieces that were hashed in place, from the checksums of their
 * leaves. */
static fj_status
add_lent_pieces(fj_checksums *c)
{
    fj_status status = FJ_OK;
    const uint32_t *checks = c->lent.checks;
    for (size_t left = c->lent.nbytes; left > 0 && status == FJ_OK;) {
        fj_piece_kind kind;
        size_t n = fj_pieces_cut(c->pieces, left, &kind);
        uint32_t check = *checks++;
        for (size_t i = 1; i < n / FJ_LEAF_NBYTES; i++) {
            check = fj_crc32_combine(check, *checks++, FJ_LEAF_NBYTES);
        }
        status = fj_pieces_add(c->pieces, n, check, kind);
        left -= n;
    }
    return status;
}

fj_status
fj_checksums_end(fj_checksums *c, bool give_up, fj_watch *watch)
{
    if (!c->is_lent) {
        return FJ_OK;
    }
    if (give_up) {
        atomic_store(&c->lent.stop, true);
    }
    fj_status status =
        fj_leaves_run(&c->lent, watch) && !give_up ? FJ_OK : FJ_STOPPED;
    for (unsigned i = 1; i < c->n_threads; i++) {
        /* Also when it was stopped: the caller's memory is in use. */
        if (!fj_pool_wait(c->pool, &c->helpers[i].job)) {
            return FJ_FORKED;
        }
    }
    c->is_lent = false;
    if (status == FJ_OK) {
        status = retire_all(c, watch);
    }
    if (status == FJ_OK && c->pieces != NULL) {
        status = add_lent_pieces(c);
    }
    free(c->lent.checks);
    c->lent.checks = NULL;
    return status == FJ_OK ? collect_all(c, c->rest, c->rest_nbytes) : status;
}

/* Hashes a batch here, after all others. */
static fj_status
hash_last(fj_checksums *c, batch *b)
{
    fj_status status = take_slot(c, b);
    if (status == FJ_OK) {
        hash_batch(&b->job, 0);
        status = account(c, b);
    }
    return status;
}

fj_status
fj_checksums_finish(fj_checksums *c, const uint8_t *head, size_t head_nbytes,
                    fj_watch *watch, uint8_t digest[FJ_SHA256_NBYTES])
{
    batch *last = NULL;
    if (is_open(c)) {
        last = batch_at(c, --c->n_batches);
    }
    fj_status status = retire_all(c, watch);
    batch *beginning = c->head.buffer != NULL ? &c->head : last;
    if (head_nbytes > 0 && beginning != NULL) {
        memcpy(beginning->buffer, head, head_nbytes);
    }
    if (status == FJ_OK && c->head.buffer != NULL) {
        hash_batch(&c->head.job, 0);
        status = account(c, &c->head);
    }
    if (status == FJ_OK && last != NULL) {
        status = hash_last(c, last);
    }
    if (status == FJ_OK) {
        fj_tree_hash_end(&c->tree, digest);
    }
    return status;
}
