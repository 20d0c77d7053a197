/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/pickler_type.h"

#include <stddef.h> // offsetof

#include "module/memo_types.h"
#include "module/objects.h"
#include "module/options.h"

static PyObject *
pickler_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    fj_state *state = fj_state_of_type(type);
    if (state == NULL) {
        return NULL;
    }
    fj_pickler_object *self = (fj_pickler_object *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->state = state;
    }
    return (PyObject *)self;
}

static void
clear_parts(fj_pickler_parts *parts)
{
    fj_pickler_clear(&parts->pickler);
    fj_file_sink_clear(&parts->sink);
    Py_CLEAR(parts->file);
    Py_CLEAR(parts->buffer_callback);
}

/* The old parts are freed last, since a finalizer may use the object. */
static void
replace_parts(fj_pickler_object *self, const fj_pickler_parts *parts,
              bool ready)
{
    if (!self->ready) { // there are no old parts
        self->parts = *parts;
        self->ready = ready;
        return;
    }
    fj_pickler_parts old = self->parts;
    self->parts = *parts;
    self->ready = ready;
    clear_parts(&old);
}

/* Fills `parts`, which must be all zero, and must be cleared even on error. */
static int
make_parts(fj_pickler_parts *parts, fj_state *state, PyObject *file,
           PyObject *protocol, bool fix_imports, PyObject *callback)
{
    int proto = fj_read_protocol(state, protocol);
    if (proto < 0) {
        return -1;
    }
    if (fj_pickle_open_sink(&parts->sink, state, file) < 0) {
        return -1;
    }
    parts->file = Py_NewRef(file);
    if (callback != Py_None) {
        parts->buffer_callback = Py_NewRef(callback);
    }
    if (fj_pickler_init(&parts->pickler, state, NULL, proto) < 0) {
        return -1;
    }
    parts->pickler.keeps_memo = true;
    return fj_pickle_as_c(&parts->pickler, fix_imports,
                          parts->buffer_callback);
}

static int
pickler_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static char *const names[] = {"file", "protocol", "fix_imports",
                                  "buffer_callback", NULL};
    fj_pickler_object *self = (fj_pickler_object *)op;
    fj_pickler_parts parts = {0};
    PyObject *file, *protocol = Py_None, *callback = Py_None;
    int fix_imports = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|OpO:Pickler",
                                     (char **)names, &file, &protocol,
                                     &fix_imports, &callback)) {
        return -1;
    }
    if (make_parts(&parts, self->state, file, protocol, fix_imports,
                   callback) < 0 ||
        (self->ready && fj_pickler_object_is_idle(self) < 0)) {
        clear_parts(&parts);
        return -1;
    }
    replace_parts(self, &parts, true);
    return 0;
}

static int
pickler_traverse(PyObject *op, visitproc visit, void *arg)
{
    fj_pickler_object *self = (fj_pickler_object *)op;
    Py_VISIT(Py_TYPE(op));
    Py_VISIT(self->dict);
    Py_VISIT(self->parts.file);
    Py_VISIT(self->parts.sink.write);
    Py_VISIT(self->parts.buffer_callback);
    return fj_memo_traverse(&self->parts.pickler.memo, visit, arg);
}

static int
pickler_clear(PyObject *op)
{
    fj_pickler_object *self = (fj_pickler_object *)op;
    const fj_pickler_parts none = {0};
    replace_parts(self, &none, false);
    Py_CLEAR(self->dict);
    return 0;
}

static void
pickler_dealloc(PyObject *op)
{
    fj_pickler_object *self = (fj_pickler_object *)op;
    PyTypeObject *type = Py_TYPE(op);
    PyObject_GC_UnTrack(op);
    clear_parts(&self->parts); // nobody else can use the object any more
    Py_CLEAR(self->dict);
    type->tp_free(op);
    Py_DECREF(type);
}

/* Methods and dispatch table of a subclass or an instance; owned. */
typedef struct {
    PyObject *persistent_id, *reducer_override, *dispatch_table;
} overrides;

static PyObject *pickler_persistent_id(PyObject *op, PyObject *obj);

static int
find_overrides(fj_pickler_object *self, overrides *found)
{
    fj_state *state = self->state;
    PyObject *op = (PyObject *)self;
    if (self->dict == NULL && Py_IS_TYPE(op, state->pickler_type)) {
        return 0;
    }
    if (fj_find_override(op, state->s_persistent_id, pickler_persistent_id,
                         &found->persistent_id) < 0 ||
        fj_find_override(op, state->s_reducer_override, NULL,
                         &found->reducer_override) < 0) {
        return -1;
    }
    return fj_find_override(op, state->s_dispatch_table, NULL,
                            &found->dispatch_table) < 0
               ? -1
               : 0;
}

static void
clear_overrides(overrides *found)
{
    Py_CLEAR(found->persistent_id);
    Py_CLEAR(found->reducer_override);
    Py_CLEAR(found->dispatch_table);
}

static int
dump_with(fj_pickler_object *self, PyObject *obj, const overrides *found)
{
    fj_output out;
    fj_pickler *p = &self->parts.pickler;
    int ret = fj_output_init(&out, &self->parts.sink.base);
    if (ret == 0) {
        out.flush_size = 0;
        p->out = &out;
        p->persistent_id = found->persistent_id;
        p->reducer_override = found->reducer_override;
        p->dispatch_table = found->dispatch_table;
        ret = fj_pickler_dump(p, obj);
        if (ret == 0) {
            ret = fj_output_flush(&out);
        }
        fj_pickler_rest(p);
        p->out = NULL;
        p->persistent_id = NULL;
        p->reducer_override = NULL;
        p->dispatch_table = NULL;
    }
    fj_output_clear(&out);
    return ret;
}

