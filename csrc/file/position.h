/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Positions of Python file objects.
 */
#ifndef FJ_FILE_POSITION_H
#define FJ_FILE_POSITION_H

#include "py/state.h"

/* 0, or -1 with an exception set. */
int fj_tell(fj_state *state, PyObject *file, uint64_t *position_ret);
int fj_seek(fj_state *state, PyObject *file, uint64_t position);

/* True if the exception that is set says that a file object has no position;
 * then clears it. */
bool fj_has_no_position(void);

#endif
