/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Every owned pointer of the state is listed once, in OWNED, so that init,
 * traverse and clear cannot drift apart.
 */
#include "py/state.h"

#define OWNED(X)                                                              \
    X(dispatch_table)                                                         \
    X(extension_registry)                                                     \
    X(inverted_registry)                                                      \
    X(extension_cache)                                                        \
    X(copyreg_newobj)                                                         \
    X(copyreg_reconstructor)                                                  \
    X(whichmodule)                                                            \
    X(encode_long)                                                            \
    X(decode_long)                                                            \
    X(pickling_error)                                                         \
    X(unpickling_error)                                                       \
    X(name_mapping)                                                           \
    X(import_mapping)                                                         \
    X(reverse_name_mapping)                                                   \
    X(reverse_import_mapping)                                                 \
    X(partial)                                                                \
    X(codecs_encode)                                                          \
    X(builtin_getattr)                                                        \
    X(object_reduce)                                                          \
    X(object_reduce_ex)                                                       \
    X(object_getstate)                                                        \
    X(raw_io_base)                                                            \
    X(bytes_io)                                                               \
    X(file_io)                                                                \
    X(buffered_reader)                                                        \
    X(truncated_error)                                                        \
    X(invalid_error)                                                          \
    X(explain_text)                                                           \
    X(moved_packages)                                                         \
    X(find_moved)                                                             \
    X(matrix_type)                                                            \
    X(memmap_type)                                                            \
    X(pickler_type)                                                           \
    X(pickler_memo_type)                                                      \
    X(unpickler_type)                                                         \
    X(unpickler_memo_type)                                                    \
    X(wrapper_type)                                                           \
    X(old_wrapper_type)

/* One object to fetch: state->field = import(module).attribute */
typedef struct {
    PyObject **field;
    const char *module;
    const char *attribute;
} wanted;

static int
fetch(const wanted *item)
{
    PyObject *module = PyImport_ImportModule(item->module);
    if (module == NULL) {
        return -1;
    }
    *item->field = PyObject_GetAttrString(module, item->attribute);
    Py_DECREF(module);
    return *item->field == NULL ? -1 : 0;
}

static int
fetch_all(fj_state *state)
{
    const wanted items[] = {
        {&state->dispatch_table, "copyreg", "dispatch_table"},
        {&state->extension_registry, "copyreg", "_extension_registry"},
        {&state->inverted_registry, "copyreg", "_inverted_registry"},
        {&state->extension_cache, "copyreg", "_extension_cache"},
        {&state->copyreg_newobj, "copyreg", "__newobj__"},
        {&state->copyreg_reconstructor, "copyreg", "_reconstructor"},
        {&state->whichmodule, "pickle", "whichmodule"},
        {&state->encode_long, "pickle", "encode_long"},
        {&state->decode_long, "pickle", "decode_long"},
        {&state->pickling_error, "pickle", "PicklingError"},
        {&state->unpickling_error, "pickle", "UnpicklingError"},
        {&state->name_mapping, "_compat_pickle", "NAME_MAPPING"},
        {&state->import_mapping, "_compat_pickle", "IMPORT_MAPPING"},
        {&state->reverse_name_mapping, "_compat_pickle",
         "REVERSE_NAME_MAPPING"},
        {&state->reverse_import_mapping, "_compat_pickle",
         "REVERSE_IMPORT_MAPPING"},
        {&state->partial, "functools", "partial"},
        {&state->codecs_encode, "_codecs", "encode"},
        {&state->builtin_getattr, "builtins", "getattr"},
        {&state->raw_io_base, "io", "RawIOBase"},
        {(PyObject **)&state->bytes_io, "io", "BytesIO"},
        {(PyObject **)&state->file_io, "io", "FileIO"},
        {(PyObject **)&state->buffered_reader, "io", "BufferedReader"},
        {&state->truncated_error, "fastjoblib._errors", "TruncatedFileError"},
        {&state->invalid_error, "fastjoblib._errors", "InvalidFileError"},
        {&state->explain_text, "fastjoblib._errors", "explain_text"},
        {&state->moved_packages, "fastjoblib._moved", "PACKAGES"},
        {&state->find_moved, "fastjoblib._moved", "find"},
        {(PyObject **)&state->memmap_type, "numpy", "memmap"},
    };
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        if (fetch(&items[i]) < 0) {
            return -1;
        }
    }
    /* NumPy has announced that np.matrix will go; nothing breaks then. */
    const wanted matrix = {(PyObject **)&state->matrix_type, "numpy",
                           "matrix"};
    if (fetch(&matrix) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError)) {
            return -1;
        }
        PyErr_Clear();
    }
    return 0;
}

static int
fetch_object_methods(fj_state *state)
{
    PyObject *object = (PyObject *)&PyBaseObject_Type;
    state->object_reduce = PyObject_GetAttr(object, state->s_reduce);
    state->object_reduce_ex = PyObject_GetAttr(object, state->s_reduce_ex);
    if (state->object_reduce == NULL || state->object_reduce_ex == NULL) {
        return -1;
    }
#if FJ_HAVE_OBJECT_GETSTATE
    state->object_getstate = PyObject_GetAttr(object, state->s_getstate);
    if (state->object_getstate == NULL) {
        return -1;
    }
#endif
    return 0;
}

static int
fetch_default_protocol(fj_state *state)
{
    PyObject *value = NULL;
    const wanted protocol = {&value, "pickle", "DEFAULT_PROTOCOL"};
    if (fetch(&protocol) < 0) {
        return -1;
    }
    state->default_protocol = (int)PyLong_AsLong(value);
    Py_DECREF(value);
    return PyErr_Occurred() ? -1 : 0;
}

int
fj_state_init(fj_state *state)
{
#define X(suffix, text)                                                       \
    state->s_##suffix = PyUnicode_InternFromString(text);                     \
    if (state->s_##suffix == NULL) {                                          \
        return -1;                                                            \
    }
    FJ_NAMES(X)
#undef X
    state->retirement = fj_retirement_new();
    if (state->retirement == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (fetch_all(state) < 0 || fetch_object_methods(state) < 0) {
        return -1;
    }
    return fetch_default_protocol(state);
}

int
fj_state_traverse(fj_state *state, visitproc visit, void *arg)
{
#define X(field) Py_VISIT(state->field);
    OWNED(X)
#undef X
    return 0;
}

void
fj_state_clear(fj_state *state)
{
#define X(field) Py_CLEAR(state->field);
    OWNED(X)
#undef X
#define X(suffix, text) Py_CLEAR(state->s_##suffix);
    FJ_NAMES(X)
#undef X
    fj_retirement_free(state->retirement);
    state->retirement = NULL;
}
