/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Headers of LZ4 frames and of their blocks: a magic number, FLG (which parts
 * there are), BD (how large blocks are), the content's size and a dictionary's
 * number where FLG says so, and a one-byte hash of all but the magic number.
 */
#include "codec/lz4.h"

#include "base/bytes.h"
#include "base/xxh32.h"

static const uint32_t MAGIC = 0x184D2204;
static const uint32_t MAGIC_LEGACY = 0x184C2102;
static const uint32_t MAGIC_SKIPPABLE = 0x184D2A50; // to 0x184D2A5F

enum {
    FLG_VERSION = 3 << 6, // these two bits
    FLG_VERSION_1 = 1 << 6,
    FLG_INDEPENDENT = 1 << 5,
    FLG_BLOCK_CHECKSUM = 1 << 4,
    FLG_CONTENT_SIZE = 1 << 3,
    FLG_CONTENT_CHECKSUM = 1 << 2,
    FLG_RESERVED = 1 << 1,
    FLG_DICTIONARY = 1 << 0,

    BD_RESERVED = 0x8F,
    BD_64_KIB = 4, // 5: 256 KiB, 6: 1 MiB, 7: 4 MiB
    BD_1_MIB = 6,

    MAGIC_NBYTES = 4,
};

static const uint32_t STORED_BLOCK = 0x80000000;

_Static_assert(FJ_BLOCK_NBYTES == 1 << 20, "headers say BD_1_MIB");

/* The last byte of a header; `descriptor` is what is between it and the magic
 * number. */
static uint8_t
header_check(const uint8_t *descriptor, size_t nbytes)
{
    return (uint8_t)(fj_xxh32(descriptor, nbytes, 0) >> 8);
}

static size_t
write_header(bool sized, uint64_t content_nbytes, uint8_t *dst)
{
    uint8_t *next = dst + MAGIC_NBYTES;
    fj_store_le32(dst, MAGIC);
    *next++ = FLG_VERSION_1 | FLG_INDEPENDENT | (sized ? FLG_CONTENT_SIZE : 0);
    *next++ = BD_1_MIB << 4;
    if (sized) {
        fj_store_le64(next, content_nbytes);
        next += 8;
    }
    const uint8_t *descriptor = dst + MAGIC_NBYTES;
    *next = header_check(descriptor, (size_t)(next - descriptor));
    return (size_t)(next + 1 - dst);
}

size_t
fj_lz4_begin(int level, uint8_t *dst)
{
    (void)level; // the header does not contain it
    return write_header(false, 0, dst);
}

size_t
fj_lz4_begin_sized(int level, uint64_t nbytes, uint8_t *dst)
{
    (void)level;
    return write_header(true, nbytes, dst);
}

void
fj_lz4_write_skippable_head(size_t nbytes, uint8_t *dst)
{
    fj_store_le32(dst, MAGIC_SKIPPABLE);
    fj_store_le32(dst + MAGIC_NBYTES, (uint32_t)nbytes);
}

static bool
is_skippable(uint32_t magic)
{
    return (magic & 0xFFFFFFF0) == MAGIC_SKIPPABLE;
}

bool
fj_lz4_is_frame(const uint8_t first4[4])
{
    uint32_t magic = fj_load_le32(first4);
    return magic == MAGIC || is_skippable(magic);
}

static fj_status
damaged(fj_lz4_frame *frame, const char *message)
{
    frame->message = message;
    return FJ_DAMAGED;
}

static fj_status
needs(fj_lz4_frame *frame, size_t nbytes)
{
    frame->header_nbytes = nbytes;
    return FJ_TRUNCATED;
}

