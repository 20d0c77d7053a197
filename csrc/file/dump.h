/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole dumps.  `protocol` is an int object or None; `allow_mmap` is what the
 * array wrappers say.
 */
#ifndef FJ_FILE_DUMP_H
#define FJ_FILE_DUMP_H

#include "state.h"

int fj_dump_to_path(fj_state *state, PyObject *value, PyObject *filename,
                    PyObject *protocol, bool atomic, bool fsync);
int fj_dump_to_file(fj_state *state, PyObject *value, PyObject *file,
                    PyObject *protocol, bool allow_mmap);
PyObject *fj_dump_to_bytes(fj_state *state, PyObject *value,
                           PyObject *protocol);

#endif
