/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Return values of functions that do not use Python, and how to stop them.
 */
#ifndef FJ_BASE_STATUS_H
#define FJ_BASE_STATUS_H

#include <stdbool.h>

typedef enum {
    FJ_OK = 0,
    FJ_END = 1,      // the end of a stream, whose check values were right
    FJ_DAMAGED = -1, // a message has been set
    FJ_NO_MEMORY = -2,
    FJ_READ = -3,      // the feed failed, and holds the reason
    FJ_TRUNCATED = -4, // the data ends within a stream
    FJ_FORKED = -5,    // this is a forked child of the process that began
    FJ_STOPPED = -6,   // a watch said to stop
} fj_status;

/* What long work calls now and then to learn whether to stop early. */
typedef struct fj_watch fj_watch;
struct fj_watch {
    bool (*stops)(fj_watch *self);
};

#endif
