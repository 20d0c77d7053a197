/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where in its object the pickler is, read off the stack of tasks.
 *
 * From the bottom up, each container that is being walked knows which of its
 * items has been taken last, and what lies above it belongs to that item.  An
 * object that is written by a reduce value leaves a group of tasks, in the order
 * of save_reduce.c, of which those still waiting tell which one is running.
 */
#include "pickle/save.h"
#include "pickle/save_where.h"

/* Goes on to the object, or NULL, that the part is. */
static int
enter(fj_where_reader *r, PyObject *obj)
{
    fj_trail *trail = r->trail;
    PyObject *step = NULL;
    if (r->part == FJ_PART_WHOLE || r->part == FJ_PART_SETTER_OBJECT) {
        r->part = FJ_PART_WHOLE;
        return fj_trail_learn(trail, obj);
    }
    if (obj != NULL && trail->at != NULL && r->part != FJ_PART_CALLABLE) {
        step = fj_attribute_step(trail->at, obj, NULL);
    }
    if (step == NULL) {
        step = fj_part_step(r, obj);
    }
    r->part = FJ_PART_WHOLE;
    return fj_trail_step(trail, step, obj);
}

/* Goes on to the item `i` of a list or tuple; `item` may be NULL. */
static int
go_to_item(fj_where_reader *r, PyObject *item, Py_ssize_t i)
{
    return fj_trail_step(r->trail, PyUnicode_FromFormat("[%zd]", i), item);
}

static PyObject *
list_item(PyObject *list, Py_ssize_t i)
{
    return 0 <= i && i < PyList_GET_SIZE(list) ? PyList_GET_ITEM(list, i)
                                               : NULL;
}

static int
read_list(fj_where_reader *r, const fj_task *task)
{
    const fj_save_hook *hook = r->p->hook;
    PyObject *at = r->trail->at;
    Py_ssize_t i = task->pos - 1;
    PyObject *item = list_item(task->obj, i);
    if (i >= 0 && r->part == FJ_PART_ELEMENTS) {
        PyObject *step = NULL;
        if (hook != NULL && hook->element != NULL) {
            step = hook->element(at, i);
        }
        if (step == NULL && !PyErr_Occurred()) {
            step = PyUnicode_FromFormat("[%zd]", i);
        }
        r->part = FJ_PART_WHOLE;
        return fj_trail_step(r->trail, step, item);
    }
    if (enter(r, task->obj) < 0) {
        return -1;
    }
    return i < 0 ? 0 : go_to_item(r, item, i);
}

/* (dict or None, dict): what an instance with __slots__ is reduced to. */
static bool
holds_attributes(const fj_where_reader *r, PyObject *tuple)
{
    if (PyTuple_GET_SIZE(tuple) != 2 ||
        !PyDict_CheckExact(PyTuple_GET_ITEM(tuple, 1)) ||
        fj_part_has_own_reduce(r) || fj_part_has_own_getstate(r)) {
        return false;
    }
    PyObject *first = PyTuple_GET_ITEM(tuple, 0);
    return first == Py_None || PyDict_CheckExact(first);
}

/* Whether the last item is a list or tuple of the object's own items: in the
 * state of an array, and in the arguments of a tuple, and, before protocol 4, of
 * a set. */
static bool
holds_elements(const fj_where_reader *r, const fj_task *task)
{
    const fj_save_hook *hook = r->p->hook;
    PyObject *obj = r->trail->at;
    Py_ssize_t size = PyTuple_GET_SIZE(task->obj);
    if (obj == NULL || task->pos != size) {
        return false;
    }
    PyObject *last = PyTuple_GET_ITEM(task->obj, size - 1);
    if (r->part == FJ_PART_ARGUMENTS) {
        return PyTuple_Check(obj)
                   ? PyTuple_CheckExact(last) && size == 1
                   : PyAnySet_CheckExact(obj) && PyList_CheckExact(last);
    }
    if (!PyList_CheckExact(last) || hook == NULL || hook->element == NULL) {
        return false;
    }
    PyObject *step = hook->element(obj, 0);
    PyErr_Clear();
    Py_XDECREF(step);
    return step != NULL;
}

