/* SPDX-License-Identifier: BSD-3-Clause
 *
 * fastjoblib._core: what python/fastjoblib/_files.py calls.  Argument rules,
 * names and defaults are Python's; here arguments are only unpacked.
 */
#include "state.h"

#include "array/array.h"
#include "file/dump.h"
#include "file/load.h"
#include "types/types.h"

PyDoc_STRVAR(dump_path_doc,
"dump_path(value, filename, protocol, atomic, fsync, /)\n--\n\n"
"Write an object to the file of that name, a str.");

static PyObject *
dump_path(PyObject *module, PyObject *args)
{
    PyObject *value, *filename, *protocol;
    int atomic, fsync;
    if (!PyArg_ParseTuple(args, "OUOpp:dump_path", &value, &filename,
                          &protocol, &atomic, &fsync) ||
        fj_dump_to_path(fj_state_of(module), value, filename, protocol,
                        atomic, fsync) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(dump_file_doc,
"dump_file(value, file, protocol, allow_mmap, /)\n--\n\n"
"Write an object to an object with a write method.");

static PyObject *
dump_file(PyObject *module, PyObject *args)
{
    PyObject *value, *file, *protocol;
    int allow_mmap;
    if (!PyArg_ParseTuple(args, "OOOp:dump_file", &value, &file, &protocol,
                          &allow_mmap) ||
        fj_dump_to_file(fj_state_of(module), value, file, protocol,
                        allow_mmap) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(dumps_doc,
"dumps(value, protocol, /)\n--\n\n"
"Write an object to bytes.");

static PyObject *
dumps(PyObject *module, PyObject *args)
{
    PyObject *value, *protocol;
    if (!PyArg_ParseTuple(args, "OO:dumps", &value, &protocol)) {
        return NULL;
    }
    return fj_dump_to_bytes(fj_state_of(module), value, protocol);
}

PyDoc_STRVAR(write_path_doc,
"write_path(write, filename, atomic, fsync, named, /)\n--\n\n"
"Call write(descriptor, path) on a new file, and then put it in place.\n\n"
"The path may be opened if `named`; else it may be None.");

static PyObject *
write_path(PyObject *module, PyObject *args)
{
    PyObject *write, *filename;
    int atomic, fsync, named;
    if (!PyArg_ParseTuple(args, "OUppp:write_path", &write, &filename,
                          &atomic, &fsync, &named) ||
        fj_write_path(fj_state_of(module), write, filename, atomic, fsync,
                      named) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(load_path_doc,
"load_path(filename, native_byte_order, map, other, /)\n--\n\n"
"Read an object from the file of that name, a str.\n\n"
"map(dtype, shape, order, offset, unaligned), if not None, returns each\n"
"array in place of reading its data.\n\n"
"other(origin, start, taken, filename, native_byte_order), if not None,\n"
"loads what does not begin as pickles do, or returns NotImplemented.");

static PyObject *
load_path(PyObject *module, PyObject *args)
{
    PyObject *filename, *map, *other;
    int native;
    if (!PyArg_ParseTuple(args, "UpOO:load_path", &filename, &native, &map,
                          &other)) {
        return NULL;
    }
    fj_load_options options = {
        .filename = filename,
        .native_byte_order = native,
        .map = map == Py_None ? NULL : map,
        .other = other == Py_None ? NULL : other,
    };
    return fj_load_from_path(fj_state_of(module), &options);
}

PyDoc_STRVAR(load_file_doc,
"load_file(file, filename, native_byte_order, other, /)\n--\n\n"
"Read an object from an object with a read method.");

static PyObject *
load_file(PyObject *module, PyObject *args)
{
    PyObject *file, *filename, *other;
    int native;
    if (!PyArg_ParseTuple(args, "OUpO:load_file", &file, &filename, &native,
                          &other)) {
        return NULL;
    }
    fj_load_options options = {
        .filename = filename,
        .native_byte_order = native,
        .other = other == Py_None ? NULL : other,
    };
    return fj_load_from_file(fj_state_of(module), file, &options);
}

PyDoc_STRVAR(loads_doc,
"loads(data, other, /)\n--\n\n"
"Read an object from bytes.");

static PyObject *
loads(PyObject *module, PyObject *args)
{
    PyObject *data, *other;
    if (!PyArg_ParseTuple(args, "OO:loads", &data, &other)) {
        return NULL;
    }
    fj_state *state = fj_state_of(module);
    fj_load_options options = {
        .filename = state->s_empty,
        .native_byte_order = true,
        .other = other == Py_None ? NULL : other,
    };
    return fj_load_from_buffer(state, data, &options);
}

static PyMethodDef methods[] = {
    {"dump_path", dump_path, METH_VARARGS, dump_path_doc},
    {"dump_file", dump_file, METH_VARARGS, dump_file_doc},
    {"dumps", dumps, METH_VARARGS, dumps_doc},
    {"write_path", write_path, METH_VARARGS, write_path_doc},
    {"load_path", load_path, METH_VARARGS, load_path_doc},
    {"load_file", load_file, METH_VARARGS, load_file_doc},
    {"loads", loads, METH_VARARGS, loads_doc},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
    fj_state *state = fj_state_of(module);
    if (fj_state_init(state) < 0) {
        return -1;
    }
    if (fj_array_init(state, module) < 0) {
        return -1;
    }
    return fj_types_init(state, module);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    return fj_state_traverse(fj_state_of(module), visit, arg);
}

static int
module_clear(PyObject *module)
{
    fj_state_clear(fj_state_of(module));
    return 0;
}

static void
module_free(void *module)
{
    module_clear((PyObject *)module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
#if PY_VERSION_HEX >= 0x030C0000
    /* As long as NumPy can only be imported once. */
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "fastjoblib._core",
    .m_doc = "The walk, the reader and array I/O of fastjoblib, in C.",
    .m_size = sizeof(fj_state),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

/* PyType_GetModuleByDef() is new in 3.11. */
fj_state *
fj_state_of_type(PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE)) {
            continue;
        }
        PyObject *module = ((PyHeapTypeObject *)base)->ht_module;
        if (module != NULL && PyModule_GetDef(module) == &module_def) {
            return fj_state_of(module);
        }
    }
    PyErr_Format(PyExc_TypeError, "%R is no type of fastjoblib",
                 (PyObject *)type);
    return NULL;
}

PyMODINIT_FUNC
PyInit__core(void)
{
    return PyModuleDef_Init(&module_def);
}
