/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The checksums of a stream do not depend on how it arrives, on the number of
 * threads, or on the processor's instructions; OpenSSL's and zlib's values are
 * the control in tests/unit/test_seal.py.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check_values.h"
#include "base/checksums.h"
#include "base/leaves.h"
#include "base/sha256_rounds.h"

#include "check.h"

enum { NBYTES = 160 * FJ_LEAF_NBYTES + 12345 };

static uint8_t data[NBYTES];

static uint64_t state = 88172645463325252u;

static uint64_t
next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void
check_digest(const char *message, size_t nbytes, const char *hex)
{
    const uint8_t *messages[2] = {(const uint8_t *)message,
                                  (const uint8_t *)message};
    const fj_sha256_blocks all[2] = {fj_sha256_blocks_portable,
                                     fj_sha256_choose()};
    for (int k = 0; k < 2; k++) {
        uint8_t digests[2][FJ_SHA256_NBYTES];
        char found[2 * FJ_SHA256_NBYTES + 1];
        fj_sha256_of(all[k], messages, 2, nbytes, digests);
        for (int i = 0; i < FJ_SHA256_NBYTES; i++) {
            snprintf(found + 2 * i, 3, "%02x", digests[0][i]);
        }
        CHECK(memcmp(digests[0], digests[1], sizeof digests[0]) == 0);
        CHECK(strcmp(found, hex) == 0);
    }
}

/* The examples of FIPS 180-4. */
static void
check_known_digests(void)
{
    check_digest("", 0,
                 "e3b0c44298fc1c149afbf4c8996fb924"
                 "27ae41e4649b934ca495991b7852b855");
    check_digest("abc", 3,
                 "ba7816bf8f01cfea414140de5dae2223"
                 "b00361a396177a9cb410ff61f20015ad");
    check_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                 56,
                 "248d6a61d20638b8e5c026930c3e6039"
                 "a33ce45964ff2167f6ecedd419db06c1");
}

/* As many messages as there can be, of some length. */
static void
check_messages(fj_sha256_blocks blocks, size_t nbytes)
{
    for (unsigned n = 1; n <= FJ_SHA256_LANES; n++) {
        const uint8_t *messages[FJ_SHA256_LANES];
        uint8_t expected[FJ_SHA256_LANES][FJ_SHA256_NBYTES];
        uint8_t found[FJ_SHA256_LANES][FJ_SHA256_NBYTES];
        for (unsigned i = 0; i < n; i++) {
            messages[i] = data + (size_t)i * 777;
        }
        fj_sha256_of(fj_sha256_blocks_portable, messages, n, nbytes, expected);
        fj_sha256_of(blocks, messages, n, nbytes, found);
        CHECK(memcmp(expected, found, n * sizeof *found) == 0);
    }
}

static void
check_processors_agree(void)
{
    for (size_t nbytes = 0; nbytes < 400; nbytes += 1 + nbytes / 60) {
        check_messages(fj_sha256_choose(), nbytes);
#ifdef FJ_HAVE_SHA256_X86
        if (fj_sha256_x86_works()) {
            check_messages(fj_sha256_blocks_x86, nbytes);
        }
        if (fj_sha256_avx512_works()) {
            check_messages(fj_sha256_blocks_avx512, nbytes);
        }
#endif
    }
}

/* By its definition, one leaf after another. */
static void
hash_plainly(size_t nbytes, uint8_t digest[FJ_SHA256_NBYTES])
{
    fj_tree_hash tree;
    fj_tree_hash_init(&tree);
    for (size_t begin = 0; begin < nbytes; begin += FJ_LEAF_NBYTES) {
        const uint8_t *leaf = data + begin;
        uint8_t(*slot)[FJ_SHA256_NBYTES];
        size_t left = nbytes - begin;
        CHECK(fj_tree_hash_extend(&tree, 1, &slot) == FJ_OK);
        fj_sha256_of(fj_sha256_blocks_portable, &leaf, 1,
                     left < FJ_LEAF_NBYTES ? left : FJ_LEAF_NBYTES, slot);
    }
    fj_tree_hash_end(&tree, digest);
    fj_tree_hash_clear(&tree);
}

/* Arrays of all sizes, at the same places in each run. */
static const fj_range arrays[] = {
    {10, 20},
    {20, 21},
    {1000, 3 * FJ_LEAF_NBYTES + 5},
    {4 * FJ_LEAF_NBYTES, 150 * FJ_LEAF_NBYTES},
    {150 * FJ_LEAF_NBYTES + 1, 150 * FJ_LEAF_NBYTES + 100},
};

static void
expect_arrays(fj_pieces *pieces)
{
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        CHECK(fj_pieces_expect(pieces, arrays[i].begin,
                               arrays[i].end - arrays[i].begin) == FJ_OK);
    }
}

/* Each piece is in one MiB, begins and ends with its array, and has the
 * checksum of its bytes. */
static void
check_pieces(const fj_pieces *pieces, size_t nbytes)
{
    uint64_t position = 0;
    size_t array = 0;
    for (size_t i = 0; i < pieces->n_items; i++) {
        const fj_piece *piece = &pieces->items[i];
        uint64_t end = position + piece->nbytes;
        bool within = array < sizeof arrays / sizeof *arrays &&
                      position >= arrays[array].begin;
        CHECK(position / FJ_PIECE_NBYTES == (end - 1) / FJ_PIECE_NBYTES);
        CHECK(piece->check ==
              fj_crc32(0, data + position, (size_t)piece->nbytes));
        CHECK((piece->kind != FJ_PIECE_PICKLE) == within);
        CHECK((piece->kind == FJ_PIECE_ARRAY) ==
              (within && position == arrays[array].begin));
        array += within && end == arrays[array].end;
        position = end;
    }
    CHECK(position == nbytes);
}