static int
read_tuple(fj_where_reader *r, const fj_task *task)
{
    Py_ssize_t i = task->pos - 1;
    bool is_state =
        r->part == FJ_PART_STATE || r->part == FJ_PART_SETTER_STATE;
    if (i < 0) {
        return enter(r, task->obj);
    }
    if (is_state && holds_attributes(r, task->obj)) {
        r->part = FJ_PART_ATTRIBUTES;
        return 0;
    }
    if ((is_state || r->part == FJ_PART_ARGUMENTS) &&
        holds_elements(r, task)) {
        r->part = FJ_PART_ELEMENTS;
        return 0;
    }
    PyObject *item = PyTuple_GET_ITEM(task->obj, i);
    if (r->part != FJ_PART_WHOLE && r->trail->at != NULL) {
        PyObject *step = fj_attribute_step(r->trail->at, item, NULL);
        if (step != NULL) {
            r->part = FJ_PART_WHOLE;
            return fj_trail_step(r->trail, step, item);
        }
    }
    return enter(r, task->obj) < 0 ? -1 : go_to_item(r, item, i);
}

bool
fj_pair_before(PyObject *dict, Py_ssize_t end, PyObject **key_ret,
               PyObject **value_ret)
{
    Py_ssize_t pos = end - 1;
    return end > 0 && PyDict_Next(dict, &pos, key_ret, value_ret) &&
           pos == end;
}

static PyObject *
find_attribute_step(const fj_where_reader *r, PyObject *key, PyObject *value)
{
    PyObject *owner = r->trail->at;
    PyObject *step =
        owner == NULL ? NULL : fj_attribute_step(owner, value, key);
    if (step == NULL && !fj_part_has_own_reduce(r) &&
        !fj_part_has_own_getstate(r)) {
        step = fj_dict_attribute_step(key);
    }
    return step;
}

/* `in_key`: the key is being saved, not the value. */
static int
go_to_pair(fj_where_reader *r, PyObject *key, PyObject *value, bool in_key)
{
    return in_key ? fj_trail_step(r->trail, fj_to_key_step(key), key)
                  : fj_trail_step(r->trail, fj_key_step(key), value);
}

static int
read_dict(fj_where_reader *r, const fj_task *task)
{
    PyObject *key, *value;
    bool in_key = task->held != NULL;
    if (!fj_pair_before(task->obj, task->pos, &key, &value)) {
        return enter(r, task->obj);
    }
    Py_INCREF(key);
    Py_INCREF(value);
    int ret = -1;
    PyObject *step = NULL;
    if (!in_key &&
        (r->part == FJ_PART_STATE || r->part == FJ_PART_SETTER_STATE ||
         r->part == FJ_PART_ATTRIBUTES)) {
        step = find_attribute_step(r, key, value);
    }
    if (step != NULL) {
        r->part = FJ_PART_WHOLE;
        ret = fj_trail_step(r->trail, step, value);
    }
    else if (!PyErr_Occurred() && enter(r, task->obj) == 0) {
        ret = go_to_pair(r, key, value, in_key);
    }
    Py_DECREF(key);
    Py_DECREF(value);
    return ret;
}

/* The item `i` in the order of iteration: a new reference, or NULL.  Where each
 * failure is reported, items far away are not searched for: there may be as many
 * failures. */
static PyObject *
iterate_to(const fj_where_reader *r, PyObject *iterable, getiterfunc begin,
           Py_ssize_t i)
{
    enum { FAR = 10000 };
    if (r->p->report != NULL && i >= FAR) {
        return NULL;
    }
    PyObject *item = NULL;
    PyObject *iterator = begin(iterable);
    for (Py_ssize_t n = 0; iterator != NULL && n <= i; n++) {
        Py_XSETREF(item, Py_TYPE(iterator)->tp_iternext(iterator));
        if (item == NULL) {
            break;
        }
    }
    Py_XDECREF(iterator);
    PyErr_Clear();
    return item;
}

