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
    size_t piece_nbytes; // the most that is decoded between two checks for
                         // signals
    uint64_t start;      // position in the file where the feed begins
    bool damaged;        // an exception was raised because of bad data
} fj_decompressing_source;

/* See fj_decompressor_new().  0, or -1 with an exception set. */
int fj_decompressing_source_init(fj_decompressing_source *source,
                                 fj_state *state, const fj_codec *codec,
                                 fj_pyfile_feed *feed, unsigned n_threads,
                                 const fj_block_table *table,
                                 PyObject *filename);

/* To be called when the object has been read and the window is empty.
 * Verifies the stream's check value, before which there may be a little more
 * data.  1 if the stream ends here, with *unused_ret set to the bytes taken
 * from the feed beyond its end; 0 if it goes on; -1 with an exception set. */
int fj_decompressing_source_finish(fj_decompressing_source *source,
                                   uint64_t *unused_ret);

/* To be called for a whole file when the stream has ended: raises
 * InvalidFileError if something follows that is no stream (joblib reads on for
 * ever there).  A further stream is ignored. */
int fj_decompressing_source_check_rest(fj_decompressing_source *source,
                                       uint64_t unused);

void fj_decompressing_source_clear(fj_decompressing_source *source);

#endif
