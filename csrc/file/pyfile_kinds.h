/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside of pyfile: the kinds of file that are read through an fj_source.
 */
#ifndef FJ_FILE_PYFILE_KINDS_H
#define FJ_FILE_PYFILE_KINDS_H

#include "file/pyfile.h"

/* Makes it a regular file of which bytes from file->start on are read, or a
 * pipe, by what the descriptor is.  -1 for a directory. */
int fj_pyfile_use_descriptor(fj_pyfile *file, int fd, PyObject *threads);

/* Makes it one that is read by the object's methods. */
int fj_pyfile_use_methods(fj_pyfile *file);

/* fj_pyfile_leave() for these. */
int fj_pyfile_leave_methods(fj_pyfile *file, uint64_t consumed,
                            uint64_t beyond);

#endif
