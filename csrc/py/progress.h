/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a long dump or load does now and then: looks for Ctrl-C, and tells the
 * caller how far it is.
 */
#ifndef FJ_PY_PROGRESS_H
#define FJ_PY_PROGRESS_H

#include "py/compat.h"

typedef struct {
    PyObject *report; // borrowed: report(done, total); NULL: nobody asks
    int64_t total;    // bytes, or -1 where they are not known
    uint64_t done;    // bytes; never goes back
    int64_t due;      // when report() may be called next, in nanoseconds
    bool stopped;     // report() or a signal handler has raised
} fj_progress;

/* Nanoseconds of a clock that is never set. */
int64_t fj_progress_clock(void);

/* `report`: a callable, or None for nobody. */
void fj_progress_init(fj_progress *progress, PyObject *report);

/* To be called with the GIL, by the thread of the dump or load, between two
 * pieces that take far less than a tenth of a second.  Runs the handlers of
 * signals that have come, and, where the last time is long enough ago, tells
 * that `done` bytes are.  NULL looks for signals only.  0, or -1 with the
 * exception of either. */
int fj_progress_report(fj_progress *progress, uint64_t done);

/* Tells that all is done, and that this was the total. */
int fj_progress_finish(fj_progress *progress, uint64_t done);

#endif
