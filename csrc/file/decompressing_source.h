/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A source that decompresses what a feed gives, ahead of the reader.
 */
#ifndef FJ_FILE_DECOMPRESSING_SOURCE_H
#define FJ_FILE_DECOMPRESSING_SOURCE_H

#include "py/state.h"

#include "codec/decompress.h"
#include "file/feed.h"
#include "pickle/input.h"

typedef struct {
    fj_source base;
    fj_state *state;      // borrowed
    PyObject *filename;   // borrowed; for messages
    fj_pyfile_feed *feed; // borrowed
    const fj_codec *codec;
    fj_decompressor *decompressor;
    size_t piece_nbytes; // the most that is decoded between two looks
    uint64_t start;      // bytes of the file that come before the feed's
    bool damaged;        // an exception was raised for what the data is
} fj_decompressing_source;

/* As fj_decompressor_new().  0, or -1 with an exception set. */
int fj_decompressing_source_init(fj_decompressing_source *source,
                                 fj_state *state, const fj_codec *codec,
                                 fj_pyfile_feed *feed, unsigned n_threads,
                                 const fj_block_table *table,
                                 PyObject *filename);

/* To be called when the object has been read, and nothing is left in the
 * window.  Verifies the stream's check value, which may stand a little behind
 * other data.  1 where the stream ends here, *unused_ret set to the bytes that
 * the feed has given beyond; 0 where it goes on; -1 with an exception set. */
int fj_decompressing_source_finish(fj_decompressing_source *source,
                                   uint64_t *unused_ret);

/* The stream has ended and that is all that the data should be: another one
 * behind it is left alone, but for what is none raises InvalidFileError; stock
 * joblib reads on for ever there. */
int fj_decompressing_source_check_rest(fj_decompressing_source *source,
                                       uint64_t unused);

void fj_decompressing_source_clear(fj_decompressing_source *source);

#endif
