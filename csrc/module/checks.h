/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What fastjoblib._safe.checks uses.
 */
#ifndef FJ_MODULE_CHECKS_H
#define FJ_MODULE_CHECKS_H

#include "py/compat.h"

/* Adds the functions to the module.  0 or -1. */
int fj_add_check_functions(PyObject *module);

#endif
