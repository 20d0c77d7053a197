/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The arena, segments and trie: what is put in is there, also where memory runs
 * out at any allocation.
 */
#include "no_memory.h"

#include "base/arena.h"

enum { PIECES = 20000, ITEMS = 5 * FJ_SEGMENT_ITEMS + 7, KEYS = 5000 };

static fj_status
fill_arena(const void *arg)
{
    fj_arena arena = {0};
    char *pieces[PIECES];
    fj_status status = FJ_OK;
    size_t n = 0;
    (void)arg;
    for (; n < PIECES; n++) {
        size_t nbytes = n % 100 == 0 ? FJ_ARENA_PIECE : n % 97;
        pieces[n] = fj_arena_take(&arena, nbytes);
        if (pieces[n] == NULL) {
            status = FJ_NO_MEMORY;
            break;
        }
        CHECK((uintptr_t)pieces[n] % 8 == 0);
        memset(pieces[n], (int)(n % 251), nbytes);
    }
    for (size_t i = 0; i < n; i++) {
        size_t nbytes = i % 100 == 0 ? FJ_ARENA_PIECE : i % 97;
        for (size_t k = 0; k < nbytes; k += 13) {
            CHECK((unsigned char)pieces[i][k] == i % 251);
        }
    }
    fj_arena_clear(&arena);
    CHECK(arena.steps == NULL);
    return status;
}

static fj_status
fill_segments(const void *arg)
{
    fj_segments s = {.item_nbytes = sizeof(size_t)};
    fj_status status = FJ_OK;
    (void)arg;
    for (size_t i = 0; i < ITEMS; i++) {
        size_t *item = fj_segments_add(&s);
        if (item == NULL) {
            status = FJ_NO_MEMORY;
            break;
        }
        *item = i * i;
    }
    CHECK(status != FJ_OK || s.count == ITEMS);
    for (size_t i = 0; i < s.count; i++) {
        CHECK(*(size_t *)fj_segments_at(&s, i) == i * i);
    }
    s.count /= 2; // and what is free is used again
    size_t n_segments = s.n_segments;
    CHECK(s.count == 0 || fj_segments_add(&s) != NULL);
    CHECK(s.n_segments == n_segments);
    fj_segments_clear(&s);
    CHECK(s.count == 0 && s.n_segments == 0);
    return status;
}

/* Keys that are close, far apart, and alike but for their highest bits. */
static uint64_t
key_of(uint64_t i)
{
    return i % 3 == 0 ? i : i % 3 == 1 ? i << 51 : i * i * i;
}

static fj_status
fill_trie(const void *arg)
{
    fj_arena arena = {0};
    fj_trie *root = NULL;
    fj_status status = FJ_OK;
    uint64_t n = 1;
    (void)arg;
    for (; n < KEYS; n++) {
        fj_trie *entry = fj_trie_find(&root, key_of(n), &arena);
        if (entry == NULL) {
            status = FJ_NO_MEMORY;
            break;
        }
        CHECK(entry->value == 0);
        entry->value = n;
    }
    for (uint64_t i = 1; i < n; i++) {
        CHECK(fj_trie_find(&root, key_of(i), NULL)->value == i);
    }
    CHECK(fj_trie_find(&root, UINT64_MAX - 1, NULL) == NULL);
    fj_arena_clear(&arena);
    return status;
}

static void
check_nothing(const void *arg, fj_status status)
{
    (void)arg, (void)status;
}

int
main(void)
{
    sweep("an arena", fill_arena, check_nothing, NULL);
    sweep("segments", fill_segments, check_nothing, NULL);
    sweep("a trie", fill_trie, check_nothing, NULL);
    print_counts("arena, segments and trie");
    return 0;
}
