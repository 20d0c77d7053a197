/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/tree_checks.h"

#include "array/tree_links.h"

#include <string.h>

/* Where things are in PREDICTOR_RECORD_DTYPE of scikit-learn, whose compiled
 * code wants just that dtype. */
typedef struct {
    Py_ssize_t left, right, feature, leaf, categorical, bitset;
} node_layout;

enum { BITSET_WORDS = 8 }; // of 32 bits, one bit for each bin

static int
find_field(PyArray_Descr *dtype, const char *name, char kind,
           Py_ssize_t itemsize, Py_ssize_t *offset_ret)
{
    PyObject *fields = PyDataType_FIELDS(dtype), *descr, *title;
    PyObject *field = fields == NULL || !PyDict_Check(fields)
                          ? NULL
                          : PyDict_GetItemString(fields, name);
    int offset;
    if (field != NULL &&
        PyArg_ParseTuple(field, "Oi|O", &descr, &offset, &title) &&
        fj_is_native((PyArray_Descr *)descr, kind, itemsize)) {
        *offset_ret = offset;
        return 0;
    }
    if (!PyErr_Occurred()) {
        PyErr_Format(PyExc_ValueError, "%R has no field %s that is known",
                     (PyObject *)dtype, name);
    }
    return -1;
}

static int
find_layout(PyObject *dtype, node_layout *layout)
{
    if (!PyArray_DescrCheck(dtype)) {
        PyErr_SetString(PyExc_TypeError, "no dtype");
        return -1;
    }
    PyArray_Descr *descr = (PyArray_Descr *)dtype;
    return find_field(descr, "left", 'u', 4, &layout->left) < 0 ||
                   find_field(descr, "right", 'u', 4, &layout->right) < 0 ||
                   find_field(descr, "feature_idx", 'i', sizeof(npy_intp),
                              &layout->feature) < 0 ||
                   find_field(descr, "is_leaf", 'u', 1, &layout->leaf) < 0 ||
                   find_field(descr, "is_categorical", 'u', 1,
                              &layout->categorical) < 0 ||
                   find_field(descr, "bitset_idx", 'u', 4, &layout->bitset) < 0
               ? -1
               : 0;
}

static uint32_t
read_word(const char *address)
{
    uint32_t value;
    memcpy(&value, address, sizeof(value));
    return value;
}

/* What one tree may refer to. */
typedef struct {
    Py_ssize_t nfeatures, nbitsets;
} bounds;

static int
refuse_bitset(Py_ssize_t node, uint32_t bitset, Py_ssize_t nbitsets)
{
    PyErr_Format(PyExc_ValueError,
                 "node %zd of a tree with %zd bitsets asks number %lu", node,
                 nbitsets, (unsigned long)bitset);
    return -1;
}

static int
check_node(fj_links *tree, Py_ssize_t node, const char *item,
           const node_layout *layout, const bounds *within)
{
    npy_intp feature;
    memcpy(&feature, item + layout->feature, sizeof(feature));
    bool leaf = item[layout->leaf] != 0;
    if (fj_links_visit(tree, node, leaf, read_word(item + layout->left),
                       read_word(item + layout->right)) < 0) {
        return -1;
    }
    if (!(leaf | ((feature >= 0) & (feature < within->nfeatures)))) {
        return fj_refuse_feature(node, feature, within->nfeatures);
    }
    uint32_t bitset = read_word(item + layout->bitset);
    bool asks = !leaf & (item[layout->categorical] != 0);
    return asks && bitset >= within->nbitsets
               ? refuse_bitset(node, bitset, within->nbitsets)
               : 0;
}

/* _predict_one_from_raw_data and its likes in scikit-learn's _predictor.pyx,
 * which stop at a leaf only. */