fj_status
fj_lz4_parse_frame(const uint8_t *src, size_t nbytes, fj_lz4_frame *frame_ret)
{
    fj_lz4_frame *frame = frame_ret;
    memset(frame, 0, sizeof *frame);
    if (nbytes < MAGIC_NBYTES) {
        return needs(frame, MAGIC_NBYTES);
    }
    uint32_t magic = fj_load_le32(src);
    if (is_skippable(magic)) {
        if (nbytes < FJ_LZ4_SKIPPABLE_HEAD) {
            return needs(frame, FJ_LZ4_SKIPPABLE_HEAD);
        }
        frame->skippable = true;
        frame->header_nbytes = FJ_LZ4_SKIPPABLE_HEAD;
        frame->content_nbytes = fj_load_le32(src + MAGIC_NBYTES);
        return FJ_OK;
    }
    if (magic == MAGIC_LEGACY) {
        return damaged(frame, "the legacy LZ4 format is not supported");
    }
    if (magic != MAGIC) {
        return damaged(frame, "not an LZ4 frame");
    }
    if (nbytes < FJ_LZ4_HEADER_MIN) {
        return needs(frame, FJ_LZ4_HEADER_MIN);
    }

    /* The checksum is verified before the flags are judged, so that a flipped
     * bit is reported as damage and not as an unsupported feature.  But flags
     * that the header's length depends on must be judged before. */
    const uint8_t *descriptor = src + MAGIC_NBYTES;
    uint8_t flg = descriptor[0];
    uint8_t bd = descriptor[1];
    if ((flg & FLG_VERSION) != FLG_VERSION_1) {
        return damaged(frame, "unknown version of LZ4 frames");
    }
    size_t size = flg & FLG_CONTENT_SIZE ? 8 : 0;
    size_t dictionary = flg & FLG_DICTIONARY ? 4 : 0;
    size_t header_nbytes = FJ_LZ4_HEADER_MIN + size + dictionary;
    if (nbytes < header_nbytes) {
        return needs(frame, header_nbytes);
    }
    size_t descriptor_nbytes = header_nbytes - MAGIC_NBYTES - 1;
    if (src[header_nbytes - 1] !=
        header_check(descriptor, descriptor_nbytes)) {
        return damaged(frame, "wrong checksum of the frame's header");
    }
    if (flg & FLG_RESERVED || bd & BD_RESERVED) {
        return damaged(frame, "reserved bits set in the frame's header");
    }
    int block_id = bd >> 4;
    if (block_id < BD_64_KIB) {
        return damaged(frame, "unknown block size in the frame's header");
    }
    if (dictionary > 0) {
        return damaged(frame, "the frame needs a dictionary, "
                              "which is not supported");
    }

    frame->header_nbytes = header_nbytes;
    frame->independent = flg & FLG_INDEPENDENT;
    frame->block_checksum = flg & FLG_BLOCK_CHECKSUM;
    frame->content_checksum = flg & FLG_CONTENT_CHECKSUM;
    frame->block_max = (size_t)1 << (8 + 2 * block_id);
    frame->content_nbytes = size > 0 ? fj_load_le64(descriptor + 2) : 0;
    return FJ_OK;
}

fj_status
fj_lz4_block_head(const uint8_t head[4], const fj_lz4_frame *frame,
                  size_t *payload_nbytes_ret, bool *is_end_ret)
{
    uint32_t word = fj_load_le32(head);
    uint32_t payload_nbytes = word & ~STORED_BLOCK;
    *is_end_ret = word == 0;
    *payload_nbytes_ret = payload_nbytes;
    return payload_nbytes <= frame->block_max ? FJ_OK : FJ_DAMAGED;
}

bool
fj_lz4_block_is_stored(const uint8_t head[4])
{
    return fj_load_le32(head) & STORED_BLOCK;
}

size_t
fj_lz4_write_block_head(size_t payload_nbytes, bool stored, uint8_t *dst)
{
    fj_store_le32(dst, (uint32_t)payload_nbytes | (stored ? STORED_BLOCK : 0));
    return FJ_LZ4_BLOCK_HEAD;
}

bool
fj_lz4_check_block(const uint8_t *payload, size_t nbytes,
                   const uint8_t checksum[4])
{
    return fj_xxh32(payload, nbytes, 0) == fj_load_le32(checksum);
}
