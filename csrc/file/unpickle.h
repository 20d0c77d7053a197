/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Loading the one object that stands next in an input, with its arrays.
 */
#ifndef FJ_FILE_UNPICKLE_H
#define FJ_FILE_UNPICKLE_H

#include "file/load_options.h"
#include "pickle/input.h"

/* A pickle that begins as pickles do since protocol 2, or of compressed
 * data. */
PyObject *fj_unpickle(fj_state *state, fj_input *in,
                      const fj_load_options *options);

/* A pickle of any protocol: what cannot be one is refused by what it is, and
 * an error tells what it looks like. */
PyObject *fj_unpickle_plain(fj_state *state, fj_input *in,
                            const fj_load_options *options);

#endif
