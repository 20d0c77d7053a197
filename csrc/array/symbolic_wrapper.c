/* SPDX-License-Identifier: BSD-3-Clause
 *
 * joblib's wrappers for the symbolic machine.
 */
#include "array/symbolic_arrays.h"

#define ALIGNMENT "numpy_array_alignment_bytes"

/* The data of an array and what describes it, as the state of its wrapper
 * says. */
typedef struct {
    fj_symbolic_array array;
    int64_t alignment; // 0: no padding
} description;

/* Another reader may know more, and go on. */
static int
note_end(fj_symbolic *m)
{
    return fj_symbolic_note(m, "an array cannot be followed, so that what a "
                               "load would read behind it is not known");
}

/* `what`: "shape cannot be known". */
static int
refuse(fj_symbolic *m, const char *what)
{
    if (note_end(m) == 0) {
        fj_input_invalid(m->in,
                         "an array whose %s or is invalid: where its data "
                         "ends is not known either",
                         what);
    }
    return -1;
}

static int
find(fj_symbolic *m, const fj_node *dict, const char *key, fj_value *value_ret)
{
    if (fj_find_item(dict, key, value_ret)) {
        return 0;
    }
    if (note_end(m) == 0) {
        fj_input_invalid(m->in, "an array without '%s'", key);
    }
    return -1;
}

/* What joblib's wrappers have. */
static const char *const attributes[] = {
    "subclass", "shape", "order", "dtype", "allow_mmap", ALIGNMENT, NULL,
};
static const char *const old_attributes[] = {
    "filename", "subclass", "allow_mmap", "init_args", "state", NULL,
};

static bool
is_one_of(fj_value key, const char *const *names)
{
    while (*names != NULL && !fj_text_is(key, *names)) {
        names++;
    }
    return *names != NULL;
}

/* Whether the wrapper was made with arguments, or had a state before. */
static bool
has_other_state(const fj_node *object)
{
    size_t states = 0;
    for (const fj_block *block = object->first; block != NULL;
         block = block->next) {
        states += block->role == FJ_STATE;
    }
    const fj_block *call = object->first;
    bool by_class = fj_as_global(call->values[0]) == object->global;
    return states > 1 || (by_class && call->values[1] != FJ_EMPTY_TUPLE);
}

/* joblib asks the wrapper itself for its `read`, and for what the state does
 * not have: notes where it could read in another way than we do. */
static int
note_other_state(fj_symbolic *m, const fj_node *object, const fj_node *state,
                 const char *const *names)
{
    bool is_other = has_other_state(object);
    for (const fj_block *block = state->first; block != NULL;
         block = block->next) {
        for (size_t i = 0; !is_other && i < block->n; i += 2) {
            is_other = !is_one_of(block->values[i], names);
        }
    }
    return is_other ? fj_symbolic_note(
                          m, "joblib's array wrapper has attributes that it "
                             "does not have by itself, so that what follows "
                             "may be read in another way when it is loaded")
                    : 0;
}

static int
read_alignment(fj_symbolic *m, const fj_node *dict, int64_t *alignment_ret)
{
    fj_value value = FJ_NONE;
    *alignment_ret = 0;
    fj_find_item(dict, ALIGNMENT, &value);
    if (value == FJ_NONE) {
        return 0;
    }
    return fj_as_int(value, alignment_ret) && *alignment_ret > 0
               ? 0
               : refuse(m, "alignment cannot be known");
}

static int
read_description(fj_symbolic *m, const fj_node *object, fj_value state,
                 description *d)
{
    const fj_node *dict = fj_as_kind(state, FJ_DICT);
    fj_value subclass, shape, order, dtype, allow_mmap;
    if (dict == NULL) {
        return refuse(m, "description cannot be known");
    }
    if (note_other_state(m, object, dict, attributes) < 0 ||
        find(m, dict, "subclass", &subclass) < 0 ||
        find(m, dict, "shape", &shape) < 0 ||
        find(m, dict, "order", &order) < 0 ||
        find(m, dict, "dtype", &dtype) < 0 ||
        find(m, dict, "allow_mmap", &allow_mmap) < 0 ||
        read_alignment(m, dict, &d->alignment) < 0) {
        return -1;
    }
    d->array.order = fj_text_is(order, "F") ? "F" : "C";
    int ret = fj_symbolic_read_shape(shape, &d->array);
    if (ret > 0) {
        ret = fj_symbolic_read_dtype(dtype, &d->array);
    }
    if (ret == 0) {
        return refuse(m,
                      d->array.shape == NULL
                          ? "shape cannot be known"
                          : "dtype cannot be known, has more than 32 levels");
    }
    return ret < 0 ? -1 : 0;
}

static int
skip_data(fj_symbolic *m, fj_node *node, const description *d)
{
    if (d->alignment > 0) {
        const char *length = fj_input_take(m->in, 1);
        if (length == NULL ||
            fj_input_take(m->in, (unsigned char)*length) == NULL) {
            return -1;
        }
    }
    uint64_t offset = fj_input_position(m->in);
    return fj_input_skip(m->in, d->array.nbytes) < 0
               ? -1
               : fj_symbolic_list(m, node, &d->array, "joblib",
                                  (int64_t)offset);
}

/* The nested pickle is an array in NumPy's own form, whose items become this
 * one's. */
