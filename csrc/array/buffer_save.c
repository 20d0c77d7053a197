/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays within the nested pickle of an object array, which have NumPy's own
 * form and no joblib wrapper.
 *
 * NumPy reduces a contiguous array to _frombuffer(PickleBuffer, dtype, shape,
 * order).  The first array of each dtype is reduced by NumPy; for later ones
 * (each tree of an ensemble holds two) the same opcodes are written without
 * making the four objects of the reduce value.
 */
#include "array/numpy_api.h"

#include "array/array.h"
#include "array/runs.h"

/* Whether NumPy's reduce value has the form that we write ourselves. */
static bool
is_expected(PyArrayObject *array, PyObject *reduced)
{
    if (!PyTuple_CheckExact(reduced) || PyTuple_GET_SIZE(reduced) != 2 ||
        !PyTuple_CheckExact(PyTuple_GET_ITEM(reduced, 1)) ||
        PyTuple_GET_SIZE(PyTuple_GET_ITEM(reduced, 1)) != 4) {
        return false;
    }
    PyObject *args = PyTuple_GET_ITEM(reduced, 1);
    PyObject *order = PyTuple_GET_ITEM(args, 3);
    return Py_IS_TYPE(PyTuple_GET_ITEM(args, 0), &PyPickleBuffer_Type) &&
           PyTuple_GET_ITEM(args, 1) == (PyObject *)PyArray_DESCR(array) &&
           PyTuple_CheckExact(PyTuple_GET_ITEM(args, 2)) &&
           PyUnicode_CheckExact(order) &&
           PyUnicode_CompareWithASCIIString(
               order, fj_array_is_fortran(array) ? "F" : "C") == 0;
}

/* The pointers stored here are kept alive by the memo. */
static void
learn(fj_buffer_saver *saver, PyArrayObject *array, PyObject *reduced)
{
    PyObject *args = PyTuple_GET_ITEM(reduced, 1);
    saver->dtypes[saver->ndtypes++ % FJ_BUFFER_DTYPES] =
        (PyObject *)PyArray_DESCR(array);
    saver->func = PyTuple_GET_ITEM(reduced, 0);
    saver->orders[fj_array_is_fortran(array)] = PyTuple_GET_ITEM(args, 3);
}

static bool
knows_dtype(const fj_buffer_saver *saver, const PyArray_Descr *descr)
{
    for (int i = 0; i < FJ_BUFFER_DTYPES; i++) {
        if (saver->dtypes[i] == (const PyObject *)descr) {
            return true;
        }
    }
    return false;
}

static int
save_by_reduce(fj_pickler *p, PyArrayObject *array)
{
    PyObject *reduced =
        PyObject_CallMethod((PyObject *)array, "__reduce_ex__", "i", p->proto);
    if (reduced == NULL) {
        return -1;
    }
    int ret = fj_save_reduced(p, (PyObject *)array, reduced);
    if (ret == 0 && is_expected(array, reduced)) {
        learn(p->hook_data, array, reduced);
    }
    Py_DECREF(reduced);
    return ret < 0 ? -1 : 1;
}

/* Writes the opcode of the data: bytes if the array is read-only. */
static char *
put_data_head(char *dst, PyArrayObject *array)
{
    size_t nbytes = (size_t)PyArray_NBYTES(array);
    if (PyArray_ISWRITEABLE(array)) {
        dst[0] = (char)OP_BYTEARRAY8;
        fj_store_le64(dst + 1, nbytes);
        return dst + 9;
    }
    if (nbytes <= 0xff) {
        dst[0] = OP_SHORT_BINBYTES;
        dst[1] = (char)nbytes;
        return dst + 2;
    }
    dst[0] = OP_BINBYTES;
    fj_store_le32(dst + 1, (uint32_t)nbytes);
    return dst + 5;
}

/* 1 if the array was written, 0 if NumPy must reduce it, -1. */
static int
save_foreseen(fj_pickler *p, PyArrayObject *array)
{
    const fj_buffer_saver *saver = p->hook_data;
    fj_output *out = p->out;
    PyArray_Descr *descr = PyArray_DESCR(array);
    PyObject *order = saver->orders[fj_array_is_fortran(array)];
    size_t nbytes = (size_t)PyArray_NBYTES(array);
    if (order == NULL || !fj_array_is_small(array) ||
        PyDataType_ELSIZE(descr) == 0 || !knows_dtype(saver, descr) ||
        (!PyArray_IS_C_CONTIGUOUS(array) && !PyArray_IS_F_CONTIGUOUS(array)) ||
        out->boundary - out->len < nbytes + FJ_SMALL_HEAD_NBYTES) {
        return 0;
    }
    char *start = fj_output_reserve(out, nbytes + FJ_SMALL_HEAD_NBYTES);
    if (start == NULL) {
        return -1;
    }
    fj_run run = {start, start + nbytes + FJ_SMALL_HEAD_NBYTES, true};
    fj_run_get(&run, &p->memo, saver->func);
    fj_run_byte(&run, OP_MARK);
    run.dst = put_data_head(run.dst, array);
    fj_run_bytes(&run, PyArray_DATA(array), nbytes);
    fj_run_byte(&run, OP_MEMOIZE);
    fj_run_get(&run, &p->memo, descr);
    run.dst = fj_array_put_shape(run.dst, array);
    fj_run_get(&run, &p->memo, order);
    fj_run_byte(&run, OP_TUPLE);
    fj_run_byte(&run, OP_MEMOIZE);
    fj_run_byte(&run, OP_REDUCE);
    if (!run.complete) {
        return 0;
    }
    out->len += (size_t)(run.dst - start);
    /* The buffer, the shape and the arguments: new objects, which take an
     * index but need no entry. */
    p->memo.next_index += PyArray_NDIM(array) > 0 ? 3 : 2;
    return fj_memoize(p, (PyObject *)array) < 0 ? -1 : 1;
}

/* Whether the user has registered a reducer for arrays, which then is used.
 * Checked until the first array has been learned. */
static bool
has_reducer(fj_state *state)
{
    int found =
        PyDict_Contains(state->dispatch_table, (PyObject *)&PyArray_Type);
    if (found < 0) {
        PyErr_Clear(); // cannot happen, since types are hashable
    }
    return found != 0;
}

static int
save(fj_pickler *p, PyObject *obj)
{
    const fj_buffer_saver *saver = p->hook_data;
    if (!PyArray_CheckExact(obj) ||
        (saver->ndtypes == 0 && has_reducer(p->state))) {
        return 0;
    }
    Py_ssize_t index = fj_memo_find(&p->memo, obj);
    if (index >= 0) {
        return fj_write_get(p, (size_t)index) < 0 ? -1 : 1;
    }
    int saved = save_foreseen(p, (PyArrayObject *)obj);
    return saved != 0 ? saved : save_by_reduce(p, (PyArrayObject *)obj);
}

const fj_save_hook fj_buffer_save_hook = {
    .save = save,
    .element = fj_array_element,
};
