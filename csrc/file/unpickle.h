/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Loading the next object of an input, with its arrays.
 */
#ifndef FJ_FILE_UNPICKLE_H
#define FJ_FILE_UNPICKLE_H

#include "file/load_options.h"
#include "pickle/input.h"

/* options->read for loads. */
PyObject *fj_unpickle(fj_state *state, fj_input *in,
                      const fj_load_options *options);

/* options->read() for pickles of any protocol that are not compressed: data
 * that cannot be one is refused with a message that says what it is, or looks
 * like. */
PyObject *fj_read_plain(fj_state *state, fj_input *in,
                        const fj_load_options *options);

#endif
