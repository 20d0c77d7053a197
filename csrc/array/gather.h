/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Writing the elements of an array that is not contiguous, in C order.
 *
 * They are copied into a ring of buffers by the threads of a pool, while the
 * calling thread writes the oldest one; so memory is bounded, and copying and
 * writing take the time of the slower of the two.
 */
#ifndef FJ_ARRAY_GATHER_H
#define FJ_ARRAY_GATHER_H

#include "array/numpy_api.h"

#include "pickle/output.h"

/* The output must have no frame open; its sink may let the GIL go.
 * `threads`: see fj_ask_threads(). */
int fj_array_gather(fj_output *out, PyArrayObject *array, PyObject *threads);

#endif