static int
check_nodes(PyArrayObject *nodes, const node_layout *layout,
            const bounds *within)
{
    fj_links tree;
    const char *item = PyArray_DATA(nodes);
    npy_intp itemsize = PyArray_ITEMSIZE(nodes);
    int ret = fj_links_init(&tree, PyArray_DIM(nodes, 0));
    for (Py_ssize_t i = 0; ret == 0 && i < tree.nnodes; i++) {
        ret = check_node(&tree, i, item, layout, within);
        item += itemsize;
    }
    fj_links_clear(&tree);
    return ret;
}

/* A new reference to an attribute that is an array, or NULL. */
static PyArrayObject *
array_attribute(PyObject *predictor, const char *name, int ndim)
{
    PyObject *obj = PyObject_GetAttrString(predictor, name);
    if (obj != NULL && fj_plain_array(obj, ndim, name) == NULL) {
        Py_CLEAR(obj);
    }
    return (PyArrayObject *)obj;
}

/* How many bitsets there are, or -1. */
static Py_ssize_t
count_bitsets(PyObject *predictor, const char *name)
{
    PyArrayObject *bitsets = array_attribute(predictor, name, 2);
    if (bitsets == NULL) {
        return -1;
    }
    Py_ssize_t nbitsets = PyArray_DIM(bitsets, 0);
    if (!fj_is_native(PyArray_DESCR(bitsets), 'u', 4) ||
        PyArray_DIM(bitsets, 1) != BITSET_WORDS) {
        PyErr_Format(PyExc_ValueError,
                     "%s of a tree: rows of %zd of %R, not 8 of uint32", name,
                     PyArray_DIM(bitsets, 1),
                     (PyObject *)PyArray_DESCR(bitsets));
        nbitsets = -1;
    }
    Py_DECREF(bitsets);
    return nbitsets;
}

/* `seen`: the dtype of the nodes before, which is most often the same. */
static int
check_dtype(PyArrayObject *nodes, PyObject *dtype, PyArray_Descr **seen)
{
    PyArray_Descr *own = PyArray_DESCR(nodes);
    if (own == *seen) {
        return 0;
    }
    if (!PyArray_EquivTypes(own, (PyArray_Descr *)dtype)) {
        PyErr_Format(PyExc_ValueError, "nodes of a tree are %R, not %R",
                     (PyObject *)own, dtype);
        return -1;
    }
    Py_INCREF(own);
    Py_XSETREF(*seen, own);
    return 0;
}

static int
check_predictor(PyObject *predictor, PyObject *dtype, PyArray_Descr **seen,
                const node_layout *layout, Py_ssize_t nfeatures)
{
    Py_ssize_t nraw = count_bitsets(predictor, "raw_left_cat_bitsets");
    Py_ssize_t nbinned =
        nraw < 0 ? -1 : count_bitsets(predictor, "binned_left_cat_bitsets");
    if (nbinned < 0) {
        return -1;
    }
    PyArrayObject *nodes = array_attribute(predictor, "nodes", 1);
    if (nodes == NULL) {
        return -1;
    }
    bounds within = {nfeatures, nraw < nbinned ? nraw : nbinned};
    int ret = check_dtype(nodes, dtype, seen);
    if (ret == 0) {
        ret = check_nodes(nodes, layout, &within);
    }
    Py_DECREF(nodes);
    return ret;
}

int
fj_check_predictors(PyObject *predictors, PyObject *dtype,
                    Py_ssize_t nfeatures)
{
    node_layout layout;
    PyArray_Descr *seen = NULL;
    if (find_layout(dtype, &layout) < 0) {
        return -1;
    }
    int ret = 0;
    for (Py_ssize_t i = 0; ret == 0 && i < PyList_GET_SIZE(predictors); i++) {
        PyObject *predictor = PyList_GET_ITEM(predictors, i);
        Py_INCREF(predictor);
        ret = check_predictor(predictor, dtype, &seen, &layout,
                              nfeatures < 0 ? PY_SSIZE_T_MAX : nfeatures);
        Py_DECREF(predictor);
    }
    Py_XDECREF(seen);
    return ret;
}
