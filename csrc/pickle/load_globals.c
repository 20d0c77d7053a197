/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Globals: the opcodes that refer to one by name, and the look-up of names.
 */
#include "pickle/load.h"
#include "pickle/names.h"
#include "pickle/operands.h"
#include "pickle/policy.h"
#include "py/errors.h"

/* One part of a dotted name.  Before 3.14 pickle does not even look for what
 * stands for a function's own names, nor tells which part is missing. */
static PyObject *
follow_part(const fj_unpickler *u, PyObject *obj, PyObject *part,
            PyObject *module, PyObject *module_name, PyObject *name)
{
    PyObject *next = NULL;
    if (FJ_SINCE_3_14) {
        next = PyObject_GetAttr(obj, part);
        if (next == NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) {
            PyObject *raised = fj_take_exception();
            PyErr_Format(PyExc_AttributeError,
                         "Can't resolve path %R on module %R", name,
                         module_name);
            fj_set_context_steal(raised);
        }
    }
    else if (PyUnicode_Compare(part, u->state->s_locals) == 0 ||
             fj_lookup_attr(obj, part, &next) == 0) {
        PyErr_Format(PyExc_AttributeError, "Can't get attribute %R on %R",
                     name, module);
    }
    return next;
}

/* Follows a dotted name from the module; `dotted` false: one attribute. */
static PyObject *
follow_name(fj_unpickler *u, PyObject *module, PyObject *module_name,
            PyObject *name, bool dotted)
{
    if (!dotted ||
        PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1) < 0) {
        return PyObject_GetAttr(module, name);
    }
    PyObject *parts = fj_split_name(name);
    if (parts == NULL) {
        return NULL;
    }
    PyObject *obj = Py_NewRef(module);
    for (Py_ssize_t i = 0; obj != NULL && i < PyList_GET_SIZE(parts); i++) {
        Py_SETREF(obj, follow_part(u, obj, PyList_GET_ITEM(parts, i), module,
                                   module_name, name));
    }
    Py_DECREF(parts);
    return obj;
}

static PyObject *
import_from(fj_unpickler *u, PyObject *module_name, PyObject *name)
{
    PyObject *module = fj_import_module(module_name);
    if (module == NULL) {
        return NULL;
    }
    /* What a name is renamed to may be within a class in every protocol. */
    bool dotted = u->proto >= 4 || u->rename != NULL;
    PyObject *obj = follow_name(u, module, module_name, name, dotted);
    Py_DECREF(module);
    return obj;
}

/* Looks up a missing global under the name that it may have been given since.
 * An exception must be set; it stays set if nothing is found. */
