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
/* Gives a file that is put in place when it is whole to `write`, a callable
 * of (descriptor, path).  `named`: the path may be opened, else it is None
 * where the file has no name yet. */
int fj_write_path(fj_state *state, PyObject *write, PyObject *filename,
                  bool atomic, bool fsync, bool named);

int fj_dump_to_file(fj_state *state, PyObject *value, PyObject *file,
                    PyObject *protocol, bool allow_mmap);
PyObject *fj_dump_to_bytes(fj_state *state, PyObject *value,
                           PyObject *protocol);

#endif
