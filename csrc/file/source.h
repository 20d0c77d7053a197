/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where a load's bytes come from: a file descriptor or a Python file object.
 */
#ifndef FJ_FILE_SOURCE_H
#define FJ_FILE_SOURCE_H

#include "py/state.h"

#include "file/bulk.h"
#include "pickle/input.h"

typedef struct {
    fj_source base;
    int fd;             // borrowed
    PyObject *filename; // borrowed; for messages
    bool seekable;      // a regular file: read at `offset`
    uint64_t offset;
    fj_bulk_reader bulk;
} fj_fd_source;

/* Reads from `offset` on where the descriptor is a regular file, else from
 * its own position.  `threads`: see fj_bulk_reader.  0, or -1 with an
 * exception set (a directory) and nothing to clear. */
int fj_fd_source_init(fj_fd_source *source, int fd, PyObject *filename,
                      uint64_t offset, PyObject *threads);
void fj_fd_source_clear(fj_fd_source *source);

/* How a file object lets itself be read without losing what lies behind the
 * object. */
typedef enum {
    FJ_READ_SEEKING, // read ahead, seek back at the end
    FJ_READ_PEEKING, // peek ahead, then read what was used
    FJ_READ_EXACT,   // read nothing that is not needed
} fj_read_mode;

typedef struct {
    fj_source base;
    fj_state *state; // borrowed
    PyObject *file;  // borrowed
    PyObject *read;  // owned: bound methods
    PyObject *readinto; // NULL where the object has none
    PyObject *peek;     // peeking only
    fj_read_mode mode;
    uint64_t start; // seeking: the position at which the load began
    size_t lent;    // peeking: bytes given to the window, not yet read
} fj_file_source;

int fj_file_source_init(fj_file_source *source, fj_state *state,
                        PyObject *file);
void fj_file_source_clear(fj_file_source *source);

/* Leaves the stream behind the object: `consumed` bytes were used, `unused`
 * more are in the window. */
int fj_file_source_finish(fj_file_source *source, uint64_t consumed,
                          size_t unused);

#endif
