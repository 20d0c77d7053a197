/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole loads.  `native_byte_order`: big-endian arrays are brought to the
 * host's order.
 */
#ifndef FJ_FILE_LOAD_H
#define FJ_FILE_LOAD_H

#include "state.h"

/* `map` maps the data of an array in place of reading it (see
 * fj_array_loader), or is NULL. */
PyObject *fj_load_from_path(fj_state *state, PyObject *filename,
                            bool native_byte_order, PyObject *map);

/* `filename` is for messages, "" where the object has no name. */
PyObject *fj_load_from_file(fj_state *state, PyObject *file,
                            PyObject *filename, bool native_byte_order);

/* `data`: any object with a contiguous buffer. */
PyObject *fj_load_from_buffer(fj_state *state, PyObject *data);

#endif
