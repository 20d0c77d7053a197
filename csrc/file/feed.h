/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The feed of a decompressor that reads from a pyfile.
 */
#ifndef FJ_FILE_FEED_H
#define FJ_FILE_FEED_H

#include "codec/feed.h"
#include "file/pyfile.h"

typedef struct {
    fj_feed base;
    fj_pyfile *file; // borrowed
    /* Borrowed: the window, which holds the first bytes of the file. */
    const char *shown;
    size_t n_shown;
    uint64_t begin; // where the feed begins in the file
    int error;      // errno of a read that failed without the GIL
    /* Borrowed: where read_at() notes the errno of a read that failed, if only
     * one thread calls it; or NULL. */
    int *failure;
    /* The owner's thread state while the GIL is released. */
    PyThreadState *suspended;
} fj_pyfile_feed;

/* Begins at the beginning of the file.  Its first bytes may be in a window
 * (`in`, or NULL), none of them consumed.  Both must outlive the feed, and not
 * be used meanwhile.  0, or -1 with an exception set. */
int fj_pyfile_feed_init(fj_pyfile_feed *feed, fj_pyfile *file,
                        const fj_input *in);

/* Only for files that can be read at any offset: feeds `nbytes` from `offset`
 * on. */
void fj_pyfile_feed_range(fj_pyfile_feed *feed, uint64_t offset,
                          uint64_t nbytes);

/* Release and reacquire the GIL, if the feed does not need it. */
void fj_pyfile_feed_suspend(fj_pyfile_feed *feed);
void fj_pyfile_feed_resume(fj_pyfile_feed *feed);

/* After a failed read(): sets the exception, unless one is set. */
void fj_pyfile_feed_raise(const fj_pyfile_feed *feed);

/* Sets the file object's position, if it has one, to the end of what has been
 * fed minus the last `unused` bytes. */
int fj_pyfile_feed_leave(const fj_pyfile_feed *feed, uint64_t unused);

#endif
