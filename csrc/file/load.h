/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole loads.
 */
#ifndef FJ_FILE_LOAD_H
#define FJ_FILE_LOAD_H

#include "state.h"

/* See fj_array_loader; both may be NULL. */
typedef struct {
    bool native_byte_order;
    PyObject *map;        // borrowed
    PyObject *side_files; // borrowed
} fj_load_options;

PyObject *fj_load_from_path(fj_state *state, PyObject *filename,
                            const fj_load_options *options);

/* `filename` is for messages, "" where the object has no name.  Nothing is
 * mapped. */
PyObject *fj_load_from_file(fj_state *state, PyObject *file,
                            PyObject *filename,
                            const fj_load_options *options);

/* `data`: any object with a contiguous buffer. */
PyObject *fj_load_from_buffer(fj_state *state, PyObject *data);

#endif
