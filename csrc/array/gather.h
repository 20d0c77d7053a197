/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FJ_ARRAY_GATHER_H
#define FJ_ARRAY_GATHER_H

#include "array/numpy_api.h"

#include "pickle/output.h"

/* Writes the elements of an array that is not contiguous in C order, through
 * a buffer of bounded size.  The output must have no frame open. */
int fj_array_gather(fj_output *out, PyArrayObject *array);

#endif
