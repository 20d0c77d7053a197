/* SPDX-License-Identifier: BSD-3-Clause */
#include "py/errors.h"

void
fj_raise_truncated(fj_state *state, PyObject *filename, uint64_t expected,
                   uint64_t actual)
{
    PyObject *error = PyObject_CallFunction(
        state->truncated_error, "OKK", filename, (unsigned long long)expected,
        (unsigned long long)actual);
    if (error != NULL) {
        PyErr_SetObject(state->truncated_error, error);
        Py_DECREF(error);
    }
}

/* error(filename, detail, position) */
static void
raise_at(PyObject *type, PyObject *filename, PyObject *detail,
         uint64_t position)
{
    PyObject *error = PyObject_CallFunction(type, "OOK", filename, detail,
                                            (unsigned long long)position);
    if (error != NULL) {
        PyErr_SetObject(type, error);
        Py_DECREF(error);
    }
}

void
fj_raise_invalid(fj_state *state, PyObject *filename, PyObject *detail,
                 uint64_t position)
{
    raise_at(state->invalid_error, filename, detail, position);
}

void
fj_raise_untrusted(fj_state *state, PyObject *filename, PyObject *detail,
                   uint64_t position)
{
    raise_at(state->untrusted_error, filename, detail, position);
}

PyObject *
fj_take_exception(void)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    if (traceback != NULL) {
        PyException_SetTraceback(error, traceback);
    }
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return error;
}

void
fj_restore_exception_steal(PyObject *error)
{
    PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(error)), error,
                  PyException_GetTraceback(error));
}

void
fj_decref_in_error(PyObject *obj)
{
    PyObject *error = PyErr_Occurred() ? fj_take_exception() : NULL;
    Py_DECREF(obj);
    if (error != NULL) {
        fj_restore_exception_steal(error);
    }
}

void
fj_clear_in_error(PyObject **obj)
{
    PyObject *old = *obj;
    *obj = NULL;
    fj_decref_in_error(old);
}

void
fj_set_context_steal(PyObject *context)
{
    PyObject *error = fj_take_exception();
    if (error == context) { // raised again, by a __repr__ that a text asked
        Py_DECREF(context);
    }
    else {
        PyException_SetContext(error, context);
    }
    fj_restore_exception_steal(error);
}

/* add_note() exists from 3.11 on; before, the message stays pickle's. */
void
fj_add_note_steal(PyObject *error, PyObject *note_steal)
{
    PyObject *result = NULL;
    if (note_steal != NULL) {
        result = PyObject_CallMethod(error, "add_note", "O", note_steal);
    }
    if (result == NULL) {
        PyErr_Clear();
    }
    Py_XDECREF(result);
    Py_XDECREF(note_steal);
}

/* The data may have no name. */
static void
add_file_note(PyObject *error, PyObject *filename)
{
    if (PyUnicode_Check(filename) && PyUnicode_GET_LENGTH(filename) > 0) {
        fj_add_note_steal(error,
                          PyUnicode_FromFormat("while loading %R", filename));
    }
}

static void
raise_python2(PyObject *cause_steal, PyObject *filename)
{
    PyErr_SetString(PyExc_ValueError,
                    "You may be trying to read with "
                    "python 3 a joblib pickle generated with python 2. "
                    "This feature is not supported by joblib.");
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyException_SetCause(value, cause_steal);
    add_file_note(value, filename);
    PyErr_Restore(type, value, traceback);
}

void
fj_raise_forked(void)
{
    PyErr_SetString(PyExc_RuntimeError,
                    "the process was forked during the dump, and the child "
                    "cannot go on with it");
}

void
fj_explain_load_error(PyObject *filename)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL) {
        PyException_SetTraceback(value, traceback);
    }
    if (PyErr_GivenExceptionMatches(value, PyExc_UnicodeDecodeError)) {
        Py_DECREF(type);
        Py_XDECREF(traceback);
        raise_python2(value, filename);
        return;
    }
    bool missing = PyErr_GivenExceptionMatches(value, PyExc_ImportError) ||
                   PyErr_GivenExceptionMatches(value, PyExc_AttributeError);
    if (missing) {
        add_file_note(value, filename);
    }
    PyErr_Restore(type, value, traceback);
}
