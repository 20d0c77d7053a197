/* SPDX-License-Identifier: BSD-3-Clause
 *
 * NumPy's headers, set up for several files.  FJ_IMPORT_NUMPY is defined in
 * the one file that imports the API.
 */
#ifndef FJ_ARRAY_NUMPY_API_H
#define FJ_ARRAY_NUMPY_API_H

#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define NPY_TARGET_VERSION NPY_1_25_API_VERSION // as pyproject.toml says
#define PY_ARRAY_UNIQUE_SYMBOL fj_numpy_api
#ifndef FJ_IMPORT_NUMPY
#define NO_IMPORT_ARRAY
#endif

#include "py/compat.h"

#include <numpy/arrayobject.h>

#endif
