/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a decompressor is fed with: the bytes of a pyfile, from its beginning.
 */
#ifndef FJ_FILE_FEED_H
#define FJ_FILE_FEED_H

#include "codec/feed.h"
#include "file/pyfile.h"

typedef struct {
    fj_feed base;
    fj_pyfile *file; // borrowed
    /* Borrowed: what has been read of the file before, its first bytes. */
    const char *shown;
    size_t n_shown;
    uint64_t begin; // in the file: where what is fed begins
    int error;      // errno of a read that has failed without the GIL
    /* The owner's thread state while it has let the GIL go. */
    PyThreadState *suspended;
} fj_pyfile_feed;

/* Begins at the beginning of the file, part of which may stand in a window,
 * of which nothing has been consumed; NULL: there is none.  Both outlive the
 * feed, and are not to be used meanwhile.  0, or -1 with an exception set. */
int fj_pyfile_feed_init(fj_pyfile_feed *feed, fj_pyfile *file,
                        const fj_input *in);

/* Where the file can be read anywhere: feeds `nbytes` from `offset` on. */
void fj_pyfile_feed_range(fj_pyfile_feed *feed, uint64_t offset,
                          uint64_t nbytes);

/* Where the GIL is not needed meanwhile, lets it go. */
void fj_pyfile_feed_suspend(fj_pyfile_feed *feed);
void fj_pyfile_feed_resume(fj_pyfile_feed *feed);

/* After read() has failed: sets the exception, unless it is set. */
void fj_pyfile_feed_raise(const fj_pyfile_feed *feed);

/* Moves the file object's position, if it has one, behind what has been fed
 * but for the last `unused` bytes. */
int fj_pyfile_feed_leave(const fj_pyfile_feed *feed, uint64_t unused);

#endif
