/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to array/: what a NumpyArrayWrapper in a file says of its array.
 */
#ifndef FJ_ARRAY_WRAPPER_H
#define FJ_ARRAY_WRAPPER_H

#include "array/numpy_api.h"

#include "pickle/unpickler.h"

typedef struct {
    PyObject *subclass; // borrowed
    PyObject *dtype;    // borrowed; fj_wrapper_measure() checks that it is one
    bool fortran;
    bool allow_mmap;
    long alignment; // 0: no padding (joblib before 1.2, or no position known)
    int ndim;
    npy_intp dims[NPY_MAXDIMS];
    size_t nbytes; // set by fj_wrapper_measure() from the rest
} fj_wrapper;

/* Our type in place of that global if it is one of joblib's wrappers,
 * borrowed, else NULL. */
PyTypeObject *fj_wrapper_find(const struct fj_array_state *state,
                              PyObject *module_name, PyObject *name);

/* These return 0, or -1 with an exception set. */

/* Reads the wrapper's state; checks the shape, and that `state` is a dict. */
int fj_wrapper_read(fj_unpickler *u, PyObject *state, fj_wrapper *w);

/* Computes and checks sizes from shape and dtype, which are not trusted. */
int fj_wrapper_measure(fj_unpickler *u, fj_wrapper *w);

/* Skips the byte with the length of the padding, and the padding. */
int fj_wrapper_skip_padding(fj_unpickler *u, const fj_wrapper *w);

#endif
