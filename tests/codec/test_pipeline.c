/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The pool, the compressor and the decompressor, without Python: to be run
 * under ThreadSanitizer and AddressSanitizer.
 */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "codec/compress.h"
#include "codec/decompress.h"
#include "memory_feed.h"

enum { MIB = 1 << 20 };

/* ThreadSanitizer makes all this ten times slower, and finds nothing where no
 * thread is started, nor in gzip's pipeline what is not in zlib's. */
#ifdef __SANITIZE_THREAD__
enum { LEAST_THREADS = 3, FIRST_SIZE = 5 };
static const char *const names[] = {"zlib", "lz4"};
#else
enum { LEAST_THREADS = 1, FIRST_SIZE = 0 };
static const char *const names[] = {"zlib", "gzip", "lz4"};
#endif

/* The same numbers everywhere. */
static uint32_t
next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Data of which some compresses well, some a little, some not at all. */
static uint8_t *
make_data(size_t nbytes, uint32_t seed)
{
    uint8_t *data = malloc(nbytes + 1);
    assert(data != NULL);
    for (size_t i = 0; i < nbytes; i++) {
        switch (i / 300000 % 3) {
        case 0:
            data[i] = (uint8_t)(i % 64 < 8 ? next_random(&seed) : i / 64);
            break;
        case 1:
            data[i] = (uint8_t)next_random(&seed);
            break;
        default:
            data[i] = (uint8_t)(next_random(&seed) % 7 * 11);
        }
    }
    return data;
}

/* -- the pool ----------------------------------------------------------- */

typedef struct {
    fj_job job;
    int value, result;
    const int *before; // in order: what the job before has to have left
} square;

static void
run_square(fj_job *job, unsigned thread)
{
    square *s = (square *)job;
    (void)thread;
    if (s->before != NULL) {
        assert(*s->before == (s->value - 1) * (s->value - 1));
    }
    s->result = s->value * s->value;
}

static void
test_pool(unsigned n_threads, fj_pool_order order)
{
    enum { N = 64 };
    square squares[N];
    memset(squares, 0, sizeof squares);
    fj_pool *pool = fj_pool_start(n_threads, N, order);
    assert(pool != NULL);
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < N; i++) {
            squares[i].job.run = run_square;
            squares[i].value = i;
            squares[i].result = -1;
            squares[i].before = order == FJ_POOL_IN_ORDER && i > 0
                                    ? &squares[i - 1].result
                                    : NULL;
            fj_pool_submit(pool, &squares[i].job);
        }
        for (int i = 0; i < N; i++) {
            assert(fj_pool_wait(pool, &squares[i].job));
            assert(squares[i].result == i * i);
        }
    }
    for (int i = 0; i < N; i++) { // which nobody waits for
        squares[i].before = NULL;
        fj_pool_submit(pool, &squares[i].job);
    }
    fj_pool_stop(pool);
}

/* -- compression -------------------------------------------------------- */

typedef struct {
    uint8_t *bytes;
    size_t nbytes;
} buffer;

static void
append(buffer *to, const uint8_t *data, size_t nbytes)
{
    to->bytes = realloc(to->bytes, to->nbytes + nbytes + 1);
    assert(to->bytes != NULL);
    memcpy(to->bytes + to->nbytes, data, nbytes);
    to->nbytes += nbytes;
}

static void
take_all(fj_compressor *c, buffer *to)
{
    for (;;) {
        const uint8_t *data;
        size_t nbytes;
        assert(fj_compressor_take(c, &data, &nbytes) == FJ_OK);
        if (nbytes == 0) {
            return;
        }
        append(to, data, nbytes);
    }
}

static void
feed_all(fj_compressor *c, const uint8_t *data, size_t nbytes, buffer *to)
{
    while (nbytes > 0) {
        size_t taken = nbytes;
        assert(fj_compressor_feed(c, data, &taken) == FJ_OK);
        data += taken;
        nbytes -= taken;
        if (nbytes > 0) {
            take_all(c, to);
        }
    }
    assert(fj_compressor_settle(c, false) == FJ_OK);
}

/* `piece`: how much is fed at a time.  Each piece lies in memory of its own,
 * which is gone when the next comes. */
static buffer
compress(const fj_codec *codec, int level, unsigned n_threads, bool to_file,
         const uint8_t *data, size_t nbytes, size_t piece)
{
    buffer to = {NULL, 0};
    fj_compressor *c =
        fj_compressor_new(codec, level, n_threads, to_file, false);
    assert(c != NULL);
    for (size_t i = 0; i < nbytes; i += piece) {
        size_t n = nbytes - i < piece ? nbytes - i : piece;
        uint8_t *lent = malloc(n);
        assert(lent != NULL);
        memcpy(lent, data + i, n);
        feed_all(c, lent, n, &to);
        free(lent);
    }
    assert(fj_compressor_close(c) == FJ_OK);
    take_all(c, &to);
    uint8_t head[FJ_CODEC_FRAME];
    memcpy(to.bytes, head, fj_compressor_head(c, head));
    fj_compressor_free(c);
    return to;
}

/* -- decompression ------------------------------------------------------ */

