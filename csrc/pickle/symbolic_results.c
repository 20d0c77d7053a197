/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the symbolic machine has found, as Python objects: notes, arrays,
 * globals, and values for hooks.
 */
#include "pickle/symbolic_run.h"

/* More notes than this say nothing new. */
enum { MAX_NOTES = 64 };

int
fj_symbolic_note(fj_symbolic *m, const char *format, ...)
{
    if (PyList_GET_SIZE(m->notes) >= MAX_NOTES) {
        return 0;
    }
    va_list args;
    va_start(args, format);
    PyObject *note = PyUnicode_FromFormatV(format, args);
    va_end(args);
    int ret = note == NULL ? -1 : PySequence_Contains(m->notes, note);
    if (ret == 0) {
        ret = PyList_Append(m->notes, note);
    }
    Py_XDECREF(note);
    return ret < 0 ? -1 : 0;
}

int
fj_symbolic_keep(fj_symbolic *m, PyObject *obj_steal)
{
    if (obj_steal == NULL) {
        return -1;
    }
    int ret = PyList_Append(m->kept, obj_steal);
    Py_DECREF(obj_steal);
    return ret;
}

int
fj_symbolic_add_array(fj_symbolic *m, fj_node *node, PyObject *row_steal)
{
    if (row_steal == NULL) {
        return -1;
    }
    node->kind = FJ_ARRAY;
    node->index = (size_t)PyList_GET_SIZE(m->arrays);
    int ret = PyList_Append(m->arrays, row_steal);
    Py_DECREF(row_steal);
    return ret;
}

int
fj_symbolic_drop_array(fj_symbolic *m, const fj_node *node)
{
    return PyList_SetItem(m->arrays, (Py_ssize_t)node->index,
                          Py_NewRef(Py_None));
}

PyObject *
fj_symbolic_globals(fj_symbolic *m)
{
    PyObject *rows = PyList_New(0);
    const fj_global *global = m->globals;
    for (; rows != NULL && global != NULL; global = global->next) {
        if (global->count == 0 && !global->called && !global->instantiated &&
            !global->stored) {
            continue; // it was only in the name of another one
        }
        PyObject *row = Py_BuildValue(
            "OOKNNNNO", global->module, global->name,
            (unsigned long long)global->count, PyBool_FromLong(global->called),
            PyBool_FromLong(global->instantiated),
            PyBool_FromLong(global->stored),
            PyBool_FromLong(global->is_partial && !global->stored &&
                            !global->strays),
            global->paths);
        if (row == NULL || PyList_Append(rows, row) < 0) {
            Py_CLEAR(rows);
        }
        Py_XDECREF(row);
    }
    return rows;
}

/* What hooks ask for is small. */
enum { MAX_DEPTH = 6, MAX_VALUES = 4096 };

static PyObject *convert(fj_symbolic *m, fj_value value, int depth,
                         size_t *left);

/* The values of a tuple, list or dict, the keys and values of a dict by turns:
 * a new list. */
static PyObject *
convert_all(fj_symbolic *m, const fj_node *node, int depth, size_t *left)
{
    PyObject *list = PyList_New(0);
    for (const fj_block *block = node->first; block != NULL;
         block = block->next) {
        for (size_t i = 0; list != NULL && i < block->n; i++) {
            PyObject *item = convert(m, block->values[i], depth + 1, left);
            if (item == NULL || PyList_Append(list, item) < 0) {
                Py_CLEAR(list);
            }
            Py_XDECREF(item);
        }
    }
    return list;
}

static PyObject *
convert_dict(PyObject *flat)
{
    PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict != NULL && i < PyList_GET_SIZE(flat); i += 2) {
        if (PyDict_SetItem(dict, PyList_GET_ITEM(flat, i),
                           PyList_GET_ITEM(flat, i + 1)) < 0) {
            Py_CLEAR(dict);
            if (PyErr_ExceptionMatches(PyExc_TypeError)) { // not hashable
                PyErr_Clear();
            }
        }
    }
    return dict;
}

static PyObject *
convert_node(fj_symbolic *m, const fj_node *node, int depth, size_t *left)
{
    if (node->note != NULL) {
        return Py_NewRef(node->note);
    }
    if (node->kind == FJ_BYTES && node->text != NULL) {
        return PyBytes_FromStringAndSize(node->text->bytes,
                                         (Py_ssize_t)node->text->nbytes);
    }
    if (node->kind > FJ_DICT || depth == MAX_DEPTH) {
        return NULL;
    }
    PyObject *flat = convert_all(m, node, depth, left);
    PyObject *obj = flat;
    if (flat != NULL && node->kind != FJ_LIST) {
        obj =
            node->kind == FJ_DICT ? convert_dict(flat) : PyList_AsTuple(flat);
        Py_DECREF(flat);
    }
    return obj;
}

/* A new reference, or NULL, with or without an exception. */
static PyObject *
convert(fj_symbolic *m, fj_value value, int depth, size_t *left)
{
    const fj_text *text = fj_as_text(value);
    const fj_global *global = fj_as_global(value);
    const fj_node *node = fj_as_node(value);
    int64_t n;
    if (*left == 0) {
        return NULL;
    }
    --*left;
    if (value == FJ_NONE) {
        return Py_NewRef(Py_None);
    }
    if (value == FJ_EMPTY_TUPLE) {
        return PyTuple_New(0);
    }
    if (value == FJ_TRUE || value == FJ_FALSE) {
        return PyBool_FromLong(value == FJ_TRUE);
    }
    if (fj_as_int(value, &n)) {
        return PyLong_FromLongLong(n);
    }
    if (text != NULL) {
        return PyUnicode_DecodeUTF8(text->bytes, (Py_ssize_t)text->nbytes,
                                    "surrogatepass");
    }
    if (global != NULL) {
        return PyTuple_Pack(2, global->module, global->name);
    }
    return node == NULL ? NULL : convert_node(m, node, depth, left);
}

PyObject *
fj_symbolic_object(fj_symbolic *m, fj_value value)
{
    size_t left = MAX_VALUES;
    return convert(m, value, 0, &left);
}
