/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/stored.h"

#include "base/bytes.h"

/* The largest stored block, and the size of its header. */
enum { STORED_MAX = 65535, STORED_HEAD = 5 };

size_t
fj_stored_nbytes(size_t nbytes)
{
    return nbytes + (nbytes + STORED_MAX - 1) / STORED_MAX * STORED_HEAD;
}

void
fj_stored_write(const uint8_t *data, size_t nbytes, bool final, uint8_t *dst)
{
    while (nbytes > 0) {
        size_t piece = nbytes < STORED_MAX ? nbytes : STORED_MAX;
        dst[0] = final && piece == nbytes;
        fj_store_le16(dst + 1, (uint16_t)piece);
        fj_store_le16(dst + 3, (uint16_t)~piece);
        memcpy(dst + STORED_HEAD, data, piece);
        dst += STORED_HEAD + piece;
        data += piece;
        nbytes -= piece;
    }
}

bool
fj_stored_read(const uint8_t *blocks, size_t blocks_nbytes, bool final,
               uint8_t *dst, size_t nbytes)
{
    if (blocks_nbytes != fj_stored_nbytes(nbytes)) {
        return false;
    }
    while (nbytes > 0) {
        size_t piece = nbytes < STORED_MAX ? nbytes : STORED_MAX;
        if (blocks[0] != (final && piece == nbytes) ||
            fj_load_le16(blocks + 1) != piece ||
            fj_load_le16(blocks + 3) != (uint16_t)~piece) {
            return false;
        }
        memcpy(dst, blocks + STORED_HEAD, piece);
        blocks += STORED_HEAD + piece;
        dst += piece;
        nbytes -= piece;
    }
    return true;
}