PyDoc_STRVAR(
    dump_doc,
    "dump($self, obj, /)\n--\n\n"
    "Write a pickle of the object to the file.\n\n"
    "Objects that an earlier dump() has written are referred to, unless\n"
    "clear_memo() was called: one Unpickler reads them all, in the same order.");

static PyObject *
pickler_dump(PyObject *op, PyObject *obj)
{
    fj_pickler_object *self = (fj_pickler_object *)op;
    overrides found = {NULL, NULL, NULL};
    int ret = -1;
    if (fj_pickler_object_is_idle(self) < 0) {
        return NULL;
    }
    self->running = true;
    if (find_overrides(self, &found) == 0) {
        ret = dump_with(self, obj, &found);
    }
    self->running = false;
    clear_overrides(&found);
    if (ret < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(clear_memo_doc, "clear_memo($self, /)\n--\n\n"
                             "Forget the objects that have been written.");

static PyObject *
pickler_clear_memo(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    fj_pickler_object *self = (fj_pickler_object *)op;
    if (fj_pickler_object_is_idle(self) < 0 ||
        fj_memo_reset(&self->parts.pickler.memo) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(
    persistent_id_doc,
    "persistent_id($self, obj, /)\n--\n\n"
    "The id under which the object is stored elsewhere, or None: to be\n"
    "overridden.");

static PyObject *
pickler_persistent_id(PyObject *op, PyObject *obj)
{
    (void)op;
    (void)obj;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(sizeof_doc, "__sizeof__($self, /)\n--\n\n"
                         "The size in memory, in bytes, with the memo.");

static PyObject *
pickler_sizeof(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    fj_pickler_object *self = (fj_pickler_object *)op;
    size_t nbytes = (size_t)Py_TYPE(op)->tp_basicsize;
    if (self->ready) {
        nbytes += fj_memo_nbytes(&self->parts.pickler.memo);
    }
    return PyLong_FromSize_t(nbytes);
}

static PyObject *
get_flag(PyObject *op, void *is_fast)
{
    const fj_pickler *p = &((fj_pickler_object *)op)->parts.pickler;
    return PyLong_FromLong(is_fast != NULL ? p->fast : p->bin);
}

static int
set_flag(PyObject *op, PyObject *value, void *is_fast)
{
    fj_pickler *p = &((fj_pickler_object *)op)->parts.pickler;
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "the attribute cannot be deleted");
        return -1;
    }
    long number = PyLong_AsLong(value);
    if (number == -1 && PyErr_Occurred()) {
        return -1;
    }
    *(is_fast != NULL ? &p->fast : &p->bin) = number != 0;
    return 0;
}

static PyMethodDef pickler_methods[] = {
    {"dump", pickler_dump, METH_O, dump_doc},
    {"clear_memo", pickler_clear_memo, METH_NOARGS, clear_memo_doc},
    {"persistent_id", pickler_persistent_id, METH_O, persistent_id_doc},
    {"__sizeof__", pickler_sizeof, METH_NOARGS, sizeof_doc},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef pickler_members[] = {
    {"__dictoffset__", T_PYSSIZET, offsetof(fj_pickler_object, dict), READONLY,
     NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef pickler_getset[] = {
    {"memo", fj_pickler_memo_get, fj_pickler_memo_set,
     "What has been written so far: objects and their indices.", NULL},
    {"bin", get_flag, set_flag, "Whether opcodes are binary.", NULL},
    {"fast", get_flag, set_flag,
     "Whether to write without a memo: each object as often as it comes up.",
     "fast"},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(
    pickler_doc,
    "Pickler(file, protocol=None, fix_imports=True, buffer_callback=None)\n--\n\n"
    "Writes pickles to a file object.\n\n"
    "A subclass or an instance may bring ``persistent_id(obj)``,\n"
    "``reducer_override(obj)`` and ``dispatch_table``, which mean what they mean to\n"
    "`pickle.Pickler`.\n\n"
    "Parameters\n"
    "----------\n"
    "file : file object\n"
    "    Anything that has a ``write`` method.\n"
    "protocol : int, optional\n"
    "    0 to 5; negative for the highest.  By default\n"
    "    `pickle.DEFAULT_PROTOCOL`.\n"
    "fix_imports : bool, default=True\n"
    "    Write the names of Python 2, below protocol 3.\n"
    "buffer_callback : callable, optional\n"
    "    Called with each `PickleBuffer`: where it returns a false value the\n"
    "    buffer stays out of the pickle.  Needs protocol 5.\n\n"
    "Attributes\n"
    "----------\n"
    "memo : object with methods copy() and clear()\n"
    "    What has been written; another Pickler's, or a dict, may be set.\n"
    "fast : int\n"
    "    If not 0, write without a memo: each object as often as it comes up.");

static PyType_Slot pickler_slots[] = {
    {Py_tp_new, pickler_new},         {Py_tp_init, pickler_init},
    {Py_tp_dealloc, pickler_dealloc}, {Py_tp_traverse, pickler_traverse},
    {Py_tp_clear, pickler_clear},     {Py_tp_methods, pickler_methods},
    {Py_tp_members, pickler_members}, {Py_tp_getset, pickler_getset},
    {Py_tp_doc, (void *)pickler_doc}, {0, NULL},
};

PyType_Spec fj_pickler_spec = {
    .name = "fastjoblib.pickle.Pickler",
    .basicsize = sizeof(fj_pickler_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = pickler_slots,
};
