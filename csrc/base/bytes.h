/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Little-endian access and checked size arithmetic.  Plain C11: nothing here
 * uses Python, allocates memory, or needs the GIL.
 *
 * Every function works on unaligned memory and on hosts of either byte order;
 * compilers turn the memcpy and shift forms into single instructions.
 */
#ifndef FJ_BASE_BYTES_H
#define FJ_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h> // size_t
#include <stdint.h>
#include <string.h> // memcpy

static inline uint16_t
fj_load_le16(const void *src)
{
    const uint8_t *p = src;
    return (uint16_t)(p[0] | (p[1] << 8));
}

static inline uint32_t
fj_load_le32(const void *src)
{
    const uint8_t *p = src;
    return (uint32_t)p[0] | ((uint32_t)p[1] << 8) | ((uint32_t)p[2] << 16) |
           ((uint32_t)p[3] << 24);
}

static inline uint64_t
fj_load_le64(const void *src)
{
    const uint8_t *p = src;
    return (uint64_t)fj_load_le32(p) | ((uint64_t)fj_load_le32(p + 4) << 32);
}

static inline void
fj_store_le16(void *dst, uint16_t value)
{
    uint8_t *p = dst;
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static inline void
fj_store_le32(void *dst, uint32_t value)
{
    uint8_t *p = dst;
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
    p[2] = (uint8_t)(value >> 16);
    p[3] = (uint8_t)(value >> 24);
}

static inline void
fj_store_le64(void *dst, uint64_t value)
{
    fj_store_le32(dst, (uint32_t)value);
    fj_store_le32((uint8_t *)dst + 4, (uint32_t)(value >> 32));
}

/* BINFLOAT is the one big-endian number of the pickle format. */
static inline double
fj_load_be_double(const void *src)
{
    const uint8_t *p = src;
    uint64_t bits = 0;
    double value;
    for (int i = 0; i < 8; i++) {
        bits = (bits << 8) | p[i];
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline void
fj_store_be_double(void *dst, double value)
{
    uint8_t *p = dst;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 7; i >= 0; i--) {
        p[i] = (uint8_t)bits;
        bits >>= 8;
    }
}

/* Whether all of it is ASCII.  The last word overlaps the one before, since a
 * loop over the remaining bytes would be mispredicted for most strings. */
static inline bool
fj_is_ascii(const char *data, size_t nbytes)
{
    uint64_t seen = 0, word;
    if (nbytes >= 8) {
        for (size_t i = 0; i + 8 < nbytes; i += 8) {
            memcpy(&word, data + i, 8);
            seen |= word;
        }
        memcpy(&word, data + nbytes - 8, 8);
        seen |= word;
    }
    else if (nbytes >= 4) {
        seen = fj_load_le32(data) | fj_load_le32(data + nbytes - 4);
    }
    else {
        for (size_t i = 0; i < nbytes; i++) {
            seen |= (unsigned char)data[i];
        }
    }
    return (seen & 0x8080808080808080u) == 0;
}

/* Stores a * b and returns true, or returns false if it overflows. */
static inline bool
fj_size_mul(size_t a, size_t b, size_t *product_ret)
{
    if (b != 0 && a > SIZE_MAX / b) {
        return false;
    }
    *product_ret = a * b;
    return true;
}

static inline bool
fj_size_add(size_t a, size_t b, size_t *sum_ret)
{
    if (a > SIZE_MAX - b) {
        return false;
    }
    *sum_ret = a + b;
    return true;
}

#endif
