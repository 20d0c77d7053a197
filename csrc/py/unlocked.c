/* SPDX-License-Identifier: BSD-3-Clause */
#include "py/unlocked.h"

#include "base/platform.h"

/* Between two checks.  Each one waits for the GIL, up to 5 ms if other threads
 * run Python. */
enum { INTERVAL = 50 * 1000 * 1000 }; // ns

static bool
stops(fj_watch *watch)
{
    return !fj_unlocked_go_on((fj_unlocked *)watch, 0);
}

void
fj_unlocked_begin(fj_unlocked *unlocked, fj_progress *progress,
                  uint64_t before)
{
    *unlocked = (fj_unlocked){
        .watch = {stops},
        .progress = progress,
        .before = before,
        .due = fj_monotonic() + INTERVAL,
        .suspended = PyEval_SaveThread(),
    };
}

bool
fj_unlocked_look(fj_unlocked *unlocked, uint64_t nbytes)
{
    PyEval_RestoreThread(unlocked->suspended);
    unlocked->stopped =
        fj_progress_report(unlocked->progress, unlocked->before + nbytes) < 0;
    unlocked->suspended = PyEval_SaveThread();
    unlocked->due = fj_monotonic() + INTERVAL;
    return !unlocked->stopped;
}

bool
fj_unlocked_go_on(fj_unlocked *unlocked, uint64_t nbytes)
{
    return fj_monotonic() < unlocked->due ||
           fj_unlocked_look(unlocked, nbytes);
}

int
fj_unlocked_end(fj_unlocked *unlocked)
{
    PyEval_RestoreThread(unlocked->suspended);
    return unlocked->stopped ? -1 : 0;
}

int
fj_let_others_run(void)
{
    Py_BEGIN_ALLOW_THREADS
    Py_END_ALLOW_THREADS
    return PyErr_CheckSignals();
}
