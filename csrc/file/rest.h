/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Telling whether what follows a pickle is a block table, from its pieces.
 */
#ifndef FJ_FILE_REST_H
#define FJ_FILE_REST_H

#include "codec/block_table.h"

/* All zero at the start. */
typedef struct {
    uint64_t nbytes;
    uint32_t crc; // of all but the footer's last fields
    char tail[FJ_TABLE_FOOTER];
    size_t n_tail;
} fj_rest;

void fj_rest_add(fj_rest *rest, const char *data, size_t nbytes);

/* How many blocks the table has, or 0 if it is none. */
size_t fj_rest_is_table(const fj_rest *rest);

#endif
