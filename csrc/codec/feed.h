/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where compressed bytes come from, in order.  Implemented in file/.
 */
#ifndef FJ_CODEC_FEED_H
#define FJ_CODEC_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fj_feed fj_feed;
struct fj_feed {
    /* Reads up to `nbytes`, and 0 bytes only at the end.  Returns the number
     * of bytes, or -1, and then the feed holds the reason. */
    int64_t (*read)(fj_feed *self, uint8_t *dst, size_t nbytes);
    /* Any thread may call read(), one at a time; else only the owner. */
    bool any_thread;
    uint64_t left;  // bytes to come, if any_thread
    uint64_t given; // bytes that read() has returned

    /* Reads `nbytes` at `offset`, independently of read(), on any thread at
     * any time: true if all of them were read.  NULL if bytes come only in
     * order. */
    bool (*read_at)(const fj_feed *self, void *dst, size_t nbytes,
                    uint64_t offset);
    uint64_t size; // bytes in all, for read_at()
};

#endif
