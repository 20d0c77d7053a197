/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Modules and dotted names, for the pickler and the unpickler.
 */
#ifndef FJ_PICKLE_NAMES_H
#define FJ_PICKLE_NAMES_H

#include "py/state.h"

/* sys.modules[module_name], imported first where it is not there.  A new
 * reference, or NULL: ImportError, KeyError, or what the module raised. */
PyObject *fj_import_module(PyObject *module_name);

/* Replaces Python 2's names by Python 3's.  Arguments and results are
 * borrowed.  0 or -1. */
int fj_map_from_python2(fj_state *state, PyObject **module_name,
                        PyObject **name);

/* The module's current name, if its package has been renamed, else the same: a
 * new reference, or NULL. */
PyObject *fj_current_module(fj_state *state, PyObject *module_name);

/* name.split("."): a new list. */
PyObject *fj_split_name(PyObject *name);

#endif
