/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/guards.h"
#include "py/show.h"

int
fj_guard_refuse(fj_unpickler *u, const char *expected, PyObject *found)
{
    PyErr_Clear();
    const char *text = FJ_SHOW(found);
    if (u->policy != NULL) {
        return fj_input_refuse(u->in, "NumPy expects %s, found %s", expected,
                               text);
    }
    fj_input_invalid(u->in, "NumPy expects %s, found %s", expected, text);
    return -1;
}

bool
fj_guard_get_size(PyObject *obj, Py_ssize_t *value_ret)
{
    *value_ret = PyLong_Check(obj) ? PyLong_AsSsize_t(obj) : -1;
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return false;
    }
    return PyLong_Check(obj);
}

bool
fj_shape_size(PyObject *shape, size_t *count_ret)
{
    Py_ssize_t dim;
    *count_ret = 1;
    if (!PyTuple_Check(shape)) {
        *count_ret =
            fj_guard_get_size(shape, &dim) && dim >= 0 ? (size_t)dim : 0;
        return fj_guard_get_size(shape, &dim) && dim >= 0;
    }
    bool valid = PyTuple_GET_SIZE(shape) <= NPY_MAXDIMS;
    for (Py_ssize_t i = 0; valid && i < PyTuple_GET_SIZE(shape); i++) {
        valid = fj_guard_get_size(PyTuple_GET_ITEM(shape, i), &dim) &&
                dim >= 0 && fj_size_mul(*count_ret, (size_t)dim, count_ret);
    }
    return valid;
}
