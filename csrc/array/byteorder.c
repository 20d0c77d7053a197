/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/byteorder.h"

#include "py/unlocked.h"

#if NPY_BYTE_ORDER == NPY_LITTLE_ENDIAN
enum { FOREIGN = '>' };
#else
enum { FOREIGN = '<' };
#endif

static bool
all_fields_foreign(PyObject *fields)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (PyDict_Next(fields, &pos, &key, &value)) {
        PyObject *descr = PyTuple_GET_ITEM(value, 0);
        if (((PyArray_Descr *)descr)->byteorder != FOREIGN) {
            return false;
        }
    }
    return true;
}

bool
fj_is_foreign_byte_order(PyArray_Descr *descr)
{
    if (descr->byteorder == FOREIGN) {
        return true;
    }
    PyObject *fields = PyDataType_FIELDS(descr);
    return descr->byteorder == '|' && fields != NULL && PyDict_Check(fields) &&
           PyDict_GET_SIZE(fields) > 0 && all_fields_foreign(fields);
}

PyArray_Descr *
fj_native_descr(PyArray_Descr *descr)
{
    PyObject *native =
        (PyObject *)PyArray_DescrNewByteorder(descr, NPY_NATIVE);
    if (native == NULL) {
        return NULL;
    }
    PyArray_Descr *builtin = fj_builtin_descr((PyArray_Descr *)native);
    Py_DECREF(native);
    return builtin;
}

PyArray_Descr *
fj_builtin_descr(PyArray_Descr *descr)
{
    int num = descr->type_num;
    bool plain = (PyTypeNum_ISNUMBER(num) || PyTypeNum_ISBOOL(num)) &&
                 PyArray_ISNBO(descr->byteorder) &&
                 PyDataType_METADATA(descr) == NULL;
    if (plain) {
        return PyArray_DescrFromType(num);
    }
    Py_INCREF(descr);
    return descr;
}

/* Swapped at a time, in about a millisecond, since NumPy holds the GIL. */
enum { SWAP_NBYTES = 4 * 1024 * 1024 };

static int
swap_piece(PyObject *array)
{
    PyObject *swapped = PyArray_Byteswap((PyArrayObject *)array, NPY_TRUE);
    Py_XDECREF(swapped);
    return swapped == NULL ? -1 : 0;
}

/* Swaps along the outermost axis, which must not be empty. */
static int
swap_in_pieces(PyArrayObject *array)
{
    npy_intp n = PyArray_DIM(array, 0);
    npy_intp step = SWAP_NBYTES / (PyArray_NBYTES(array) / n);
    step = step < 1 ? 1 : step;
    for (npy_intp i = 0; i < n; i += step) {
        PyObject *rows = PySequence_GetSlice((PyObject *)array, i, i + step);
        int ret = rows == NULL ? -1 : swap_piece(rows);
        Py_XDECREF(rows);
        if (ret < 0 || fj_let_others_run() < 0) {
            return -1;
        }
    }
    return 0;
}

int
fj_swap_bytes(PyObject *array)
{
    if (PyArray_NBYTES((PyArrayObject *)array) <= SWAP_NBYTES) {
        return swap_piece(array);
    }
    /* Transposed if in Fortran order, so that rows are contiguous. */
    PyObject *view = PyArray_IS_C_CONTIGUOUS((PyArrayObject *)array)
                         ? Py_NewRef(array)
                         : PyArray_Transpose((PyArrayObject *)array, NULL);
    int ret = view == NULL ? -1 : swap_in_pieces((PyArrayObject *)view);
    Py_XDECREF(view);
    return ret;
}