static int
pass_objects(fj_symbolic *m, fj_node *node, const description *d)
{
    fj_node *nested;
    uint64_t offset = fj_input_position(m->in);
    if (fj_symbolic_list(m, node, &d->array, "objects", (int64_t)offset) < 0) {
        return -1;
    }
    int ret = fj_symbolic_read_nested(m, &nested);
    if (nested == NULL || fj_symbolic_put_inner(m, node, nested) < 0) {
        return -1;
    }
    fj_node *inner = nested->first == NULL
                         ? NULL
                         : fj_as_kind(nested->first->values[0], FJ_ARRAY);
    if (inner != NULL && fj_symbolic_drop_array(m, inner) < 0) {
        return -1;
    }
    PyObject *row = PyList_GET_ITEM(m->arrays, node->index);
    PyObject *nbytes = PyLong_FromUnsignedLongLong(nested->total);
    if (nbytes == NULL || PyList_SetItem(row, FJ_ROW_NBYTES, nbytes) < 0) {
        return -1;
    }
    return ret;
}

int
fj_symbolic_put_inner(fj_symbolic *m, fj_node *array, fj_node *inner)
{
    fj_block *first = array->first, *last = array->last;
    array->first = array->last = NULL;
    fj_block *block = fj_symbolic_block(m, array, FJ_INNER, 1);
    if (block == NULL) {
        array->first = first;
        array->last = last;
        return -1;
    }
    block->values[0] = fj_node_value(inner);
    block->next = first;
    array->last = last == NULL ? block : last;
    return 0;
}

int
fj_symbolic_read_behind(fj_symbolic *m, fj_node **object, fj_value state)
{
    description d = {.array.order = "C"};
    fj_node *node = NULL;
    int ret = read_description(m, *object, state, &d);
    if (ret == 0 && m->in->in_frame &&
        fj_input_position(m->in) != m->in->frame_end) {
        ret = note_end(m); // joblib reads the data behind the frame
    }
    if (ret == 0) {
        ret = fj_input_leave_frame(m->in);
    }
    if (ret == 0) {
        node = fj_symbolic_node(m, FJ_UNKNOWN);
        ret = node == NULL ? -1 : fj_symbolic_put_inner(m, node, *object);
    }
    if (ret == 0) {
        *object = node;
        ret = d.array.has_objects ? pass_objects(m, node, &d)
                                  : skip_data(m, node, &d);
    }
    Py_XDECREF(d.array.shape);
    return ret;
}

/* What a ZNDArrayWrapper says: (version, shape, dtype, Fortran order). */
static int
read_old_state(const fj_node *dict, fj_symbolic_array *array)
{
    fj_value state, values[4];
    int64_t fortran;
    if (!fj_find_item(dict, "state", &state) || fj_count_items(state) != 4) {
        return 0;
    }
    fj_copy_items(state, 4, values);
    array->order = fj_as_int(values[3], &fortran) && fortran != 0 ? "F" : "C";
    int ret = fj_symbolic_read_shape(values[1], array);
    return ret > 0 ? fj_symbolic_read_dtype(values[2], array) : ret;
}

/* joblib joins it with the folder of the file, wherever that leads. */
static int
note_folder(fj_symbolic *m, PyObject *name)
{
    static const char separators[] = "/\\:";
    Py_ssize_t n = PyUnicode_GET_LENGTH(name);
    bool is_plain = PyUnicode_CompareWithASCIIString(name, "..") != 0;
    for (size_t i = 0; is_plain && i < sizeof separators - 1; i++) {
        is_plain = PyUnicode_FindChar(name, (unsigned char)separators[i], 0, n,
                                      1) == -1;
    }
    return is_plain ? 0
                    : fj_symbolic_note(m, "an array is in another folder: %U",
                                       name);
}

int
fj_symbolic_list_side_file(fj_symbolic *m, fj_node **object, fj_value state)
{
    const fj_node *dict = fj_as_kind(state, FJ_DICT);
    fj_value filename;
    if (dict == NULL) {
        return refuse(m, "description cannot be known");
    }
    if (note_other_state(m, *object, dict, old_attributes) < 0 ||
        find(m, dict, "filename", &filename) < 0) {
        return -1;
    }
    PyObject *name = fj_symbolic_object(m, filename);
    if (name == NULL || !PyUnicode_Check(name)) {
        Py_XDECREF(name);
        return PyErr_Occurred() ? -1 : refuse(m, "side file cannot be known");
    }
    fj_symbolic_array array = {.order = "C"};
    int known = note_folder(m, name);
    if (known == 0) {
        known = read_old_state(dict, &array);
    }
    fj_node *node = known < 0 ? NULL : fj_symbolic_node(m, FJ_UNKNOWN);
    PyObject *row = NULL;
    if (node != NULL && fj_symbolic_put_inner(m, node, *object) == 0) {
        row = known ? Py_BuildValue("[OOOsnOsO]", Py_None, array.dtype,
                                    array.shape, array.order,
                                    (Py_ssize_t)array.nbytes, Py_None,
                                    "side file", name)
                    : Py_BuildValue("[Os()siOsO]", Py_None, "", "C", 0,
                                    Py_None, "side file", name);
    }
    Py_XDECREF(array.shape);
    Py_DECREF(name);
    if (fj_symbolic_add_array(m, node, row) < 0) {
        return -1;
    }
    *object = node;
    return 0;
}
