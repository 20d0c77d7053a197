/* SPDX-License-Identifier: BSD-3-Clause
 *
 * fastjoblib.pickle: what CPython's pickle module has, with the same pickler
 * and unpickler as dump and load.
 */
#ifndef FJ_MODULE_TYPES_H
#define FJ_MODULE_TYPES_H

#include "py/state.h"

/* Adds types and functions to the module.  0 or -1. */
int fj_types_init(fj_state *state, PyObject *module);

#endif
