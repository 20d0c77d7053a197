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

/* RuntimeError: this is a child process of the one that began the dump, which
 * writes on in what both have open. */
void fj_raise_forked(void);

/* Exceptions on the way out of a load: UnicodeDecodeError means a pickle of
 * Python 2 and becomes joblib's ValueError; that, and a missing module or
 * class, get a note that names the file.  An exception must be set. */
void fj_explain_load_error(PyObject *filename);

#endif
