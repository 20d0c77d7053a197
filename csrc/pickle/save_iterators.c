/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sets, and the list items and dict items of a reduce value: what can only be
 * walked with an iterator.
 */
#include "pickle/save.h"

/* Before protocol 4 a set is written as a call: set([items]). */
static int
save_set_as_call(fj_pickler *p, PyObject *obj)
{
    PyObject *items = PySequence_List(obj);
    if (items == NULL) {
        return -1;
    }
    PyObject *args = PyTuple_Pack(1, items);
    Py_DECREF(items);
    return fj_save_call(p, obj, (PyObject *)Py_TYPE(obj), args);
}

static int
push_set(fj_pickler *p, fj_task_kind kind, PyObject *obj)
{
    PyObject *iterator = PyObject_GetIter(obj);
    if (iterator == NULL) {
        return -1;
    }
    fj_task *task = fj_push(p, kind, obj);
    if (task == NULL) {
        Py_DECREF(iterator);
        return -1;
    }
    task->held = iterator;
    task->pos = PySet_GET_SIZE(obj);
    return 0;
}

int
fj_save_set(fj_pickler *p, PyObject *obj)
{
    if (p->proto < 4) {
        return save_set_as_call(p, obj);
    }
    if (fj_output_byte(p->out, OP_EMPTY_SET) < 0 || fj_memoize(p, obj) < 0) {
        return -1;
    }
    return PySet_GET_SIZE(obj) == 0 ? 0 : push_set(p, FJ_TASK_SET, obj);
}

/* The next item, owned, or NULL at the end or on error.  The iterators of
 * built-in sets raise RuntimeError if the set has changed. */
static PyObject *
next_item(PyObject *iterator)
{
    return Py_TYPE(iterator)->tp_iternext(iterator);
}

static int
no_item(void)
{
    if (!PyErr_Occurred()) {
        return 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_StopIteration)) {
        return -1;
    }
    PyErr_Clear();
    return 0;
}

static int
open_set_batch(fj_pickler *p, fj_task *task)
{
    Py_ssize_t n = task->pos < FJ_BATCH_SIZE ? task->pos : FJ_BATCH_SIZE;
    task->batch = (uint16_t)n;
    task->closing = OP_ADDITEMS;
    task->pos -= n;
    return fj_output_byte(p->out, OP_MARK);
}

/* C pickle looks for more items after a full batch only when it has opened
 * the next one, which is empty where the size is a multiple of 1000. */
static bool
set_has_batch(const fj_pickler *p, const fj_task *task)
{
    return task->pos > 0 || (p->as_c_pickle && task->done == FJ_BATCH_SIZE);
}

int
fj_run_set(fj_pickler *p)
{
    size_t depth = p->ntasks;
    PyObject *iterator = fj_top(p)->held;
    while (p->ntasks == depth) {
        fj_task *task = fj_top(p);
        if (task->batch == 0) {
            if (task->closing != 0 &&
                fj_output_byte(p->out, OP_ADDITEMS) < 0) {
                return -1;
            }
            if (!set_has_batch(p, task)) {
                fj_pop(p);
                return 0;
            }
            if (open_set_batch(p, task) < 0) {
                return -1;
            }
            task->done = task->batch;
            continue;
        }
        PyObject *item = next_item(iterator);
        if (item == NULL) {
            if (no_item() == 0) {
                PyErr_SetString(PyExc_RuntimeError,
                                "set changed size during iteration");
            }
            fj_pop(p);
            return -1;
        }
        task->batch--;
        int ret = fj_save(p, item, fj_item_sharing(p, item, 2, false));
        if (ret < 0) {
            fj_fail_with(p, item);
        }
        Py_DECREF(item);
        if (ret < 0) {
            return -1;
        }
    }
    return 0;
}

int
fj_save_frozenset(fj_pickler *p, PyObject *obj)
{
    if (p->proto < 4) {
        return save_set_as_call(p, obj);
    }
    return fj_output_byte(p->out, OP_MARK) < 0
               ? -1
               : push_set(p, FJ_TASK_FROZENSET, obj);
}

static int
end_frozenset(fj_pickler *p, PyObject *obj)
{
    Py_ssize_t index = fj_memo_find(&p->memo, obj);
    if (index >= 0) { // recursive, like a tuple
        return fj_output_byte(p->out, OP_POP_MARK) < 0
                   ? -1
                   : fj_write_get(p, (size_t)index);
    }
    return fj_output_byte(p->out, OP_FROZENSET) < 0 ? -1 : fj_memoize(p, obj);
}

