/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/memo_types.h"

#include "module/objects.h"

typedef struct {
    PyObject_HEAD
    PyObject *owner; // the Pickler or Unpickler
} memo_object;

static PyObject *
new_view(PyTypeObject *type, PyObject *owner)
{
    memo_object *self = PyObject_GC_New(memo_object, type);
    if (self == NULL) {
        return NULL;
    }
    self->owner = Py_NewRef(owner);
    PyObject_GC_Track((PyObject *)self);
    return (PyObject *)self;
}

static int
memo_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(op));
    Py_VISIT(((memo_object *)op)->owner);
    return 0;
}

static int
memo_clear(PyObject *op)
{
    Py_CLEAR(((memo_object *)op)->owner);
    return 0;
}

static void
memo_dealloc(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    PyObject_GC_UnTrack(op);
    (void)memo_clear(op);
    PyObject_GC_Del(op);
    Py_DECREF(type);
}

/* There is no owner only after the garbage collector has broken a cycle. */
static PyObject *
owner_of(PyObject *op)
{
    PyObject *owner = ((memo_object *)op)->owner;
    if (owner == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the memo's owner is gone");
    }
    return owner;
}

/* `value` is NULL for a deletion. */
static void
refuse_memo(const char *wanted, PyObject *value)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "'memo' cannot be deleted");
        return;
    }
    PyErr_Format(PyExc_TypeError,
                 "'memo' attribute must be %s object or dict, not %R", wanted,
                 (PyObject *)Py_TYPE(value));
}

/* A memo is pickled as a dict with its copy. */
static PyObject *
reduce_copy(PyObject *copy_steal)
{
    if (copy_steal == NULL) {
        return NULL;
    }
    return Py_BuildValue("O(N)", (PyObject *)&PyDict_Type, copy_steal);
}

static fj_pickler_object *
idle_pickler(PyObject *op)
{
    fj_pickler_object *owner = (fj_pickler_object *)owner_of(op);
    if (owner == NULL || fj_pickler_object_is_idle(owner) < 0) {
        return NULL;
    }
    return owner;
}

static PyObject *
pickler_memo_copy(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    fj_pickler_object *owner = idle_pickler(op);
    return owner == NULL ? NULL : fj_memo_as_dict(&owner->parts.pickler.memo);
}

static PyObject *
pickler_memo_clear(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    fj_pickler_object *owner = idle_pickler(op);
    if (owner == NULL || fj_memo_reset(&owner->parts.pickler.memo) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
pickler_memo_reduce(PyObject *op, PyObject *ignored)
{
    return reduce_copy(pickler_memo_copy(op, ignored));
}

PyObject *
fj_pickler_memo_get(PyObject *self, void *closure)
{
    (void)closure;
    return new_view(((fj_pickler_object *)self)->state->pickler_memo_type,
                    self);
}

int
fj_pickler_memo_set(PyObject *op, PyObject *value, void *closure)
{
    (void)closure;
    fj_pickler_object *self = (fj_pickler_object *)op;
    if (fj_pickler_object_is_idle(self) < 0) {
        return -1;
    }
    if (value != NULL && PyDict_Check(value)) {
        return fj_memo_copy_dict(&self->parts.pickler.memo, value);
    }
    if (value != NULL && Py_IS_TYPE(value, self->state->pickler_memo_type)) {
        fj_pickler_object *from = idle_pickler(value);
        return from == NULL ? -1
                            : fj_memo_copy(&self->parts.pickler.memo,
                                           &from->parts.pickler.memo);
    }
    refuse_memo("a PicklerMemoProxy", value);
    return -1;
}

static fj_unpickler_object *
idle_unpickler(PyObject *op)
{
    fj_unpickler_object *owner = (fj_unpickler_object *)owner_of(op);
    if (owner == NULL || fj_unpickler_object_is_idle(owner) < 0) {
        return NULL;
    }
    return owner;
}

static PyObject *
unpickler_memo_copy(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    fj_unpickler_object *owner = idle_unpickler(op);
    return owner == NULL ? NULL
                         : fj_unpickler_copy_memo(&owner->parts.unpickler);
}

static PyObject *
unpickler_memo_clear(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    fj_unpickler_object *owner = idle_unpickler(op);
    if (owner == NULL) {
        return NULL;
    }
    fj_unpickler_clear_memo(&owner->parts.unpickler);
    Py_RETURN_NONE;
}

static PyObject *
unpickler_memo_reduce(PyObject *op, PyObject *ignored)
{
    return reduce_copy(unpickler_memo_copy(op, ignored));
}

PyObject *
fj_unpickler_memo_get(PyObject *self, void *closure)
{
    (void)closure;
    return new_view(((fj_unpickler_object *)self)->state->unpickler_memo_type,
                    self);
}

int
fj_unpickler_memo_set(PyObject *op, PyObject *value, void *closure)
{
    (void)closure;
    fj_unpickler_object *self = (fj_unpickler_object *)op;
    PyObject *dict = NULL;
    if (fj_unpickler_object_is_idle(self) < 0) {
        return -1;
    }
    if (value != NULL && PyDict_Check(value)) {
        dict = Py_NewRef(value);
    }
    else if (value != NULL &&
             Py_IS_TYPE(value, self->state->unpickler_memo_type)) {
        dict = unpickler_memo_copy(value, NULL);
    }
    else {
        refuse_memo("an UnpicklerMemoProxy", value);
    }
    if (dict == NULL) {
        return -1;
    }
    int ret = fj_unpickler_set_memo(&self->parts.unpickler, dict);
    Py_DECREF(dict);
    return ret;
}

static PyMethodDef pickler_memo_methods[] = {
    {"copy", pickler_memo_copy, METH_NOARGS,
     "copy($self, /)\n--\n\nThe memo as a dict: id -> (index, object)."},
    {"clear", pickler_memo_clear, METH_NOARGS,
     "clear($self, /)\n--\n\nForget the objects that have been written."},
    {"__reduce__", pickler_memo_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef unpickler_memo_methods[] = {
    {"copy", unpickler_memo_copy, METH_NOARGS,
     "copy($self, /)\n--\n\nThe memo as a dict: index -> object."},
    {"clear", unpickler_memo_clear, METH_NOARGS,
     "clear($self, /)\n--\n\nForget the objects that have been read."},
    {"__reduce__", unpickler_memo_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot pickler_memo_slots[] = {
    {Py_tp_dealloc, memo_dealloc},
    {Py_tp_traverse, memo_traverse},
    {Py_tp_clear, memo_clear},
    {Py_tp_methods, pickler_memo_methods},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {0, NULL},
};

static PyType_Slot unpickler_memo_slots[] = {
    {Py_tp_dealloc, memo_dealloc},
    {Py_tp_traverse, memo_traverse},
    {Py_tp_clear, memo_clear},
    {Py_tp_methods, unpickler_memo_methods},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {0, NULL},
};

PyType_Spec fj_pickler_memo_spec = {
    .name = "fastjoblib.pickle.PicklerMemoProxy",
    .basicsize = sizeof(memo_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = pickler_memo_slots,
};

PyType_Spec fj_unpickler_memo_spec = {
    .name = "fastjoblib.pickle.UnpicklerMemoProxy",
    .basicsize = sizeof(memo_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = unpickler_memo_slots,
};
