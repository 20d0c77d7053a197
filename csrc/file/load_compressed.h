/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole loads of compressed data.
 */
#ifndef FJ_FILE_LOAD_COMPRESSED_H
#define FJ_FILE_LOAD_COMPRESSED_H

#include "codec/codec.h"
#include "file/load.h"

/* `origin`: as for fj_file_feed_open().  `whole`: it holds this object and
 * nothing else but further streams; else it is left behind the stream. */
PyObject *fj_load_compressed(fj_state *state, const fj_codec *codec,
                             PyObject *origin, unsigned n_threads,
                             bool whole, const fj_load_options *options);

#endif
