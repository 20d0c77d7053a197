/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole loads.
 */
#ifndef FJ_FILE_LOAD_H
#define FJ_FILE_LOAD_H

#include "file/load_options.h"
#include "py/state.h"

PyObject *fj_load_from_path(fj_state *state, const fj_load_options *options);

/* Reads from the file object's position, and leaves it at the end of the
 * pickle. */
PyObject *fj_load_from_file(fj_state *state, PyObject *file,
                            const fj_load_options *options);

/* `data`: any object with a contiguous buffer. */
PyObject *fj_load_from_buffer(fj_state *state, PyObject *data,
                              const fj_load_options *options);

#endif
