/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where the compressed bytes of a load come from: a regular file, memory, or
 * the read method of a Python file object.
 */
#ifndef FJ_FILE_FILE_FEED_H
#define FJ_FILE_FILE_FEED_H

#include "py/state.h"

#include "codec/feed.h"

typedef struct {
    fj_feed base;
    fj_state *state; // borrowed
    PyObject *file;  // borrowed; NULL for a descriptor of our own
    uint64_t start;  // position of the first byte
    uint64_t size;   // bytes from there on; files and memory only
    int fd;          // borrowed; -1: none
    const uint8_t *data; // memory
    PyObject *lent;      // memory: owned, the buffer of an io.BytesIO
    Py_buffer view;      // memory: of that
    /* Files: what read() failed with, to be raised with the GIL. */
    int error;
    /* File objects: the owner's thread state while it has let the GIL go. */
    PyThreadState *suspended;
} fj_file_feed;

/* `origin`: the descriptor of a regular file as an int, which is read from
 * its beginning, or a file object, which is read from where it stands.  0, or
 * -1 with an exception set and nothing to close. */
int fj_file_feed_open(fj_file_feed *feed, fj_state *state, PyObject *origin);
void fj_file_feed_close(fj_file_feed *feed);

/* Where any part can be read again (base.any_thread): reads at `offset` from
 * the first byte.  True where all of it is there. */
bool fj_file_feed_read_at(const fj_file_feed *feed, void *dst, size_t nbytes,
                          uint64_t offset);

/* The same: what is read next is `nbytes` from `offset` on. */
void fj_file_feed_seek(fj_file_feed *feed, uint64_t offset, uint64_t nbytes);

/* Where the GIL is not needed meanwhile, lets it go. */
void fj_file_feed_suspend(fj_file_feed *feed);
void fj_file_feed_resume(fj_file_feed *feed);

/* After read() has failed: sets the exception, unless it is set. */
void fj_file_feed_raise(const fj_file_feed *feed, PyObject *filename);

/* Moves the file object, if there is one that can be moved, back over bytes
 * that have been read and not used. */
int fj_file_feed_return(fj_file_feed *feed, uint64_t unused);

#endif
