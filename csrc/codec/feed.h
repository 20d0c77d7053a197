/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where compressed bytes come from, one after another.  Implemented in file/.
 */
#ifndef FJ_CODEC_FEED_H
#define FJ_CODEC_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fj_feed fj_feed;
struct fj_feed {
    /* Reads up to `nbytes`, none at the end only: the number of bytes, or -1,
     * and then the feed knows why. */
    int64_t (*read)(fj_feed *self, uint8_t *dst, size_t nbytes);
    /* Any thread may read, one at a time; else the owner alone. */
    bool any_thread;
    uint64_t left;  // bytes, where any thread may read
    uint64_t given; // bytes

    /* Reads `nbytes` at `offset`, whatever read() has given, as any thread
     * may at any time: true where all of them are there.  NULL where bytes
     * come in order only. */
    bool (*read_at)(const fj_feed *self, void *dst, size_t nbytes,
                    uint64_t offset);
    uint64_t size; // bytes in all, for read_at()
};

#endif
