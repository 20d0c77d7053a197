/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/tree_checks.h"

#include "array/state.h"
#include "array/tree_links.h"

#include <string.h>

/* An exact int that is not negative.  0 or -1. */
static int
count(PyObject *obj, PyObject *what, Py_ssize_t *count_ret)
{
    Py_ssize_t value = -1;
    if (obj != NULL && PyLong_CheckExact(obj)) {
        value = PyLong_AsSsize_t(obj);
        PyErr_Clear(); // too large for memory
    }
    if (value < 0) {
        PyErr_Format(PyExc_ValueError, "%U of a tree is %R", what,
                     obj == NULL ? Py_None : obj);
        return -1;
    }
    *count_ret = value;
    return 0;
}

static int
count_attribute(PyObject *tree, PyObject *name, Py_ssize_t *count_ret)
{
    PyObject *obj = PyObject_GetAttr(tree, name);
    int ret = obj == NULL ? -1 : count(obj, name, count_ret);
    Py_XDECREF(obj);
    return ret;
}

static int
count_item(PyObject *dict, PyObject *name, Py_ssize_t *count_ret)
{
    return count(PyDict_GetItemWithError(dict, name), name, count_ret);
}

/* Tree.__cinit__: n_classes[k] for each output, and their maximum; the sizes
 * are multiplied there, which is safe if the array of values is as large. */
int
fj_check_tree_arguments(const fj_state *state, PyObject *args)
{
    if (!PyTuple_CheckExact(args) || PyTuple_GET_SIZE(args) != 3) {
        PyErr_SetString(PyExc_ValueError, "a tree has 3 arguments");
        return -1;
    }
    Py_ssize_t nfeatures, noutputs;
    const fj_array_state *names = state->array;
    if (count(PyTuple_GET_ITEM(args, 0), names->s_n_features, &nfeatures) <
            0 ||
        count(PyTuple_GET_ITEM(args, 2), names->s_n_outputs, &noutputs) < 0) {
        return -1;
    }
    PyArrayObject *classes =
        fj_plain_array(PyTuple_GET_ITEM(args, 1), 1, "n_classes");
    if (classes == NULL) {
        return -1;
    }
    if (!fj_is_native(PyArray_DESCR(classes), 'i', sizeof(npy_intp)) ||
        noutputs < 1 || PyArray_DIM(classes, 0) != noutputs) {
        PyErr_Format(PyExc_ValueError, "n_classes of a tree: %zd of %R",
                     PyArray_DIM(classes, 0),
                     (PyObject *)PyArray_DESCR(classes));
        return -1;
    }
    const npy_intp *nclasses = PyArray_DATA(classes);
    for (Py_ssize_t k = 0; k < noutputs; k++) {
        if (nclasses[k] < 1) {
            PyErr_Format(PyExc_ValueError, "a tree for %zd classes",
                         nclasses[k]);
            return -1;
        }
    }
    return 0;
}

/* Where the first fields of a node are. */
typedef struct {
    Py_ssize_t left, right, feature;
} node_layout;

/* Tree.__setstate__ compares dtypes, or converts field by field in their
 * order; so the names of the first fields must be in their places. */
static int
find_field(PyArray_Descr *dtype, Py_ssize_t index, const char *name,
           Py_ssize_t *offset_ret)
{
    PyObject *names = PyDataType_NAMES(dtype);
    if (names != NULL && PyTuple_GET_SIZE(names) > index) {
        PyObject *key = PyTuple_GET_ITEM(names, index);
        PyObject *field =
            PyDict_GetItemWithError(PyDataType_FIELDS(dtype), key);
        if (field != NULL && PyTuple_Check(field) &&
            PyTuple_GET_SIZE(field) >= 2 &&
            PyUnicode_CompareWithASCIIString(key, name) == 0 &&
            fj_is_native((PyArray_Descr *)PyTuple_GET_ITEM(field, 0), 'i',
                         sizeof(npy_intp))) {
            *offset_ret = PyLong_AsSsize_t(PyTuple_GET_ITEM(field, 1));
            return *offset_ret < 0 ? -1 : 0;
        }
    }
    if (!PyErr_Occurred()) {
        PyErr_Format(PyExc_ValueError, "nodes of a tree: %R has no native %s",
                     (PyObject *)dtype, name);
    }
    return -1;
}

static int
find_layout(PyArray_Descr *dtype, node_layout *layout)
{
    return find_field(dtype, 0, "left_child", &layout->left) < 0 ||
                   find_field(dtype, 1, "right_child", &layout->right) < 0 ||
                   find_field(dtype, 2, "feature", &layout->feature) < 0
               ? -1
               : 0;
}

