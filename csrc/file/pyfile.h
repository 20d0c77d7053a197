/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a load reads: memory, a descriptor, or a Python file object.  One
 * opener chooses the fastest way that leaves a file object where its next
 * reader expects it.
 */
#ifndef FJ_FILE_PYFILE_H
#define FJ_FILE_PYFILE_H

#include "py/state.h"

#include "file/bulk.h"
#include "pickle/input.h"

typedef enum {
    FJ_PYFILE_CLOSED,
    FJ_PYFILE_MEMORY,  // a buffer; an io.BytesIO, read where it lies
    FJ_PYFILE_REGULAR, // a regular file, by its descriptor: any part, anytime
    FJ_PYFILE_PIPE,    // what else a path may name, by read(2)
    FJ_PYFILE_METHODS, // a file object, by read() and its like
} fj_pyfile_kind;

/* How a file object lets itself be read without losing what lies behind the
 * object that is loaded. */
typedef enum {
    FJ_READ_SEEKING, // read ahead, seek back at the end
    FJ_READ_PEEKING, // peek ahead, then read what was used
    FJ_READ_EXACT,   // read nothing that is not needed
} fj_read_mode;

typedef struct {
    fj_source source; // of all kinds but memory
    fj_pyfile_kind kind;
    fj_state *state;    // borrowed
    PyObject *filename; // borrowed; for messages
    /* Borrowed: the file object or the buffer; NULL for a path. */
    PyObject *object;
    uint64_t start; // where the file object stood; memory and regular files
    uint64_t size;  // bytes from there on; memory and regular files

    /* Memory */
    const char *data; // at `start`
    PyObject *lent;   // owned: the buffer of an io.BytesIO
    Py_buffer view;

    /* Descriptors */
    int fd;
    bool owns_fd;
    uint64_t offset; // regular files: of the next byte, in the file
    fj_bulk bulk;

    /* Methods; owned */
    PyObject *read;
    PyObject *readinto; // NULL where the object has none
    PyObject *peek;     // peeking only
    fj_read_mode mode;
    size_t peeked; // bytes given to the reader, not yet read from the object
} fj_pyfile;

/* Opens the file of that name, which closing closes, and the window through
 * which the unpickler reads it.  `filename` (borrowed) is for messages too,
 * `threads` for large reads (see fj_bulk).  0, or -1 with an exception set and
 * nothing to close; so below. */
int fj_pyfile_open_path(fj_pyfile *file, fj_input *in, fj_state *state,
                        PyObject *filename, PyObject *threads);

/* Reads `object` from where it stands.  `by_descriptor` allows to read
 * regular files beside the object, which is the fastest for large arrays, and
 * the slowest for many small pickles.  `in` may be NULL: no window. */
int fj_pyfile_open(fj_pyfile *file, fj_input *in, fj_state *state,
                   PyObject *object, PyObject *filename, bool by_descriptor,
                   PyObject *threads);

/* Reads any object with a contiguous buffer. */
int fj_pyfile_open_buffer(fj_pyfile *file, fj_input *in, fj_state *state,
                          PyObject *object, PyObject *filename);

/* How many bytes a file object has given that its own position is behind. */
uint64_t fj_pyfile_taken(const fj_pyfile *file, const fj_input *in);

/* From now on all of the file is read that is there, in large pieces: where
 * its object cannot go back, what comes behind the data may be lost. */
int fj_pyfile_stop_peeking(fj_pyfile *file);

/* Moves the position of a file object behind `consumed` bytes; `beyond` more
 * have been read or peeked at.  Where it cannot go back it stays. */
int fj_pyfile_leave(fj_pyfile *file, uint64_t consumed, uint64_t beyond);

/* Closes the file, whose position stays, and its window, or NULL. */
void fj_pyfile_close(fj_pyfile *file, fj_input *in);

/* Moves the position behind what the window has consumed, and closes both.
 * Returns the object that was read, a reference that it takes; NULL, the
 * position as it is, for NULL, or where the file cannot be moved. */
PyObject *fj_pyfile_end(fj_pyfile *file, fj_input *in, PyObject *obj_steal);

#endif
