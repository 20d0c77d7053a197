/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a load reads: memory, a descriptor, or a Python file object.  Opening
 * chooses the fastest way to read that leaves a file object at the position
 * that its next reader expects.
 */
#ifndef FJ_FILE_PYFILE_H
#define FJ_FILE_PYFILE_H

#include "py/state.h"

#include "file/bulk.h"
#include "pickle/input.h"

typedef enum {
    FJ_PYFILE_CLOSED,
    FJ_PYFILE_MEMORY,  // a buffer, or that of an io.BytesIO, without a copy
    FJ_PYFILE_REGULAR, // a regular file, by its descriptor, at any offset
    FJ_PYFILE_PIPE,    // other kinds of file that a path may name, by read(2)
    FJ_PYFILE_METHODS, // a file object, by read() and other methods
} fj_pyfile_kind;

/* How a file object is read without losing the data after the loaded
 * object. */
typedef enum {
    FJ_READ_SEEKING, // read ahead, seek back at the end
    FJ_READ_PEEKING, // peek ahead, then read what was used
    FJ_READ_EXACT,   // read only what is needed
} fj_read_mode;

typedef struct {
    fj_source source; // for all kinds but memory
    fj_pyfile_kind kind;
    fj_state *state;    // borrowed
    PyObject *filename; // borrowed; for messages
    /* Borrowed: the file object or the buffer; NULL for a path. */
    PyObject *object;
    uint64_t start; // the file object's initial position; memory and regular
                    // files
    uint64_t size;  // bytes from there on; memory, regular files, and file
                    // objects that know it

    /* Memory */
    const char *data; // at `start`
    PyObject *lent;   // owned: the buffer of an io.BytesIO
    Py_buffer view;

    /* Descriptors */
    int fd;
    bool owns_fd;
    uint64_t offset; // regular files: of the next byte, in the file
    fj_bulk bulk;

    /* Methods, owned */
    PyObject *read;
    PyObject *readinto; // NULL where the object has none
    PyObject *peek;     // peeking only
    fj_read_mode mode;
    size_t peeked; // bytes given to the reader, not yet read from the object
} fj_pyfile;

/* Opens the file of that name, and the window through which the unpickler
 * reads it.  `filename` (borrowed) is for messages too, `threads` for large
 * reads (see fj_bulk).  These three functions return 0, or -1 with an
 * exception set and nothing to close. */
int fj_pyfile_open_path(fj_pyfile *file, fj_input *in, fj_state *state,
                        PyObject *filename, PyObject *threads);

/* Reads `object` from its position on.  `by_descriptor` permits reading
 * regular files by their descriptor, which is the fastest way for large arrays
 * and the slowest for many small pickles.  `in` may be NULL: no window. */
int fj_pyfile_open(fj_pyfile *file, fj_input *in, fj_state *state,
                   PyObject *object, PyObject *filename, bool by_descriptor,
                   PyObject *threads);

/* Reads any object with a contiguous buffer. */
int fj_pyfile_open_buffer(fj_pyfile *file, fj_input *in, fj_state *state,
                          PyObject *object, PyObject *filename);

/* How many bytes of the file object have been read and not only peeked at. */
uint64_t fj_pyfile_taken(const fj_pyfile *file, const fj_input *in);

/* From now on the file is read in large pieces.  If the object cannot seek,
 * data that follows may be lost. */
int fj_pyfile_stop_peeking(fj_pyfile *file);

/* Sets the position of a file object to the end of the `consumed` bytes;
 * `beyond` more have been read or peeked at.  If it cannot seek, the position
 * stays. */
int fj_pyfile_leave(fj_pyfile *file, uint64_t consumed, uint64_t beyond);

/* Closes the file, whose position stays, and the window `in`, which may be
 * NULL. */
void fj_pyfile_close(fj_pyfile *file, fj_input *in);

/* Sets the position to the end of what was consumed from the window, and
 * closes both.  Takes and returns the object that was read.  If that is NULL
 * the position stays; NULL also if setting the position fails. */
PyObject *fj_pyfile_end(fj_pyfile *file, fj_input *in, PyObject *obj_steal);

#endif
