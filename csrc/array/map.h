/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to array/: memory-mapped arrays.
 *
 * The whole file is mapped once, at its first array.  Each array is created on
 * a part of that memory as numpy.memmap does it, with the same attributes.  So
 * a file takes one descriptor and one mapping (a process can have some ten
 * thousand), and an array takes a thirtieth of the time of opening the file,
 * finding its length and mapping it.
 */
#ifndef FJ_ARRAY_MAP_H
#define FJ_ARRAY_MAP_H

#include "array/array.h"
#include "array/wrapper.h"

/* Skips the data after the wrapper, and returns a memmap of it, or NULL with
 * an exception set. */
PyObject *fj_array_map(fj_unpickler *u, const fj_wrapper *w);

#endif
