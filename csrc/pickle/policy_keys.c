/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Restricted loading: keys of dicts, and items of sets.
 *
 * Hashing a key must run no code that the policy does not know, must not go
 * deeper than the C stack, and must end; and keys must not collide by the
 * thousand, which makes each insertion look at all that came before.
 */
#include "pickle/load.h"
#include "pickle/policy.h"

enum {
    MAX_DEPTH = 100,   // of tuples within tuples
    MAX_PARTS = 10000, // of all of them in one key
    /* Counters of keys with equal hashes, and how many keys may share one:
     * more as the load goes on, since different hashes share counters too. */
    COUNTERS = 1 << 16,
    MAX_COLLISIONS = 256,
};

static bool
is_plain(PyObject *key)
{
    return PyUnicode_CheckExact(key) || PyLong_CheckExact(key) ||
           PyBytes_CheckExact(key) || PyFloat_CheckExact(key) ||
           PyComplex_CheckExact(key) || PyBool_Check(key) || key == Py_None;
}

/* Whether its hash is its address, or the policy says that its class's is
 * harmless, as its own globals' are. */
static int
hashes_harmlessly(fj_unpickler *u, PyObject *key)
{
    if (Py_TYPE(key)->tp_hash == PyBaseObject_Type.tp_hash ||
        fj_policy_rule(u->policy, key) != NULL) {
        return 1;
    }
    const fj_rule *rule = fj_policy_rule_of_type(u->policy, Py_TYPE(key));
    return rule == NULL ? -1 : (rule->flags & FJ_MAY_BE_KEY) != 0;
}

static int check_part(fj_unpickler *u, PyObject *key, int depth,
                      size_t *parts);

static int
check_set(fj_unpickler *u, PyObject *set, int depth, size_t *parts)
{
    PyObject *item, *iterator = PyObject_GetIter(set);
    int ret = iterator == NULL ? -1 : 0;
    while (ret == 0 && (item = PyIter_Next(iterator)) != NULL) {
        ret = check_part(u, item, depth + 1, parts);
        Py_DECREF(item);
    }
    Py_XDECREF(iterator);
    return ret < 0 || PyErr_Occurred() ? -1 : 0;
}

static int
check_part(fj_unpickler *u, PyObject *key, int depth, size_t *parts)
{
    if (is_plain(key)) {
        return 0;
    }
    *parts += PyTuple_CheckExact(key) ? (size_t)PyTuple_GET_SIZE(key) : 1;
    if (depth > MAX_DEPTH || *parts > MAX_PARTS) {
        return fj_input_refuse(u->in, "a key is nested too deeply");
    }
    int ret = 0;
    if (PyTuple_CheckExact(key)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key) && ret == 0; i++) {
            ret = check_part(u, PyTuple_GET_ITEM(key, i), depth + 1, parts);
        }
        return ret;
    }
    if (PyFrozenSet_CheckExact(key)) {
        return check_set(u, key, depth, parts);
    }
    int harmless = hashes_harmlessly(u, key);
    return harmless == 0
               ? fj_input_refuse(u->in, "a key is %s", Py_TYPE(key)->tp_name)
               : (harmless < 0 ? -1 : 0);
}

/* Python hashes strings with a secret; the hashes of all else can be foreseen,
 * and large integers and tuples made whose hashes are equal. */
static bool
may_collide(PyObject *key)
{
    if (PyUnicode_CheckExact(key) || PyBytes_CheckExact(key)) {
        return false;
    }
    if (PyLong_CheckExact(key)) {
        int overflow;
        long long value = PyLong_AsLongLongAndOverflow(key, &overflow);
        return overflow != 0 || value >= (1LL << 60) || value <= -(1LL << 60);
    }
    return !PyBool_Check(key) && key != Py_None;
}

static int
count_collision(fj_unpickler *u, uint64_t container, PyObject *key)
{
    fj_policy *policy = u->policy;
    Py_hash_t hash = PyObject_Hash(key);
    if (hash == -1) {
        return -1;
    }
    if (policy->collisions == NULL) {
        policy->collisions = PyMem_Calloc(COUNTERS + 1, sizeof(uint32_t));
        if (policy->collisions == NULL) {
            PyErr_NoMemory();
            return -1;
        }
    }
    /* Of one container, so that a key may come up in many. */
    uint64_t mixed =
        ((uint64_t)hash ^ (container << 7)) * UINT64_C(0x9E3779B97F4A7C15);
    uint32_t *counter = &policy->collisions[mixed >> 48];
    uint32_t *all = &policy->collisions[COUNTERS];
    *all += *all < UINT32_MAX;
    *counter += *counter < UINT32_MAX;
    return *counter <= MAX_COLLISIONS + *all / (COUNTERS / 16)
               ? 0
               : fj_input_refuse(u->in, "too many keys have the same hash");
}

int
fj_policy_check_key(fj_unpickler *u, uint64_t container, PyObject *key)
{
    size_t parts = 0;
    if (PyUnicode_CheckExact(key)) {
        return 0;
    }
    if (check_part(u, key, 0, &parts) < 0) {
        return -1;
    }
    return may_collide(key) ? count_collision(u, container, key) : 0;
}
