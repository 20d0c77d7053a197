/* SPDX-License-Identifier: BSD-3-Clause
 *
 * list, dict and tuple.
 *
 * Saving an item can run any Python code, which may change the container: each
 * step reads sizes anew, and owns the item while it is being saved.  A step
 * loops for as long as items are written at once; when one pushes tasks, it
 * returns to the pickler's loop.
 */
#include "pickle/save.h"

/* Begins a batch of `n` items out of `size`, and returns the opcode that ends
 * it. pickle.py and C pickle differ for a last batch of one item after full
 * ones. */
static int
open_batch(fj_pickler *p, fj_task *task, Py_ssize_t n, Py_ssize_t size,
           int single_op, int batch_op)
{
    if (n > FJ_BATCH_SIZE) {
        n = FJ_BATCH_SIZE;
    }
    if (!p->bin) {
        n = 1;
    }
    bool single = !p->bin || (p->as_c_pickle ? size == 1 : n == 1);
    task->batch = (uint16_t)n;
    task->closing = (uint8_t)(single ? single_op : batch_op);
    return single ? 0 : fj_output_byte(p->out, OP_MARK);
}

static int
close_batch(fj_pickler *p, fj_task *task)
{
    if (task->closing == 0) {
        return 0;
    }
    int op = task->closing;
    task->closing = 0;
    return fj_output_byte(p->out, op);
}

/* Writes an empty container: one opcode, or MARK and an opcode in protocol
 * 0. */
static int
begin_container(fj_pickler *p, PyObject *obj, bool own, int empty_op,
                int text_op)
{
    const char text[2] = {OP_MARK, (char)text_op};
    if (p->bin ? fj_output_byte(p->out, empty_op) < 0
               : fj_output_write(p->out, text, 2) < 0) {
        return -1;
    }
    return fj_memoize_unless(p, obj, own);
}

static fj_task *
push_container(fj_pickler *p, fj_task_kind kind, PyObject *obj, bool own)
{
    fj_task *task = fj_push(p, kind, obj);
    if (task != NULL) {
        task->own = own;
    }
    return task;
}

int
fj_save_list(fj_pickler *p, PyObject *obj, bool own)
{
    if (begin_container(p, obj, own, OP_EMPTY_LIST, OP_LIST) < 0) {
        return -1;
    }
    if (PyList_GET_SIZE(obj) == 0) {
        return 0;
    }
    return push_container(p, FJ_TASK_LIST, obj, own) == NULL ? -1 : 0;
}

int
fj_run_list(fj_pickler *p)
{
    size_t depth = p->ntasks;
    fj_task *task = fj_top(p);
    PyObject *list = task->obj;
    while (p->ntasks == depth) {
        task = fj_top(p);
        Py_ssize_t size = PyList_GET_SIZE(list);
        if (task->batch == 0 || task->pos >= size) {
            if (close_batch(p, task) < 0) {
                return -1;
            }
            if (task->pos >= size) {
                fj_pop(p);
                return 0;
            }
            if (open_batch(p, task, size - task->pos, size, OP_APPEND,
                           OP_APPENDS) < 0) {
                return -1;
            }
        }
        PyObject *item = PyList_GET_ITEM(list, task->pos);
        fj_sharing sharing = fj_item_sharing(p, item, 1, task->own);
        task->pos++;
        task->batch--;
        Py_INCREF(item);
        int ret = fj_save(p, item, sharing);
        Py_DECREF(item);
        if (ret < 0) {
            return -1;
        }
    }
    return 0;
}

int
fj_save_dict(fj_pickler *p, PyObject *obj, bool own)
{
    if (begin_container(p, obj, own, OP_EMPTY_DICT, OP_DICT) < 0) {
        return -1;
    }
    if (PyDict_GET_SIZE(obj) == 0) {
        return 0;
    }
    if (p->canonical != NULL) {
        return fj_push_sorted_dict(p, obj);
    }
    fj_task *task = push_container(p, FJ_TASK_DICT, obj, own);
    if (task == NULL) {
        return -1;
    }
    task->size = PyDict_GET_SIZE(obj);
    return 0;
}

/* Saves the value of a key that was saved by tasks of its own. */
static int
save_held_value(fj_pickler *p, fj_task *task)
{
    PyObject *value = task->held;
    task->held = NULL;
    int ret = fj_save(p, value, FJ_SHARED);
    Py_DECREF(value);
    return ret;
}

static int
save_pair(fj_pickler *p, fj_task *task, PyObject *key, PyObject *value)
{
    size_t depth = p->ntasks;
    fj_sharing key_sharing = fj_dict_shares_keys(task->obj)
                                 ? FJ_SHARED
                                 : fj_item_sharing(p, key, 1, task->own);
    fj_sharing value_sharing = fj_item_sharing(p, value, 1, task->own);
    int ret = -1;
    Py_INCREF(key);
    task->held = Py_NewRef(value);
    if (fj_save(p, key, key_sharing) < 0) {
        goto done;
    }
    ret = 0;
    if (p->ntasks == depth) {
        task = fj_top(p);
        task->held = NULL;
        ret = fj_save(p, value, value_sharing);
        Py_DECREF(value);
    }
done:
    Py_DECREF(key);
    return ret;
}

