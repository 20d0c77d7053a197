/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Handling of arguments that functions and types of fastjoblib.pickle share.
 */
#ifndef FJ_MODULE_OPTIONS_H
#define FJ_MODULE_OPTIONS_H

#include "file/sink.h"
#include "pickle/pickler.h"
#include "pickle/unpickler.h"

/* Fills the sink, which must be cleared even on error.  0, or -1, with
 * TypeError if the object has no write method. */
int fj_pickle_open_sink(fj_file_sink *sink, fj_state *state, PyObject *file);

/* 0, or -1 with TypeError if the object lacks read or readline. */
int fj_unpickle_check_file(fj_state *state, PyObject *file);

/* The str arguments, borrowed for as long as `u` is in use; NULL for the
 * defaults.  0 or -1. */
int fj_unpickle_strings(fj_unpickler *u, PyObject *encoding, PyObject *errors);

/* Makes `p` write what CPython's C pickler writes; `callback` (borrowed) may
 * be NULL.  0, or -1 with ValueError if the protocol has no buffers. */
int fj_pickle_as_c(fj_pickler *p, bool fix_imports, PyObject *callback);

#endif
