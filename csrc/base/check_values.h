/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The check values of zlib and gzip streams.
 *
 * They are defined to the bit, so the fastest function that was built in
 * serves, whatever FASTJOBLIB_DISABLE says of encoders.
 */
#ifndef FJ_BASE_CHECK_VALUES_H
#define FJ_BASE_CHECK_VALUES_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from `check`, which is 1 at the beginning. */
uint32_t fj_adler32(uint32_t check, const uint8_t *data, size_t nbytes);

/* The same; 0 at the beginning. */
uint32_t fj_crc32(uint32_t check, const uint8_t *data, size_t nbytes);

#endif
