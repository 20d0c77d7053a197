/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Objects that are looked up once at import, and kept in a struct.  A table
 * lists them, one a line, as X(C type, field, where from, text); from it the
 * macros below declare the fields, and fetch, visit and clear them:
 *
 *     #define EXAMPLES(X) \
 *         X(PyObject, s_append, FJ_STR, "append") \
 *         X(PyTypeObject, bytes_io, FJ_IMPORT, "io:BytesIO")
 *
 *     typedef struct {
 *         EXAMPLES(FJ_DECLARE)
 *     } examples;
 */
#ifndef FJ_PY_OBJECTS_H
#define FJ_PY_OBJECTS_H

#include "py/compat.h"

typedef enum {
    FJ_STR,             // text: an interned string
    FJ_IMPORT,          // text: "module:name", or "module:name.name"
    FJ_IMPORT_IF_THERE, // the same; NULL if the module has no such name
    FJ_MADE_LATER,      // NULL at first
} fj_object_origin;

/* A new reference in *obj_ret, or NULL where the origin allows it.  0, or -1
 * with an exception set. */
int fj_object_find(fj_object_origin origin, const char *text,
                   PyObject **obj_ret);

#define FJ_DECLARE(type, field, origin, text) type *field;

/* For use in a function that returns -1 for an error, and has the variables
 * `self` and `PyObject *obj`. */
#define FJ_FETCH(type, field, origin, text) \
    if (fj_object_find(origin, text, &obj) < 0) { \
        return -1; \
    } \
    self->field = (type *)obj;

#define FJ_VISIT(type, field, origin, text) Py_VISIT(self->field);
#define FJ_CLEAR(type, field, origin, text) Py_CLEAR(self->field);

#endif
