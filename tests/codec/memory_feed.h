/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A feed of bytes that lie in memory, which may be read from anywhere.
 */
#ifndef FJ_TESTS_MEMORY_FEED_H
#define FJ_TESTS_MEMORY_FEED_H

#include <string.h>

#include "codec/feed.h"

typedef struct {
    fj_feed base;
    const uint8_t *bytes;
} memory_feed;

static int64_t
read_feed(fj_feed *base, uint8_t *dst, size_t nbytes)
{
    nbytes = nbytes < base->left ? nbytes : (size_t)base->left;
    memcpy(dst, ((memory_feed *)base)->bytes + base->given, nbytes);
    base->left -= nbytes;
    base->given += nbytes;
    return (int64_t)nbytes;
}

static bool
read_feed_at(const fj_feed *base, void *dst, size_t nbytes, uint64_t offset)
{
    if (offset > base->size || nbytes > base->size - offset) {
        return false;
    }
    memcpy(dst, ((const memory_feed *)base)->bytes + offset, nbytes);
    return true;
}

static memory_feed
feed_of(const uint8_t *bytes, size_t nbytes, bool any_thread)
{
    return (memory_feed){
        .base = {.read = read_feed,
                 .any_thread = any_thread,
                 .left = nbytes,
                 .read_at = read_feed_at,
                 .size = nbytes},
        .bytes = bytes,
    };
}

#endif