static int64_t
read_index(const char *address)
{
    npy_intp value;
    memcpy(&value, address, sizeof(value));
    return value;
}

/* Tree.apply, .decision_path, .compute_feature_importances, and what boosting
 * and pruning do with nodes: a leaf has -1 (TREE_LEAF) for both children, and
 * any feature. */
static int
check_tree_nodes(fj_links *tree, PyArrayObject *nodes,
                 const node_layout *layout, Py_ssize_t nfeatures)
{
    const char *item = PyArray_DATA(nodes);
    npy_intp itemsize = PyArray_ITEMSIZE(nodes);
    for (Py_ssize_t i = 0; i < tree->nnodes; i++) {
        int64_t left = read_index(item + layout->left);
        int64_t right = read_index(item + layout->right);
        int64_t feature = read_index(item + layout->feature);
        bool leaf = (left == -1) & (right == -1);
        if (fj_links_visit(tree, i, leaf, left, right) < 0) {
            return -1;
        }
        if (!(leaf | ((feature >= 0) & (feature < nfeatures)))) {
            return fj_refuse_feature(i, feature, nfeatures);
        }
        item += itemsize;
    }
    return 0;
}

/* Tree.decision_path allocates max_depth + 1 indices for each row. */
static int
check_nodes(PyArrayObject *nodes, Py_ssize_t max_depth, Py_ssize_t nfeatures)
{
    node_layout layout;
    fj_links tree;
    if (find_layout(PyArray_DESCR(nodes), &layout) < 0) {
        return -1;
    }
    int ret = fj_links_init(&tree, PyArray_DIM(nodes, 0));
    if (ret == 0) {
        ret = check_tree_nodes(&tree, nodes, &layout, nfeatures);
    }
    if (ret == 0 && (max_depth < tree.max_depth || max_depth >= tree.nnodes)) {
        PyErr_Format(PyExc_ValueError,
                     "a tree of %zd nodes and depth %d claims depth %zd",
                     tree.nnodes, (int)tree.max_depth, max_depth);
        ret = -1;
    }
    fj_links_clear(&tree);
    return ret;
}

/* The value of a node is read at node * (n_outputs * max_n_classes). */
static int
check_values(const fj_array_state *names, PyObject *obj, PyObject *tree,
             Py_ssize_t nnodes)
{
    PyArrayObject *values = fj_plain_array(obj, 3, "values");
    Py_ssize_t noutputs = 0, nclasses = 0;
    if (values == NULL ||
        count_attribute(tree, names->s_n_outputs, &noutputs) < 0 ||
        count_attribute(tree, names->s_max_n_classes, &nclasses) < 0) {
        return -1;
    }
    if (PyArray_TYPE(values) == NPY_DOUBLE &&
        PyArray_DIM(values, 0) == nnodes &&
        PyArray_DIM(values, 1) == noutputs &&
        PyArray_DIM(values, 2) == nclasses) {
        return 0;
    }
    PyErr_Format(PyExc_ValueError,
                 "values of a tree have shape (%zd, %zd, %zd) and dtype %R, "
                 "not (%zd, %zd, %zd) and float64",
                 PyArray_DIM(values, 0), PyArray_DIM(values, 1),
                 PyArray_DIM(values, 2), (PyObject *)PyArray_DESCR(values),
                 nnodes, noutputs, nclasses);
    return -1;
}

int
fj_check_tree_state(const fj_state *state, PyObject *tree,
                    PyObject *tree_state)
{
    const fj_array_state *names = state->array;
    Py_ssize_t max_depth, nnodes, nfeatures;
    if (!PyDict_CheckExact(tree_state)) {
        PyErr_SetString(PyExc_ValueError, "the state of a tree is no dict");
        return -1;
    }
    PyArrayObject *nodes = fj_plain_array(
        PyDict_GetItemWithError(tree_state, names->s_nodes), 1, "nodes");
    if (nodes == NULL ||
        count_item(tree_state, names->s_max_depth, &max_depth) < 0 ||
        count_item(tree_state, names->s_node_count, &nnodes) < 0 ||
        count_attribute(tree, names->s_n_features, &nfeatures) < 0) {
        return -1;
    }
    if (nnodes != PyArray_DIM(nodes, 0)) {
        PyErr_Format(PyExc_ValueError, "a tree of %zd nodes claims %zd",
                     PyArray_DIM(nodes, 0), nnodes);
        return -1;
    }
    if (check_nodes(nodes, max_depth, nfeatures) < 0) {
        return -1;
    }
    return check_values(names,
                        PyDict_GetItemWithError(tree_state, names->s_values),
                        tree, nnodes);
}
