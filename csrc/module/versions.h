/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the module tells of the libraries that it was built with.
 */
#ifndef FJ_MODULE_VERSIONS_H
#define FJ_MODULE_VERSIONS_H

#include "py/compat.h"

/* A new dict; NULL with an exception. */
PyObject *fj_library_versions_dict(void);

#endif
