/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The check values of zlib and gzip streams.
 *
 * Every implementation gives the same values, so the fastest one that was
 * built in is used; FASTJOBLIB_DISABLE selects encoders only.
 */
#ifndef FJ_BASE_CHECK_VALUES_H
#define FJ_BASE_CHECK_VALUES_H

#include <stddef.h>
#include <stdint.h>

/* Updates `check`, which is 1 for the first call. */
uint32_t fj_adler32(uint32_t check, const uint8_t *data, size_t nbytes);

/* The same, with 0 for the first call. */
uint32_t fj_crc32(uint32_t check, const uint8_t *data, size_t nbytes);

/* The value of two parts together, from that of each. */
uint32_t fj_crc32_combine(uint32_t check_a, uint32_t check_b,
                          uint64_t nbytes_b);

#endif
