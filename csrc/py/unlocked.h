/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Long work without the GIL, which is reacquired now and then for a moment, to
 * run pending signal handlers and to report progress:
 *
 *     fj_unlocked unlocked;
 *     fj_unlocked_begin(&unlocked, NULL, 0);
 *     while (there is more && fj_unlocked_go_on(&unlocked, nbytes)) {
 *         some of the work
 *     }
 *     return fj_unlocked_end(&unlocked);
 *
 * All on the same thread.
 */
#ifndef FJ_PY_UNLOCKED_H
#define FJ_PY_UNLOCKED_H

#include "base/status.h"
#include "py/progress.h"

typedef struct {
    fj_watch watch;        // for work that takes an fj_watch; reports no bytes
    fj_progress *progress; // borrowed; NULL: signals only
    uint64_t before;       // bytes done when the work began
    PyThreadState *suspended;
    int64_t due;  // when to check next, in nanoseconds
    bool stopped; // an exception is set
} fj_unlocked;

/* Releases the GIL.  `before` bytes have been reported to `progress`. */
void fj_unlocked_begin(fj_unlocked *unlocked, fj_progress *progress,
                       uint64_t before);

/* To be called every few hundredths of a second.  Checks for signals and
 * reports progress if the last time is long enough ago.  `nbytes`: done since
 * the beginning.  False: stop. */
bool fj_unlocked_go_on(fj_unlocked *unlocked, uint64_t nbytes);

/* The same at once, for use after a system call was interrupted by a
 * signal. */
bool fj_unlocked_look(fj_unlocked *unlocked, uint64_t nbytes);

/* Reacquires the GIL.  0, or -1 with the exception that stopped the work. */
int fj_unlocked_end(fj_unlocked *unlocked);

/* For work that needs the GIL, to be called every few milliseconds: lets other
 * threads run once, and runs pending signal handlers.  0, or -1 with the
 * exception that one raised. */
int fj_let_others_run(void);

#endif
