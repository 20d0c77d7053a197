/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to array/: arrays in plain pickle's form.
 *
 * NumPy's _frombuffer(buffer, dtype, shape, order) consists of two lines of
 * Python, which are replaced here.  From NumPy 2.3 on there may be an order
 * "K" with a fifth argument, the permutation of the axes from their order in
 * memory.  Here that works with earlier versions of NumPy too.
 */
#ifndef FJ_ARRAY_BUFFER_LOAD_H
#define FJ_ARRAY_BUFFER_LOAD_H

#include "array/array.h"

/* fj_load_hook.copy_nbytes */
Py_ssize_t fj_array_copy_nbytes(PyObject *obj);

/* fj_load_hook.call and .build: the guards before NumPy (guards.h) too. */
int fj_buffer_call(fj_unpickler *u, PyObject *func, PyObject *args,
                   PyObject **obj_ret);
int fj_buffer_build(fj_unpickler *u, PyObject *inst, PyObject *inst_state,
                    PyObject **obj_ret);

#endif
