/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where a dump's bytes go: a file descriptor or a Python file object.
 */
#ifndef FJ_FILE_SINK_H
#define FJ_FILE_SINK_H

#include "py/state.h"

#include "base/flush_behind.h"
#include "pickle/output.h"

typedef enum {
    FJ_SINK_ANY,      // it may wait for a reader, as a FIFO does
    FJ_SINK_FILE,     // a regular file
    FJ_SINK_NEW_FILE, // and one that will not be renamed over another
} fj_fd_sink_kind;

typedef struct {
    fj_sink base;
    int fd;             // borrowed
    pid_t pid;          // of the process that writes
    PyObject *filename; // borrowed; for messages
    fj_fd_sink_kind kind;
    PyObject *threads;   // borrowed: see fj_ask_threads()
    fj_flusher *flusher; // of a large file; NULL: none
    bool flushes;        // whether there is one has been decided
} fj_fd_sink;

void fj_fd_sink_init(fj_fd_sink *sink, int fd, PyObject *filename,
                     fj_fd_sink_kind kind, PyObject *threads);
void fj_fd_sink_clear(fj_fd_sink *sink);

/* It is a regular file, which can be written at any place. */
bool fj_fd_sink_is_file(const fj_fd_sink *sink);

typedef struct {
    fj_sink base;
    fj_state *state;  // borrowed
    PyObject *file;   // borrowed
    PyObject *write;  // owned: the bound method
    bool takes_views; // write() may be given memory that is only lent
    bool is_raw;      // write() may take less than it was given
} fj_file_sink;

int fj_file_sink_init(fj_file_sink *sink, fj_state *state, PyObject *file);
void fj_file_sink_clear(fj_file_sink *sink);

#endif
