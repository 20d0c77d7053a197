/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/state.h"
#include "array/tree_checks.h"

static int
fits_features(const fj_array_state *names, PyObject *model,
              PyObject *tree_type)
{
    PyObject *state = PyObject_GenericGetDict(model, NULL);
    if (state == NULL) {
        return -1;
    }
    int ret = 1;
    PyObject *tree = PyDict_GetItemWithError(state, names->s_tree);
    if (tree != NULL) {
        PyObject *own = PyDict_GetItemWithError(state, names->s_n_features_in);
        PyObject *trees = NULL;
        ret = (PyObject *)Py_TYPE(tree) == tree_type && own != NULL &&
              PyLong_CheckExact(own);
        if (ret) {
            trees = PyObject_GetAttr(tree, names->s_n_features);
            ret = trees == NULL ? -1
                                : PyObject_RichCompareBool(trees, own, Py_EQ);
        }
        Py_XDECREF(trees);
    }
    Py_DECREF(state);
    return ret;
}

int
fj_fit_features(const fj_state *state, PyObject *models, PyObject *tree_type)
{
    int ret = 1;
    for (Py_ssize_t i = 0; ret == 1 && i < PyList_GET_SIZE(models); i++) {
        PyObject *model = Py_NewRef(PyList_GET_ITEM(models, i));
        ret = fits_features(state->array, model, tree_type);
        Py_DECREF(model);
    }
    return ret;
}

static int
is_fitted(const fj_array_state *names, PyObject *model, Py_ssize_t nfeatures)
{
    PyObject *state = PyObject_GenericGetDict(model, NULL);
    if (state == NULL) {
        return -1;
    }
    PyObject *own = PyDict_GetItemWithError(state, names->s_n_features_in);
    bool fitted = PyDict_GetItemWithError(state, names->s_tree) != NULL &&
                  own != NULL && PyLong_CheckExact(own) &&
                  PyLong_AsSsize_t(own) == nfeatures;
    PyErr_Clear(); // too large for memory
    Py_DECREF(state);
    return fitted;
}

int
fj_are_fitted(const fj_state *state, PyObject *models, PyObject *type,
              Py_ssize_t nfeatures)
{
    int ret = 1;
    for (Py_ssize_t i = 0; ret == 1 && i < PyList_GET_SIZE(models); i++) {
        PyObject *model = Py_NewRef(PyList_GET_ITEM(models, i));
        ret = (PyObject *)Py_TYPE(model) == type
                  ? is_fitted(state->array, model, nfeatures)
                  : 0;
        Py_DECREF(model);
    }
    return ret;
}
