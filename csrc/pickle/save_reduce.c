/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Objects of every other type: copyreg, __reduce_ex__, __reduce__, and the
 * tasks that write what those return.
 */
#include "pickle/save.h"

/* cls.__new__(cls, *args, **kwargs) as a partial: before protocol 4. */
static PyObject *
new_as_partial(fj_pickler *p, PyObject *cls, PyObject *args, PyObject *kwargs)
{
    PyObject *partial = NULL;
    PyObject *head = NULL, *all = NULL;
    PyObject *new = PyObject_GetAttr(cls, p->state->s_new);
    PyObject *tail = PySequence_Tuple(args);
    if (new != NULL && tail != NULL) {
        head = PyTuple_Pack(2, new, cls);
    }
    if (head != NULL) {
        all = PySequence_Concat(head, tail);
    }
    if (all != NULL) {
        partial = PyObject_Call(p->state->partial, all, kwargs);
    }
    Py_XDECREF(all);
    Py_XDECREF(head);
    Py_XDECREF(tail);
    Py_XDECREF(new);
    return partial;
}

/* Pushes what remains to be done after the call that makes `obj`. */
static int
push_call_end(fj_pickler *p, PyObject *obj, int op)
{
    fj_task *task = fj_push(p, FJ_TASK_REDUCED, obj);
    if (task == NULL) {
        return -1;
    }
    task->op = (uint8_t)op;
    return 0;
}

static int
push_call(fj_pickler *p, PyObject *obj, PyObject *func, PyObject *args, int op)
{
    if (push_call_end(p, obj, op) < 0 || fj_push_save(p, args) < 0) {
        return -1;
    }
    return fj_push_save(p, func);
}

static int
push_newobj_ex(fj_pickler *p, PyObject *obj, PyObject *args)
{
    if (fj_check_newobj_ex(p, obj, args) < 0) {
        return -1;
    }
    PyObject *cls = PyTuple_GET_ITEM(args, 0);
    PyObject *new_args = PyTuple_GET_ITEM(args, 1);
    PyObject *kwargs = PyTuple_GET_ITEM(args, 2);
    if (p->proto >= 4) {
        if (push_call_end(p, obj, OP_NEWOBJ_EX) < 0 ||
            fj_push_save(p, kwargs) < 0 || fj_push_save(p, new_args) < 0) {
            return -1;
        }
        return fj_push_save(p, cls);
    }
    PyObject *partial = new_as_partial(p, cls, new_args, kwargs);
    PyObject *empty = PyTuple_New(0);
    int ret = -1;
    if (partial != NULL && empty != NULL) {
        ret = push_call(p, obj, partial, empty, OP_REDUCE);
    }
    Py_XDECREF(partial);
    Py_XDECREF(empty);
    return ret;
}

static int
push_newobj(fj_pickler *p, PyObject *obj, PyObject *args)
{
    if (fj_check_newobj(p, obj, args) < 0) {
        return -1;
    }
    PyObject *rest = PyTuple_GetSlice(args, 1, PY_SSIZE_T_MAX);
    if (rest == NULL) {
        return -1;
    }
    int ret = push_call(p, obj, PyTuple_GET_ITEM(args, 0), rest, OP_NEWOBJ);
    Py_DECREF(rest);
    return ret;
}

enum call_kind { CALL_ERROR = -1, CALL_PLAIN, CALL_NEWOBJ, CALL_NEWOBJ_EX };

/* Callables *named* __newobj__ and __newobj_ex__ ask for the opcodes. */
static enum call_kind
classify_callable(fj_pickler *p, PyObject *func)
{
    if (p->proto < 2) {
        return CALL_PLAIN;
    }
    if (func == p->state->copyreg_newobj) {
        return CALL_NEWOBJ;
    }
    PyObject *name;
    int found = fj_lookup_attr(func, p->state->s_name, &name);
    if (found < 0) {
        return CALL_ERROR;
    }
    enum call_kind kind = CALL_PLAIN;
    if (found && PyUnicode_Check(name)) {
        if (PyUnicode_Compare(name, p->state->s_newobj) == 0) {
            kind = CALL_NEWOBJ;
        }
        else if (PyUnicode_Compare(name, p->state->s_newobj_ex) == 0) {
            kind = CALL_NEWOBJ_EX;
        }
    }
    Py_XDECREF(name);
    return kind;
}

static int
push_construction(fj_pickler *p, PyObject *obj, PyObject *func, PyObject *args)
{
    switch (classify_callable(p, func)) {
    case CALL_PLAIN:
        return push_call(p, obj, func, args, OP_REDUCE);
    case CALL_NEWOBJ:
        return push_newobj(p, obj, args);
    case CALL_NEWOBJ_EX:
        return push_newobj_ex(p, obj, args);
    default:
        return -1;
    }
}

