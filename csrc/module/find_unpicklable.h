/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FJ_MODULE_FIND_UNPICKLABLE_H
#define FJ_MODULE_FIND_UNPICKLABLE_H

#include "py/state.h"

/* Dumps the object to nowhere; `report` and `judge`, which may be NULL, are those
 * of fj_pickler.  0 or -1. */
int fj_find_unpicklable(fj_state *state, PyObject *value, int protocol,
                        PyObject *report, PyObject *judge);

#endif
