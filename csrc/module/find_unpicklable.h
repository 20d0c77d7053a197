/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FJ_MODULE_FIND_UNPICKLABLE_H
#define FJ_MODULE_FIND_UNPICKLABLE_H

#include "py/state.h"

/* A function of the module. */
PyObject *fj_find_unpicklable(PyObject *module, PyObject *args);
extern const char fj_find_unpicklable_doc[];

#endif
