/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/unpickler_type.h"

#include <stddef.h> // offsetof

#include "array/array.h"
#include "module/memo_types.h"
#include "module/objects.h"
#include "module/options.h"

static PyObject *
unpickler_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    fj_state *state = fj_state_of_type(type);
    if (state == NULL) {
        return NULL;
    }
    fj_unpickler_object *self = (fj_unpickler_object *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->state = state;
    }
    return (PyObject *)self;
}

static void
clear_parts(fj_unpickler_parts *parts)
{
    fj_unpickler_clear(&parts->unpickler);
    Py_CLEAR(parts->file);
    Py_CLEAR(parts->encoding);
    Py_CLEAR(parts->errors);
    Py_CLEAR(parts->buffers);
}

/* The old parts are freed last, since a finalizer may use the object. */
static void
replace_parts(fj_unpickler_object *self, const fj_unpickler_parts *parts,
              bool ready)
{
    if (!self->ready) { // there are no old parts
        self->parts = *parts;
        self->ready = ready;
        return;
    }
    fj_unpickler_parts old = self->parts;
    self->parts = *parts;
    self->ready = ready;
    clear_parts(&old);
}

/* Fills `parts`, which must be all zero, and must be cleared even on error. */
static int
make_parts(fj_unpickler_parts *parts, fj_state *state, PyObject *file,
           bool fix_imports, PyObject *encoding, PyObject *errors,
           PyObject *buffers)
{
    if (fj_unpickle_check_file(state, file) < 0) {
        return -1;
    }
    parts->file = Py_NewRef(file);
    parts->encoding = Py_XNewRef(encoding);
    parts->errors = Py_XNewRef(errors);
    if (buffers != Py_None) {
        parts->buffers = PyObject_GetIter(buffers);
        if (parts->buffers == NULL) {
            return -1;
        }
    }
    if (fj_unpickler_init(&parts->unpickler, state, NULL, NULL) < 0) {
        return -1;
    }
    parts->unpickler.fix_imports = fix_imports;
    return fj_unpickle_strings(&parts->unpickler, encoding, errors);
}

static int
unpickler_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static char *const names[] = {"file",   "fix_imports", "encoding",
                                  "errors", "buffers",     NULL};
    fj_unpickler_object *self = (fj_unpickler_object *)op;
    fj_unpickler_parts parts = {0};
    PyObject *file, *encoding = NULL, *errors = NULL, *buffers = Py_None;
    int fix_imports = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$pUUO:Unpickler",
                                     (char **)names, &file, &fix_imports,
                                     &encoding, &errors, &buffers)) {
        return -1;
    }
    if (make_parts(&parts, self->state, file, fix_imports, encoding, errors,
                   buffers) < 0 ||
        (self->ready && fj_unpickler_object_is_idle(self) < 0)) {
        clear_parts(&parts);
        return -1;
    }
    replace_parts(self, &parts, true);
    return 0;
}

static int
unpickler_traverse(PyObject *op, visitproc visit, void *arg)
{
    fj_unpickler_object *self = (fj_unpickler_object *)op;
    Py_VISIT(Py_TYPE(op));
    Py_VISIT(self->dict);
    Py_VISIT(self->parts.file);
    Py_VISIT(self->parts.buffers);
    return fj_unpickler_traverse_memo(&self->parts.unpickler, visit, arg);
}

static int
unpickler_clear(PyObject *op)
{
    fj_unpickler_object *self = (fj_unpickler_object *)op;
    const fj_unpickler_parts none = {0};
    replace_parts(self, &none, false);
    Py_CLEAR(self->dict);
    return 0;
}

static void
unpickler_dealloc(PyObject *op)
{
    fj_unpickler_object *self = (fj_unpickler_object *)op;
    PyTypeObject *type = Py_TYPE(op);
    PyObject_GC_UnTrack(op);
    clear_parts(&self->parts); // nobody else can use the object any more
    Py_CLEAR(self->dict);
    type->tp_free(op);
    Py_DECREF(type);
}

static PyObject *
load_with(fj_unpickler_object *self, PyObject *find_class,
          PyObject *persistent_load)
{
    fj_pyfile file;
    fj_input in;
    fj_unpickler *u = &self->parts.unpickler;
    if (fj_pyfile_open(&file, &in, self->state, self->parts.file,
                       self->state->s_empty, false, NULL) < 0) {
        return NULL;
    }
    u->in = &in;
    u->proto = 0;
    u->hook = &fj_buffer_load_hook;
    u->find_class = find_class;
    u->persistent_load = persistent_load;
    u->buffers = self->parts.buffers;
    PyObject *obj = fj_unpickler_load(u);
    fj_unpickler_rest(u);
    u->in = NULL;
    u->find_class = NULL;
    u->persistent_load = NULL;
    return fj_pyfile_end(&file, &in, obj);
}

static PyObject *unpickler_find_class(PyObject *op, PyObject *args);
static PyObject *unpickler_persistent_load(PyObject *op, PyObject *id);

PyDoc_STRVAR(load_doc, "load($self, /)\n--\n\n"
                       "Read a pickle from the file and return the object.");