static void
check_stream(size_t nbytes, size_t largest, unsigned n_threads,
             bool with_pieces)
{
    fj_pieces pieces = {0};
    fj_checksums *c =
        fj_checksums_new(n_threads, with_pieces ? &pieces : NULL, false);
    uint8_t expected[FJ_SHA256_NBYTES], found[FJ_SHA256_NBYTES];
    CHECK(c != NULL);
    expect_arrays(&pieces);
    for (size_t done = 0; done < nbytes;) {
        size_t n = 1 + next_random() % largest;
        n = n < nbytes - done ? n : nbytes - done;
        CHECK(fj_checksums_begin(c, data + done, n) == FJ_OK);
        CHECK(fj_checksums_end(c, false, NULL) == FJ_OK);
        done += n;
    }
    CHECK(fj_checksums_finish(c, NULL, 0, NULL, found) == FJ_OK);
    hash_plainly(nbytes, expected);
    CHECK(memcmp(found, expected, sizeof found) == 0);
    if (with_pieces) {
        check_pieces(&pieces, nbytes);
    }
    fj_checksums_free(c);
    fj_pieces_clear(&pieces);
}

static void
check_streams(void)
{
    static const size_t sizes[] = {0,
                                   63,
                                   FJ_LEAF_NBYTES - 1,
                                   FJ_LEAF_NBYTES,
                                   FJ_LEAF_NBYTES + 1,
                                   4 * FJ_LEAF_NBYTES,
                                   21 * FJ_LEAF_NBYTES + 7,
                                   NBYTES};
    static const size_t largest[] = {30 * 1024, 300 * 1024, NBYTES};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (unsigned n_threads = 1; n_threads <= 3; n_threads++) {
            for (int k = 0; k < 3; k++) {
                bool whole = sizes[i] == NBYTES;
                check_stream(sizes[i], largest[k], n_threads, false);
                if (whole) {
                    check_stream(sizes[i], largest[k], n_threads, true);
                }
            }
        }
    }
}

/* The first bytes change after they were added. */
static void
check_final_head(size_t nbytes, unsigned n_threads)
{
    uint8_t before[100], expected[FJ_SHA256_NBYTES], found[FJ_SHA256_NBYTES];
    fj_checksums *c = fj_checksums_new(n_threads, NULL, true);
    CHECK(c != NULL);
    CHECK(fj_checksums_begin(c, data, nbytes) == FJ_OK);
    CHECK(fj_checksums_end(c, false, NULL) == FJ_OK);
    memcpy(before, data, sizeof before);
    memset(data, 'h', sizeof before);
    CHECK(fj_checksums_finish(c, data, sizeof before, NULL, found) == FJ_OK);
    hash_plainly(nbytes, expected);
    CHECK(memcmp(found, expected, sizeof found) == 0);
    memcpy(data, before, sizeof before);
    fj_checksums_free(c);
}

/* Very many small arrays: neighbours are joined, and nothing is lost. */
static void
check_joined_pieces(void)
{
    enum { ARRAY = 40, GAP = 24, N = 150000 };
    fj_pieces pieces = {0};
    uint8_t *bytes;
    size_t nbytes;
    uint64_t position = 0;
    for (size_t i = 0; i < N; i++) {
        CHECK(fj_pieces_expect(&pieces, i * (ARRAY + GAP) + GAP, ARRAY) ==
              FJ_OK);
        CHECK(fj_pieces_check(&pieces, data + i * (ARRAY + GAP),
                              ARRAY + GAP) == FJ_OK);
    }
    CHECK(pieces.n_items < FJ_MAX_PIECES && pieces.n_items > 1000);
    for (size_t i = 0; i < pieces.n_items; i++) {
        const fj_piece *piece = &pieces.items[i];
        CHECK(piece->check ==
              fj_crc32(0, data + position, (size_t)piece->nbytes));
        position += piece->nbytes;
    }
    CHECK(position == (uint64_t)N * (ARRAY + GAP));
    CHECK(fj_pieces_write(&pieces, &bytes, &nbytes) == FJ_OK);
    CHECK(nbytes <= (size_t)FJ_MAX_PIECES * 8);
    free(bytes);
    fj_pieces_clear(&pieces);
}

static void
check_file(void)
{
    uint8_t expected[FJ_SHA256_NBYTES], found[FJ_SHA256_NBYTES];
    FILE *file = tmpfile();
    CHECK(file != NULL);
    CHECK(fwrite("before", 1, 6, file) == 6);
    CHECK(fwrite(data, 1, NBYTES, file) == NBYTES && fflush(file) == 0);
    hash_plainly(NBYTES, expected);
    for (unsigned n_threads = 1; n_threads <= 3; n_threads++) {
        CHECK(fj_leaves_of_file(fileno(file), 6, NBYTES, n_threads, NULL,
                                found) == 0);
        CHECK(memcmp(found, expected, sizeof found) == 0);
        CHECK(fj_leaves_of_file(fileno(file), 7, NBYTES, n_threads, NULL,
                                found) < 0);
    }
    fclose(file);
}

int
main(void)
{
    for (size_t i = 0; i + 8 <= NBYTES; i += 8) {
        fj_store_le64(data + i, next_random());
    }
    check_known_digests();
    check_processors_agree();
    check_streams();
    for (unsigned n_threads = 1; n_threads <= 2; n_threads++) {
        check_final_head(200, n_threads);
        check_final_head(2 * FJ_LEAF_NBYTES, n_threads);
        check_final_head(NBYTES, n_threads);
    }
    check_joined_pieces();
    check_file();
    printf("checksums: ok\n");
    return 0;
}
