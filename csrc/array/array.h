/* SPDX-License-Identifier: BSD-3-Clause
 *
 * NumPy arrays in joblib's format: a pickled NumpyArrayWrapper that describes
 * the array, a byte of padding length, padding, and the raw data.  Arrays
 * that hold Python objects are, in place of the data, a pickle of their own.
 *
 * Only the files of this folder include NumPy's headers.
 */
#ifndef FJ_ARRAY_ARRAY_H
#define FJ_ARRAY_ARRAY_H

#include "pickle/pickler.h"
#include "pickle/unpickler.h"

/* Data begins at a multiple of this in the file, so that it can be mapped:
 * enough for every dtype.  (joblib, numpy_pickle.py) */
enum { FJ_ARRAY_ALIGNMENT = 16 };

/* Imports NumPy's C API and makes state->array, which is to be cleared on
 * error too.  0 or -1. */
int fj_array_init(fj_state *state, PyObject *module);
int fj_array_traverse(fj_state *state, visitproc visit, void *arg);
void fj_array_clear(fj_state *state);

/* One dump's context: the `hook_data` of a pickler whose hook is
 * fj_array_save_hook.  All zero but the first three at the start. */
typedef struct {
    bool allow_mmap;   // what the wrappers say about data that is no objects
    bool share;        // write an array that comes up again as a reference
    PyObject *threads; // that may gather elements: see fj_ask_threads()

    /* The bytes of a wrapper whose parts are all in the memo, but for the
     * shape: they repeat from one small array to the next. */
    PyTypeObject *type; // of the array that they were made for; NULL: none
    PyObject *dtype;
    bool fortran;
    bool aligned;
    unsigned char head_nbytes, tail_nbytes;
    char head[64], tail[64];
} fj_array_saver;

extern const fj_save_hook fj_array_save_hook;

/* The same for plain pickles, as that of an object array is one: arrays have
 * NumPy's own form, and the hook is fj_buffer_save_hook.  All zero at the
 * start; what it refers to is in the memo. */
enum { FJ_BUFFER_DTYPES = 4 };

typedef struct {
    PyObject *func;      // NumPy's _frombuffer
    PyObject *orders[2]; // "C" and "F" as NumPy gives them, NULL until it did
    PyObject *dtypes[FJ_BUFFER_DTYPES]; // of arrays that had this form
    unsigned int ndtypes;
} fj_buffer_saver;

extern const fj_save_hook fj_buffer_save_hook;

/* Where the data of one load's arrays lies: see memory.h. */
typedef struct {
    PyObject *handler; // owned; NULL: NumPy's own
    uint64_t nbytes;   // of the arrays that one would be good for, so far
} fj_array_memory;

void fj_array_memory_clear(fj_array_memory *memory);

/* The memory of a file, which all arrays of one load share.  All zero but the
 * first two at the start. */
typedef struct {
    PyObject *mapper; // borrowed, see fj_load_options; NULL: arrays are read
    int descriptor;   // the file
    /* Owned, NULL before the first array is mapped. */
    PyObject *memory;   // an mmap of the whole file
    PyObject *filename; // what the arrays' attributes say
    PyObject *mode;
    size_t nbytes; // of the memory
} fj_mapping;

void fj_mapping_clear(fj_mapping *mapping);

/* One load's context: the `hook_data` of an unpickler whose hook is
 * fj_array_load_hook.  The mapping must be cleared at the end. */
typedef struct {
    bool native_byte_order; // bring big-endian data to the host's order
    fj_mapping mapping;
    /* Called as side_files(wrapper_state, position) for an array that joblib
     * before 0.10 wrote into a file beside this one; returns it. */
    PyObject *side_files;
    fj_array_memory memory; // all zero at the start

    /* The last small array's wrapper: its bytes around the shape, and what
     * they say.  Borrowed from the memo, good while `rewrites` is the
     * unpickler's. */
    bool known;
    bool fortran, allow_mmap;
    unsigned char head_nbytes, tail_nbytes, alignment;
    char head[64], tail[64];
    PyObject *subclass, *dtype;
    size_t rewrites;
} fj_array_loader;

extern const fj_load_hook fj_array_load_hook;

/* For pickles in which wrappers mean nothing: recognises arrays in plain
 * pickle's form. */
extern const fj_load_hook fj_buffer_load_hook;

#endif
