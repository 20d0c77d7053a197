/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/fallback.h"

/* How much of the data the fallback gets at first. */
enum { SHOWN_NBYTES = 32 };

/* The `origin` argument of fallback(): a new reference. */
static PyObject *
origin_of(const fj_pyfile *file)
{
    return file->object != NULL ? Py_NewRef(file->object)
                                : PyLong_FromLong(file->fd);
}

/* Calls it with `nbytes` of data, or more if more has been taken from the
 * origin. */
static PyObject *
call_fallback(PyObject *fallback, const fj_pyfile *file, const fj_input *in,
              Py_ssize_t nbytes)
{
    PyObject *origin = origin_of(file);
    if (origin == NULL) {
        return NULL;
    }
    uint64_t taken = fj_pyfile_taken(file, in);
    if ((uint64_t)nbytes < taken) {
        nbytes = (Py_ssize_t)taken;
    }
    PyObject *reply = PyObject_CallFunction(fallback, "Oy#K", origin, in->pos,
                                            nbytes, (unsigned long long)taken);
    Py_DECREF(origin);
    return reply;
}

/* Reads (codec, n_threads). */
static int
read_codec(PyObject *reply, fj_verdict *verdict_ret)
{
    const char *name;
    if (!PyArg_ParseTuple(reply,
                          "sI;a codec and a number of threads were "
                          "expected",
                          &name, &verdict_ret->n_threads)) {
        return -1;
    }
    verdict_ret->codec = fj_codec_find(name);
    if (verdict_ret->codec == NULL) {
        PyErr_Format(PyExc_ValueError, "there is no codec '%s'", name);
        return -1;
    }
    return 0;
}

int
fj_ask_fallback(PyObject *fallback, const fj_pyfile *file, fj_input *in,
                fj_verdict *verdict_ret)
{
    *verdict_ret = (fj_verdict){NULL, 1, NULL};
    if (fallback == NULL) {
        return 0;
    }
    Py_ssize_t shown = in->filled - in->pos;
    if (shown > SHOWN_NBYTES) {
        shown = SHOWN_NBYTES;
    }
    for (;;) {
        PyObject *reply = call_fallback(fallback, file, in, shown);
        if (reply == NULL) {
            return -1;
        }
        if (PyLong_Check(reply)) {
            size_t wanted = PyLong_AsSize_t(reply);
            Py_DECREF(reply);
            Py_ssize_t n = PyErr_Occurred() ? -1 : fj_input_show(in, wanted);
            if (n <= shown) { // there is no more
                return n < 0 ? -1 : 0;
            }
            shown = n;
            continue;
        }
        if (PyTuple_Check(reply)) {
            int ret = read_codec(reply, verdict_ret);
            Py_DECREF(reply);
            return ret;
        }
        if (reply == Py_None) {
            Py_DECREF(reply);
            return 0;
        }
        verdict_ret->object = reply;
        return 0;
    }
}
