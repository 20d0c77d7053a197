/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Restricted loading: arrays that have not got their data yet.
 */
#include "pickle/load.h"
#include "pickle/policy.h"

int
fj_policy_note_unbuilt(fj_policy *policy, PyObject *array)
{
    fj_note *note = fj_policy_add_note(policy, array);
    if (note == NULL) {
        return -1;
    }
    policy->nunbuilt += !note->unbuilt;
    note->unbuilt = true;
    return 0;
}

bool
fj_policy_take_unbuilt(fj_policy *policy, PyObject *array)
{
    fj_note *note = fj_policy_find_note(policy, array);
    bool was_unbuilt = note != NULL && note->unbuilt;
    if (was_unbuilt) {
        note->unbuilt = false;
        policy->nunbuilt--;
    }
    return was_unbuilt;
}

/* An array without its data must not be seen by a check, which would judge it
 * by what it is not.  Looks at the items of a tuple, or the values of a dict,
 * or a tuple of these. */
static int
check_built(fj_unpickler *u, PyObject *value, int depth)
{
    int ret = 0;
    if (fj_is_atom(value) || PyUnicode_CheckExact(value) ||
        PyBytes_CheckExact(value) || PyType_Check(value)) {
        return 0;
    }
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
        const fj_note *note = fj_policy_find_note(u->policy, value);
        if (note != NULL && note->unbuilt) {
            ret = fj_input_refuse(u->in,
                                  "an array is used before it has its data");
        }
    }
    return ret;
}

int
fj_policy_check_built(fj_unpickler *u, PyObject *value)
{
    return u->policy->nunbuilt == 0 ? 0 : check_built(u, value, 0);
}
