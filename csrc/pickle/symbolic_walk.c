/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The walk over what a pickle has made, from its root: finds the place of each
 * node, where it is met first, and adds up sizes.
 */
#include "pickle/symbolic_run.h"

/* A node that is being visited, and the next of its values. */
typedef struct {
    fj_node *node;
    fj_block *block;
    uint64_t i;
} frame;

/* Paths keep this many of their last steps, and keys this many of their first
 * characters, so that what is nested deeply does not make long texts. */
enum { MAX_STEPS = 32, MAX_KEY = 64, MAX_PATHS = 5 };

static PyObject *
key_step(fj_value key, const char *format)
{
    const fj_text *text = fj_as_text(key);
    int64_t n;
    PyObject *obj, *step = NULL;
    if (text != NULL) {
        obj = PyUnicode_DecodeUTF8(text->bytes, (Py_ssize_t)text->nbytes,
                                   "surrogatepass");
        if (obj != NULL && PyUnicode_GET_LENGTH(obj) > MAX_KEY) {
            PyObject *cut = PyUnicode_Substring(obj, 0, MAX_KEY);
            Py_DECREF(obj);
            obj = cut == NULL ? NULL : PyUnicode_FromFormat("%U...", cut);
            Py_XDECREF(cut);
        }
    }
    else if (fj_as_int(key, &n) && fj_tag_of(key) == FJ_INT) {
        obj = PyLong_FromLongLong(n);
    }
    else {
        PyObject *kind = fj_symbolic_kind_name(key);
        step = kind == NULL ? NULL : PyUnicode_FromFormat("[<%U>]", kind);
        Py_XDECREF(kind);
        return step;
    }
    if (obj != NULL) {
        step = PyUnicode_FromFormat(format, obj);
        Py_DECREF(obj);
    }
    return step;
}

bool
fj_symbolic_is_transparent(const fj_node *node)
{
    const fj_block *block = node->block;
    if (block == NULL || block->role == FJ_INNER) {
        return true;
    }
    if (block->role == FJ_STATE) {
        return node->kind == FJ_DICT;
    }
    return block->role == FJ_CALL && node->place > 0 && node->kind <= FJ_DICT;
}

bool
fj_symbolic_is_hidden(const fj_node *node)
{
    return node->parent->kind == FJ_ARRAY &&
           (node->block->role != FJ_INNER || node->kind == FJ_OBJECT);
}

static PyObject *
pair_step(const fj_node *dict, const fj_block *block, uint64_t place)
{
    fj_value key = block->values[place & ~(uint64_t)1];
    if (place % 2 == 0) {
        return key_step(key, "[key %R]");
    }
    fj_role holds =
        dict->block == NULL ? FJ_ITEMS : (fj_role)dict->block->role;
    if (fj_as_text(key) != NULL && holds == FJ_STATE) {
        return key_step(key, ".%U");
    }
    return key_step(key, fj_as_text(key) != NULL && holds == FJ_CALL ? "(%U=)"
                                                                     : "[%R]");
}

PyObject *
fj_symbolic_step(const fj_node *parent, const fj_block *block, uint64_t place)
{
    unsigned long long item = block->items_before + place;
    switch (block->role) {
    case FJ_PAIRS:
        return pair_step(parent, block, place);
    case FJ_STATE:
        return PyUnicode_FromString(".state");
    case FJ_CALL:
        return PyUnicode_FromString(place == 0 ? ".callable" : ".arguments");
    case FJ_INNER:
        return PyUnicode_FromString("");
    default: // FJ_ITEMS
        return PyUnicode_FromFormat(
            parent->block != NULL && parent->block->role == FJ_CALL ? "(%llu)"
                                                                    : "[%llu]",
            item);
    }
}

/* Joins a list of steps, the last one first. */
static PyObject *
join(PyObject *steps)
{
    PyObject *path = NULL;
    PyObject *empty = PyUnicode_FromString("");
    if (empty != NULL && PyList_Reverse(steps) == 0) {
        path = PyUnicode_Join(empty, steps);
    }
    Py_XDECREF(empty);
    return path;
}

/* The path of the value at a place of a node, or of the node itself if `block`
 * is NULL. */
static PyObject *
find_path(const fj_node *node, const fj_block *block, uint64_t place)
{
    PyObject *steps = PyList_New(0);
    if (block == NULL) {
        block = node->block;
        place = node->place;
        node = node->parent;
    }
    while (steps != NULL && block != NULL) {
        fj_value value = block->values[place];
        const fj_node *held = fj_as_node(value);
        bool named = held == NULL || held->parent != node ||
                     held->block != block || !fj_symbolic_is_transparent(held);
        bool is_long = PyList_GET_SIZE(steps) == MAX_STEPS;
        PyObject *step = is_long ? PyUnicode_FromString("...")
                                 : fj_symbolic_step(node, block, place);
        if (step == NULL || (named && PyList_Append(steps, step) < 0)) {
            Py_CLEAR(steps);
        }
        Py_XDECREF(step);
        block = is_long ? NULL : node->block;
        place = node->place;
        node = node->parent;
    }
    PyObject *model = steps == NULL ? NULL : PyUnicode_FromString("model");
    PyObject *path =
        model == NULL || PyList_Append(steps, model) < 0 ? NULL : join(steps);
    Py_XDECREF(steps);
    Py_XDECREF(model);
    return path;
}

