/* SPDX-License-Identifier: BSD-3-Clause
 *
 * NumPy arrays in joblib's format: a pickled NumpyArrayWrapper that describes
 * the array, a byte with the length of the padding, padding, and the raw
 * data.  For arrays of Python objects a pickle follows the wrapper instead.
 *
 * Only files in this folder include NumPy's headers.
 */
#ifndef FJ_ARRAY_ARRAY_H
#define FJ_ARRAY_ARRAY_H

#include "pickle/pickler.h"
#include "pickle/symbolic.h"
#include "pickle/unpickler.h"

/* Data begins at a multiple of this in the file, which is enough for mapping
 * every dtype.  The value is joblib's. */
enum { FJ_ARRAY_ALIGNMENT = 16 };

/* Imports NumPy's C API and creates state->array, which must be cleared even
 * on error.  0 or -1. */
int fj_array_init(fj_state *state, PyObject *module);
int fj_array_traverse(fj_state *state, visitproc visit, void *arg);
void fj_array_clear(fj_state *state);

/* One dump's context: the `hook_data` of a pickler whose hook is
 * fj_array_save_hook.  Set the first three fields, and the rest to zero. */
typedef struct {
    bool allow_mmap;   // what the wrappers say, except for arrays of objects
    bool share;        // write an array that occurs again as a reference
    PyObject *threads; // for fj_array_gather(): see fj_ask_threads()

    /* The opcodes of the last small array's wrapper, before and after the
     * shape; they are the same for the next one. */
    PyTypeObject *type; // of that array; NULL if there is none
    PyObject *dtype;
    bool fortran;
    bool aligned;
    unsigned char head_nbytes, tail_nbytes;
    char head[64], tail[64];
} fj_array_saver;

extern const fj_save_hook fj_array_save_hook;

/* fj_save_hook.element, of all three hooks. */
PyObject *fj_array_element(PyObject *obj, Py_ssize_t i);

/* The same for plain pickles, such as those of object arrays, in which arrays
 * have NumPy's own form; the hook is fj_buffer_save_hook.  All zero at the
 * start.  Pointers are borrowed from the memo. */
enum { FJ_BUFFER_DTYPES = 4 };

typedef struct {
    PyObject *func;      // NumPy's _frombuffer
    PyObject *orders[2]; // "C" and "F" of NumPy; NULL until seen
    PyObject *dtypes[FJ_BUFFER_DTYPES]; // of arrays that were in this form
    unsigned int ndtypes;
} fj_buffer_saver;

extern const fj_save_hook fj_buffer_save_hook;

/* One hash: the `hook_data` of a canonical pickler of protocol 3 whose hook is
 * fj_hash_save_hook, and which then writes what joblib.hash hashes, but for the
 * data of arrays, and dtypes: they go to `update` at once.  Set the first two
 * fields, and the rest to zero; finish and clear it. */
enum { FJ_HASH_PENDING = 16 * 1024, FJ_HASH_DTYPES = 4 };

typedef struct {
    PyObject *update; // borrowed: the method of a hash of hashlib
    bool coerce_mmap; // memmaps are hashed as arrays
    size_t n_pending;
    char pending[FJ_HASH_PENDING]; // what `update` has still to get
    struct {
        PyObject *dtype, *pickle; // owned
    } dtypes[FJ_HASH_DTYPES];
} fj_hash_saver;

extern const fj_save_hook fj_hash_save_hook;

/* Gives `update` the rest.  0 or -1. */
int fj_hash_saver_finish(fj_hash_saver *saver);
void fj_hash_saver_clear(fj_hash_saver *saver);

/* The memory for one load's arrays: see memory.h. */
typedef struct {
    PyObject *handler; // owned; NULL while NumPy's own is used
    uint64_t nbytes;   // of arrays so far that are large enough for it
} fj_array_memory;

void fj_array_memory_clear(fj_array_memory *memory);

/* The mapping of a file, which all arrays of one load share.  Set the first
 * two fields, and the rest to zero. */
typedef struct {
    PyObject *mapper; // borrowed, see fj_load_options; NULL: arrays are read,
                      // not mapped
    int descriptor;   // the file
    /* Owned; NULL before the first array is mapped. */
    PyObject *memory;   // an mmap of the whole file
    PyObject *filename; // for the arrays' attributes
    PyObject *mode;
    size_t nbytes; // of the memory
} fj_mapping;

void fj_mapping_clear(fj_mapping *mapping);

/* One load's context: the `hook_data` of an unpickler whose hook is
 * fj_array_load_hook.  Mapping and memory must be cleared at the end. */
typedef struct {
    bool native_byte_order; // bring big-endian data to the host's order
    fj_mapping mapping;
    /* side_files(wrapper_state, position) returns an array that joblib before
     * 0.10 wrote into a separate file. */
    PyObject *side_files;
    fj_array_memory memory; // all zero at the start

    /* The last small array's wrapper: its opcodes before and after the shape,
     * and their meaning.  Pointers are borrowed from the memo, and valid while
     * `rewrites` equals the unpickler's memo_rewrites. */
    bool known;
    bool fortran, allow_mmap;
    unsigned char head_nbytes, tail_nbytes, alignment;
    char head[64], tail[64];
    PyObject *subclass, *dtype;
    size_t rewrites;
} fj_array_loader;

extern const fj_load_hook fj_array_load_hook;

/* For plain pickles, in which wrappers are ordinary objects: recognises arrays
 * in NumPy's own form. */
extern const fj_load_hook fj_buffer_load_hook;

/* For the symbolic machine: lists the arrays of files, and skips their data.
 * The machine's describe(dtype, arguments) must say what a dtype is: see
 * fastjoblib._inspect.dtypes. */
extern const fj_symbolic_hook fj_array_symbolic_hook;

#endif
