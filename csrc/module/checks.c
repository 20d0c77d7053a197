/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/checks.h"

#include "array/index_checks.h"
#include "array/tree_checks.h"

static PyObject *
none_or_error(int ret)
{
    return ret < 0 ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(check_tree_arguments_doc,
             "check_tree_arguments(args, /)\n--\n\n"
             "Raise ValueError unless a Tree of scikit-learn can be made of "
             "these.");

static PyObject *
check_tree_arguments(PyObject *module, PyObject *args)
{
    return none_or_error(fj_check_tree_arguments(fj_state_of(module), args));
}

PyDoc_STRVAR(check_tree_state_doc,
             "check_tree_state(tree, state, /)\n--\n\n"
             "Raise ValueError unless a Tree of scikit-learn can be used with "
             "this state.");

static PyObject *
check_tree_state(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "a tree and a state were expected");
        return NULL;
    }
    return none_or_error(
        fj_check_tree_state(fj_state_of(module), args[0], args[1]));
}

PyDoc_STRVAR(check_predictors_doc,
             "check_predictors(predictors, dtype, /)\n--\n\n"
             "Raise ValueError unless each TreePredictor of scikit-learn in "
             "the list can be used.\n\n"
             "dtype is that of their nodes.");

static PyObject *
check_predictors(PyObject *module, PyObject *args)
{
    PyObject *predictors, *dtype;
    return PyArg_ParseTuple(args, "O!O", &PyList_Type, &predictors, &dtype)
               ? none_or_error(fj_check_predictors(fj_state_of(module),
                                                   predictors, dtype))
               : NULL;
}

PyDoc_STRVAR(
    check_split_features_doc,
    "check_split_features(predictors, cls, dtype, n_features, /)\n"
    "--\n\n"
    "Raise ValueError unless all in the list are of the class, with "
    "nodes of that dtype\n"
    "that split by features below n_features.  Tell whether any split "
    "by categories.");

static PyObject *
check_split_features(PyObject *module, PyObject *args)
{
    PyObject *predictors, *cls, *dtype;
    Py_ssize_t nfeatures;
    bool categorical;
    if (!PyArg_ParseTuple(args, "O!O!On", &PyList_Type, &predictors,
                          &PyType_Type, &cls, &dtype, &nfeatures)) {
        return NULL;
    }
    int ret = fj_check_split_features(fj_state_of(module), predictors,
                                      (PyTypeObject *)cls, dtype, nfeatures,
                                      &categorical);
    return ret < 0 ? NULL : PyBool_FromLong(categorical);
}

static PyObject *
truth_or_error(int ret)
{
    return ret < 0 ? NULL : PyBool_FromLong(ret);
}

PyDoc_STRVAR(is_array_doc,
             "is_array(value, ndim, kinds, shape, /)\n--\n\n"
             "Tell whether it is an ndarray, and no subclass, of so many "
             "dimensions (-1: any),\n"
             "of a dtype of these kinds (\"\": any), and of that shape "
             "(None: any; -1: any length).");

static PyObject *
is_array(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *value, *shape;
    const char *kinds;
    int ndim;
    return PyArg_ParseTuple(args, "OisO", &value, &ndim, &kinds, &shape)
               ? PyBool_FromLong(fj_is_array(value, ndim, kinds, shape))
               : NULL;
}

PyDoc_STRVAR(
    are_indices_doc,
    "are_indices(array, first, below, /)\n--\n\n"
    "Tell whether all are signed integers from first (0 or -1) to below - 1.");

static PyObject *
are_indices(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *array;
    long long first, below;
    return PyArg_ParseTuple(args, "OLL", &array, &first, &below)
               ? truth_or_error(fj_are_indices(array, first, below))
               : NULL;
}

PyDoc_STRVAR(are_columns_doc,
             "are_columns(columns, /)\n--\n\n"
             "Tell whether all values are integers from 0 to its length.");

static PyObject *
are_columns(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *dict;
    return PyArg_ParseTuple(args, "O!", &PyDict_Type, &dict)
               ? truth_or_error(fj_are_columns(dict))
               : NULL;
}

PyDoc_STRVAR(share_places_doc,
             "share_places(vectors, n, /)\n--\n\n"
             "Tell whether each number from 0 to n - 1 is in one of a list of "
             "vectors, once.");

static PyObject *
share_places(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *vectors;
    Py_ssize_t n;
    if (!PyArg_ParseTuple(args, "O!n", &PyList_Type, &vectors, &n)) {
        return NULL;
    }
    return n < 0 ? PyBool_FromLong(0)
                 : truth_or_error(fj_share_places(vectors, n));
}

PyDoc_STRVAR(share_points_doc,
             "share_points(nodes, n_points, /)\n--\n\n"
             "Tell whether the nodes of a search tree of scikit-learn share "
             "out all points.");

static PyObject *
share_points(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *nodes;
    Py_ssize_t npoints;
    return PyArg_ParseTuple(args, "On", &nodes, &npoints)
               ? truth_or_error(fj_share_points(nodes, npoints))
               : NULL;
}

PyDoc_STRVAR(fit_features_doc,
             "fit_features(models, tree_type, /)\n--\n\n"
             "Tell whether each decision tree of scikit-learn has a tree for "
             "its own number of features.");

static PyObject *
fit_features(PyObject *module, PyObject *args)
{
    PyObject *models, *tree_type;
    return PyArg_ParseTuple(args, "O!O", &PyList_Type, &models, &tree_type)
               ? truth_or_error(
                     fj_fit_features(fj_state_of(module), models, tree_type))
               : NULL;
}

PyDoc_STRVAR(are_fitted_doc,
             "are_fitted(models, cls, n_features, /)\n--\n\n"
             "Tell whether all are decision trees of the class, fitted to so "
             "many features.");

static PyObject *
are_fitted(PyObject *module, PyObject *args)
{
    PyObject *models, *cls;
    Py_ssize_t nfeatures;
    return PyArg_ParseTuple(args, "O!On", &PyList_Type, &models, &cls,
                            &nfeatures)
               ? truth_or_error(fj_are_fitted(fj_state_of(module), models, cls,
                                              nfeatures))
               : NULL;
}

static PyMethodDef functions[] = {
    {"are_fitted", are_fitted, METH_VARARGS, are_fitted_doc},
    {"are_columns", are_columns, METH_VARARGS, are_columns_doc},
    {"are_indices", are_indices, METH_VARARGS, are_indices_doc},
    {"is_array", is_array, METH_VARARGS, is_array_doc},
    {"fit_features", fit_features, METH_VARARGS, fit_features_doc},
    {"share_places", share_places, METH_VARARGS, share_places_doc},
    {"share_points", share_points, METH_VARARGS, share_points_doc},
    {"check_tree_arguments", check_tree_arguments, METH_O,
     check_tree_arguments_doc},
    {"check_tree_state", (PyCFunction)(void (*)(void))check_tree_state,
     METH_FASTCALL, check_tree_state_doc},
    {"check_predictors", check_predictors, METH_VARARGS, check_predictors_doc},
    {"check_split_features", check_split_features, METH_VARARGS,
     check_split_features_doc},
    {NULL, NULL, 0, NULL},
};

int
fj_add_check_functions(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}
