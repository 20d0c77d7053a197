/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/rest.h"

#include "base/bytes.h"
#include "base/check_values.h"

/* CRC and magic, which end the table, are not checked by the CRC. */
enum { UNCHECKED = 8, AT_CRC = FJ_TABLE_FOOTER - UNCHECKED, AT_N_BLOCKS = 8 };

/* How many of the first `nbytes` bytes the CRC checks. */
static uint64_t
count_checked(uint64_t nbytes)
{
    return nbytes < UNCHECKED ? 0 : nbytes - UNCHECKED;
}

void
fj_rest_add(fj_rest *rest, const char *data, size_t nbytes)
{
    size_t waiting = (size_t)(rest->nbytes - count_checked(rest->nbytes));
    size_t due = (size_t)(count_checked(rest->nbytes + nbytes) -
                          count_checked(rest->nbytes));
    size_t old = due < waiting ? due : waiting;
    rest->crc = fj_crc32(
        rest->crc, (const uint8_t *)rest->tail + rest->n_tail - waiting, old);
    rest->crc = fj_crc32(rest->crc, (const uint8_t *)data, due - old);
    rest->nbytes += nbytes;

    size_t taken = nbytes < sizeof rest->tail ? nbytes : sizeof rest->tail;
    size_t kept = sizeof rest->tail - taken;
    kept = kept < rest->n_tail ? kept : rest->n_tail;
    memmove(rest->tail, rest->tail + rest->n_tail - kept, kept);
    memcpy(rest->tail + kept, data + nbytes - taken, taken);
    rest->n_tail = kept + taken;
}

size_t
fj_rest_is_table(const fj_rest *rest)
{
    const uint8_t *footer = (const uint8_t *)rest->tail;
    if (rest->n_tail < sizeof rest->tail ||
        fj_block_table_stored_nbytes(footer) == 0 ||
        fj_load_le32(footer + AT_CRC) != rest->crc) {
        return 0;
    }
    fj_block_table table = {.n_blocks = fj_load_le32(footer + AT_N_BLOCKS)};
    return fj_block_table_nbytes(&table) == rest->nbytes ? table.n_blocks : 0;
}