static int
push_state(fj_pickler *p, PyObject *obj, PyObject *state,
           PyObject *state_setter)
{
    if (state_setter == NULL || state_setter == Py_None) {
        if (fj_push_emit(p, obj, OP_BUILD, 0, 0) < 0) {
            return -1;
        }
        return fj_push_save(p, state);
    }
    /* state_setter(obj, state), whose result is dropped */
    if (fj_push_emit(p, obj, OP_TUPLE2, OP_REDUCE, OP_POP) < 0 ||
        fj_push_save(p, state) < 0 || fj_push_save(p, obj) < 0) {
        return -1;
    }
    return fj_push_save(p, state_setter);
}

/* In reverse: what is pushed last runs first. */
static int
push_parts(fj_pickler *p, PyObject *obj, PyObject *reduced)
{
    PyObject *state = fj_reduced_item(reduced, 2);
    if (state != NULL &&
        push_state(p, obj, state, fj_reduced_item(reduced, 5)) < 0) {
        return -1;
    }
    PyObject *listitems = fj_reduced_item(reduced, 3);
    PyObject *dictitems = fj_reduced_item(reduced, 4);
    if ((listitems != NULL || dictitems != NULL) &&
        fj_push_items(p, obj, listitems, dictitems) < 0) {
        return -1;
    }
    return push_construction(p, obj, PyTuple_GET_ITEM(reduced, 0),
                             PyTuple_GET_ITEM(reduced, 1));
}

int
fj_save_reduced(fj_pickler *p, PyObject *obj, PyObject *reduced)
{
    if (PyUnicode_Check(reduced)) {
        return fj_save_global(p, obj, reduced);
    }
    if (fj_check_reduced(p, reduced) < 0 || push_parts(p, obj, reduced) < 0) {
        Py_XSETREF(p->refused, Py_NewRef(obj));
        return -1;
    }
    return 0;
}

int
fj_save_call(fj_pickler *p, PyObject *obj, PyObject *func,
             PyObject *args_steal)
{
    if (args_steal == NULL) {
        return -1;
    }
    int ret = push_call(p, obj, func, args_steal, OP_REDUCE);
    Py_DECREF(args_steal);
    return ret;
}

/* Plain types.
 *
 * For most instances object.__reduce_ex__ answers: copyreg.__newobj__, the
 * class, and __dict__.  Calling it takes longer than everything else together,
 * and its result has the same form for each instance of a class.  So it is
 * called for the first two instances (many classes have only one).  If the
 * second result has that form, and only object's own methods made it, later
 * instances are written without calling it. */

static size_t
slot_of_type(const PyTypeObject *type)
{
    return ((size_t)type >> 6) % FJ_PLAIN_TYPES;
}

/* 1 if the class's attribute is `expected` (NULL: there is none), 0, -1 */
static int
attribute_is(PyTypeObject *type, PyObject *name, const PyObject *expected)
{
    PyObject *value;
    int found = fj_lookup_attr((PyObject *)type, name, &value);
    if (found < 0) {
        return -1;
    }
    int same = value == expected;
    Py_XDECREF(value);
    return same;
}

static int
has_only_object_methods(fj_state *state, PyTypeObject *type)
{
    const struct {
        PyObject *name, *expected;
    } rules[] = {
        {state->s_reduce_ex, state->object_reduce_ex},
        {state->s_reduce, state->object_reduce},
        {state->s_getstate, state->object_getstate},
        {state->s_getnewargs, NULL},
        {state->s_getnewargs_ex, NULL},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        int same = attribute_is(type, rules[i].name, rules[i].expected);
        if (same <= 0) {
            return same;
        }
    }
    return 1;
}

/* No __slots__ anywhere: copyreg caches their names on the class. */
static int
has_no_slots(fj_state *state, PyTypeObject *type)
{
    PyObject *names;
    int found = fj_lookup_attr((PyObject *)type, state->s_slotnames, &names);
    if (found <= 0) {
        return found;
    }
    int none = PyList_Check(names) && PyList_GET_SIZE(names) == 0;
    Py_DECREF(names);
    return none;
}

/* Whether the opcodes for an instance can be known beforehand: not if the
 * caller's own functions may see or reduce any object. */
static bool
is_foreseeable(const fj_pickler *p)
{
    return p->proto >= 2 && p->persistent_id == NULL &&
           p->reducer_override == NULL && p->dispatch_table == NULL;
}

