/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole loads of compressed data.
 */
#ifndef FJ_FILE_LOAD_COMPRESSED_H
#define FJ_FILE_LOAD_COMPRESSED_H

#include "codec/codec.h"
#include "file/load_options.h"
#include "file/pyfile.h"

/* Loads an object from data whose first bytes are in the window, none of them
 * consumed, and leaves a file object's position at the end of the stream.
 * *done_ret: how many bytes of the file were used. */
PyObject *fj_load_compressed(fj_state *state, const fj_codec *codec,
                             fj_pyfile *file, const fj_input *in,
                             unsigned n_threads,
                             const fj_load_options *options,
                             uint64_t *done_ret);

#endif
