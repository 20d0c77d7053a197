/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to array/: what a NumpyArrayWrapper in a file says, and reading the
 * array behind it.
 */
#ifndef FJ_ARRAY_WRAPPER_H
#define FJ_ARRAY_WRAPPER_H

#include "array/numpy_api.h"

#include "array/array.h"

typedef struct {
    PyObject *subclass; // borrowed
    PyObject *dtype;    // borrowed; fj_array_read checks that it is one
    bool fortran;
    bool allow_mmap;
    long alignment; // 0: no padding (joblib before 1.2, or no position known)
    int ndim;
    npy_intp dims[NPY_MAXDIMS];
    size_t nbytes; // set by fj_array_read from the rest
} fj_wrapper;

/* Reads what follows the wrapper in the stream: a new reference, or NULL with
 * an exception set.  Checks everything but that `dims` are not negative. */
PyObject *fj_array_read(fj_unpickler *u, fj_wrapper *w);

/* Passes over the byte that says how much padding follows, and that. */
int fj_array_skip_padding(fj_unpickler *u, const fj_wrapper *w);

/* Maps what follows the wrapper, for fj_array_read: a memmap (see map.c). */
PyObject *fj_array_map(fj_unpickler *u, const fj_wrapper *w);

/* hook->begin: the wrapper of a small array, whole (see small_load.c). */
int fj_array_begin(fj_unpickler *u);

/* hook->call: arrays in plain pickle's form (see buffer_load.c). */
int fj_array_call(fj_unpickler *u, PyObject *func, PyObject *args,
                  PyObject **array_ret);

#endif