static int
read_set(fj_where_reader *r, const fj_task *task)
{
    PyObject *set = task->obj;
    Py_ssize_t left = PyObject_LengthHint(task->held, 0);
    Py_ssize_t i = PySet_GET_SIZE(set) - left - 1;
    if (left < 0 || enter(r, set) < 0) {
        return -1;
    }
    if (i < 0) {
        return 0;
    }
    PyObject *item = iterate_to(r, set, Py_TYPE(set)->tp_iter, i);
    int ret = go_to_item(r, item, i);
    Py_XDECREF(item);
    return ret;
}

/* A method of Python's is not called. */
static PyObject *
sequence_item(const fj_where_reader *r, Py_ssize_t i)
{
    PyObject *obj = r->trail->at;
    PyObject *item = NULL;
    if (obj != NULL && PyList_Check(obj)) {
        return Py_XNewRef(list_item(obj, i));
    }
    if (obj != NULL && PySequence_Check(obj) &&
        PyType_HasFeature(Py_TYPE(obj), Py_TPFLAGS_SEQUENCE)) {
        PyObject *name = PyUnicode_FromString("__getitem__");
        PyObject *method =
            name == NULL ? NULL : fj_find_in_classes(Py_TYPE(obj), name);
        if (method != NULL && !PyFunction_Check(method)) {
            item = PySequence_GetItem(obj, i);
        }
        Py_XDECREF(name);
        Py_XDECREF(method);
        PyErr_Clear();
    }
    return item;
}

static int
read_appends(fj_where_reader *r, const fj_task *task)
{
    if (task->done == 0) { // it waits
        return 0;
    }
    if (enter(r, NULL) < 0) {
        return -1;
    }
    PyObject *item = sequence_item(r, task->done - 1);
    int ret = go_to_item(r, item, task->done - 1);
    Py_XDECREF(item);
    return ret;
}

/* The key and the value, owned, of the pair that was taken last: from the list of
 * them, or, where that was an iterator, from the dict itself. */
static bool
find_pair(const fj_where_reader *r, const fj_task *task, PyObject **key_ret,
          PyObject **value_ret)
{
    PyObject *obj = r->trail->at;
    Py_ssize_t i = task->done - 1;
    if (PyList_CheckExact(task->obj)) {
        PyObject *pair = list_item(task->obj, i);
        if (pair == NULL || !PyTuple_Check(pair) ||
            PyTuple_GET_SIZE(pair) != 2) {
            return false;
        }
        *key_ret = Py_NewRef(PyTuple_GET_ITEM(pair, 0));
        *value_ret = Py_NewRef(PyTuple_GET_ITEM(pair, 1));
        return true;
    }
    if (obj == NULL || !PyDict_Check(obj) || PyDict_GET_SIZE(obj) <= i) {
        return false;
    }
    getiterfunc begin =
        PyODict_Check(obj) ? PyODict_Type.tp_iter : PyDict_Type.tp_iter;
    *key_ret = iterate_to(r, obj, begin, i);
    if (*key_ret == NULL) {
        return false;
    }
    *value_ret = Py_XNewRef(PyDict_GetItemWithError(obj, *key_ret));
    PyErr_Clear();
    return true;
}

/* `in_key`: the value waits. */
static int
read_setitems(fj_where_reader *r, const fj_task *task, bool in_key)
{
    PyObject *key = NULL, *value = NULL;
    if (task->done == 0) {
        return 0;
    }
    if (enter(r, NULL) < 0) {
        return -1;
    }
    int ret = find_pair(r, task, &key, &value)
                  ? go_to_pair(r, key, value, in_key)
                  : fj_trail_step(r->trail, PyUnicode_FromString("[?]"), NULL);
    Py_XDECREF(key);
    Py_XDECREF(value);
    return ret;
}

/* Begins the group of an object that has a state. */
static int
read_emit(fj_where_reader *r, const fj_task *task)
{
    bool builds = task->op == OP_BUILD;
    if (!builds && task->op3 != OP_POP) {
        return 0;
    }
    if (enter(r, task->obj) < 0) {
        return -1;
    }
    r->part = builds ? FJ_PART_STATE : FJ_PART_SETTER_STATE;
    return 0;
}

