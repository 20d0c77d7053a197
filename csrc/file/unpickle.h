/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Loading the next object of an input, with its arrays.
 */
#ifndef FJ_FILE_UNPICKLE_H
#define FJ_FILE_UNPICKLE_H

#include "file/load_options.h"
#include "pickle/input.h"

/* For compressed data, and for pickles of protocol 2 and higher. */
PyObject *fj_unpickle(fj_state *state, fj_input *in,
                      const fj_load_options *options);

/* For pickles of any protocol: data that cannot be one is refused with a
 * message that says what it is, or looks like. */
PyObject *fj_unpickle_plain(fj_state *state, fj_input *in,
                            const fj_load_options *options);

#endif
