/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An input on a Python file object, whichever way of reading that object is
 * the fastest, which leaves the object's position right behind what was read.
 */
#ifndef FJ_FILE_READER_H
#define FJ_FILE_READER_H

#include "file/source.h"

typedef enum {
    FJ_READER_CLOSED,
    FJ_READER_MEMORY, // an io.BytesIO, read where it lies
    FJ_READER_BESIDE, // a regular file, by its descriptor
    FJ_READER_STREAM, // through the object's methods
} fj_reader_kind;

typedef struct {
    fj_input in;
    fj_state *state; // borrowed
    PyObject *file;  // borrowed
    fj_reader_kind kind;
    uint64_t start;  // memory and beside: the position at which it began
    PyObject *lent;  // memory: owned, the io.BytesIO's buffer
    Py_buffer view;  // memory: of that
    fj_fd_source fd;
    fj_file_source stream;
} fj_reader;

/* `filename` (borrowed) is for messages.  `by_descriptor` allows to read
 * regular files beside the object, which is the fastest for large arrays, and
 * the slowest for many small pickles; `threads` is for that (see
 * fj_bulk_reader).  0, or -1 with an exception set and nothing to close. */
int fj_reader_open(fj_reader *reader, fj_state *state, PyObject *file,
                   PyObject *filename, bool by_descriptor, PyObject *threads);

/* Leaves the file's position where it is. */
void fj_reader_close(fj_reader *reader);

/* Moves the file's position behind what the input has consumed, and closes.
 * Returns the object that was read, a reference that it takes; NULL, the
 * position as it is, for NULL, or where the file cannot be moved. */
PyObject *fj_reader_end(fj_reader *reader, PyObject *obj_steal);

#endif
