/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How work that knows nothing of Python ends, and how it is told to end.
 */
#ifndef FJ_BASE_STATUS_H
#define FJ_BASE_STATUS_H

#include <stdbool.h>

typedef enum {
    FJ_OK = 0,
    FJ_END = 1,      // of a stream; its check values were right
    FJ_DAMAGED = -1, // a message has been set
    FJ_NO_MEMORY = -2,
    FJ_READ = -3,      // the feed failed, and knows why
    FJ_TRUNCATED = -4, // the data ends within a stream
    FJ_FORKED = -5,    // this is a child process of the one that began
    FJ_STOPPED = -6,   // a watch said so
} fj_status;

/* What long work asks now and then: whether to end before it is done. */
typedef struct fj_watch fj_watch;
struct fj_watch {
    bool (*stops)(fj_watch *self);
};

#endif
