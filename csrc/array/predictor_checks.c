/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/tree_checks.h"

#include "array/state.h"
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
           const node_layout *layout, Py_ssize_t nbitsets)
{
    bool leaf = item[layout->leaf] != 0;
    if (fj_links_visit(tree, node, leaf, read_word(item + layout->left),
                       read_word(item + layout->right)) < 0) {
        return -1;
    }
    uint32_t bitset = read_word(item + layout->bitset);
    bool asks = !leaf & (item[layout->categorical] != 0);
    return asks && bitset >= nbitsets ? refuse_bitset(node, bitset, nbitsets)
                                      : 0;
}

/* _predict_one_from_raw_data and its likes in scikit-learn's _predictor.pyx,
 * which stop at a leaf only. */
static int
check_nodes(PyArrayObject *nodes, const node_layout *layout,
            Py_ssize_t nbitsets)
{
    fj_links tree;
    const char *item = PyArray_DATA(nodes);
    npy_intp itemsize = PyArray_ITEMSIZE(nodes);
    int ret = fj_links_init(&tree, PyArray_DIM(nodes, 0));
    for (Py_ssize_t i = 0; ret == 0 && i < tree.nnodes; i++) {
        ret = check_node(&tree, i, item, layout, nbitsets);
        item += itemsize;
    }
    fj_links_clear(&tree);
    return ret;
}

/* The feature that a node splits by, if it is no leaf. */
static int
check_features(PyArrayObject *nodes, const node_layout *layout,
               Py_ssize_t nfeatures)
{
    const char *item = PyArray_DATA(nodes);
    npy_intp nnodes = PyArray_DIM(nodes, 0),
             itemsize = PyArray_ITEMSIZE(nodes);
    for (npy_intp i = 0; i < nnodes; i++) {
        npy_intp feature;
        memcpy(&feature, item + layout->feature, sizeof(feature));
        bool inside = (feature >= 0) & (feature < nfeatures);
        if (!(inside | (item[layout->leaf] != 0))) {
            return fj_refuse_feature(i, feature, nfeatures);
        }
        item += itemsize;
    }
    return 0;
}

/* A new reference to an attribute that is an array, or NULL. */
static PyArrayObject *
array_attribute(PyObject *predictor, PyObject *name, int ndim)
{
    PyObject *obj = PyObject_GetAttr(predictor, name);
    if (obj != NULL &&
        fj_plain_array(obj, ndim, PyUnicode_AsUTF8(name)) == NULL) {
        Py_CLEAR(obj);
    }
    return (PyArrayObject *)obj;
}

/* How many bitsets there are, or -1. */
static Py_ssize_t
count_bitsets(PyObject *predictor, PyObject *name)
{
    PyArrayObject *bitsets = array_attribute(predictor, name, 2);
    if (bitsets == NULL) {
        return -1;
    }
    Py_ssize_t nbitsets = PyArray_DIM(bitsets, 0);
    if (!fj_is_native(PyArray_DESCR(bitsets), 'u', 4) ||
        PyArray_DIM(bitsets, 1) != BITSET_WORDS) {
        PyErr_Format(PyExc_ValueError,
                     "%U of a tree: rows of %zd of %R, not 8 of uint32", name,
                     PyArray_DIM(bitsets, 1),
                     (PyObject *)PyArray_DESCR(bitsets));
        nbitsets = -1;
    }
    Py_DECREF(bitsets);
    return nbitsets;
}

/* What a walk over trees needs for each. */
typedef struct {
    const fj_array_state *names;
    PyArray_Descr *dtype; // borrowed
    PyArray_Descr *seen; // owned: of the nodes before, which is most often the
                         // same
    node_layout layout;
} nodes_reader;

/* 0 or -1. */
static int
init_reader(nodes_reader *reader, const fj_state *state, PyObject *dtype)
{
    *reader = (nodes_reader){.names = state->array};
    reader->dtype = (PyArray_Descr *)dtype;
    return find_layout(dtype, &reader->layout);
}

/* The nodes, if they are such: a new reference, or NULL. */
static PyArrayObject *
nodes_of(nodes_reader *reader, PyObject *predictor)
{
    PyArrayObject *nodes =
        array_attribute(predictor, reader->names->s_nodes, 1);
    if (nodes == NULL || PyArray_DESCR(nodes) == reader->seen) {
        return nodes;
    }
    PyArray_Descr *own = PyArray_DESCR(nodes);
    if (!PyArray_EquivTypes(own, reader->dtype)) {
        PyErr_Format(PyExc_ValueError, "nodes of a tree are %R, not %R",
                     (PyObject *)own, (PyObject *)reader->dtype);
        Py_DECREF(nodes);
        return NULL;
    }
    Py_INCREF(own);
    Py_XSETREF(reader->seen, own);
    return nodes;
}

static int
check_predictor(nodes_reader *reader, PyObject *predictor)
{
    const fj_array_state *names = reader->names;
    Py_ssize_t nraw = count_bitsets(predictor, names->s_raw_bitsets);
    Py_ssize_t nbinned =
        nraw < 0 ? -1 : count_bitsets(predictor, names->s_binned_bitsets);
    if (nbinned < 0) {
        return -1;
    }
    PyArrayObject *nodes = nodes_of(reader, predictor);
    if (nodes == NULL) {
        return -1;
    }
    int ret =
        check_nodes(nodes, &reader->layout, nraw < nbinned ? nraw : nbinned);
    Py_DECREF(nodes);
    return ret;
}

int
fj_check_predictors(const fj_state *state, PyObject *predictors,
                    PyObject *dtype)
{
    nodes_reader reader;
    int ret = init_reader(&reader, state, dtype);
    for (Py_ssize_t i = 0; ret == 0 && i < PyList_GET_SIZE(predictors); i++) {
        PyObject *predictor = Py_NewRef(PyList_GET_ITEM(predictors, i));
        ret = check_predictor(&reader, predictor);
        Py_DECREF(predictor);
    }
    Py_XDECREF(reader.seen);
    return ret;
}

static int
check_predictor_features(nodes_reader *reader, PyObject *predictor,
                         Py_ssize_t nfeatures, bool *categorical_ret)
{
    Py_ssize_t nbitsets =
        count_bitsets(predictor, reader->names->s_raw_bitsets);
    PyArrayObject *nodes = nbitsets < 0 ? NULL : nodes_of(reader, predictor);
    if (nodes == NULL) {
        return -1;
    }
    *categorical_ret |= nbitsets > 0;
    int ret = check_features(nodes, &reader->layout, nfeatures);
    Py_DECREF(nodes);
    return ret;
}

int
fj_check_split_features(const fj_state *state, PyObject *predictors,
                        PyTypeObject *type, PyObject *dtype,
                        Py_ssize_t nfeatures, bool *categorical_ret)
{
    nodes_reader reader;
    int ret = init_reader(&reader, state, dtype);
    *categorical_ret = false;
    for (Py_ssize_t i = 0; ret == 0 && i < PyList_GET_SIZE(predictors); i++) {
        PyObject *predictor = Py_NewRef(PyList_GET_ITEM(predictors, i));
        if (Py_IS_TYPE(predictor, type)) {
            ret = check_predictor_features(&reader, predictor, nfeatures,
                                           categorical_ret);
        }
        else {
            PyErr_Format(PyExc_ValueError, "trees were expected, found %s",
                         Py_TYPE(predictor)->tp_name);
            ret = -1;
        }
        Py_DECREF(predictor);
    }
    Py_XDECREF(reader.seen);
    return ret;
}
