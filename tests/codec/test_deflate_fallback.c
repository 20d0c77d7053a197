/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What happens where libdeflate makes streams that cannot be opened: its
 * functions are replaced by those here, and blocks are then coded by zlib.
 */
#define _POSIX_C_SOURCE 200809L // setenv
#include "check.h"
#include "deflate/encode.h"
#include "deflate/backends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>
#include <zlib.h>

/* What the replaced functions know: how often they were called. */
struct libdeflate_compressor {
    int n_calls;
};

static struct libdeflate_compressor the_compressor;

struct libdeflate_compressor *
libdeflate_alloc_compressor(int level)
{
    (void)level;
    return &the_compressor;
}

void
libdeflate_free_compressor(struct libdeflate_compressor *compressor)
{
    (void)compressor;
}

/* A small stream, as if it compressed well, with a type that is not. */
size_t
libdeflate_deflate_compress(struct libdeflate_compressor *compressor,
                            const void *in, size_t in_nbytes, void *out,
                            size_t out_nbytes)
{
    (void)in;
    (void)in_nbytes;
    compressor->n_calls++;
    if (out_nbytes < 100) {
        return 0;
    }
    memset(out, 0x07, 100);
    return 100;
}

int
main(void)
{
    enum { N = FJ_DEFLATE_BLOCK_MAX };
    CHECK(setenv("FASTJOBLIB_DISABLE", "isal", 1) == 0);
    uint8_t *data = malloc(N), *output = malloc(N + 1);
    uint8_t *coded = malloc(fj_deflate_bound(N));
    CHECK(data != NULL && output != NULL && coded != NULL);
    /* Words of four bytes: matches too short for our own coder. */
    uint32_t random = 1;
    for (size_t i = 0; i < N; i += 4) {
        random = random * 1664525 + 1013904223;
        uint32_t word = (random >> 24) * 2654435761u;
        memcpy(data + i, &word, 4);
    }
    size_t written;
    fj_coders *coders = fj_coders_new(3);
    CHECK(coders != NULL);
    CHECK(fj_coders_run(coders, FJ_CODER_LIBDEFLATE, data, N, false, coded,
                        fj_deflate_bound(N), &written) == FJ_OK);
    CHECK(written == 0);
    CHECK(the_compressor.n_calls == 1);
    fj_coders_free(coders);

    void *encoder = fj_deflate_new(3);
    CHECK(encoder != NULL);
    CHECK(fj_deflate_block(encoder, data, N, false, coded, &written) == FJ_OK);
    CHECK(the_compressor.n_calls > 1);
    fj_deflate_free(encoder);
    CHECK(written < N / 2); // by zlib, not stored
    z_stream zlib = {.next_in = coded,
                     .avail_in = (uInt)written,
                     .next_out = output,
                     .avail_out = N + 1};
    CHECK(inflateInit2(&zlib, -15) == Z_OK);
    CHECK(inflate(&zlib, Z_SYNC_FLUSH) == Z_OK);
    CHECK(zlib.avail_in == 0 && zlib.avail_out == 1);
    CHECK(memcmp(output, data, N) == 0);
    inflateEnd(&zlib);
    free(data);
    free(output);
    free(coded);
    puts("deflate, with streams that cannot be opened: ok");
    return 0;
}
