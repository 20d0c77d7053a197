/* SPDX-License-Identifier: BSD-3-Clause
 *
 * joblib.hash.
 */
#ifndef FJ_MODULE_HASH_H
#define FJ_MODULE_HASH_H

#include "py/state.h"

/* Gives the method `update` of a hash all that joblib.hash hashes of an
 * object.  hash(obj) is its digest by MD5.  0, or -1 with an exception set. */
int fj_hash(fj_state *state, PyObject *obj, PyObject *update, PyObject *hash,
            bool coerce_mmap);

#endif
