/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Restricted loading: arrays that have not got their data yet.
 */
#include "pickle/load.h"
#include "pickle/policy.h"

int
fj_policy_note_unbuilt(fj_policy *policy, PyObject *array)
{
    if (policy->unbuilt == NULL) {
        policy->unbuilt = PyDict_New();
    }
    PyObject *id = PyLong_FromVoidPtr(array);
    int ret = policy->unbuilt == NULL || id == NULL
                  ? -1
                  : PyDict_SetItem(policy->unbuilt, id, array);
    Py_XDECREF(id);
    return ret;
}

int
fj_policy_take_unbuilt(fj_policy *policy, PyObject *array)
{
    if (policy->unbuilt == NULL) {
        return 0;
    }
    PyObject *id = PyLong_FromVoidPtr(array);
    int found = id == NULL ? -1 : PyDict_Contains(policy->unbuilt, id);
    if (found > 0 && PyDict_DelItem(policy->unbuilt, id) < 0) {
        found = -1;
    }
    Py_XDECREF(id);
    return found;
}

/* An array without its data must not be seen by a check, which would judge it
 * by what it is not.  Looks at the items of a tuple, or the values of a dict,
 * or a tuple of these. */
static int
check_built(fj_unpickler *u, PyObject *value, int depth)
{
    int ret = 0;
    if (PyTuple_CheckExact(value) && depth < 3) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value) && ret == 0; i++) {
            ret = check_built(u, PyTuple_GET_ITEM(value, i), depth + 1);
        }
    }
    else if (PyDict_CheckExact(value) && depth < 3) {
        PyObject *key, *item;
        Py_ssize_t pos = 0;
        while (ret == 0 && PyDict_Next(value, &pos, &key, &item)) {
            ret = check_built(u, item, depth + 1);
        }
    }
    else {
        PyObject *id = PyLong_FromVoidPtr(value);
        int found = id == NULL ? -1 : PyDict_Contains(u->policy->unbuilt, id);
        Py_XDECREF(id);
        ret = found <= 0
                  ? found
                  : fj_input_refuse(u->in, "an array is used before it has "
                                           "its data");
    }
    return ret;
}

int
fj_policy_check_built(fj_unpickler *u, PyObject *value)
{
    PyObject *unbuilt = u->policy->unbuilt;
    return unbuilt == NULL || PyDict_GET_SIZE(unbuilt) == 0
               ? 0
               : check_built(u, value, 0);
}
