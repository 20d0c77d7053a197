/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What functions and types of fastjoblib.pickle do alike with their arguments.
 */
#ifndef FJ_MODULE_OPTIONS_H
#define FJ_MODULE_OPTIONS_H

#include "file/sink.h"
#include "pickle/pickler.h"
#include "pickle/unpickler.h"

/* Fills the sink, which must be cleared on error too.  0, or -1: TypeError
 * where the object has no write method. */
int fj_pickle_open_sink(fj_file_sink *sink, fj_state *state, PyObject *file);

/* Raises TypeError and returns -1 where the object has no read and readline. */
int fj_unpickle_check_file(fj_state *state, PyObject *file);

/* The str arguments, borrowed for as long as `u` is in use; NULL for the
 * defaults.  0 or -1. */
int fj_unpickle_strings(fj_unpickler *u, PyObject *encoding, PyObject *errors);

/* Walks as CPython's C pickler does; `callback` (borrowed) may be NULL.  0, or
 * -1 with ValueError where the protocol has no buffers. */
int fj_pickle_as_c(fj_pickler *p, bool fix_imports, PyObject *callback);

#endif
