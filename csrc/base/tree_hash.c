/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/tree_hash.h"

#include <stdlib.h>
#include <string.h>

void
fj_tree_hash_init(fj_tree_hash *tree)
{
    *tree = (fj_tree_hash){.blocks = fj_sha256_choose()};
}

void
fj_tree_hash_clear(fj_tree_hash *tree)
{
    free(tree->leaves);
    tree->leaves = NULL;
    tree->n_leaves = tree->capacity = 0;
}

fj_status
fj_tree_hash_extend(fj_tree_hash *tree, size_t n,
                    uint8_t (**first_ret)[FJ_SHA256_NBYTES])
{
    if (tree->capacity - tree->n_leaves < n) {
        size_t capacity = tree->n_leaves + n + tree->capacity;
        uint8_t(*leaves)[FJ_SHA256_NBYTES] =
            realloc(tree->leaves, capacity * sizeof *leaves);
        if (leaves == NULL) {
            return FJ_NO_MEMORY;
        }
        tree->leaves = leaves;
        tree->capacity = capacity;
    }
    *first_ret = tree->leaves + tree->n_leaves;
    tree->n_leaves += n;
    return FJ_OK;
}

/* Puts the digest of each pair from the `first` on in its place on the next
 * level: of as many as can be hashed at once, at most `n`. */
static void
hash_pairs(fj_tree_hash *tree, size_t first, size_t n)
{
    const uint8_t *pairs[FJ_SHA256_LANES];
    n = n < FJ_SHA256_LANES ? n : FJ_SHA256_LANES;
    for (size_t i = 0; i < n; i++) {
        pairs[i] = tree->leaves[2 * (first + i)];
    }
    fj_sha256_of(tree->blocks, pairs, (unsigned)n,
                 (size_t)FJ_SHA256_NBYTES * 2, tree->leaves + first);
}

void
fj_tree_hash_end(fj_tree_hash *tree, uint8_t digest[FJ_SHA256_NBYTES])
{
    size_t n = tree->n_leaves;
    if (n == 0) {
        const uint8_t *nothing = digest;
        fj_sha256_of(tree->blocks, &nothing, 1, 0,
                     (uint8_t(*)[FJ_SHA256_NBYTES])digest);
        return;
    }
    while (n > 1) {
        for (size_t i = 0; i < n / 2; i += FJ_SHA256_LANES) {
            hash_pairs(tree, i, n / 2 - i);
        }
        if (n % 2 != 0) {
            memcpy(tree->leaves[n / 2], tree->leaves[n - 1], FJ_SHA256_NBYTES);
        }
        n = (n + 1) / 2;
    }
    memcpy(digest, tree->leaves[0], FJ_SHA256_NBYTES);
    tree->n_leaves = 0;
}
