/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/runs.h"

#include "base/bytes.h"

bool
fj_array_is_fortran(PyArrayObject *array)
{
    return PyArray_IS_F_CONTIGUOUS(array) && !PyArray_IS_C_CONTIGUOUS(array);
}

bool
fj_array_is_small(PyArrayObject *array)
{
    if (PyArray_NDIM(array) > FJ_SMALL_NDIM ||
        PyArray_NBYTES(array) > FJ_SMALL_NBYTES ||
        PyDataType_REFCHK(PyArray_DESCR(array))) {
        return false;
    }
    for (int i = 0; i < PyArray_NDIM(array); i++) {
        if (PyArray_DIM(array, i) > INT32_MAX) { // possible if another axis
                                                 // has length 0
            return false;
        }
    }
    return true;
}

void
fj_run_bytes(fj_run *run, const char *bytes, size_t nbytes)
{
    if ((size_t)(run->end - run->dst) < nbytes) {
        run->complete = false;
        return;
    }
    memcpy(run->dst, bytes, nbytes);
    run->dst += nbytes;
}

void
fj_run_byte(fj_run *run, int byte)
{
    const char code = (char)byte;
    fj_run_bytes(run, &code, 1);
}

void
fj_run_get(fj_run *run, const fj_memo *memo, const void *obj)
{
    char code[5];
    Py_ssize_t index = fj_memo_find(memo, (PyObject *)obj);
    if (index < 0 || (uint64_t)index > UINT32_MAX) {
        run->complete = false;
    }
    else if (index < 256) {
        code[0] = OP_BINGET;
        code[1] = (char)index;
        fj_run_bytes(run, code, 2);
    }
    else {
        code[0] = OP_LONG_BINGET;
        fj_store_le32(code + 1, (uint32_t)index);
        fj_run_bytes(run, code, 5);
    }
}

static char *
put_length(char *dst, npy_intp length)
{
    if (length <= 0xff) {
        dst[0] = OP_BININT1;
        dst[1] = (char)length;
        return dst + 2;
    }
    if (length <= 0xffff) {
        dst[0] = OP_BININT2;
        fj_store_le16(dst + 1, (uint16_t)length);
        return dst + 3;
    }
    dst[0] = OP_BININT;
    fj_store_le32(dst + 1, (uint32_t)length);
    return dst + 5;
}

char *
fj_array_put_shape(char *dst, PyArrayObject *array)
{
    int ndim = PyArray_NDIM(array);
    if (ndim == 0) {
        *dst++ = OP_EMPTY_TUPLE;
        return dst;
    }
    if (ndim > 3) {
        *dst++ = OP_MARK;
    }
    for (int i = 0; i < ndim; i++) {
        dst = put_length(dst, PyArray_DIM(array, i));
    }
    *dst++ = (char)(ndim > 3 ? OP_TUPLE : OP_TUPLE1 + ndim - 1);
    *dst++ = (char)OP_MEMOIZE;
    return dst;
}