static PyObject *
unpickler_load(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    fj_unpickler_object *self = (fj_unpickler_object *)op;
    PyObject *find_class = NULL, *persistent_load = NULL, *obj = NULL;
    if (fj_unpickler_object_is_idle(self) < 0) {
        return NULL;
    }
    self->running = true;
    bool plain =
        self->dict == NULL && Py_IS_TYPE(op, self->state->unpickler_type);
    if (plain) {
        obj = load_with(self, NULL, NULL);
    }
    else if (fj_find_override(op, self->state->s_find_class,
                              unpickler_find_class, &find_class) >= 0 &&
             fj_find_override(op, self->state->s_persistent_load,
                              unpickler_persistent_load,
                              &persistent_load) >= 0) {
        obj = load_with(self, find_class, persistent_load);
    }
    self->running = false;
    Py_XDECREF(find_class);
    Py_XDECREF(persistent_load);
    return obj;
}

PyDoc_STRVAR(
    find_class_doc,
    "find_class($self, module_name, global_name, /)\n--\n\n"
    "Import the module and return the global of that name: to be overridden\n"
    "where not all are welcome.");

static PyObject *
unpickler_find_class(PyObject *op, PyObject *args)
{
    fj_unpickler_object *self = (fj_unpickler_object *)op;
    PyObject *module_name, *name;
    if (!PyArg_ParseTuple(args, "UU:find_class", &module_name, &name) ||
        PySys_Audit("pickle.find_class", "OO", module_name, name) < 0) {
        return NULL;
    }
    if (!self->ready) {
        fj_unpickler_object_is_idle(self);
        return NULL;
    }
    return fj_unpickler_import(&self->parts.unpickler, module_name, name);
}

PyDoc_STRVAR(persistent_load_doc,
             "persistent_load($self, pid, /)\n--\n\n"
             "The object of a persistent id: to be overridden.");

static PyObject *
unpickler_persistent_load(PyObject *op, PyObject *id)
{
    (void)id;
    PyErr_SetString(((fj_unpickler_object *)op)->state->unpickling_error,
                    "A load persistent id instruction was encountered, but no "
                    "persistent_load function was specified.");
    return NULL;
}

PyDoc_STRVAR(sizeof_doc, "__sizeof__($self, /)\n--\n\n"
                         "The size in memory, in bytes, with the memo.");

static PyObject *
unpickler_sizeof(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    fj_unpickler_object *self = (fj_unpickler_object *)op;
    size_t nbytes = (size_t)Py_TYPE(op)->tp_basicsize;
    if (self->ready) {
        nbytes += fj_unpickler_nbytes(&self->parts.unpickler);
    }
    return PyLong_FromSize_t(nbytes);
}

static PyMethodDef unpickler_methods[] = {
    {"load", unpickler_load, METH_NOARGS, load_doc},
    {"find_class", unpickler_find_class, METH_VARARGS, find_class_doc},
    {"persistent_load", unpickler_persistent_load, METH_O,
     persistent_load_doc},
    {"__sizeof__", unpickler_sizeof, METH_NOARGS, sizeof_doc},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef unpickler_members[] = {
    {"__dictoffset__", T_PYSSIZET, offsetof(fj_unpickler_object, dict),
     READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef unpickler_getset[] = {
    {"memo", fj_unpickler_memo_get, fj_unpickler_memo_set,
     "What has been read so far: indices and their objects.", NULL},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(
    unpickler_doc,
    "Unpickler(file, *, fix_imports=True, encoding='ASCII', errors='strict',\n"
    "          buffers=())\n--\n\n"
    "Reads pickles from a file object, as unsafe as pickle.\n\n"
    "A subclass or an instance may bring ``find_class(module_name, global_name)``\n"
    "and ``persistent_load(pid)``.\n\n"
    "Parameters\n"
    "----------\n"
    "file : file object\n"
    "    Anything that has ``read`` and ``readline`` methods.\n"
    "fix_imports : bool, default=True\n"
    "    Take names of Python 2 for those of Python 3, below protocol 3.\n"
    "encoding : str, default='ASCII'\n"
    "    Of the strings of Python 2; 'bytes' leaves them bytes.\n"
    "errors : str, default='strict'\n"
    "    What to do where they are not in that encoding, as `bytes.decode`.\n"
    "buffers : iterable, default=()\n"
    "    The buffers that a ``buffer_callback`` has taken, in the same order.\n\n"
    "Attributes\n"
    "----------\n"
    "memo : object with methods copy() and clear()\n"
    "    What has been read; another Unpickler's, or a dict, may be set.");

static PyType_Slot unpickler_slots[] = {
    {Py_tp_new, unpickler_new},         {Py_tp_init, unpickler_init},
    {Py_tp_dealloc, unpickler_dealloc}, {Py_tp_traverse, unpickler_traverse},
    {Py_tp_clear, unpickler_clear},     {Py_tp_methods, unpickler_methods},
    {Py_tp_members, unpickler_members}, {Py_tp_getset, unpickler_getset},
    {Py_tp_doc, (void *)unpickler_doc}, {0, NULL},
};

PyType_Spec fj_unpickler_spec = {
    .name = "fastjoblib.pickle.Unpickler",
    .basicsize = sizeof(fj_unpickler_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = unpickler_slots,
};