/* Decides by the reduce value of an instance. */
static int
is_plain_type(fj_pickler *p, PyTypeObject *type, PyObject *obj,
              PyObject *reduced)
{
    if (!PyTuple_Check(reduced) || PyTuple_GET_SIZE(reduced) != 5 ||
        PyTuple_GET_ITEM(reduced, 0) != p->state->copyreg_newobj ||
        !PyTuple_Check(PyTuple_GET_ITEM(reduced, 1)) ||
        PyTuple_GET_SIZE(PyTuple_GET_ITEM(reduced, 1)) != 1 ||
        PyTuple_GET_ITEM(reduced, 3) != Py_None ||
        PyTuple_GET_ITEM(reduced, 4) != Py_None ||
        !PyDict_CheckExact(PyTuple_GET_ITEM(reduced, 2)) ||
        type->tp_getattro != PyObject_GenericGetAttr) {
        return 0;
    }
    PyObject *dict = PyObject_GenericGetDict(obj, NULL);
    if (dict == NULL) {
        PyErr_Clear();
        return 0;
    }
    bool own_dict = dict == PyTuple_GET_ITEM(reduced, 2);
    Py_DECREF(dict);
    if (!own_dict) {
        return 0;
    }
    int ret = has_only_object_methods(p->state, type);
    return ret <= 0 ? ret : has_no_slots(p->state, type);
}

static int
save_plain(fj_pickler *p, PyObject *obj, PyTypeObject *type)
{
    int ret = -1;
    PyObject *dict = PyObject_GenericGetDict(obj, NULL);
    if (dict == NULL) {
        return -1;
    }
    if (PyDict_GET_SIZE(dict) > 0 && push_state(p, obj, dict, NULL) < 0) {
        goto done;
    }
    /* The class is in the memo, from an instance before; the rest of the
     * construction is four bytes. */
    size_t depth = p->ntasks;
    if (fj_save(p, (PyObject *)type, FJ_SHARED) < 0) {
        goto done;
    }
    assert(p->ntasks == depth);
    (void)depth;
    const char ops[2] = {OP_EMPTY_TUPLE, (char)OP_NEWOBJ};
    if (fj_output_object(p->out) < 0 || // pickle.py saves the empty tuple
        fj_output_write(p->out, ops, 2) < 0) {
        goto done;
    }
    ret = fj_memoize(p, obj);
done:
    Py_DECREF(dict);
    return ret;
}

static PyObject *
reduce(fj_pickler *p, PyObject *obj)
{
    PyObject *method, *reduced;
    int found = fj_lookup_attr(obj, p->state->s_reduce_ex, &method);
    if (found < 0) {
        return NULL;
    }
    if (found) {
        PyObject *proto = PyLong_FromLong(p->proto);
        reduced = proto == NULL ? NULL : PyObject_CallOneArg(method, proto);
        Py_XDECREF(proto);
        Py_DECREF(method);
        return reduced;
    }
    found = fj_lookup_attr(obj, p->state->s_reduce, &method);
    if (found < 0) {
        return NULL;
    }
    if (!found) {
        PyErr_Format(p->state->pickling_error,
                     FJ_SINCE_3_14 ? "Can't pickle %T object"
                                   : "Can't pickle %R object: %R",
                     FJ_SINCE_3_14 ? obj : (PyObject *)Py_TYPE(obj), obj);
        return NULL;
    }
    reduced = PyObject_CallNoArgs(method);
    Py_DECREF(method);
    return reduced;
}

static int
save_reduced_and_learn(fj_pickler *p, PyObject *obj, PyObject *reduced)
{
    PyTypeObject *type = Py_TYPE(obj);
    size_t slot = slot_of_type(type);
    if (p->seen_types[slot] != type) {
        p->seen_types[slot] = type;
    }
    else if (is_foreseeable(p)) {
        int plain = is_plain_type(p, type, obj, reduced);
        if (plain < 0) {
            return -1;
        }
        if (plain) {
            Py_XSETREF(p->plain_types[slot], (PyTypeObject *)Py_NewRef(type));
        }
    }
    return fj_save_reduced(p, obj, reduced);
}

int
fj_save_by_reduce(fj_pickler *p, PyObject *obj)
{
    PyTypeObject *type = Py_TYPE(obj);
    if (!p->has_types) {
        memset(p->plain_types, 0, sizeof p->plain_types);
        memset(p->seen_types, 0, sizeof p->seen_types);
        p->has_types = true;
    }
    if (p->plain_types[slot_of_type(type)] == type &&
        fj_memo_find(&p->memo, (PyObject *)type) >= 0) {
        return save_plain(p, obj, type);
    }
    PyObject *reducer, *reduced;
    int found = fj_find_reducer(p, type, &reducer);
    if (found < 0) {
        return -1;
    }
    if (!found && PyType_IsSubtype(type, &PyType_Type)) {
        return fj_save_global(p, obj, NULL);
    }
    reduced = found ? PyObject_CallOneArg(reducer, obj) : reduce(p, obj);
    Py_XDECREF(reducer);
    if (reduced == NULL) {
        return -1;
    }
    int ret = found ? fj_save_reduced(p, obj, reduced)
                    : save_reduced_and_learn(p, obj, reduced);
    Py_DECREF(reduced);
    return ret;
}
