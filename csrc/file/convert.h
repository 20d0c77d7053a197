/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Recompressing a file without reading the pickle in it.
 */
#ifndef FJ_FILE_CONVERT_H
#define FJ_FILE_CONVERT_H

#include "file/compressing_sink.h"

/* Copies the contents of `origin`, a file object, from its position on to
 * `target`, a file object or a descriptor as an int.  Decompresses with
 * `codec`, unless it is NULL, and compresses as `compression` says.  Leaves
 * out a block table.  Returns the number of uncompressed bytes, or NULL. */
PyObject *fj_convert(fj_state *state, PyObject *origin, const fj_codec *codec,
                     PyObject *filename, PyObject *target,
                     PyObject *target_name, const fj_compression *compression);

#endif
