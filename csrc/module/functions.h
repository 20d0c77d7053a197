/* SPDX-License-Identifier: BSD-3-Clause
 *
 * fastjoblib.pickle: dump, dumps, load, loads.
 */
#ifndef FJ_MODULE_FUNCTIONS_H
#define FJ_MODULE_FUNCTIONS_H

#include "py/compat.h"

/* Adds them to the module, as pickle_dump and so on.  0 or -1. */
int fj_add_pickle_functions(PyObject *module);

#endif
