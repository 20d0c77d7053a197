/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The checksums of bytes that are being written: the tree hash of all, and, if
 * wanted, the CRC-32 of each piece (pieces.h).  Other threads compute them
 * while the owner writes.
 *
 * Bytes that arrive a few at a time are collected in batches of few leaves;
 * those of a large array are hashed in place, between fj_checksums_begin() and
 * fj_checksums_end():
 *
 *     bytes -> [filling] -> [queued] -> [hashed] -> tree, pieces
 *
 * Plain C11, to be called without the GIL where it may take long.
 */
#ifndef FJ_BASE_CHECKSUMS_H
#define FJ_BASE_CHECKSUMS_H

#include "base/pieces.h"
#include "base/tree_hash.h"

typedef struct fj_checksums fj_checksums;

/* `pieces`: borrowed, or NULL.  `holds_head`: the first bytes will change (see
 * fj_checksums_finish()).  NULL: no memory.  Threads are started when there is
 * enough to do. */
fj_checksums *fj_checksums_new(unsigned n_threads, fj_pieces *pieces,
                               bool holds_head);

/* Waits for jobs that run, and frees everything. */
void fj_checksums_free(fj_checksums *c);

/* Adds the next bytes.  If they are many, others may hash them after this
 * returns, so they must stay as they are until fj_checksums_end(), which is
 * then to be called before anything else. */
fj_status fj_checksums_begin(fj_checksums *c, const uint8_t *data,
                             size_t nbytes);

/* Helps until all has been hashed.  `watch` is asked whether to stop.
 * `give_up`: the dump has failed, so that only the caller's memory matters.
 * After that, STOPPED and FORKED, the checksums can only be freed. */
fj_status fj_checksums_end(fj_checksums *c, bool give_up, fj_watch *watch);

/* After the last byte: the tree hash.  `head`: what the file begins with now,
 * in place of its first bytes.  All pieces have been added. */
fj_status fj_checksums_finish(fj_checksums *c, const uint8_t *head,
                              size_t head_nbytes, fj_watch *watch,
                              uint8_t digest[FJ_SHA256_NBYTES]);

#endif