/* C pickle looks for more items after a full batch only when it has opened
 * the next one, which stays empty where the size is a multiple of 1000. */
static int
end_dict(fj_pickler *p, const fj_task *task)
{
    const char empty_batch[2] = {OP_MARK, OP_SETITEMS};
    if (!p->as_c_pickle || !p->bin || task->done % FJ_BATCH_SIZE != 0) {
        return 0;
    }
    return fj_output_write(p->out, empty_batch, 2);
}

int
fj_run_dict(fj_pickler *p)
{
    size_t depth = p->ntasks;
    fj_task *task = fj_top(p);
    PyObject *dict = task->obj;
    if (task->held != NULL && save_held_value(p, task) < 0) {
        return -1;
    }
    while (p->ntasks == depth) {
        PyObject *key, *value;
        task = fj_top(p);
        if (PyDict_GET_SIZE(dict) != task->size) {
            PyErr_SetString(PyExc_RuntimeError,
                            "dictionary changed size during iteration");
            fj_pop(p);
            return -1;
        }
        /* `pos` is no count of items but the dict's own position, so the items
         * left are computed from the size and the number done. */
        if (task->batch == 0) {
            Py_ssize_t pos = task->pos;
            if (close_batch(p, task) < 0) {
                return -1;
            }
            if (!PyDict_Next(dict, &pos, &key, &value)) {
                int ret = end_dict(p, task);
                fj_pop(p);
                return ret;
            }
            Py_ssize_t left = task->size - task->done;
            if (open_batch(p, task, left, task->size, OP_SETITEM,
                           OP_SETITEMS) < 0) {
                return -1;
            }
        }
        if (!PyDict_Next(dict, &task->pos, &key, &value)) {
            task->batch = 0; // if keys were replaced, fewer may be left
            continue;
        }
        task->batch--;
        task->done++;
        if (save_pair(p, task, key, value) < 0) {
            return -1;
        }
    }
    return 0;
}

int
fj_save_tuple(fj_pickler *p, PyObject *obj, bool own)
{
    Py_ssize_t size = PyTuple_GET_SIZE(obj);
    if (size == 0) {
        const char text[2] = {OP_MARK, OP_TUPLE};
        return p->bin ? fj_output_byte(p->out, OP_EMPTY_TUPLE)
                      : fj_output_write(p->out, text, 2);
    }
    if ((size > 3 || p->proto < 2) && fj_output_byte(p->out, OP_MARK) < 0) {
        return -1;
    }
    return push_container(p, FJ_TASK_TUPLE, obj, own) == NULL ? -1 : 0;
}

/* Saving the items of a tuple has saved the tuple itself: drop them, and get
 * it from the memo. */
static int
get_recursive_tuple(fj_pickler *p, Py_ssize_t size, size_t index)
{
    bool marked = size > 3 || p->proto < 2;
    if (marked && p->bin) {
        return fj_output_byte(p->out, OP_POP_MARK) < 0
                   ? -1
                   : fj_write_get(p, index);
    }
    Py_ssize_t npops = marked ? size + 1 : size;
    for (Py_ssize_t i = 0; i < npops; i++) {
        if (fj_output_byte(p->out, OP_POP) < 0) {
            return -1;
        }
    }
    return fj_write_get(p, index);
}

static int
end_tuple(fj_pickler *p, PyObject *tuple, bool own)
{
    Py_ssize_t size = PyTuple_GET_SIZE(tuple);
    Py_ssize_t index = fj_memo_find(&p->memo, tuple);
    if (index >= 0) {
        return get_recursive_tuple(p, size, (size_t)index);
    }
    int op = OP_TUPLE;
    if (size <= 3 && p->proto >= 2) {
        op = OP_TUPLE1 + (int)size - 1;
    }
    return fj_output_byte(p->out, op) < 0 ? -1
                                          : fj_memoize_unless(p, tuple, own);
}

int
fj_run_tuple(fj_pickler *p)
{
    size_t depth = p->ntasks;
    PyObject *tuple = fj_top(p)->obj;
    while (p->ntasks == depth) {
        fj_task *task = fj_top(p);
        if (task->pos == PyTuple_GET_SIZE(tuple)) {
            int ret = end_tuple(p, tuple, task->own);
            fj_pop(p);
            return ret;
        }
        /* The tuple keeps its items alive. */
        PyObject *item = PyTuple_GET_ITEM(tuple, task->pos++);
        fj_sharing sharing =
            task->own ? fj_item_sharing(p, item, 1, true) : FJ_SHARED;
        if (fj_save(p, item, sharing) < 0) {
            return -1;
        }
    }
    return 0;
}
