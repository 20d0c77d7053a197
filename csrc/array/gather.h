/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Writing the elements of an array that is not contiguous, in C order.
 *
 * The threads of a pool copy them into a ring of buffers, while the calling
 * thread writes the oldest one.  So memory is bounded, and copying and writing
 * overlap.
 */
#ifndef FJ_ARRAY_GATHER_H
#define FJ_ARRAY_GATHER_H

#include "array/numpy_api.h"

#include "pickle/output.h"

/* The output must have no frame open; its sink may release the GIL.
 * `threads`: see fj_ask_threads(). */
int fj_array_gather(fj_output *out, PyArrayObject *array, PyObject *threads);

#endif
