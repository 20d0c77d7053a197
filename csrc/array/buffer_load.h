/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to array/: arrays in plain pickle's form.
 *
 * NumPy's _frombuffer(buffer, dtype, shape, order) is a function of two lines
 * of Python, done here without calling it.
 * From NumPy 2.3 on, order "K" and a fifth argument say in which order the
 * axes of the items as they lie in memory make the array; earlier versions,
 * which do not know that, are made to read it by this file alone.
 */
#ifndef FJ_ARRAY_BUFFER_LOAD_H
#define FJ_ARRAY_BUFFER_LOAD_H

#include "array/array.h"

/* fj_load_hook.call */
int fj_buffer_call(fj_unpickler *u, PyObject *func, PyObject *args,
                   PyObject **array_ret);

#endif
