/* SPDX-License-Identifier: BSD-3-Clause */
#include "py/progress.h"

#include "base/platform.h"

/* Twenty times a second: as often as the eye can follow, and rarely enough to
 * cost nothing. */
enum { INTERVAL = 50 * 1000 * 1000 };

void
fj_progress_init(fj_progress *progress, PyObject *report)
{
    *progress = (fj_progress){.total = -1};
    if (report != Py_None) {
        progress->report = report;
        progress->due = fj_monotonic() + INTERVAL;
    }
}

static int
call_report(fj_progress *progress)
{
    PyObject *total = progress->total < 0
                          ? Py_NewRef(Py_None)
                          : PyLong_FromLongLong(progress->total);
    PyObject *result = NULL;
    if (total != NULL) {
        result = PyObject_CallFunction(
            progress->report, "KN", (unsigned long long)progress->done, total);
    }
    progress->stopped = result == NULL;
    Py_XDECREF(result);
    /* Measured from now, so that a slow report() is not called all the
     * time. */
    progress->due = fj_monotonic() + INTERVAL;
    return progress->stopped ? -1 : 0;
}

/* `done` may be lower than before, since what was read ahead may be read
 * again. */
static void
advance(fj_progress *progress, uint64_t done)
{
    if (done > progress->done) {
        progress->done = done;
    }
}

int
fj_progress_report(fj_progress *progress, uint64_t done)
{
    int ret = PyErr_CheckSignals();
    if (progress == NULL) {
        return ret;
    }
    if (ret < 0) {
        progress->stopped = true;
        return -1;
    }
    if (progress->report == NULL) {
        return 0;
    }
    advance(progress, done);
    return fj_monotonic() < progress->due ? 0 : call_report(progress);
}

int
fj_progress_finish(fj_progress *progress, uint64_t done)
{
    if (progress == NULL || progress->report == NULL) {
        return 0;
    }
    advance(progress, done);
    progress->total = (int64_t)progress->done;
    return call_report(progress);
}
