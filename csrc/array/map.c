/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/map.h"

#include "array/byteorder.h"
#include "array/state.h"
#include "py/errors.h"

void
fj_mapping_clear(fj_mapping *mapping)
{
    Py_CLEAR(mapping->memory);
    Py_CLEAR(mapping->filename);
    Py_CLEAR(mapping->mode);
}

/* Maps the file; the first array needs its first `needed` bytes. */
static int
open_mapping(fj_mapping *mapping, uint64_t needed)
{
    PyObject *memory, *filename, *mode;
    Py_buffer view;
    PyObject *opened =
        PyObject_CallMethod(mapping->mapper, "open", "iK", mapping->descriptor,
                            (unsigned long long)needed);
    if (opened == NULL) {
        return -1;
    }
    if (!PyArg_ParseTuple(opened, "OUU", &memory, &filename, &mode) ||
        PyObject_GetBuffer(memory, &view, PyBUF_SIMPLE) < 0) {
        Py_DECREF(opened);
        return -1;
    }
    mapping->nbytes = (size_t)view.len;
    PyBuffer_Release(&view);
    mapping->memory = Py_NewRef(memory);
    mapping->filename = Py_NewRef(filename);
    mapping->mode = Py_NewRef(mode);
    Py_DECREF(opened);
    return 0;
}

/* The input has the size of the file when it was opened.  The mapping has its
 * size when it was mapped, which may be less. */
static int
check_mapped(fj_unpickler *u, fj_mapping *mapping, size_t nbytes)
{
    uint64_t end = fj_input_position(u->in) + nbytes;
    if (mapping->memory == NULL && open_mapping(mapping, end) < 0) {
        return -1;
    }
    if (end > mapping->nbytes) {
        fj_raise_truncated(u->state, u->in->filename, end, mapping->nbytes);
        return -1;
    }
    return 0;
}

static PyObject *
new_memmap(const fj_array_state *state, const fj_mapping *mapping,
           const fj_wrapper *w, PyObject *offset)
{
    PyObject *args = Py_BuildValue(
        "NNOOOO", PyArray_IntTupleFromIntp(w->ndim, w->dims),
        fj_builtin_descr((PyArray_Descr *)w->dtype), mapping->memory, offset,
        Py_None, w->fortran ? state->s_order_f : state->s_order_c);
    if (args == NULL) {
        return NULL;
    }
    PyObject *array = PyArray_Type.tp_new(state->memmap_type, args, NULL);
    Py_DECREF(args);
    if (array != NULL &&
        (PyObject_SetAttr(array, state->s_mmap, mapping->memory) < 0 ||
         PyObject_SetAttr(array, state->s_filename, mapping->filename) < 0 ||
         PyObject_SetAttr(array, state->s_offset, offset) < 0 ||
         PyObject_SetAttr(array, state->s_mode, mapping->mode) < 0)) {
        Py_CLEAR(array);
    }
    return array;
}

static int
warn_unaligned(const fj_mapping *mapping, PyObject *array)
{
    PyObject *result =
        PyObject_CallMethod(mapping->mapper, "warn_unaligned", "O", array);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

PyObject *
fj_array_map(fj_unpickler *u, const fj_wrapper *w)
{
    fj_mapping *mapping = &((fj_array_loader *)u->hook_data)->mapping;
    bool unaligned = w->alignment == 0 &&
                     fj_input_position(u->in) % FJ_ARRAY_ALIGNMENT != 0;
    if (fj_wrapper_skip_padding(u, w) < 0 ||
        fj_input_check_left(u->in, w->nbytes) < 0 ||
        check_mapped(u, mapping, w->nbytes) < 0) {
        return NULL;
    }
    PyObject *offset = PyLong_FromUnsignedLongLong(fj_input_position(u->in));
    if (offset == NULL) {
        return NULL;
    }
    PyObject *array = new_memmap(u->state->array, mapping, w, offset);
    Py_DECREF(offset);
    if (array != NULL && (fj_input_skip(u->in, w->nbytes) < 0 ||
                          (unaligned && warn_unaligned(mapping, array) < 0))) {
        Py_CLEAR(array);
    }
    return array;
}
