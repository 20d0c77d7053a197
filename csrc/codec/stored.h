/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Data at the end of a deflate stream that can be read without decoding what
 * comes before: in stored blocks of 65,535 bytes, the last one shorter.
 */
#ifndef FJ_CODEC_STORED_H
#define FJ_CODEC_STORED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* The size of the blocks that hold `nbytes` of data. */
size_t fj_stored_nbytes(size_t nbytes);

/* Makes the blocks.  `final`: the last one ends the stream. */
void fj_stored_write(const uint8_t *data, size_t nbytes, bool final,
                     uint8_t *dst);

/* Takes the data out of blocks that are exactly as fj_stored_write() makes
 * them; else false. */
bool fj_stored_read(const uint8_t *blocks, size_t blocks_nbytes, bool final,
                    uint8_t *dst, size_t nbytes);

#endif
