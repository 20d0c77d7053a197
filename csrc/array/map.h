/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to array/: arrays that stay in the file.
 *
 * The file is mapped once, whole, when its first array is met.  Each array is
 * made by the same call of NumPy's that numpy.memmap makes, on a part of that
 * memory, and given the same attributes.  So a file costs one descriptor and
 * one mapping, of which a process has some ten thousand, and an array costs a
 * thirtieth of what it costs to open the file, find its length and map it.
 */
#ifndef FJ_ARRAY_MAP_H
#define FJ_ARRAY_MAP_H

#include "array/array.h"
#include "array/wrapper.h"

/* Passes over what follows the wrapper: a memmap of it, or NULL with an
 * exception set. */
PyObject *fj_array_map(fj_unpickler *u, const fj_wrapper *w);

#endif
