/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The one question that a load asks Python: what is this data?
 */
#ifndef FJ_FILE_FALLBACK_H
#define FJ_FILE_FALLBACK_H

#include "codec/codec.h"
#include "file/pyfile.h"

/* The answer.  Where both are NULL, the data may be a pickle. */
typedef struct {
    const fj_codec *codec; // that it is compressed by
    unsigned n_threads;    // which decompress
    PyObject *object;      // owned: a file object to load from in its place
} fj_verdict;

/* Shows `fallback` (see fj_load_options) the beginning of the data, of which
 * nothing has been consumed, and more where it asks for that.  NULL knows
 * nothing.  0, or -1 with an exception set. */
int fj_ask_fallback(PyObject *fallback, const fj_pyfile *file, fj_input *in,
                    fj_verdict *verdict_ret);

#endif
