/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The one question that a load asks Python: what is this data?
 */
#ifndef FJ_FILE_FALLBACK_H
#define FJ_FILE_FALLBACK_H

#include "codec/codec.h"
#include "file/pyfile.h"

/* The answer.  If both are NULL, the data may be a pickle. */
typedef struct {
    const fj_codec *codec; // that the data is compressed with
    unsigned n_threads;    // for decompressing
    PyObject *object;      // owned: a file object to load from instead
} fj_verdict;

/* Calls `fallback` (see fj_load_options) with the beginning of the data, of
 * which nothing has been consumed, and with more if it asks for that.  If
 * `fallback` is NULL the answer is empty.  0, or -1 with an exception set. */
int fj_ask_fallback(PyObject *fallback, const fj_pyfile *file, fj_input *in,
                    fj_verdict *verdict_ret);

#endif
