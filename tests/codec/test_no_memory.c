/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory that runs out in the pipelines, wherever it can, in our own code and in
 * the libraries: what is written or read is whole, or the status says why not.
 */
#include "no_memory.h"

#include <lz4frame.h>

#include "codec/block_table.h"
#include "codec/compress.h"
#include "codec/decompress.h"
#include "memory_feed.h"

enum {
    /* A full block, whose halves go to different encoders, and one that is not. */
    NBYTES = FJ_BLOCK_NBYTES + 150000,
    ROOM = NBYTES + NBYTES / 8,
};

static uint8_t data[NBYTES], got[ROOM];

typedef struct {
    uint8_t bytes[ROOM];
    size_t nbytes;
} file;

/* -- compression -------------------------------------------------------- */

typedef struct {
    const fj_codec *codec;
    int level;
    unsigned n_threads;
    const file *expected; // NULL: it is being made
} writing;

static file written;

static fj_status
take_all(fj_compressor *c)
{
    for (;;) {
        const uint8_t *piece;
        size_t nbytes;
        fj_status status = fj_compressor_take(c, &piece, &nbytes);
        if (status != FJ_OK || nbytes == 0) {
            return status;
        }
        CHECK(nbytes <= ROOM - written.nbytes);
        memcpy(written.bytes + written.nbytes, piece, nbytes);
        written.nbytes += nbytes;
    }
}

static fj_status
write_all(fj_compressor *c)
{
    size_t fed = 0;
    while (fed < NBYTES) {
        size_t taken = NBYTES - fed;
        fj_status status = fj_compressor_feed(c, data + fed, &taken);
        fed += taken;
        if (status == FJ_OK && fed < NBYTES) {
            status = take_all(c);
        }
        if (status != FJ_OK) {
            fj_compressor_settle(c, true);
            return status;
        }
    }
    fj_status status = fj_compressor_settle(c, false);
    if (status == FJ_OK) {
        status = fj_compressor_close(c);
    }
    return status == FJ_OK ? take_all(c) : status;
}

static fj_status
write_file(const void *arg)
{
    const writing *w = arg;
    written.nbytes = 0;
    fj_compressor *c =
        fj_compressor_new(w->codec, w->level, w->n_threads, true, false);
    if (c == NULL) {
        return FJ_NO_MEMORY;
    }
    fj_status status = write_all(c);
    if (status == FJ_OK) {
        uint8_t head[FJ_CODEC_FRAME];
        memcpy(written.bytes, head, fj_compressor_head(c, head));
    }
    fj_compressor_free(c);
    return status;
}

static void
check_written(const void *arg, fj_status status)
{
    const file *expected = ((const writing *)arg)->expected;
    if (status == FJ_OK) {
        CHECK(written.nbytes == expected->nbytes &&
              memcmp(written.bytes, expected->bytes, written.nbytes) == 0);
    }
}

/* -- decompression ------------------------------------------------------ */

typedef struct {
    const fj_codec *codec;
    const file *from;
    unsigned n_threads;
    bool any_thread;
    bool by_table; // where it is found, else as a stream
} reading;

static fj_status
read_file(const void *arg)
{
    const reading *r = arg;
    memory_feed feed = feed_of(r->from->bytes, r->from->nbytes, r->any_thread);
    fj_found_table found = {0};
    const fj_block_table *table = NULL;
    if (r->by_table && fj_block_table_find(&found, r->codec, &feed.base)) {
        table = &found.table;
        feed.base.given = found.start;
        feed.base.left = found.nbytes;
    }
    fj_decompressor *d =
        fj_decompressor_new(r->codec, &feed.base, r->n_threads, table);
    size_t have = 0;
    fj_status status = d == NULL ? FJ_NO_MEMORY : FJ_OK;
    while (status == FJ_OK && have < NBYTES) {
        size_t n = NBYTES - have < 500000 ? NBYTES - have : 500000;
        status = fj_decompressor_read(d, got + have, n, &n);
        CHECK(status != FJ_OK || n > 0);
        have += n;
    }
    CHECK(memcmp(got, data, have) == 0); // whatever comes after
    fj_decompressor_free(d);
    fj_found_table_clear(&found);
    return status;
}

static void
check_read(const void *arg, fj_status status)
{
    (void)arg;
    CHECK(status != FJ_OK || memcmp(got, data, NBYTES) == 0);
    memset(got, 0, sizeof got);
}

/* -- everything --------------------------------------------------------- */

static void
make_data(void)
{
    uint32_t state = 1;
    for (size_t i = 0; i < NBYTES; i++) {
        state = state * 1664525u + 1013904223u;
        bool is_noisy = i > FJ_BLOCK_NBYTES / 2 && i < FJ_BLOCK_NBYTES;
        data[i] = (uint8_t)(is_noisy        ? state >> 24
                            : i % 8 == 0    ? state >> 29
                            : i % 5000 < 40 ? state >> 26
                                            : i / 4096);
    }
}

static void
sweep_reading(const char *name, const fj_codec *codec, const file *from)
{
    for (unsigned n_threads = 1; n_threads <= 2; n_threads++) {
        int n_kinds = codec->check == NULL ? 2 : 4; // LZ4 has no table
        for (int kind = 0; kind < n_kinds; kind++) {
            const reading r = {codec, from, n_threads, kind & 1, kind & 2};
            sweep(name, read_file, check_read, &r);
        }
    }
}

/* `step` between the levels. */
static void
test_codec(const fj_codec *codec, int step)
{
    static file expected;
    char name[32];
    for (int level = 1; level <= 9; level += step) {
        snprintf(name, sizeof name, "%s at level %d", codec->name, level);
        writing w = {codec, level, 1, NULL};
        CHECK(write_file(&w) == FJ_OK);
        memcpy(&expected, &written, sizeof written);
        w.expected = &expected;
        for (w.n_threads = 1; w.n_threads <= 2; w.n_threads++) {
            sweep(name, write_file, check_written, &w);
        }
    }
    sweep_reading(codec->name, codec, &expected);
}

/* Frames whose blocks refer to one another are read by the library. */
static void
test_linked_frame(void)
{
    static file linked;
    const LZ4F_preferences_t preferences = {
        .frameInfo = {.blockMode = LZ4F_blockLinked,
                      .contentChecksumFlag = LZ4F_contentChecksumEnabled},
    };
    linked.nbytes =
        LZ4F_compressFrame(linked.bytes, ROOM, data, NBYTES, &preferences);
    CHECK(!LZ4F_isError(linked.nbytes));
    sweep_reading("linked lz4", &fj_codec_lz4, &linked);
}

/* The argument: how many levels to go on by.  The encoders of gzip are zlib's. */
int
main(int argc, char **argv)
{
    int step = argc > 1 ? atoi(argv[1]) : 5;
    make_data();
    test_codec(&fj_codec_zlib, step);
    test_codec(&fj_codec_gzip, 9);
    test_codec(&fj_codec_lz4, step);
    test_linked_frame();
    print_counts("pipelines");
    return 0;
}
