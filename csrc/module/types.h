/* SPDX-License-Identifier: BSD-3-Clause
 *
 * fastjoblib.pickle: what CPython's pickle module has, on the same walk and
 * the same reader as dump and load.  The functions and the types Pickler and
 * Unpickler, which hold a pickler or unpickler whose memo outlives a pickle.
 */
#ifndef FJ_MODULE_TYPES_H
#define FJ_MODULE_TYPES_H

#include "file/pyfile.h"
#include "file/sink.h"
#include "pickle/pickler.h"
#include "pickle/unpickler.h"

/* Adds types and functions to the module.  0 or -1. */
int fj_types_init(fj_state *state, PyObject *module);

int fj_add_pickle_functions(PyObject *module);
extern PyType_Spec fj_pickler_spec;
extern PyType_Spec fj_pickler_memo_spec;
extern PyType_Spec fj_unpickler_spec;
extern PyType_Spec fj_unpickler_memo_spec;

/* What __init__ makes.  It can be called again, also by what it calls itself:
 * so the parts are made aside, and put in place when they are whole. */
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

/* Raises and returns -1 where __init__ was not called, or dump() or load()
 * runs now: a function that it calls wants to use the object too. */
int fj_pickler_object_is_idle(fj_pickler_object *self);
int fj_unpickler_object_is_idle(fj_unpickler_object *self);

/* The `memo` attributes. */
PyObject *fj_pickler_memo_get(PyObject *self, void *closure);
int fj_pickler_memo_set(PyObject *self, PyObject *value, void *closure);
PyObject *fj_unpickler_memo_get(PyObject *self, void *closure);
int fj_unpickler_memo_set(PyObject *self, PyObject *value, void *closure);

/* The caller's own version of a method: 1 and a new reference; 0 and NULL
 * where the object has ours (`base`), or none; -1. */
int fj_find_override(PyObject *self, PyObject *name, PyCFunction base,
                     PyObject **method_ret);

/* Fills the sink, which must be cleared on error too.  0, or -1: TypeError
 * where the object has no write method. */
int fj_pickle_open_sink(fj_file_sink *sink, fj_state *state, PyObject *file);

/* Raises TypeError and returns -1 where the object has no read and readline. */
int fj_unpickle_check_file(fj_state *state, PyObject *file);

/* The str arguments, borrowed for as long as `u` is in use; NULL for the
 * defaults.  0 or -1. */
int fj_unpickle_strings(fj_unpickler *u, PyObject *encoding,
                        PyObject *errors);

/* Walks as CPython's C pickler does; `callback` (borrowed) may be NULL.  0, or
 * -1 with ValueError where the protocol has no buffers. */
int fj_pickle_as_c(fj_pickler *p, bool fix_imports, PyObject *callback);

#endif
