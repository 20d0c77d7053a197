/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A sink that compresses, on several threads, into another.
 */
#ifndef FJ_FILE_COMPRESSING_SINK_H
#define FJ_FILE_COMPRESSING_SINK_H

#include "py/state.h"

#include "codec/compress.h"
#include "file/sink.h"
#include "pickle/output.h"
#include "py/unlocked.h"

/* How to compress; `codec` is NULL for no compression. */
typedef struct {
    const fj_codec *codec;
    int level; // 1 to 9, or 0 for the codec's default
    unsigned n_threads;
} fj_compression;

typedef struct {
    fj_sink base;
    fj_sink *inner;              // borrowed
    const fj_fd_sink *rewritten; // borrowed, or NULL
    fj_compressor *compressor;
    fj_unlocked unlocked; // for the time in the compressor
} fj_compressing_sink;

/* `rewritten`: the regular file that the stream will be the whole contents of,
 * or NULL.  `sealed`: see fj_compressor_new(). */
int fj_compressing_sink_init(fj_compressing_sink *sink, fj_sink *inner,
                             const fj_compression *compression,
                             const fj_fd_sink *rewritten, bool sealed);

/* Writes what is left and the end of the stream.  Sets *head_nbytes to how
 * much of the file's beginning has been written again: `head`, of
 * FJ_CODEC_FRAME bytes. */
int fj_compressing_sink_finish(fj_compressing_sink *sink, uint8_t *head,
                               size_t *head_nbytes);

/* Writes the seal, and ends the file. */
int fj_compressing_sink_seal(fj_compressing_sink *sink, const uint8_t *seal,
                             size_t nbytes);

void fj_compressing_sink_clear(fj_compressing_sink *sink);

#endif
