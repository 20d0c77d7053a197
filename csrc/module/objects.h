/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The objects behind fastjoblib.pickle.Pickler and Unpickler, which hold a
 * pickler or unpickler whose memo outlives a pickle.
 */
#ifndef FJ_MODULE_OBJECTS_H
#define FJ_MODULE_OBJECTS_H

#include "file/pyfile.h"
#include "file/sink.h"
#include "pickle/pickler.h"
#include "pickle/unpickler.h"

/* What __init__ makes. __init__ can be called again, even by code that it runs
 * itself, so new parts are completed separately before they replace the old
 * ones. */
typedef struct {
    PyObject *file;
    PyObject *buffer_callback; // or NULL
    fj_file_sink sink;
    fj_pickler pickler;
} fj_pickler_parts;

typedef struct {
    PyObject_HEAD
    PyObject *dict;  // __dict__
    fj_state *state; // borrowed from the module, which the type keeps alive
    bool ready;      // __init__ has been called
    bool running;    // in dump()
    fj_pickler_parts parts;
} fj_pickler_object;

typedef struct {
    PyObject *file;
    PyObject *encoding; // str or NULL
    PyObject *errors;   // str or NULL
    PyObject *buffers;  // iterator or NULL
    fj_unpickler unpickler;
} fj_unpickler_parts;

typedef struct {
    PyObject_HEAD
    PyObject *dict;  // __dict__
    fj_state *state; // as above
    bool ready;
    bool running; // in load()
    fj_unpickler_parts parts;
} fj_unpickler_object;

/* 0, or -1 with an exception if __init__ was not called, or if dump() or
 * load() is running and calls a function that uses the object. */
int fj_pickler_object_is_idle(fj_pickler_object *self);
int fj_unpickler_object_is_idle(fj_unpickler_object *self);

/* The caller's own version of a method: 1 and a new reference; 0 and NULL if
 * the object has ours (`base`) or none; -1. */
int fj_find_override(PyObject *self, PyObject *name, PyCFunction base,
                     PyObject **method_ret);

#endif
