/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to pyfile: the kinds of file that are read through an fj_source.
 */
#ifndef FJ_FILE_PYFILE_KINDS_H
#define FJ_FILE_PYFILE_KINDS_H

#include "file/pyfile.h"

/* Reads from a descriptor: as a regular file, from file->start on, or as a
 * pipe.  0, or -1 with an exception set, as for a directory. */
int fj_pyfile_use_descriptor(fj_pyfile *file, int fd, PyObject *threads);

/* Reads by the object's methods. */
int fj_pyfile_use_methods(fj_pyfile *file);

/* fj_pyfile_leave() for these. */
int fj_pyfile_leave_methods(fj_pyfile *file, uint64_t consumed,
                            uint64_t beyond);

#endif
