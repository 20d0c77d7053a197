/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What joblib.hash does with arrays, dtypes, sets and methods (joblib's
 * hashing.py), so that digests are the same.
 */
#include "array/numpy_api.h"

#include "array/array.h"
#include "array/state.h"

static int
update(fj_hash_saver *saver, const void *data, size_t nbytes)
{
    PyObject *view = PyMemoryView_FromMemory((char *)(uintptr_t)data,
                                             (Py_ssize_t)nbytes, PyBUF_READ);
    PyObject *result =
        view == NULL ? NULL : PyObject_CallOneArg(saver->update, view);
    Py_XDECREF(view);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

int
fj_hash_saver_finish(fj_hash_saver *saver)
{
    size_t nbytes = saver->n_pending;
    saver->n_pending = 0;
    return nbytes == 0 ? 0 : update(saver, saver->pending, nbytes);
}

void
fj_hash_saver_clear(fj_hash_saver *saver)
{
    for (int i = 0; i < FJ_HASH_DTYPES; i++) {
        Py_CLEAR(saver->dtypes[i].dtype);
        Py_CLEAR(saver->dtypes[i].pickle);
    }
}

static int
add(fj_hash_saver *saver, const void *data, size_t nbytes)
{
    if (nbytes > FJ_HASH_PENDING - saver->n_pending &&
        fj_hash_saver_finish(saver) < 0) {
        return -1;
    }
    if (nbytes > FJ_HASH_PENDING) {
        return update(saver, data, nbytes);
    }
    memcpy(saver->pending + saver->n_pending, data, nbytes);
    saver->n_pending += nbytes;
    return 0;
}

/* pickle.dumps(dtype), borrowed. */
static PyObject *
pickle_of_dtype(fj_pickler *p, PyObject *dtype)
{
    fj_hash_saver *saver = p->hook_data;
    size_t i = ((size_t)dtype >> 6) % FJ_HASH_DTYPES;
    if (saver->dtypes[i].dtype != dtype) {
        PyObject *pickle =
            PyObject_CallOneArg(p->state->array->pickle_dumps, dtype);
        if (pickle == NULL) {
            return NULL;
        }
        if (!PyBytes_Check(pickle)) {
            PyErr_Format(PyExc_TypeError, "pickle.dumps has returned %R",
                         (PyObject *)Py_TYPE(pickle));
            Py_DECREF(pickle);
            return NULL;
        }
        Py_XSETREF(saver->dtypes[i].dtype, Py_NewRef(dtype));
        Py_XSETREF(saver->dtypes[i].pickle, pickle);
    }
    return saver->dtypes[i].pickle;
}

static int
save_dtype(fj_pickler *p, PyObject *dtype)
{
    static const char mark[] = "_HASHED_DTYPE";
    PyObject *pickle = pickle_of_dtype(p, dtype);
    return pickle == NULL || add(p->hook_data, mark, sizeof mark - 1) < 0 ||
                   add(p->hook_data, PyBytes_AS_STRING(pickle),
                       (size_t)PyBytes_GET_SIZE(pickle)) < 0
               ? -1
               : 1;
}

/* As joblib has it: what its steps raise for some subclasses is raised here
 * too. */
static int
add_by_methods(fj_pickler *p, PyObject *array)
{
    fj_hash_saver *saver = p->hook_data;
    PyArrayObject *self = (PyArrayObject *)array;
    const char *way = PyArray_NDIM(self) == 0         ? "flatten"
                      : PyArray_IS_C_CONTIGUOUS(self) ? NULL
                      : PyArray_IS_F_CONTIGUOUS(self) ? "transpose"
                                                      : "flatten";
    PyObject *contiguous =
        way == NULL ? Py_NewRef(array) : PyObject_CallMethod(array, way, NULL);
    PyObject *view = NULL, *memory = NULL, *result = NULL;
    if (contiguous != NULL) {
        view = PyObject_CallMethod(contiguous, "view", "s", "u1");
    }
    if (view != NULL) {
        memory = PyMemoryView_FromObject(view);
    }
    if (memory != NULL && fj_hash_saver_finish(saver) == 0) {
        result = PyObject_CallOneArg(saver->update, memory);
    }
    Py_XDECREF(contiguous);
    Py_XDECREF(view);
    Py_XDECREF(memory);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* The data in C order; of an array in Fortran's order, in that. */
static int
add_data(fj_pickler *p, PyArrayObject *array)
{
    const fj_array_state *state = p->state->array;
    PyTypeObject *type = Py_TYPE(array);
    bool plain = type == &PyArray_Type || type == state->memmap_type;
    if (!plain || PyDataType_ELSIZE(PyArray_DESCR(array)) == 0) {
        return add_by_methods(p, (PyObject *)array);
    }
    if (PyArray_IS_C_CONTIGUOUS(array) || PyArray_IS_F_CONTIGUOUS(array)) {
        return add(p->hook_data, PyArray_DATA(array),
                   (size_t)PyArray_NBYTES(array));
    }
    PyObject *flat = PyArray_Flatten(array, NPY_CORDER);
    if (flat == NULL) {
        return -1;
    }
    PyArrayObject *copy = (PyArrayObject *)flat;
    int ret =
        add(p->hook_data, PyArray_DATA(copy), (size_t)PyArray_NBYTES(copy));
    Py_DECREF(flat);
    return ret;
}

/* What stands for an array in the pickle: its class, dtype, shape, and
 * strides. */
static PyObject *
describe(fj_pickler *p, PyArrayObject *array)
{
    const fj_hash_saver *saver = p->hook_data;
    const fj_array_state *state = p->state->array;
    PyObject *cls = PyObject_GetAttr((PyObject *)array, p->state->s_class);
    PyObject *description = NULL;
    if (saver->coerce_mmap &&
        PyObject_TypeCheck((PyObject *)array, state->memmap_type)) {
        Py_XSETREF(cls, Py_NewRef((PyObject *)&PyArray_Type));
    }
    if (cls != NULL) {
        description = Py_BuildValue(
            "N(OONN)", cls, state->s_hashed, (PyObject *)PyArray_DESCR(array),
            PyObject_GetAttr((PyObject *)array, state->s_shape),
            PyObject_GetAttr((PyObject *)array, state->s_strides));
    }
    return description;
}

static int
save_array(fj_pickler *p, PyArrayObject *array)
{
    PyObject *description = describe(p, array);
    int ret = description == NULL || add_data(p, array) < 0
                  ? -1
                  : fj_push_save(p, description);
    Py_XDECREF(description);
    return ret < 0 ? -1 : 1;
}

/* An instance of one of the stand-ins, with one attribute. */
static int
save_stand_in(fj_pickler *p, PyTypeObject *cls, PyObject *name,
              PyObject *value_steal)
{
    PyObject *inst = PyType_GenericAlloc(cls, 0);
    PyObject *reduced =
        value_steal == NULL
            ? NULL
            : Py_BuildValue("O(O){OO}", p->state->copyreg_newobj,
                            (PyObject *)cls, name, value_steal);
    int ret = inst == NULL || reduced == NULL
                  ? -1
                  : fj_save_reduced(p, inst, reduced);
    Py_XDECREF(inst);
    Py_XDECREF(reduced);
    Py_XDECREF(value_steal);
    return ret < 0 ? -1 : 1;
}

/* Whether the exception that is set says that two items cannot be compared. */
static bool
cannot_compare(void)
{
    if (PyErr_ExceptionMatches(PyExc_TypeError)) {
        return true;
    }
    PyObject *type, *value, *traceback, *invalid_operation;
    PyErr_Fetch(&type, &value, &traceback);
    /* Of a Decimal that is no number; its module takes long to import. */
    bool known = fj_object_find(FJ_IMPORT, "decimal:InvalidOperation",
                                &invalid_operation) == 0;
    PyErr_Restore(type, value, traceback);
    bool ret = known && PyErr_ExceptionMatches(invalid_operation);
    Py_XDECREF(invalid_operation);
    return ret;
}

/* The items in order; where they cannot be compared, their digests in
 * order. */
static PyObject *
sorted_items(fj_pickler *p, PyObject *set)
{
    PyObject *items = PySequence_List(set);
    if (items == NULL || PyList_Sort(items) == 0) {
        return items;
    }
    bool sortable = cannot_compare();
    if (sortable) {
        PyErr_Clear();
    }
    for (Py_ssize_t i = 0; sortable && i < PyList_GET_SIZE(items); i++) {
        PyObject *digest =
            PyObject_CallOneArg(p->canonical, PyList_GET_ITEM(items, i));
        sortable = digest != NULL && PyList_SetItem(items, i, digest) == 0;
    }
    if (!sortable || PyList_Sort(items) < 0) {
        Py_CLEAR(items);
    }
    return items;
}

/* The name of a method, what it is bound to, and its class. */
static PyObject *
parts_of_method(fj_pickler *p, PyObject *method)
{
    const fj_array_state *state = p->state->array;
    PyObject *func, *name, *self, *parts = NULL;
    int has_func = fj_lookup_attr(method, state->s_func, &func);
    if (has_func < 0) {
        return NULL;
    }
    name = PyObject_GetAttr(has_func ? func : method, p->state->s_name);
    Py_XDECREF(func);
    self = name == NULL ? NULL : PyObject_GetAttr(method, state->s_self);
    if (self == NULL) {
        Py_XDECREF(name);
        return NULL;
    }
    if (PyModule_CheckExact(self)) {
        PyObject *module_name = PyObject_GetAttr(self, p->state->s_name);
        parts =
            module_name == NULL ? NULL : PyTuple_Pack(2, name, module_name);
        Py_XDECREF(module_name);
    }
    else if (self == Py_None) {
        parts = PyTuple_Pack(2, name, self);
    }
    else {
        PyObject *cls = PyObject_GetAttr(self, p->state->s_class);
        parts = cls == NULL ? NULL : PyTuple_Pack(3, name, self, cls);
        Py_XDECREF(cls);
    }
    Py_DECREF(name);
    Py_DECREF(self);
    return parts;
}

static int
save_class(fj_pickler *p, PyObject *cls, PyObject *name)
{
    Py_ssize_t index = fj_memo_find(&p->memo, cls);
    int ret = index >= 0
                  ? fj_write_get(p, (size_t)index)
                  : fj_save_global_as(p, cls,
                                      p->state->array->s_hashing_module, name);
    return ret < 0 ? -1 : 1;
}

static int
save(fj_pickler *p, PyObject *obj)
{
    const fj_array_state *state = p->state->array;
    if (PyArray_Check(obj)) {
        PyArrayObject *array = (PyArrayObject *)obj;
        return PyDataType_REFCHK(PyArray_DESCR(array)) ? 0
                                                       : save_array(p, array);
    }
    if (PyArray_DescrCheck(obj)) {
        return save_dtype(p, obj);
    }
    if (PyMethod_Check(obj) || PyCFunction_Check(obj)) {
        return save_stand_in(p, state->hashed_method_type,
                             state->s_method_args, parts_of_method(p, obj));
    }
    if (PySet_CheckExact(obj)) {
        return save_stand_in(p, state->hashed_set_type, state->s_set_items,
                             sorted_items(p, obj));
    }
    if (obj == (PyObject *)state->hashed_set_type) {
        return save_class(p, obj, state->s_set_name);
    }
    if (obj == (PyObject *)state->hashed_method_type) {
        return save_class(p, obj, state->s_method_name);
    }
    return 0;
}

const fj_save_hook fj_hash_save_hook = {
    .save = save,
    .element = fj_array_element,
};
