/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the user of a pickler decides for single objects: persistent ids,
 * reducers, and fast mode, which promises that no object occurs twice.
 */
#include "pickle/save.h"

/* Protocol 0 writes the id as a line of text. */
static int
write_persistent_line(fj_pickler *p, PyObject *id)
{
    int ret = -1;
    PyObject *text = PyObject_Str(id);
    if (text == NULL) {
        return -1;
    }
    if (!PyUnicode_IS_ASCII(text)) {
        PyErr_SetString(p->state->pickling_error,
                        "persistent IDs in protocol 0 must be ASCII strings");
    }
    else if (fj_output_byte(p->out, OP_PERSID) == 0 &&
             fj_output_write(p->out, PyUnicode_DATA(text),
                             (size_t)PyUnicode_GET_LENGTH(text)) == 0) {
        ret = fj_output_byte(p->out, '\n');
    }
    Py_DECREF(text);
    return ret;
}

int
fj_save_persistent(fj_pickler *p, PyObject *obj)
{
    PyObject *id = PyObject_CallOneArg(p->persistent_id, obj);
    if (id == NULL) {
        return -1;
    }
    if (id == Py_None) {
        Py_DECREF(id);
        return 0;
    }
    int ret;
    if (!p->bin) {
        ret = write_persistent_line(p, id);
    }
    else { // the id is saved like any object, but has no persistent id itself
        ret = fj_push(p, FJ_TASK_PERSID, obj) == NULL
                  ? -1
                  : fj_save_object(p, id, false);
    }
    Py_DECREF(id);
    return ret < 0 ? -1 : 1;
}

int
fj_save_override(fj_pickler *p, PyObject *obj)
{
    PyObject *reduced = PyObject_CallOneArg(p->reducer_override, obj);
    if (reduced == NULL) {
        return -1;
    }
    int ret = 0;
    if (reduced != Py_NotImplemented) {
        ret = fj_save_reduced(p, obj, reduced) < 0 ? -1 : 1;
    }
    Py_DECREF(reduced);
    return ret;
}

int
fj_find_reducer(fj_pickler *p, PyTypeObject *type, PyObject **reducer_ret)
{
    PyObject *key = (PyObject *)type;
    if (p->dispatch_table == NULL) {
        *reducer_ret =
            Py_XNewRef(PyDict_GetItemWithError(p->state->dispatch_table, key));
    }
    else {
        *reducer_ret = PyObject_GetItem(p->dispatch_table, key);
        if (*reducer_ret == NULL && PyErr_ExceptionMatches(PyExc_KeyError)) {
            PyErr_Clear();
        }
    }
    if (*reducer_ret == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return 1;
}

/* Without a memo an object that contains itself would be walked for ever.  So
 * when the stack is deeper than usual, a fast pickler keeps track of the
 * objects that it is within. */
enum { DEEP_FOR_FAST = 512 };

int
fj_enter_fast(fj_pickler *p, PyObject *obj)
{
    if (p->ntasks < DEEP_FOR_FAST) {
        return 0;
    }
    if (p->walked == NULL) {
        p->walked = PySet_New(NULL);
        if (p->walked == NULL) {
            return -1;
        }
    }
    PyObject *id = PyLong_FromVoidPtr(obj);
    int within = id == NULL ? -1 : PySet_Contains(p->walked, id);
    if (within == 0 && PySet_Add(p->walked, id) == 0 &&
        fj_push(p, FJ_TASK_LEAVE, obj) != NULL) {
        Py_DECREF(id);
        return 0;
    }
    if (within > 0) {
        PyErr_Format(PyExc_ValueError,
                     "fast mode: can't pickle cyclic objects including "
                     "object type %.200s at %p",
                     Py_TYPE(obj)->tp_name, obj);
    }
    Py_XDECREF(id);
    return -1;
}

int
fj_leave_fast(fj_pickler *p, PyObject *obj)
{
    PyObject *id = PyLong_FromVoidPtr(obj);
    int found = id == NULL ? -1 : PySet_Discard(p->walked, id);
    Py_XDECREF(id);
    return found < 0 ? -1 : 0;
}
