/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The SHA-256 tree hash: SHA-256 of each 64 KiB (a leaf), then of each two
 * neighbouring digests, and so on up to one; what has no neighbour goes up as
 * it is.  Up to 64 KiB it is plain SHA-256.
 *
 * A tree, because plain SHA-256 is a chain that no second core, and no second
 * lane of one core, can help with: 1.5 GB/s, while files are written at 2 to 7
 * GB/s.  Leaves so small that several of them stay in the second-level cache
 * until they are hashed, and that little is left to do after the last byte.
 */
#ifndef FJ_BASE_TREE_HASH_H
#define FJ_BASE_TREE_HASH_H

#include "base/sha256.h"
#include "base/status.h"

enum { FJ_LEAF_NBYTES = 1 << 16 };

/* The digests of the leaves so far: 32 bytes for each leaf. */
typedef struct {
    fj_sha256_blocks blocks;
    uint8_t (*leaves)[FJ_SHA256_NBYTES]; // owned
    size_t n_leaves, capacity;
} fj_tree_hash;

void fj_tree_hash_init(fj_tree_hash *tree);
void fj_tree_hash_clear(fj_tree_hash *tree);

/* Makes room for `n` more digests; sets *first_ret to where they go. */
fj_status fj_tree_hash_extend(fj_tree_hash *tree, size_t n,
                              uint8_t (**first_ret)[FJ_SHA256_NBYTES]);

/* The digest of all leaves, which are used up. */
void fj_tree_hash_end(fj_tree_hash *tree, uint8_t digest[FJ_SHA256_NBYTES]);

#endif
