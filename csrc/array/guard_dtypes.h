/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to guard_dtypes.c and guard_fields.c: the states of dtypes.
 */
#ifndef FJ_ARRAY_GUARD_DTYPES_H
#define FJ_ARRAY_GUARD_DTYPES_H

#include "array/guards.h"

/* A state as the file has it; all borrowed. */
typedef struct {
    Py_ssize_t version, nbytes, alignment, flags;
    PyObject *byteorder, *subarray, *names, *fields, *metadata;
} fj_dtype_state;

/* How many dtypes may be within the fields of another; one that occurs twice
 * counts twice, since NumPy walks it twice. */
enum { FJ_MAX_NESTED = 8192 };

/* Refuses what NumPy could not walk; takes from `left` what it would. */
int fj_guard_nesting(fj_unpickler *u, PyArray_Descr *inner, size_t *left);

/* A copy of the state's fields, and the flags of a dtype that has them.  NULL
 * with an exception set if they do not fit into it. */
PyObject *fj_guard_fields(fj_unpickler *u, const PyArray_Descr *dtype,
                          const fj_dtype_state *s, npy_uint64 *flags_ret);

#endif
