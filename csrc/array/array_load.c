/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Loading arrays: recognises joblib's wrappers.
 */
#include "array/array_read.h"
#include "array/buffer_load.h"
#include "array/small_load.h"
#include "array/state.h"
#include "py/show.h"

static int
find_global(fj_unpickler *u, PyObject *module_name, PyObject *name,
            PyObject **obj_ret)
{
    PyTypeObject *wrapper =
        fj_wrapper_find(u->state->array, module_name, name);
    *obj_ret = Py_XNewRef((PyObject *)wrapper);
    return wrapper != NULL;
}

static int
begin(fj_unpickler *u, PyObject *cls)
{
    return cls == (PyObject *)u->state->array->wrapper_type ? fj_small_load(u)
                                                            : 0;
}

static PyObject *
read_side_file(fj_unpickler *u, PyObject *state)
{
    const fj_array_loader *loader = u->hook_data;
    if (!PyDict_CheckExact(state)) {
        fj_input_invalid(u->in, "the state of an array is %s", FJ_SHOW(state));
        return NULL;
    }
    return PyObject_CallFunction(loader->side_files, "OK", state,
                                 (unsigned long long)fj_input_position(u->in));
}

static PyObject *
read_behind(fj_unpickler *u, PyObject *state)
{
    fj_wrapper w;
    return fj_wrapper_read(u, state, &w) < 0 ? NULL : fj_array_read(u, &w);
}

static int
build(fj_unpickler *u, PyObject *inst, PyObject *inst_state,
      PyObject **array_ret)
{
    const fj_array_state *state = u->state->array;
    if (Py_IS_TYPE(inst, state->wrapper_type)) {
        *array_ret = read_behind(u, inst_state);
    }
    else if (Py_IS_TYPE(inst, state->old_wrapper_type)) {
        *array_ret = read_side_file(u, inst_state);
    }
    else {
        return fj_buffer_build(u, inst, inst_state, array_ret);
    }
    return *array_ret == NULL ? -1 : 1;
}

const fj_load_hook fj_array_load_hook = {
    .find_global = find_global,
    .begin = begin,
    .build = build,
    .call = fj_buffer_call,
    .copy_nbytes = fj_array_copy_nbytes,
};
