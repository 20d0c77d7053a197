/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Opcodes whose object comes from the caller: persistent ids and out-of-band
 * buffers.
 */
#include "pickle/load.h"
#include "pickle/operands.h"
#include "py/show.h"

/* Pushes persistent_load(id). */
static int
push_persistent(fj_unpickler *u, PyObject *id_steal)
{
    if (id_steal == NULL) {
        return -1;
    }
    PyObject *obj = NULL;
    if (u->persistent_load != NULL) {
        obj = PyObject_CallOneArg(u->persistent_load, id_steal);
    }
    else {
        fj_input_invalid(u->in,
                         "it has a persistent id, %s, and nothing was "
                         "given to load such objects",
                         FJ_SHOW(id_steal));
    }
    Py_DECREF(id_steal);
    return fj_push_steal(u, obj);
}

int
fj_load_persistent_line(fj_unpickler *u)
{
    return push_persistent(u, fj_operand_persistent_id(u->in));
}

int
fj_load_persistent(fj_unpickler *u)
{
    if (!fj_has_items(u, 1)) {
        return fj_underflow(u);
    }
    return push_persistent(u, fj_pop_owned(u));
}

int
fj_load_next_buffer(fj_unpickler *u)
{
    if (u->buffers == NULL) {
        fj_input_invalid(u->in, "pickle stream refers to out-of-band data "
                                "but no buffers were given");
        return -1;
    }
    PyObject *buffer = PyIter_Next(u->buffers);
    if (buffer == NULL && !PyErr_Occurred()) {
        fj_input_invalid(u->in, "not enough out-of-band buffers");
    }
    return fj_push_steal(u, buffer);
}

int
fj_load_readonly_buffer(fj_unpickler *u)
{
    if (!fj_has_items(u, 1)) {
        return fj_underflow(u);
    }
    PyObject *view = PyMemoryView_FromObject(u->stack[u->nstack - 1]);
    if (view == NULL) {
        return -1;
    }
    if (!PyMemoryView_GET_BUFFER(view)->readonly) {
        PyObject *readonly = PyObject_CallMethod(view, "toreadonly", NULL);
        if (readonly == NULL) {
            Py_DECREF(view);
            return -1;
        }
        Py_SETREF(u->stack[u->nstack - 1], readonly);
    }
    Py_DECREF(view);
    return 0;
}
