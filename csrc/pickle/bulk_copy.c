/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/bulk_copy.h"

#include "py/unlocked.h"

/* Copying less takes at most a tenth of a millisecond, with the GIL held. */
#define LARGE ((size_t)1 << 20)

/* Copied between two checks for signals: 5 ms, with page faults. */
#define PIECE ((size_t)16 << 20)

int
fj_bulk_copy(char *dst, const char *src, size_t nbytes)
{
    if (nbytes < LARGE) {
        memcpy(dst, src, nbytes);
        return 0;
    }
    fj_unlocked unlocked;
    fj_unlocked_begin(&unlocked, NULL, 0);
    for (size_t done = 0; done < nbytes && fj_unlocked_go_on(&unlocked, done);
         done += PIECE) {
        size_t left = nbytes - done;
        memcpy(dst + done, src + done, left < PIECE ? left : PIECE);
    }
    return fj_unlocked_end(&unlocked);
}
