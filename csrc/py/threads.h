/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How many threads a call may use.  To be asked only when there is work for
 * several, since finding out takes as long as a small load.
 */
#ifndef FJ_PY_THREADS_H
#define FJ_PY_THREADS_H

#include "py/compat.h"

/* Calls `threads` without arguments: at least 1, or -1 with an exception set.
 * NULL: 1. */
int fj_ask_threads(PyObject *threads);

#endif
