/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory for the data of loaded arrays, in huge pages.
 *
 * malloc gives every array of some hundred KiB its own mapping, and each of
 * its 4 KiB pages faults when it is first written.  For a forest of 160 MB
 * that takes as long as inflating it.  Here the arrays of one load are side by
 * side in regions that the system backs with pages of 2 MiB, and which are
 * kept for the next load (region.h).
 *
 * Each array owns its data, by one of NumPy's memory handlers (NEP 49), and
 * frees it independently of the others.
 */
#ifndef FJ_ARRAY_MEMORY_H
#define FJ_ARRAY_MEMORY_H

#include "array/numpy_api.h"

#include "array/array.h"

/* A new array, as PyArray_NewFromDescr() makes it.  `expected`: at most this
 * many bytes of arrays are still to come, or -1 if not known. */
PyObject *fj_array_memory_new_array(const fj_state *state,
                                    fj_array_memory *memory,
                                    PyArray_Descr *descr_steal, int ndim,
                                    npy_intp *dims, bool fortran,
                                    size_t nbytes, int64_t expected);

#endif