/* A part that still waits: the one before it, which was pushed later, runs. */
static fj_part
running_before(const fj_where_reader *r)
{
    switch (r->part) {
    case FJ_PART_KEYWORDS:
        return FJ_PART_ARGUMENTS;
    case FJ_PART_ARGUMENTS:
        return FJ_PART_CALLABLE;
    case FJ_PART_SETTER_STATE:
        return FJ_PART_SETTER_OBJECT;
    case FJ_PART_SETTER_OBJECT:
        return FJ_PART_SETTER;
    default:
        return FJ_PART_WHOLE;
    }
}

/* Reads the task `i`, and returns how many more it has read; -1. */
static int
read_task(fj_where_reader *r, size_t i)
{
    const fj_task *task = &r->p->tasks[i];
    switch (task->kind) {
    case FJ_TASK_LIST:
        return read_list(r, task);
    case FJ_TASK_TUPLE:
        return read_tuple(r, task);
    case FJ_TASK_DICT:
        return read_dict(r, task);
    case FJ_TASK_SET:
    case FJ_TASK_FROZENSET:
        return read_set(r, task);
    case FJ_TASK_APPENDS:
        return read_appends(r, task);
    case FJ_TASK_SETITEMS: {
        bool in_key = task->done > 0 && i + 1 < r->p->ntasks &&
                      task[1].kind == FJ_TASK_SAVE;
        return read_setitems(r, task, in_key) < 0 ? -1 : in_key;
    }
    case FJ_TASK_EMIT:
        return read_emit(r, task);
    case FJ_TASK_SAVE:
        r->part = running_before(r);
        return 0;
    case FJ_TASK_REDUCED: {
        /* An array's wrapper stands for the array. */
        bool stands_in = i > 0 && task[-1].kind == FJ_TASK_HOOK;
        if (enter(r, stands_in ? NULL : task->obj) < 0) {
            return -1;
        }
        r->op = task->op;
        r->part =
            task->op == OP_NEWOBJ_EX ? FJ_PART_KEYWORDS : FJ_PART_ARGUMENTS;
        return 0;
    }
    case FJ_TASK_PERSID:
        r->part = FJ_PART_PERSISTENT_ID;
        return fj_trail_learn(r->trail, task->obj);
    case FJ_TASK_HOOK:
    case FJ_TASK_MEMOIZE:
    case FJ_TASK_BYTEARRAY:
        return enter(r, task->obj);
    default: // FJ_TASK_GLOBAL, FJ_TASK_LEAVE, FJ_TASK_ITEMS_OF
        return 0;
    }
}

/* So many tasks are read of both ends of a deep stack. */
enum { DEEP_STACK = 1024, FIRST_TASKS = 64, LAST_TASKS = 512 };

bool
fj_is_in_middle(const fj_pickler *p, size_t i)
{
    return p->ntasks > DEEP_STACK && i >= FIRST_TASKS &&
           i < p->ntasks - LAST_TASKS;
}

/* `failed`: what was being saved when the walk came to a halt, or NULL. */
static int
read_tasks(const fj_pickler *p, fj_trail *trail, PyObject *failed)
{
    fj_where_reader r = {
        .p = p, .trail = trail, .part = FJ_PART_WHOLE, .op = OP_REDUCE};
    for (size_t i = 0; i < p->ntasks; i++) {
        if (fj_is_in_middle(p, i)) {
            i = p->ntasks - LAST_TASKS;
            r.part = FJ_PART_WHOLE;
            Py_CLEAR(trail->at);
        }
        int more = read_task(&r, i);
        if (more < 0) {
            return -1;
        }
        i += (size_t)more;
    }
    return failed == NULL ? 0 : enter(&r, failed);
}

int
fj_find_where(const fj_pickler *p, fj_trail *trail)
{
    PyObject *failed = p->failed;
    const fj_pickler *outermost = p;
    while (outermost->outer != NULL) {
        outermost = outermost->outer;
    }
    if (fj_trail_init(trail, outermost->root) < 0) {
        return -1;
    }
    /* From the outermost on, which is at most one more: a pickle within a pickle
     * holds no third one. */
    if (outermost != p && read_tasks(outermost, trail, p->root) < 0) {
        return -1;
    }
    return read_tasks(p, trail, failed);
}
