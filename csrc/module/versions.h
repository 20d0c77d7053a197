/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the module tells of the libraries that it was built with.
 */
#ifndef FJ_MODULE_VERSIONS_H
#define FJ_MODULE_VERSIONS_H

#include "py/compat.h"

/* The function library_versions(). */
extern const char fj_versions_of_libraries_doc[];
PyObject *fj_versions_of_libraries(PyObject *module, PyObject *args);

#endif
