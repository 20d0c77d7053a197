/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What becomes of exceptions: a note says where in the object they were raised,
 * or they are reported and the walk goes on.  Nothing here costs anything while
 * all goes well.
 */
#include "pickle/save.h"
#include "pickle/save_where.h"
#include "py/errors.h"

int
fj_fail_with(fj_pickler *p, PyObject *obj)
{
    Py_INCREF(obj);
    Py_XSETREF(p->failed, obj);
    return -1;
}

/* Not if it was raised by what the bytes go to, or ends the program. */
static bool
is_about_an_object(const fj_pickler *p)
{
    return !p->out->stopped && PyErr_ExceptionMatches(PyExc_Exception);
}

/* The text of the note; NULL, with an exception or without, where there is
 * nothing to say. */
static PyObject *
describe_where(const fj_pickler *p)
{
    fj_trail trail;
    PyObject *text = NULL, *path = NULL, *types = NULL;
    if (fj_find_where(p, &trail) == 0 && PyList_GET_SIZE(trail.steps) > 0) {
        path = fj_trail_path(&trail);
        types = path == NULL ? NULL : fj_trail_types(&trail);
        text = types == NULL
                   ? NULL
                   : PyUnicode_FromFormat("in `%U`: %U", path, types);
    }
    Py_XDECREF(path);
    Py_XDECREF(types);
    fj_trail_clear(&trail);
    return text;
}

void
fj_note_failure(fj_pickler *p)
{
    if (!p->out->stopped) {
        PyObject *error = fj_take_exception();
        if (!p->noted && PyErr_GivenExceptionMatches(error, PyExc_Exception)) {
            fj_add_note_steal(error, describe_where(p));
        }
        fj_note_parts(p, error);
        fj_restore_exception_steal(error);
    }
    if (p->outer != NULL) {
        p->outer->noted = true;
    }
}

static PyObject *
call_report(const fj_pickler *p, PyObject *error)
{
    fj_trail trail;
    PyObject *result = NULL;
    if (fj_find_where(p, &trail) == 0) {
        PyObject *path = fj_trail_path(&trail);
        if (path != NULL) {
            result = PyObject_CallFunctionObjArgs(
                p->report, path, trail.at == NULL ? Py_None : trail.at, error,
                NULL);
        }
        Py_XDECREF(path);
    }
    fj_trail_clear(&trail);
    return result;
}

int
fj_pass_over(fj_pickler *p)
{
    if (p->report == NULL || !is_about_an_object(p) ||
        PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return -1;
    }
    PyObject *error = fj_take_exception();
    PyObject *result = call_report(p, error);
    Py_DECREF(error);
    Py_CLEAR(p->failed);
    Py_CLEAR(p->refused);
    while (p->endless && p->ntasks > 0) { // what is left would not end either
        fj_pop(p);
    }
    p->endless = false;
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}