static int
add_path(fj_global *global, const fj_node *node, const fj_block *block,
         uint64_t place)
{
    if (PyList_GET_SIZE(global->paths) >= MAX_PATHS) {
        return 0;
    }
    PyObject *path = find_path(node, block, place);
    int ret = path == NULL ? -1 : PySequence_Contains(global->paths, path);
    if (ret == 0) {
        ret = PyList_Append(global->paths, path);
    }
    Py_XDECREF(path);
    return ret < 0 ? -1 : 0;
}

static int
set_array_path(fj_symbolic *m, const fj_node *array)
{
    PyObject *row = PyList_GET_ITEM(m->arrays, array->index);
    if (row == Py_None) {
        return 0; // a part of another array
    }
    PyObject *path = find_path(array, NULL, 0);
    return path == NULL ? -1 : PyList_SetItem(row, FJ_ROW_PATH, path);
}

static int
enter(fj_symbolic *m, fj_segments *frames, fj_node *node)
{
    frame *f = fj_segments_add(frames);
    if (f == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    *f = (frame){node, fj_is_string(node) ? NULL : node->first, 0};
    node->seen = true;
    node->count = 1;
    if (node->kind == FJ_ARRAY) {
        return set_array_path(m, node);
    }
    return node->kind == FJ_OBJECT && node->global != NULL
               ? add_path(node->global, node, NULL, 0)
               : 0;
}

/* Where an array's data is a part of the pickle, its size is the part's. */
static int
set_array_size(fj_symbolic *m, const fj_node *array)
{
    PyObject *row = PyList_GET_ITEM(m->arrays, array->index);
    if (row == Py_None || PyList_GET_ITEM(row, FJ_ROW_NBYTES) != Py_None) {
        return 0;
    }
    PyObject *nbytes = PyLong_FromUnsignedLongLong(array->nbytes);
    return nbytes == NULL ? -1 : PyList_SetItem(row, FJ_ROW_NBYTES, nbytes);
}

/* Everything in the node has been visited: adds it to its parent. */
static int
leave(fj_symbolic *m, fj_node *node)
{
    fj_node *parent = node->parent;
    if (node->kind == FJ_PICKLE) { // with what belongs to no object of it
        node->nbytes = node->total;
    }
    if (parent != NULL) {
        parent->nbytes += node->nbytes;
        if (!fj_symbolic_is_hidden(node)) {
            uint32_t more = node->count - fj_symbolic_is_transparent(node);
            parent->count += more < UINT32_MAX - parent->count
                                 ? more
                                 : UINT32_MAX - parent->count;
        }
    }
    return node->kind == FJ_ARRAY ? set_array_size(m, node) : 0;
}

static int
visit(fj_symbolic *m, fj_segments *frames, frame *f)
{
    fj_node *parent = f->node;
    uint64_t place = f->i++;
    fj_value value = f->block->values[place];
    fj_node *node = fj_as_node(value);
    if (node == NULL) {
        fj_global *global = fj_as_global(value);
        bool is_callable = f->block->role == FJ_CALL && place == 0;
        parent->count += parent->count < UINT32_MAX && !is_callable;
        return global == NULL ? 0
               : is_callable  ? add_path(global, parent, NULL, 0)
                              : add_path(global, parent, f->block, place);
    }
    if (node->seen) {
        return 0;
    }
    node->parent = parent;
    node->block = f->block;
    node->place = place;
    return enter(m, frames, node);
}

int
fj_symbolic_walk(fj_symbolic *m)
{
    fj_segments frames = {.item_nbytes = sizeof(frame)};
    int ret = enter(m, &frames, m->root);
    for (uint64_t n = 0; ret == 0 && frames.count > 0; n++) {
        frame *f = fj_segments_at(&frames, frames.count - 1);
        if (f->block == NULL) {
            ret = leave(m, f->node);
            frames.count--;
        }
        else if (f->i == f->block->n) {
            f->block = f->block->next;
            f->i = 0;
        }
        else {
            ret = visit(m, &frames, f);
        }
        if (ret == 0 && n % (1 << 20) == 0) {
            ret = PyErr_CheckSignals();
        }
    }
    fj_segments_clear(&frames);
    return ret;
}
