/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Compressing a file anew, without looking at the objects in it.
 */
#ifndef FJ_FILE_CONVERT_H
#define FJ_FILE_CONVERT_H

#include "file/compressing_sink.h"

/* Copies what `origin`, a file object, holds from where it stands, decompressed
 * by `codec` if that is not NULL, to `target`, a descriptor as an int or a file
 * object, compressed if `compression` says so.  A block table is left out.
 * The number of bytes before compression, or NULL. */
PyObject *fj_convert(fj_state *state, PyObject *origin, const fj_codec *codec,
                     PyObject *filename, PyObject *target,
                     PyObject *target_name, const fj_compression *compression);

#endif
