/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/options.h"

int
fj_pickle_open_sink(fj_file_sink *sink, fj_state *state, PyObject *file)
{
    int ret = fj_file_sink_init(sink, state, file);
    if (ret < 0 && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_SetString(PyExc_TypeError, "file must have a 'write' attribute");
    }
    return ret;
}

int
fj_pickle_as_c(fj_pickler *p, bool fix_imports, PyObject *callback)
{
    if (callback != NULL && p->proto < 5) {
        PyErr_SetString(PyExc_ValueError,
                        "buffer_callback needs protocol >= 5");
        return -1;
    }
    p->as_c_pickle = true;
    p->fix_imports = fix_imports && p->proto < 3;
    p->buffer_callback = callback;
    return 0;
}

/* Each load() looks up the methods again; here errors are raised early. */
int
fj_unpickle_check_file(fj_state *state, PyObject *file)
{
    PyObject *read = NULL, *readline = NULL;
    if (fj_lookup_attr(file, state->s_read, &read) >= 0 &&
        fj_lookup_attr(file, state->s_readline, &readline) >= 0 &&
        (read == NULL || readline == NULL)) {
        PyErr_SetString(PyExc_TypeError,
                        "file must have 'read' and 'readline' attributes");
    }
    Py_XDECREF(read);
    Py_XDECREF(readline);
    return PyErr_Occurred() ? -1 : 0;
}

/* The str as UTF-8, borrowed; NULL for NULL.  0 or -1. */
static int
as_text(PyObject *str, const char **text_ret)
{
    Py_ssize_t nbytes;
    *text_ret = NULL;
    if (str == NULL) {
        return 0;
    }
    *text_ret = PyUnicode_AsUTF8AndSize(str, &nbytes);
    if (*text_ret != NULL && strlen(*text_ret) != (size_t)nbytes) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        *text_ret = NULL;
    }
    return *text_ret == NULL ? -1 : 0;
}

int
fj_unpickle_strings(fj_unpickler *u, PyObject *encoding, PyObject *errors)
{
    return as_text(encoding, &u->encoding) < 0 ? -1
                                               : as_text(errors, &u->errors);
}
