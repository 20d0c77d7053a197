/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The codecs zlib and gzip: what comes before and after the deflated blocks
 * (RFC 1950 and 1952), and the check values.
 */
#include "base/bytes.h"
#include "base/check_values.h"
#include "codec/codec.h"
#include "codec/zlib_stream.h"
#include "deflate/encode.h"
#include "deflate/inflate_block.h"

#include <zlib.h>

_Static_assert((int)FJ_BLOCK_NBYTES <= (int)FJ_DEFLATE_BLOCK_MAX,
               "blocks are coded whole");

static uint32_t
adler32_of(const uint8_t *data, size_t nbytes)
{
    return fj_adler32(1, data, nbytes);
}

static uint32_t
crc32_of(const uint8_t *data, size_t nbytes)
{
    return fj_crc32(0, data, nbytes);
}

/* zlib's function takes a z_off_t, which has 32 bits on some systems, but
 * Adler-32 depends on the length modulo 65521 only. */
static uint32_t
combine_adler32(uint32_t check_a, uint32_t check_b, uint64_t nbytes_b)
{
    return (uint32_t)adler32_combine(check_a, check_b,
                                     (z_off_t)(nbytes_b % 65521));
}

/* Writes an empty stored block as the final one, if no final block was
 * coded. */
static size_t
end_blocks(bool ended, uint8_t *dst)
{
    static const uint8_t final_block[] = {1, 0, 0, 255, 255};
    if (ended) {
        return 0;
    }
    memcpy(dst, final_block, sizeof final_block);
    return sizeof final_block;
}

/* A window of 32 KiB.  The two upper bits of the second byte hold one of four
 * classes of levels, the lower five make both bytes a multiple of 31. */
static size_t
begin_zlib(int level, uint8_t *dst)
{
    if (level == 0) {
        level = FJ_DEFLATE_DEFAULT_LEVEL;
    }
    dst[0] = 0x78;
    dst[1] = level == 1 ? 0x01 : level < 6 ? 0x5e : level == 6 ? 0x9c : 0xda;
    return 2;
}

static size_t
end_zlib(uint32_t check, uint64_t nbytes, bool ended, uint8_t *dst)
{
    (void)nbytes;
    size_t at = end_blocks(ended, dst);
    for (int shift = 24; shift >= 0; shift -= 8) {
        dst[at++] = (uint8_t)(check >> shift);
    }
    return at;
}

/* As zlib writes it by default: without time and name, made on Unix.  The
 * ninth byte marks the fastest and the slowest level. */
static size_t
begin_gzip(int level, uint8_t *dst)
{
    const uint8_t header[] = {
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, level == 9 ? 2 : level == 1 ? 4 : 0, 3,
    };
    memcpy(dst, header, sizeof header);
    return sizeof header;
}

static size_t
end_gzip(uint32_t check, uint64_t nbytes, bool ended, uint8_t *dst)
{
    size_t at = end_blocks(ended, dst);
    fj_store_le32(dst + at, check);
    fj_store_le32(dst + at + 4, (uint32_t)nbytes);
    return at + 8;
}

/* The first byte alone could begin a text too, so both must be a multiple of
 * 31. */
static bool
begins_zlib(const uint8_t *start)
{
    return start[0] == 0x78 && (start[0] * 256 + start[1]) % 31 == 0;
}

static bool
begins_gzip(const uint8_t *start)
{
    return start[0] == 0x1f && start[1] == 0x8b;
}

const fj_codec fj_codec_zlib = {
    .name = "zlib",
    .prefix_nbytes = 2,
    .begins = begins_zlib,
    .encoder_new = fj_deflate_new,
    .encoder_free = fj_deflate_free,
    .encoder_watch = fj_deflate_watch,
    .bound = fj_deflate_bound,
    .encode = fj_deflate_block,
    .begin = begin_zlib,
    .end = end_zlib,
    .check = adler32_of,
    .combine = combine_adler32,
    .decoder_new = fj_inflate_block_new,
    .decoder_free = fj_inflate_block_free,
    .decode = fj_inflate_block,
    .stream_new = fj_inflate_zlib_new,
    .stream_free = fj_inflate_stream_free,
    .decode_stream = fj_inflate_stream,
    .stream_message = fj_inflate_message,
};

const fj_codec fj_codec_gzip = {
    .name = "gzip",
    .prefix_nbytes = 2,
    .begins = begins_gzip,
    .encoder_new = fj_deflate_new,
    .encoder_free = fj_deflate_free,
    .encoder_watch = fj_deflate_watch,
    .bound = fj_deflate_bound,
    .encode = fj_deflate_block,
    .begin = begin_gzip,
    .end = end_gzip,
    .check = crc32_of,
    .combine = fj_crc32_combine,
    .decoder_new = fj_inflate_block_new,
    .decoder_free = fj_inflate_block_free,
    .decode = fj_inflate_block,
    .stream_new = fj_inflate_gzip_new,
    .stream_free = fj_inflate_stream_free,
    .decode_stream = fj_inflate_stream,
    .stream_message = fj_inflate_message,
};
