/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Raising the exceptions of fastjoblib._errors.
 */
#ifndef FJ_PY_ERRORS_H
#define FJ_PY_ERRORS_H

#include "py/state.h"

/* TruncatedFileError(filename, expected, actual): sizes in bytes. */
void fj_raise_truncated(fj_state *state, PyObject *filename, uint64_t expected,
                        uint64_t actual);

/* InvalidFileError(filename, detail, position): a byte offset. */
void fj_raise_invalid(fj_state *state, PyObject *filename, PyObject *detail,
                      uint64_t position);

/* UntrustedError, of the same parts. */
void fj_raise_untrusted(fj_state *state, PyObject *filename, PyObject *detail,
                        uint64_t position);

/* RuntimeError: this is a forked child of the process that began the dump.
 * The parent goes on writing to the file that both have open. */
void fj_raise_forked(void);

/* The exception that is set, which is set no more: a new reference. */
PyObject *fj_take_exception(void);

/* Sets an exception again. */
void fj_restore_exception_steal(PyObject *error);

/* Gives a reference up while an exception may be set.  Since 3.13 Python loses it
 * where it has no memory to free an instance's dict. */
void fj_decref_in_error(PyObject *obj);

/* The same for a variable, which is NULL afterwards. */
void fj_clear_in_error(PyObject **obj);

/* The exception that is set came up while `context` was handled. */
void fj_set_context_steal(PyObject *context);

/* Adds a note, a str, to an exception if that can be done: it must not take the
 * exception's place.  A NULL note is none; its error is cleared. */
void fj_add_note_steal(PyObject *error, PyObject *note_steal);

/* Improves the exception that a load ends with; one must be set.
 * UnicodeDecodeError means a pickle of Python 2 and becomes joblib's
 * ValueError; to that, and to errors about a missing module or class, adds a
 * note that names the file. */
void fj_explain_load_error(PyObject *filename);

#endif