static PyObject *
find_moved(fj_unpickler *u, PyObject *module_name, PyObject *name)
{
    if (!PyErr_ExceptionMatches(PyExc_ImportError) &&
        !PyErr_ExceptionMatches(PyExc_AttributeError)) {
        return NULL;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *obj = PyObject_CallFunctionObjArgs(u->state->find_moved,
                                                 module_name, name, NULL);
    if (obj == Py_None) { // not found; no global is None
        Py_CLEAR(obj);
        PyErr_Restore(type, value, traceback);
        return NULL;
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return obj;
}

PyObject *
fj_unpickler_import(fj_unpickler *u, PyObject *module_name, PyObject *name)
{
    PyObject *obj = NULL;
    if (u->hook != NULL && u->hook->find_global != NULL &&
        u->hook->find_global(u, module_name, name, &obj) != 0) {
        return obj;
    }
    if (u->proto < 3 && u->fix_imports &&
        fj_map_from_python2(u->state, &module_name, &name) < 0) {
        return NULL;
    }
    PyObject *current = fj_current_module(u->state, module_name);
    if (current == NULL) {
        return NULL;
    }
    obj = import_from(u, current, name);
    if (obj == NULL) {
        obj = find_moved(u, current, name);
    }
    Py_DECREF(current);
    return obj;
}

/* Notes what was looked up, if it is missing: the import may have failed for
 * another module that it needs. */
static void
note_wanted(fj_unpickler *u, PyObject *module_name, PyObject *name)
{
    if (!PyErr_ExceptionMatches(PyExc_ImportError) &&
        !PyErr_ExceptionMatches(PyExc_AttributeError)) {
        return;
    }
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    PyObject *result = PyObject_CallFunctionObjArgs(
        u->state->note_wanted, error, module_name, name, NULL);
    if (result == NULL) {
        PyErr_Clear();
    }
    Py_XDECREF(result);
    PyErr_Restore(type, error, traceback);
}

/* A global that is not in u->globals: a new reference, or NULL. */
static PyObject *
look_up(fj_unpickler *u, PyObject *module_name, PyObject *name)
{
    PyObject *obj = u->policy != NULL
                        ? fj_policy_global(u, module_name, name)
                        : fj_unpickler_import(u, module_name, name);
    if (obj == NULL) {
        note_wanted(u, module_name, name);
    }
    return obj;
}

static PyObject *
look_up_renamed(fj_unpickler *u, PyObject *module_name, PyObject *name)
{
    PyObject *obj = NULL;
    PyObject *renamed =
        PyObject_CallFunctionObjArgs(u->rename, module_name, name, NULL);
    if (renamed != NULL &&
        PyArg_ParseTuple(renamed, "UU:rename", &module_name, &name) &&
        PySys_Audit("pickle.find_class", "OO", module_name, name) == 0) {
        obj = look_up(u, module_name, name);
    }
    Py_XDECREF(renamed);
    return obj;
}

/* Looks up each name once a load, because nested pickles repeat names. */
static PyObject *
find_class(fj_unpickler *u, PyObject *module_name, PyObject *name)
{
    if (u->find_class != NULL) {
        return PyObject_CallFunctionObjArgs(u->find_class, module_name, name,
                                            NULL);
    }
    if (u->globals == NULL) {
        u->globals = PyDict_New();
        if (u->globals == NULL) {
            return NULL;
        }
    }
    if (PySys_Audit("pickle.find_class", "OO", module_name, name) < 0) {
        return NULL;
    }
    PyObject *key = PyTuple_Pack(2, module_name, name);
    if (key == NULL) {
        return NULL;
    }
    PyObject *obj = Py_XNewRef(PyDict_GetItemWithError(u->globals, key));
    if (obj == NULL && !PyErr_Occurred()) {
        obj = u->rename != NULL ? look_up_renamed(u, module_name, name)
                                : look_up(u, module_name, name);
        if (obj != NULL && PyDict_SetItem(u->globals, key, obj) < 0) {
            Py_CLEAR(obj);
        }
    }
    Py_DECREF(key);
    return obj;
}

int
fj_load_global(fj_unpickler *u)
{
    PyObject *module_name, *name;
    if (fj_operand_names(u->in, u->names_are_utf8, &module_name, &name) < 0) {
        return -1;
    }
    PyObject *obj = find_class(u, module_name, name);
    Py_DECREF(module_name);
    Py_DECREF(name);
    return fj_push_steal(u, obj);
}

int
fj_load_stack_global(fj_unpickler *u)
{
    if (!fj_has_items(u, 2)) {
        return fj_underflow(u);
    }
    PyObject *name = fj_pop_owned(u);
    PyObject *module_name = fj_pop_owned(u);
    PyObject *obj = NULL;
    if (PyUnicode_CheckExact(name) && PyUnicode_CheckExact(module_name)) {
        obj = find_class(u, module_name, name);
    }
    else {
        fj_input_invalid(u->in, "STACK_GLOBAL requires str");
    }
    Py_DECREF(name);
    Py_DECREF(module_name);
    return fj_push_steal(u, obj);
}

static PyObject *
find_extension(fj_unpickler *u, PyObject *code)
{
    fj_state *state = u->state;
    PyObject *obj = PyDict_GetItemWithError(state->extension_cache, code);
    if (obj != NULL || PyErr_Occurred()) {
        return Py_XNewRef(obj);
    }
    PyObject *pair = PyDict_GetItemWithError(state->inverted_registry, code);
    if (pair == NULL) {
        if (!PyErr_Occurred()) {
            fj_input_invalid(u->in, "unregistered extension code %S", code);
        }
        return NULL;
    }
    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2 ||
        !PyUnicode_Check(PyTuple_GET_ITEM(pair, 0)) ||
        !PyUnicode_Check(PyTuple_GET_ITEM(pair, 1))) {
        fj_input_invalid(u->in,
                         "extension code %S is registered for %R, not "
                         "for two names",
                         code, pair);
        return NULL;
    }
    Py_INCREF(pair); // the import may change the registry
    obj = find_class(u, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
    Py_DECREF(pair);
    if (obj != NULL && PyDict_SetItem(state->extension_cache, code, obj) < 0) {
        Py_CLEAR(obj);
    }
    return obj;
}

int
fj_load_extension(fj_unpickler *u, size_t code_nbytes)
{
    int32_t code;
    if (fj_operand_extension(u->in, code_nbytes, &code) < 0) {
        return -1;
    }
    PyObject *key = PyLong_FromLong(code);
    if (key == NULL) {
        return -1;
    }
    PyObject *obj = find_extension(u, key);
    Py_DECREF(key);
    return fj_push_steal(u, obj);
}
