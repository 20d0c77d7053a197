/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Long work without the GIL, which now and then takes it back for a moment, to
 * run the handlers of signals that have come and to tell progress:
 *
 *     fj_unlocked unlocked;
 *     fj_unlocked_begin(&unlocked, NULL, 0);
 *     while (there is more && fj_unlocked_go_on(&unlocked, nbytes)) {
 *         some of the work
 *     }
 *     return fj_unlocked_end(&unlocked);
 *
 * All by the same thread.
 */
#ifndef FJ_PY_UNLOCKED_H
#define FJ_PY_UNLOCKED_H

#include "base/status.h"
#include "py/progress.h"

typedef struct {
    fj_watch watch;        // for work that asks one; knows of no bytes
    fj_progress *progress; // borrowed; NULL: signals only
    uint64_t before;       // bytes that were done when the work began
    PyThreadState *suspended;
    int64_t due;  // when to look next, in nanoseconds
    bool stopped; // an exception is set
} fj_unlocked;

/* Lets the GIL go.  `progress` has been told of `before` bytes. */
void fj_unlocked_begin(fj_unlocked *unlocked, fj_progress *progress,
                       uint64_t before);

/* To be called every few hundredths of a second: looks, where the last time is
 * long enough ago.  `nbytes`: done since the beginning.  False: stop. */
bool fj_unlocked_go_on(fj_unlocked *unlocked, uint64_t nbytes);

/* Looks at once, as after a system call that a signal has interrupted. */
bool fj_unlocked_look(fj_unlocked *unlocked, uint64_t nbytes);

/* Takes the GIL back.  0, or -1 with the exception that stopped the work. */
int fj_unlocked_end(fj_unlocked *unlocked);

/* For work that needs the GIL, every few thousandths of a second: lets other
 * threads have it for once, and runs the handlers of signals.  0, or -1 with
 * the exception of one. */
int fj_let_others_run(void);

#endif
