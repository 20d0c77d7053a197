/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Byte order of dtypes, by joblib's rules.
 */
#ifndef FJ_ARRAY_BYTEORDER_H
#define FJ_ARRAY_BYTEORDER_H

#include "array/numpy_api.h"

/* True for a dtype of the order that is not the host's, and for a structured
 * one all of whose fields are. */
bool fj_is_foreign_byte_order(PyArray_Descr *descr);

/* The same dtype in the host's byte order: a new reference, or NULL. */
PyArray_Descr *fj_native_descr(PyArray_Descr *descr);

/* NumPy's own object for a built-in dtype, else `descr`: a new reference.
 * Dtypes that come out of a pickle are equal copies; with the shared object
 * NumPy finds equality by identity, and an array costs one object less. */
PyArray_Descr *fj_builtin_descr(PyArray_Descr *descr);

/* Swaps the bytes of each element in place. */
int fj_swap_bytes(PyObject *array);

#endif
