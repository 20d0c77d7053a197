/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The module's state: every object that is looked up once at import.  Nothing
 * in the extension is mutable and static; a pointer to this struct is passed
 * down instead.
 */
#ifndef FJ_PY_STATE_H
#define FJ_PY_STATE_H

#include "base/retire.h"
#include "py/objects.h"

#define FJ_STATE_OBJECTS(X) \
    X(PyObject, s_module, FJ_STR, "__module__") \
    X(PyObject, s_qualname, FJ_STR, "__qualname__") \
    X(PyObject, s_name, FJ_STR, "__name__") \
    X(PyObject, s_class, FJ_STR, "__class__") \
    X(PyObject, s_new, FJ_STR, "__new__") \
    X(PyObject, s_dict, FJ_STR, "__dict__") \
    X(PyObject, s_reduce, FJ_STR, "__reduce__") \
    X(PyObject, s_reduce_ex, FJ_STR, "__reduce_ex__") \
    X(PyObject, s_getstate, FJ_STR, "__getstate__") \
    X(PyObject, s_setstate, FJ_STR, "__setstate__") \
    X(PyObject, s_getnewargs, FJ_STR, "__getnewargs__") \
    X(PyObject, s_getnewargs_ex, FJ_STR, "__getnewargs_ex__") \
    X(PyObject, s_getinitargs, FJ_STR, "__getinitargs__") \
    X(PyObject, s_slotnames, FJ_STR, "__slotnames__") \
    X(PyObject, s_newobj, FJ_STR, "__newobj__") \
    X(PyObject, s_newobj_ex, FJ_STR, "__newobj_ex__") \
    X(PyObject, s_locals, FJ_STR, "<locals>") \
    X(PyObject, s_latin1, FJ_STR, "latin1") \
    X(PyObject, s_append, FJ_STR, "append") \
    X(PyObject, s_extend, FJ_STR, "extend") \
    X(PyObject, s_add, FJ_STR, "add") \
    X(PyObject, s_read, FJ_STR, "read") \
    X(PyObject, s_readline, FJ_STR, "readline") \
    X(PyObject, s_persistent_id, FJ_STR, "persistent_id") \
    X(PyObject, s_reducer_override, FJ_STR, "reducer_override") \
    X(PyObject, s_dispatch_table, FJ_STR, "dispatch_table") \
    X(PyObject, s_find_class, FJ_STR, "find_class") \
    X(PyObject, s_persistent_load, FJ_STR, "persistent_load") \
    X(PyObject, s_readinto, FJ_STR, "readinto") \
    X(PyObject, s_peek, FJ_STR, "peek") \
    X(PyObject, s_seek, FJ_STR, "seek") \
    X(PyObject, s_raw, FJ_STR, "raw") \
    X(PyObject, s_getbuffer, FJ_STR, "getbuffer") \
    X(PyObject, s_fileno, FJ_STR, "fileno") \
    X(PyObject, s_seekable, FJ_STR, "seekable") \
    X(PyObject, s_fastjoblib_nbytes, FJ_STR, "fastjoblib_nbytes") \
    X(PyObject, s_tell, FJ_STR, "tell") \
    X(PyObject, s_write, FJ_STR, "write") \
    X(PyObject, s_empty, FJ_STR, "") \
    /* pickle, copyreg and _compat_pickle, as the running interpreter has     \
     * them: registrations made there later are seen here too. */ \
    X(PyObject, dispatch_table, FJ_IMPORT, "copyreg:dispatch_table") \
    /* (module, name) -> code; code -> (module, name); code -> object */ \
    X(PyObject, extension_registry, FJ_IMPORT, "copyreg:_extension_registry") \
    X(PyObject, inverted_registry, FJ_IMPORT, "copyreg:_inverted_registry") \
    X(PyObject, extension_cache, FJ_IMPORT, "copyreg:_extension_cache") \
    X(PyObject, copyreg_newobj, FJ_IMPORT, "copyreg:__newobj__") \
    X(PyObject, copyreg_reconstructor, FJ_IMPORT, "copyreg:_reconstructor") \
    X(PyObject, whichmodule, FJ_IMPORT, "pickle:whichmodule") \
    X(PyObject, encode_long, FJ_IMPORT, "pickle:encode_long") \
    X(PyObject, decode_long, FJ_IMPORT, "pickle:decode_long") \
    X(PyObject, pickling_error, FJ_IMPORT, "pickle:PicklingError") \
    X(PyObject, unpickling_error, FJ_IMPORT, "pickle:UnpicklingError") \
    /* Python 2 -> 3 and back: (module, name) pairs, and modules */ \
    X(PyObject, name_mapping, FJ_IMPORT, "_compat_pickle:NAME_MAPPING") \
    X(PyObject, import_mapping, FJ_IMPORT, "_compat_pickle:IMPORT_MAPPING") \
    X(PyObject, reverse_name_mapping, FJ_IMPORT, \
      "_compat_pickle:REVERSE_NAME_MAPPING") \
    X(PyObject, reverse_import_mapping, FJ_IMPORT, \
      "_compat_pickle:REVERSE_IMPORT_MAPPING") \
    X(PyObject, partial, FJ_IMPORT, "functools:partial") \
    X(PyObject, codecs_encode, FJ_IMPORT, "_codecs:encode") \
    X(PyObject, builtin_getattr, FJ_IMPORT, "builtins:getattr") \
    X(PyObject, object_reduce, FJ_IMPORT, "builtins:object.__reduce__") \
    X(PyObject, object_reduce_ex, FJ_IMPORT, "builtins:object.__reduce_ex__") \
    /* since 3.11 */ \
    X(PyObject, object_getstate, FJ_IMPORT_IF_THERE, \
      "builtins:object.__getstate__") \
    X(PyObject, raw_io_base, FJ_IMPORT, "io:RawIOBase") \
    X(PyTypeObject, bytes_io, FJ_IMPORT, "io:BytesIO") \
    X(PyTypeObject, file_io, FJ_IMPORT, "io:FileIO") \
    X(PyTypeObject, buffered_reader, FJ_IMPORT, "io:BufferedReader") \
    X(PyObject, truncated_error, FJ_IMPORT, \
      "fastjoblib._errors:TruncatedFileError") \
    X(PyObject, invalid_error, FJ_IMPORT, \
      "fastjoblib._errors:InvalidFileError") \
    X(PyObject, untrusted_error, FJ_IMPORT, \
      "fastjoblib._errors:UntrustedError") \
    X(PyObject, explain_text, FJ_IMPORT, "fastjoblib._errors:explain_text") \
    /* Names that have changed since files were written: a dict package ->    \
     * package, and what is called where a global is missing. */ \
    X(PyObject, moved_packages, FJ_IMPORT, "fastjoblib._moved:PACKAGES") \
    X(PyObject, find_moved, FJ_IMPORT, "fastjoblib._moved:find") \
    X(PyObject, note_wanted, FJ_IMPORT, "fastjoblib._missing:note_wanted") \
    /* module/ */ \
    X(PyTypeObject, pickler_type, FJ_MADE_LATER, NULL) \
    X(PyTypeObject, pickler_memo_type, FJ_MADE_LATER, NULL) \
    X(PyTypeObject, unpickler_type, FJ_MADE_LATER, NULL) \
    X(PyTypeObject, unpickler_memo_type, FJ_MADE_LATER, NULL)

typedef struct {
    FJ_STATE_OBJECTS(FJ_DECLARE)
    int default_protocol; // pickle.DEFAULT_PROTOCOL

    /* Private to array/. */
    struct fj_array_state *array;

    /* Old files that dumps have replaced; owned. */
    fj_retirement *retirement;

    /* fj_can_link_unnamed(): 1, -1, or 0 if not asked yet. */
    int links_unnamed;

    /* How many running loads have paused the cyclic garbage collector, and
     * whether it was on before the first of them did. */
    int gc_pauses;
    int gc_was_enabled;
} fj_state;

/* Fills the struct; -1 with an exception set.  A half-filled struct is safe
 * to clear. */
int fj_state_init(fj_state *state);
int fj_state_traverse(fj_state *state, visitproc visit, void *arg);
void fj_state_clear(fj_state *state);

/* "fastjoblib._core": the module's definition uses this same string. */
extern const char fj_module_name[];

static inline fj_state *
fj_state_of(PyObject *module)
{
    return PyModule_GetState(module);
}

/* The state of the module that made the type or one of its bases; NULL with
 * TypeError. */
fj_state *fj_state_of_type(PyTypeObject *type);

#endif
