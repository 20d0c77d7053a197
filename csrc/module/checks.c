/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/checks.h"

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
check_tree_arguments(PyObject *Py_UNUSED(module), PyObject *args)
{
    return none_or_error(fj_check_tree_arguments(args));
}

PyDoc_STRVAR(check_tree_state_doc,
             "check_tree_state(tree, state, /)\n--\n\n"
             "Raise ValueError unless a Tree of scikit-learn can be used with "
             "this state.");

static PyObject *
check_tree_state(PyObject *Py_UNUSED(module), PyObject *const *args,
                 Py_ssize_t nargs)
{
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "a tree and a state were expected");
        return NULL;
    }
    return none_or_error(fj_check_tree_state(args[0], args[1]));
}

PyDoc_STRVAR(check_predictors_doc,
             "check_predictors(predictors, dtype, n_features, /)\n--\n\n"
             "Raise ValueError unless each TreePredictor of scikit-learn in "
             "the list can be used.\n\n"
             "dtype is that of their nodes, n_features the number of the "
             "model, -1 if unknown.");

static PyObject *
check_predictors(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *predictors, *dtype;
    Py_ssize_t nfeatures;
    if (!PyArg_ParseTuple(args, "O!On", &PyList_Type, &predictors, &dtype,
                          &nfeatures)) {
        return NULL;
    }
    return none_or_error(fj_check_predictors(predictors, dtype, nfeatures));
}

static PyMethodDef functions[] = {
    {"check_tree_arguments", check_tree_arguments, METH_O,
     check_tree_arguments_doc},
    {"check_tree_state", (PyCFunction)(void (*)(void))check_tree_state,
     METH_FASTCALL, check_tree_state_doc},
    {"check_predictors", check_predictors, METH_VARARGS, check_predictors_doc},
    {NULL, NULL, 0, NULL},
};

int
fj_add_check_functions(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}