int
fj_run_frozenset(fj_pickler *p)
{
    size_t depth = p->ntasks;
    PyObject *iterator = fj_top(p)->held;
    while (p->ntasks == depth) {
        PyObject *item = next_item(iterator);
        if (item == NULL) {
            int ret = no_item();
            if (ret == 0) {
                ret = end_frozenset(p, fj_top(p)->obj);
            }
            fj_pop(p);
            return ret;
        }
        int ret = fj_save(p, item, FJ_SHARED);
        if (ret < 0) {
            fj_fail_with(p, item);
        }
        Py_DECREF(item);
        if (ret < 0) {
            return -1;
        }
    }
    return 0;
}

static int
push_iterator(fj_pickler *p, fj_task_kind kind, PyObject *iterable)
{
    PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL) {
        return -1;
    }
    fj_task *task = fj_push(p, kind, iterator);
    Py_DECREF(iterator);
    return task == NULL ? -1 : 0;
}

static int
push_pairs(fj_pickler *p, PyObject *pairs_steal)
{
    int ret = pairs_steal == NULL ||
                      fj_push(p, FJ_TASK_SETITEMS, pairs_steal) == NULL
                  ? -1
                  : 0;
    Py_XDECREF(pairs_steal);
    return ret;
}

/* Replaces the key of each pair by what takes its place. */
static int
replace_keys(const fj_pickler *p, PyObject *pairs)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); i++) {
        PyObject *pair = PySequence_Tuple(PyList_GET_ITEM(pairs, i));
        PyObject *replaced = NULL;
        if (pair != NULL && PyTuple_GET_SIZE(pair) == 2) {
            replaced = Py_BuildValue(
                "NO",
                PyObject_CallOneArg(p->canonical, PyTuple_GET_ITEM(pair, 0)),
                PyTuple_GET_ITEM(pair, 1));
        }
        else if (pair != NULL) {
            PyErr_SetString(PyExc_ValueError, "a dict item is no pair");
        }
        Py_XDECREF(pair);
        if (replaced == NULL || PyList_SetItem(pairs, i, replaced) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The pairs in order. */
static PyObject *
sorted_pairs(const fj_pickler *p, PyObject *iterable)
{
    PyObject *pairs = PySequence_List(iterable);
    if (pairs == NULL || PyList_Sort(pairs) == 0) {
        return pairs;
    }
    if (PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear();
        if (replace_keys(p, pairs) == 0 && PyList_Sort(pairs) == 0) {
            return pairs;
        }
    }
    Py_DECREF(pairs);
    return NULL;
}

/* The pairs of a dict in the order of its keys, if all are str: sorting those
 * is several times faster than sorting pairs.  NULL, without an exception, if
 * they are not. */
static PyObject *
pairs_by_text(PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (PyDict_Next(dict, &pos, &key, &value)) {
        if (!PyUnicode_CheckExact(key)) {
            return NULL;
        }
    }
    PyObject *pairs = PyDict_Keys(dict);
    if (pairs == NULL || PyList_Sort(pairs) < 0) {
        Py_XDECREF(pairs);
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); i++) {
        key = PyList_GET_ITEM(pairs, i);
        value = PyDict_GetItemWithError(dict, key);
        PyObject *pair = value == NULL ? NULL : PyTuple_Pack(2, key, value);
        if (pair == NULL || PyList_SetItem(pairs, i, pair) < 0) {
            Py_DECREF(pairs);
            return NULL;
        }
    }
    return pairs;
}

int
fj_push_sorted_dict(fj_pickler *p, PyObject *dict)
{
    if (fj_push(p, FJ_TASK_ITEMS_OF, dict) == NULL) {
        return -1;
    }
    PyObject *pairs = pairs_by_text(dict);
    if (pairs == NULL && !PyErr_Occurred()) {
        PyObject *items = PyDict_Items(dict);
        pairs = items == NULL ? NULL : sorted_pairs(p, items);
        Py_XDECREF(items);
    }
    return push_pairs(p, pairs);
}

static int
push_setitems(fj_pickler *p, PyObject *iterable)
{
    if (p->canonical == NULL) {
        return push_iterator(p, FJ_TASK_SETITEMS, iterable);
    }
    return push_pairs(p, sorted_pairs(p, iterable));
}

int
fj_push_items(fj_pickler *p, PyObject *obj, PyObject *listitems,
              PyObject *dictitems)
{
    if (fj_push(p, FJ_TASK_ITEMS_OF, obj) == NULL ||
        (dictitems != NULL && push_setitems(p, dictitems) < 0)) {
        return -1;
    }
    return listitems == NULL ? 0
                             : push_iterator(p, FJ_TASK_APPENDS, listitems);
}

/* The state of an APPENDS or SETITEMS task, kept in its `pos`. */
enum { NOT_STARTED, RUNNING, EXHAUSTED };

/* Reads an item of an APPENDS or SETITEMS task: owned, or NULL at the end or on
 * error. */
static PyObject *
read_item(fj_task *task)
{
    if (!PyList_CheckExact(task->obj)) {
        return next_item(task->obj);
    }
    return task->size == PyList_GET_SIZE(task->obj)
               ? NULL
               : Py_NewRef(PyList_GET_ITEM(task->obj, task->size++));
}

/* Moves the item that was read ahead to *item_ret and reads the next one: a
 * batch of one has no MARK, so it must be known whether more will come. */
static int
advance(const fj_pickler *p, fj_task *task, PyObject **item_ret)
{
    PyObject *item = task->held;
    task->held = NULL;
    if (item == NULL && task->pos != EXHAUSTED) {
        item = read_item(task);
        if (item == NULL && no_item() < 0) {
            return -1;
        }
        task->pos = item == NULL ? EXHAUSTED : RUNNING;
    }
    if (item != NULL && p->bin && task->pos != EXHAUSTED) {
        task->held = read_item(task);
        if (task->held == NULL) {
            task->pos = EXHAUSTED;
            if (no_item() < 0) {
                Py_DECREF(item);
                return -1;
            }
        }
    }
    *item_ret = item;
    return 0;
}

/* Takes the next item of an APPENDS or SETITEMS task, opening and closing
 * batches as needed: 1 and the item, owned; 0 at the end, the task popped;
 * -1. */
static int
next_in_batch(fj_pickler *p, int single_op, int batch_op, PyObject **item_ret)
{
    fj_task *task = fj_top(p);
    PyObject *item;
    if (advance(p, task, &item) < 0) {
        fj_pop(p);
        return -1;
    }
    if (task->closing != 0 && (item == NULL || task->batch == 0)) {
        int op = task->closing;
        task->closing = 0;
        if (fj_output_byte(p->out, op) < 0) {
            Py_XDECREF(item);
            return -1;
        }
    }
    if (item == NULL) {
        fj_pop(p);
        return 0;
    }
    if (task->closing == 0) {
        bool single = task->held == NULL;
        task->batch = single ? 1 : FJ_BATCH_SIZE;
        task->closing = (uint8_t)(single ? single_op : batch_op);
        if (!single && fj_output_byte(p->out, OP_MARK) < 0) {
            Py_DECREF(item);
            return -1;
        }
    }
    task->batch--;
    task->done++;
    *item_ret = item;
    return 1;
}

int
fj_run_appends(fj_pickler *p)
{
    size_t depth = p->ntasks;
    while (p->ntasks == depth) {
        PyObject *item;
        int found = next_in_batch(p, OP_APPEND, OP_APPENDS, &item);
        if (found <= 0) {
            return found;
        }
        int ret = fj_save(p, item, FJ_SHARED);
        if (ret < 0) {
            fj_fail_with(p, item);
        }
        Py_DECREF(item);
        if (ret < 0) {
            return -1;
        }
    }
    return 0;
}

/* The key and the value of a dict item: a new tuple, or NULL. */
static PyObject *
take_pair(const fj_pickler *p, PyObject *item)
{
    if (FJ_SINCE_3_14 && p->as_c_pickle &&
        (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 2)) {
        PyErr_SetString(PyExc_TypeError,
                        "dict items iterator must return 2-tuples");
        return NULL;
    }
    PyObject *pair = PySequence_Tuple(item);
    if (pair != NULL && PyTuple_GET_SIZE(pair) != 2) {
        PyErr_Format(PyExc_ValueError,
                     "a dict item of __reduce__ must be a pair of key "
                     "and value, not of length %zd",
                     PyTuple_GET_SIZE(pair));
        Py_CLEAR(pair);
    }
    return pair;
}

int
fj_run_setitems(fj_pickler *p)
{
    size_t depth = p->ntasks;
    while (p->ntasks == depth) {
        PyObject *item;
        int found = next_in_batch(p, OP_SETITEM, OP_SETITEMS, &item);
        if (found <= 0) {
            return found;
        }
        Py_SETREF(item, take_pair(p, item));
        fj_task *items_of = fj_top(p) - 1;
        Py_CLEAR(items_of->held);
        if (item == NULL) {
            return -1;
        }
        PyObject *key = PyTuple_GET_ITEM(item, 0);
        PyObject *value = PyTuple_GET_ITEM(item, 1);
        items_of->held = Py_NewRef(key);
        /* The value is pushed first, so that it is saved after the key. */
        int ret = fj_push_save(p, value);
        if (ret == 0) {
            ret = fj_save(p, key, FJ_SHARED);
            if (ret < 0) {
                fj_fail_with(p, key);
            }
        }
        Py_DECREF(item);
        if (ret < 0) {
            return -1;
        }
    }
    return 0;
}
