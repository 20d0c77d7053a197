/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where a dump's bytes go: a file descriptor or a Python file object.
 */
#ifndef FJ_FILE_SINK_H
#define FJ_FILE_SINK_H

#include "py/state.h"

#include "pickle/output.h"

typedef struct {
    fj_sink base;
    int fd;             // borrowed
    int64_t pid;        // of the process that opened it
    PyObject *filename; // borrowed; for messages
    bool is_new;        // a regular file that was made for this dump; others
                        // may block, like a FIFO
} fj_fd_sink;

void fj_fd_sink_init(fj_fd_sink *sink, int fd, PyObject *filename,
                     bool is_new);

/* Whether it is a regular file, which can be written at any offset. */
bool fj_fd_sink_is_file(const fj_fd_sink *sink);

typedef struct {
    fj_sink base;
    fj_state *state;  // borrowed
    PyObject *file;   // borrowed
    PyObject *write;  // owned: the bound method
    bool takes_views; // write() does not keep a reference to its argument
    bool is_raw;      // write() may take less than it is given
} fj_file_sink;

int fj_file_sink_init(fj_file_sink *sink, fj_state *state, PyObject *file);
void fj_file_sink_clear(fj_file_sink *sink);

#endif
