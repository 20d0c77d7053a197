/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/bulk_copy.h"

/* Below, others hardly wait: a tenth of a millisecond. */
#define LARGE ((size_t)1 << 20)

/* Between two looks for signals: some 20 ms, with page faults. */
#define PIECE ((size_t)64 << 20)

int
fj_bulk_copy(char *dst, const char *src, size_t nbytes)
{
    if (nbytes < LARGE) {
        memcpy(dst, src, nbytes);
        return 0;
    }
    while (nbytes > 0) {
        size_t piece = nbytes < PIECE ? nbytes : PIECE;
        Py_BEGIN_ALLOW_THREADS
        memcpy(dst, src, piece);
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        dst += piece;
        src += piece;
        nbytes -= piece;
    }
    return 0;
}
