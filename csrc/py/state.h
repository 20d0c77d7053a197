/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The module's state: every object that is looked up once at import.  Nothing
 * in the extension is mutable and static; a pointer to this struct is handed
 * down instead.
 */
#ifndef FJ_PY_STATE_H
#define FJ_PY_STATE_H

#include "base/retire.h"
#include "py/compat.h"

/* Interned strings, as FJ_NAMES(field suffix, text). */
#define FJ_NAMES(X)                                                           \
    X(module, "__module__")                                                   \
    X(qualname, "__qualname__")                                               \
    X(name, "__name__")                                                       \
    X(class, "__class__")                                                     \
    X(new, "__new__")                                                         \
    X(dict, "__dict__")                                                       \
    X(reduce, "__reduce__")                                                   \
    X(reduce_ex, "__reduce_ex__")                                             \
    X(getstate, "__getstate__")                                               \
    X(setstate, "__setstate__")                                               \
    X(getnewargs, "__getnewargs__")                                           \
    X(getnewargs_ex, "__getnewargs_ex__")                                     \
    X(getinitargs, "__getinitargs__")                                         \
    X(slotnames, "__slotnames__")                                             \
    X(newobj, "__newobj__")                                                   \
    X(newobj_ex, "__newobj_ex__")                                             \
    X(locals, "<locals>")                                                     \
    X(latin1, "latin1")                                                       \
    X(append, "append")                                                       \
    X(extend, "extend")                                                       \
    X(add, "add")                                                             \
    X(subclass, "subclass")                                                   \
    X(shape, "shape")                                                         \
    X(order, "order")                                                         \
    X(dtype, "dtype")                                                         \
    X(allow_mmap, "allow_mmap")                                               \
    X(mmap, "_mmap")                                                          \
    X(filename, "filename")                                                   \
    X(offset, "offset")                                                       \
    X(mode, "mode")                                                           \
    X(alignment, "numpy_array_alignment_bytes")                               \
    X(order_c, "C")                                                           \
    X(order_f, "F")                                                           \
    X(wrapper_module, "joblib.numpy_pickle")                                  \
    X(wrapper_name, "NumpyArrayWrapper")                                      \
    X(old_wrapper_module, "joblib.numpy_pickle_compat")                       \
    X(old_wrapper_name, "NDArrayWrapper")                                     \
    X(old_zipped_name, "ZNDArrayWrapper")                                     \
    X(read, "read")                                                           \
    X(readline, "readline")                                                   \
    X(persistent_id, "persistent_id")                                         \
    X(reducer_override, "reducer_override")                                   \
    X(dispatch_table, "dispatch_table")                                       \
    X(find_class, "find_class")                                               \
    X(persistent_load, "persistent_load")                                     \
    X(readinto, "readinto")                                                   \
    X(peek, "peek")                                                           \
    X(seek, "seek")                                                           \
    X(raw, "raw")                                                             \
    X(getbuffer, "getbuffer")                                                 \
    X(fileno, "fileno")                                                       \
    X(seekable, "seekable")                                                   \
    X(tell, "tell")                                                           \
    X(write, "write")                                                         \
    X(empty, "")

typedef struct fj_state {
    /* pickle, copyreg and _compat_pickle, as the running interpreter has
     * them: registrations made there later are seen here too. */
    PyObject *dispatch_table;         // copyreg.dispatch_table
    PyObject *extension_registry;     // (module, name) -> code
    PyObject *inverted_registry;      // code -> (module, name)
    PyObject *extension_cache;        // code -> object
    PyObject *copyreg_newobj;         // copyreg.__newobj__
    PyObject *copyreg_reconstructor;  // copyreg._reconstructor
    PyObject *whichmodule;            // pickle.whichmodule
    PyObject *encode_long;            // pickle.encode_long
    PyObject *decode_long;            // pickle.decode_long
    PyObject *pickling_error;         // pickle.PicklingError
    PyObject *unpickling_error;       // pickle.UnpicklingError
    PyObject *name_mapping;           // Python 2 -> 3, (module, name) pairs
    PyObject *import_mapping;         // Python 2 -> 3, modules
    PyObject *reverse_name_mapping;   // Python 3 -> 2, (module, name) pairs
    PyObject *reverse_import_mapping; // Python 3 -> 2, modules
    PyObject *partial;                // functools.partial
    PyObject *codecs_encode;          // _codecs.encode
    PyObject *builtin_getattr;        // getattr
    PyObject *object_reduce;          // object.__reduce__
    PyObject *object_reduce_ex;       // object.__reduce_ex__
    PyObject *object_getstate;        // object.__getstate__, NULL before 3.11
    int default_protocol;             // pickle.DEFAULT_PROTOCOL

    /* io */
    PyObject *raw_io_base; // io.RawIOBase
    PyTypeObject *bytes_io; // io.BytesIO
    PyTypeObject *file_io;  // io.FileIO
    PyTypeObject *buffered_reader; // io.BufferedReader

    /* fastjoblib._errors */
    PyObject *truncated_error;
    PyObject *invalid_error;
    PyObject *explain_text;

    /* fastjoblib._moved: names that have changed since files were written */
    PyObject *moved_packages; // dict: package -> package
    PyObject *find_moved;     // called where a global is missing

    /* numpy */
    PyTypeObject *matrix_type;
    PyTypeObject *memmap_type;

    /* types/ */
    PyTypeObject *pickler_type;
    PyTypeObject *pickler_memo_type;
    PyTypeObject *unpickler_type;
    PyTypeObject *unpickler_memo_type;

    /* Stands for joblib.numpy_pickle.NumpyArrayWrapper in both directions. */
    PyTypeObject *wrapper_type;

    /* Stands, on load, for the two wrappers of joblib before 0.10. */
    PyTypeObject *old_wrapper_type;

    /* Old files that dumps have replaced; owned. */
    fj_retirement *retirement;

    /* Whether /proc/self/fd is there: 1, -1, or 0 for not asked. */
    int has_proc;

    /* Loads that have asked for the cyclic collector to rest, and whether it
     * was on when the first of them did. */
    int gc_pauses;
    int gc_was_enabled;

#define X(suffix, text) PyObject *s_##suffix;
    FJ_NAMES(X)
#undef X
} fj_state;

/* Fills the struct; -1 with an exception set.  A half-filled struct is safe
 * to clear. */
int fj_state_init(fj_state *state);
int fj_state_traverse(fj_state *state, visitproc visit, void *arg);
void fj_state_clear(fj_state *state);

static inline fj_state *
fj_state_of(PyObject *module)
{
    return PyModule_GetState(module);
}

/* That of the module which has made the type, or one that it is derived from;
 * NULL with TypeError. */
fj_state *fj_state_of_type(PyTypeObject *type);

#endif
