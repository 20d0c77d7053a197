/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a long dump or load does now and then: it checks for Ctrl-C, and
 * reports its progress to the caller.
 */
#ifndef FJ_PY_PROGRESS_H
#define FJ_PY_PROGRESS_H

#include "py/compat.h"

typedef struct {
    PyObject *report; // borrowed: report(done, total), or NULL
    int64_t total;    // bytes, or -1 if not known
    uint64_t done;    // bytes; never decreases
    int64_t due;      // when report() may be called next, by fj_monotonic()
    bool stopped;     // report() or a signal handler has raised
} fj_progress;

/* `report`: a callable, or None. */
void fj_progress_init(fj_progress *progress, PyObject *report);

/* To be called with the GIL, on the thread of the dump or load, between pieces
 * of work that take far less than a tenth of a second.  Runs pending signal
 * handlers, and reports `done` bytes if the last report is long enough ago.
 * `progress` may be NULL: signals only.  0, or -1 with the exception that
 * either raised. */
int fj_progress_report(fj_progress *progress, uint64_t done);

/* Reports the end, with `done` bytes as the total. */
int fj_progress_finish(fj_progress *progress, uint64_t done);

#endif
