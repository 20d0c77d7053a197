/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Objects from files in messages.  repr() would run their code, on instances
 * that may be half made, and could take any time and memory.
 */
#ifndef FJ_PY_SHOW_H
#define FJ_PY_SHOW_H

#include "py/compat.h"

enum { FJ_SHOWN_NBYTES = 200 };

/* Writes what the object is, as ASCII: plain values, and classes, as repr()
 * has them, but shortened; of others, the class.  Returns `text`. */
const char *fj_show(PyObject *obj, char text[FJ_SHOWN_NBYTES]);

/* What repr() has, but shortened, of a plain value: a new reference, or NULL with
 * an exception.  Of others NULL without one. */
PyObject *fj_show_key(PyObject *key);

/* For an argument: the text lives as long as the enclosing block. */
#define FJ_SHOW(obj) fj_show(obj, (char[FJ_SHOWN_NBYTES]){0})

#endif
