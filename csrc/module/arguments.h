/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arguments of METH_FASTCALL functions; parsing a tuple and a dict takes
 * longer than pickling a small object.
 */
#ifndef FJ_MODULE_ARGUMENTS_H
#define FJ_MODULE_ARGUMENTS_H

#include "py/compat.h"

typedef struct {
    const char *function;
    const char *const *names; // of all parameters, then NULL
    int npositional_only;     // these cannot be passed by name
    int npositional;          // the others are keyword-only
    int nrequired;
} fj_signature;

/* Fills `values`, one for each name, borrowed; arguments that are not passed
 * keep their value.  0, or -1 with TypeError. */
int fj_parse_arguments(const fj_signature *signature, PyObject *const *args,
                       Py_ssize_t nargs, PyObject *kwnames, PyObject **values);

#endif
