/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to array/: the array behind a wrapper.
 */
#ifndef FJ_ARRAY_ARRAY_READ_H
#define FJ_ARRAY_ARRAY_READ_H

#include "array/array.h"
#include "array/wrapper.h"

/* Reads or maps what follows the wrapper in the stream: a new reference, or
 * NULL with an exception set.  Checks everything except for negative
 * `dims`. */
PyObject *fj_array_read(fj_unpickler *u, fj_wrapper *w);

#endif
