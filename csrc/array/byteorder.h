/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Byte order of dtypes, by joblib's rules.
 */
#ifndef FJ_ARRAY_BYTEORDER_H
#define FJ_ARRAY_BYTEORDER_H

#include "array/numpy_api.h"

/* True for a dtype whose byte order is not the host's, and for a structured
 * one if this is so for all of its fields. */
bool fj_is_foreign_byte_order(PyArray_Descr *descr);

/* The same dtype in the host's byte order: a new reference, or NULL. */
PyArray_Descr *fj_native_descr(PyArray_Descr *descr);

/* NumPy's own object for a built-in dtype, else `descr`: a new reference.
 * Dtypes from a pickle are equal copies.  With the shared object NumPy
 * compares by identity, and an array needs one object less. */
PyArray_Descr *fj_builtin_descr(PyArray_Descr *descr);

/* Swaps the bytes of each element in place. */
int fj_swap_bytes(PyObject *array);

#endif
