/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The mutator: compressed files are decompressed, changed and compressed
 * again; pickles are changed by mutate_pickles.c.  The first byte chooses what
 * reads the file.
 */
#include "fuzz_load.h"
#include "pickle_pieces.h"

#include <string.h>

#include <lz4frame.h>
#include <zlib.h>

enum { MAX_PLAIN = 1 << 18 }; // bytes of a file, after decompression

static uint8_t plain[MAX_PLAIN], packed_lz4[MAX_PLAIN];

typedef enum { NOT_COMPRESSED, ZLIB, GZIP, LZ4 } container;

static container
container_of(const uint8_t *data, size_t size)
{
    if (size < 8) {
        return NOT_COMPRESSED;
    }
    if (data[0] == 0x78) {
        return ZLIB;
    }
    if (data[0] == 0x1f && data[1] == 0x8b) {
        return GZIP;
    }
    return memcmp(data, "\x04\x22\x4d\x18", 4) == 0 ? LZ4 : NOT_COMPRESSED;
}

static size_t
unpack_lz4(const uint8_t *data, size_t size)
{
    LZ4F_dctx *context;
    size_t made = 0, out = MAX_PLAIN, in = size;
    if (LZ4F_isError(
            LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) {
        return 0;
    }
    while (!LZ4F_isError(LZ4F_decompress(context, plain + made, &out, data,
                                         &in, NULL)) &&
           (in > 0 || out > 0)) {
        made += out;
        data += in;
        size -= in;
        in = size;
        out = MAX_PLAIN - made;
    }
    LZ4F_freeDecompressionContext(context);
    return made;
}

/* Into `plain`: as much as there is, or 0 bytes. */
static size_t
unpack(container kind, const uint8_t *data, size_t size)
{
    if (kind == LZ4) {
        return unpack_lz4(data, size);
    }
    z_stream stream = {.next_in = (uint8_t *)data, .avail_in = (uInt)size};
    stream.next_out = plain;
    stream.avail_out = MAX_PLAIN;
    if (inflateInit2(&stream, 47) != Z_OK) {
        return 0;
    }
    inflate(&stream, Z_SYNC_FLUSH);
    inflateEnd(&stream);
    return MAX_PLAIN - stream.avail_out;
}

/* From `plain`; 0 where it does not fit. */
static size_t
pack(container kind, size_t size, uint8_t *out, size_t max_size)
{
    if (kind == LZ4) {
        size_t made = LZ4F_compressFrame(packed_lz4, sizeof packed_lz4, plain,
                                         size, NULL);
        if (LZ4F_isError(made) || made > max_size) {
            return 0;
        }
        memcpy(out, packed_lz4, made);
        return made;
    }
    z_stream stream = {.next_in = plain, .avail_in = (uInt)size};
    stream.next_out = out;
    stream.avail_out = (uInt)max_size;
    if (deflateInit2(&stream, (int)fuzz_random(2), Z_DEFLATED,
                     kind == GZIP ? 31 : 15, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return 0;
    }
    int status = deflate(&stream, Z_FINISH);
    deflateEnd(&stream);
    return status == Z_STREAM_END ? max_size - stream.avail_out : 0;
}

static size_t
mutate_file(uint8_t *data, size_t size, size_t max_size)
{
    container kind = container_of(data, size);
    if (kind == NOT_COMPRESSED) {
        return fuzz_mutate_pickle(data, size, max_size);
    }
    size_t unpacked =
        fuzz_random(8) == 0 ? 0 : unpack(kind, data, size); // or as it is
    if (unpacked == 0) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    unpacked = fuzz_mutate_pickle(plain, unpacked, MAX_PLAIN);
    size_t packed = pack(kind, unpacked, data, max_size);
    return packed > 0 ? packed : size;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                        unsigned int seed)
{
    fuzz_seed(seed);
    if (size < 2) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    if (fuzz_random(16) == 0) {
        data[0] = (uint8_t)fuzz_random(256); // another entry
    }
    return 1 + mutate_file(data + 1, size - 1, max_size - 1);
}

size_t
LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1,
                          const uint8_t *data2, size_t size2, uint8_t *out,
                          size_t max_out, unsigned int seed)
{
    fuzz_seed(seed);
    if (size1 < 2 || size2 < 2 || max_out < 2) {
        return 0;
    }
    size_t size = fuzz_cross_pickles(data1 + 1, size1 - 1, data2 + 1,
                                     size2 - 1, out + 1, max_out - 1);
    out[0] = data1[0];
    return size > 0 ? 1 + size : 0;
}
