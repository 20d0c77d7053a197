/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory that runs out while checksums are computed: NO_MEMORY, or the digest and
 * the pieces that there are otherwise.
 */
#include "no_memory.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/checksums.h"
#include "base/leaves.h"

enum { NBYTES = 40 * FJ_LEAF_NBYTES + 99, SMALL = 9 * FJ_LEAF_NBYTES / 2 };

static uint8_t data[NBYTES];

typedef struct {
    unsigned n_threads;
    bool with_pieces, holds_head;
    size_t nbytes;
    int fd; // -1: the data in memory
    uint8_t digest[FJ_SHA256_NBYTES];
} stream;

/* The digest and the pieces of the last run. */
static uint8_t digest[FJ_SHA256_NBYTES];
static size_t n_pieces;

static fj_status
hash_stream(fj_checksums *c, fj_pieces *pieces, const stream *s)
{
    size_t small = s->nbytes < SMALL ? s->nbytes : SMALL;
    fj_status status = FJ_OK;
    if (s->with_pieces) {
        status = fj_pieces_expect(pieces, 7, NBYTES - 7);
    }
    for (int i = 0; i < 2 && status == FJ_OK; i++) {
        size_t n = i == 0 ? small : s->nbytes - small;
        status = fj_checksums_begin(c, data + (i == 0 ? 0 : small), n);
        fj_status ended = fj_checksums_end(c, status != FJ_OK, NULL);
        status = status == FJ_OK ? ended : status;
    }
    return status == FJ_OK ? fj_checksums_finish(c, NULL, 0, NULL, digest)
                           : status;
}

static fj_status
run(const void *arg)
{
    const stream *s = arg;
    fj_pieces pieces = {0};
    if (s->fd >= 0) {
        int ret =
            fj_leaves_of_file(s->fd, 0, s->nbytes, s->n_threads, NULL, digest);
        CHECK(ret == 0 || ret == -ENOMEM);
        return ret == 0 ? FJ_OK : FJ_NO_MEMORY;
    }
    fj_checksums *c = fj_checksums_new(
        s->n_threads, s->with_pieces ? &pieces : NULL, s->holds_head);
    fj_status status = c == NULL ? FJ_NO_MEMORY : hash_stream(c, &pieces, s);
    fj_checksums_free(c);
    n_pieces = pieces.n_items;
    fj_pieces_clear(&pieces);
    return status;
}

static void
check(const void *arg, fj_status status)
{
    const stream *s = arg;
    CHECK(status == FJ_OK || status == FJ_NO_MEMORY);
    if (status == FJ_OK) {
        CHECK(memcmp(digest, s->digest, sizeof digest) == 0);
        CHECK(s->fd >= 0 || (n_pieces > 0) == s->with_pieces);
    }
    memset(digest, 0, sizeof digest);
}

static void
sweep_stream(stream s)
{
    CHECK(run(&s) == FJ_OK);
    memcpy(s.digest, digest, sizeof digest);
    sweep("checksums", run, check, &s);
}

int
main(void)
{
    FILE *file = tmpfile();
    for (size_t i = 0; i < NBYTES; i++) {
        data[i] = (uint8_t)(i * 7 + i / 1000);
    }
    CHECK(file != NULL && fwrite(data, 1, NBYTES, file) == NBYTES &&
          fflush(file) == 0);
    for (unsigned n_threads = 1; n_threads <= 3; n_threads++) {
        sweep_stream((stream){n_threads, true, false, NBYTES, -1, {0}});
        sweep_stream((stream){n_threads, false, true, NBYTES, -1, {0}});
        sweep_stream((stream){n_threads, true, false, 1000, -1, {0}});
        sweep_stream(
            (stream){n_threads, false, false, NBYTES, fileno(file), {0}});
    }
    fclose(file);
    print_counts("checksums");
    return 0;
}
