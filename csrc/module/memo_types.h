/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The values of Pickler.memo and Unpickler.memo: views of a memo, which can
 * copy it into a dict, clear it, and be assigned as the memo of another
 * object.
 */
#ifndef FJ_MODULE_MEMO_TYPES_H
#define FJ_MODULE_MEMO_TYPES_H

#include "py/compat.h"

extern PyType_Spec fj_pickler_memo_spec;
extern PyType_Spec fj_unpickler_memo_spec;

/* The `memo` attributes. */
PyObject *fj_pickler_memo_get(PyObject *self, void *closure);
int fj_pickler_memo_set(PyObject *self, PyObject *value, void *closure);
PyObject *fj_unpickler_memo_get(PyObject *self, void *closure);
int fj_unpickler_memo_set(PyObject *self, PyObject *value, void *closure);

#endif