/* Reads `piece` bytes at a time, `at_least` some of them. */
static void
check_reads(const fj_codec *codec, unsigned n_threads, memory_feed feed,
            const fj_block_table *index, const uint8_t *data, size_t nbytes,
            size_t at_least, size_t piece)
{
    fj_decompressor *d =
        fj_decompressor_new(codec, &feed.base, n_threads, index);
    assert(d != NULL);
    uint8_t *got = malloc(nbytes + piece);
    assert(got != NULL);
    size_t have = 0;
    for (;;) {
        size_t n = piece;
        fj_status status = fj_decompressor_read(d, got + have, at_least, &n);
        if (status != FJ_OK) {
            fprintf(stderr, "%s: %s (%d) at %zu of %zu\n", codec->name,
                    fj_decompressor_message(d), status, have, nbytes);
        }
        assert(status == FJ_OK);
        have += n;
        assert(have <= nbytes);
        if (n < at_least) {
            break;
        }
    }
    assert(have == nbytes && memcmp(got, data, nbytes) == 0);
    assert(fj_decompressor_nbytes(d) == nbytes);
    free(got);
    fj_decompressor_free(d);
}

/* Gives up in the middle, with blocks being decoded. */
static void
check_abandoned(const fj_codec *codec, unsigned n_threads, memory_feed feed)
{
    uint8_t some[1000];
    size_t n = sizeof some;
    fj_decompressor *d =
        fj_decompressor_new(codec, &feed.base, n_threads, NULL);
    assert(d != NULL);
    assert(fj_decompressor_read(d, some, 1, &n) == FJ_OK);
    fj_decompressor_free(d);
}

static void
check_index(const fj_codec *codec, unsigned n_threads, const buffer *file,
            const uint8_t *data, size_t nbytes)
{
    uint8_t frame[FJ_CODEC_FRAME];
    size_t head = codec->begin(3, frame);
    size_t tail = codec->end(0, 0, true, frame);
    const uint8_t *end = file->bytes + file->nbytes - tail;
    uint64_t stored = fj_block_table_stored_nbytes(end - FJ_TABLE_FOOTER);
    assert(stored > 0);
    fj_block_table index;
    uint8_t *table;
    size_t table_nbytes;
    assert(fj_block_table_read(end - stored, stored, true, &index, &table,
                               &table_nbytes) == FJ_OK);
    assert(index.nbytes == nbytes);
    free(table);
    memory_feed feed =
        feed_of(file->bytes + head,
                (size_t)(end - stored - (file->bytes + head)), true);
    check_reads(codec, n_threads, feed, &index, data, nbytes, 1, 256 * 1024);
    check_reads(codec, n_threads, feed, &index, data, nbytes, nbytes, nbytes);
    check_reads(codec, n_threads, feed, &index, data, nbytes, 3 * MIB + 5,
                3 * MIB + 5);
    fj_block_table_clear(&index);
}

static void
test_round_trip(const fj_codec *codec, int level, size_t nbytes)
{
    uint8_t *data = make_data(nbytes, (uint32_t)nbytes);
    buffer first = compress(codec, level, 1, false, data, nbytes, nbytes + 1);
    for (unsigned n_threads = LEAST_THREADS; n_threads <= 5; n_threads += 2) {
        buffer again =
            compress(codec, level, n_threads, false, data, nbytes, 700001);
        assert(again.nbytes == first.nbytes &&
               memcmp(again.bytes, first.bytes, first.nbytes) == 0);
        free(again.bytes);
        for (int any = 0; any < 2; any++) {
            memory_feed feed = feed_of(first.bytes, first.nbytes, any);
            check_reads(codec, n_threads, feed, NULL, data, nbytes, 1, 100000);
            check_reads(codec, n_threads, feed, NULL, data, nbytes, nbytes + 1,
                        nbytes + 1);
            check_reads(codec, n_threads, feed, NULL, data, nbytes, 333333,
                        MIB);
            check_abandoned(codec, n_threads, feed);
        }
        buffer file =
            compress(codec, level, n_threads, true, data, nbytes, nbytes + 1);
        if (codec->check != NULL && nbytes > MIB) {
            check_index(codec, n_threads, &file, data, nbytes);
        }
        free(file.bytes);
    }
    free(first.bytes);
    free(data);
}

/* The argument: the largest data, in MiB. */
int
main(int argc, char **argv)
{
    size_t largest = (size_t)(argc > 1 ? atoi(argv[1]) : 20) * MIB;
    for (unsigned n_threads = 1; n_threads <= 6; n_threads++) {
        test_pool(n_threads, FJ_POOL_ANY_ORDER);
        test_pool(n_threads, FJ_POOL_IN_ORDER);
    }
    static const size_t sizes[] = {0,       1,       1000,        MIB - 1, MIB,
                                   MIB + 1, 2 * MIB, 9 * MIB + 5, 20 * MIB};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const fj_codec *codec = fj_codec_find(names[i]);
        assert(codec != NULL);
        for (size_t k = FIRST_SIZE; k < sizeof sizes / sizeof *sizes; k++) {
            if (sizes[k] <= largest) {
                test_round_trip(codec, 1, sizes[k]);
            }
        }
        printf("%s: ok\n", names[i]);
    }
    return 0;
}
