/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/pickler.h"

#include <stddef.h> // offsetof

#include "pickle/save.h"

int
fj_read_protocol(fj_state *state, PyObject *protocol)
{
    if (protocol == Py_None) {
        return state->default_protocol;
    }
    long value = PyLong_AsLong(protocol);
    if (value == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (value < 0) {
        return FJ_HIGHEST_PROTOCOL;
    }
    if (value > FJ_HIGHEST_PROTOCOL) {
        PyErr_Format(PyExc_ValueError, "pickle protocol must be <= %d",
                     FJ_HIGHEST_PROTOCOL);
        return -1;
    }
    return (int)value;
}

int
fj_pickler_init(fj_pickler *p, fj_state *state, fj_output *out, int protocol)
{
    assert(0 <= protocol && protocol <= FJ_HIGHEST_PROTOCOL);
    memset(p, 0, offsetof(fj_pickler, plain_types));
    p->state = state;
    p->out = out;
    p->proto = protocol;
    p->bin = protocol >= 1;
    p->fix_imports = protocol < 3;
    return fj_memo_init(&p->memo);
}

void
fj_pickler_rest(fj_pickler *p)
{
    while (p->ntasks > 0) {
        fj_pop(p);
    }
    PyMem_Free(p->tasks);
    p->tasks = NULL;
    p->task_capacity = 0;
    for (int i = 0; p->has_types && i < FJ_PLAIN_TYPES; i++) {
        Py_CLEAR(p->plain_types[i]);
    }
    p->has_types = false;
    Py_CLEAR(p->walked);
    Py_CLEAR(p->failed);
    Py_CLEAR(p->refused);
}

void
fj_pickler_clear(fj_pickler *p)
{
    fj_pickler_rest(p);
    fj_memo_clear(&p->memo);
}

static int
grow_tasks(fj_pickler *p)
{
    size_t capacity = p->task_capacity ? p->task_capacity * 2 : 16;
    fj_task *tasks = NULL;
    if (capacity <= PY_SSIZE_T_MAX / sizeof(fj_task)) {
        tasks = PyMem_Realloc(p->tasks, capacity * sizeof(fj_task));
    }
    if (tasks == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    p->tasks = tasks;
    p->task_capacity = capacity;
    return 0;
}

/* A recursive object may occur again among its own arguments, once or twice.
 * One that occurs again and again has a reducer that makes new arguments
 * containing it each time (a list subclass that contains itself, below
 * protocol 2), or a persistent id that contains it, and would fill all
 * memory.  Checked for the object on top whenever the stack has doubled. */
enum { DEEP_STACK = 4096, TOO_OFTEN = 64 };

static int
check_endless(fj_pickler *p)
{
    const PyObject *obj = NULL;
    size_t times = 0;
    for (size_t i = p->ntasks; i > 0; i--) {
        const fj_task *task = &p->tasks[i - 1];
        if (task->kind == FJ_TASK_REDUCED || task->kind == FJ_TASK_PERSID) {
            obj = obj == NULL ? task->obj : obj;
            times += task->obj == obj;
        }
    }
    if (times < TOO_OFTEN) {
        return 0;
    }
    p->endless = true;
    PyErr_Format(PyExc_RecursionError,
                 "pickling an object of %R never ends: what it is reduced to, "
                 "or its persistent id, contains it again",
                 (PyObject *)Py_TYPE(obj));
    return -1;
}

fj_task *
fj_push(fj_pickler *p, fj_task_kind kind, PyObject *obj)
{
    if (p->ntasks == p->task_capacity) {
        if ((p->ntasks >= DEEP_STACK && check_endless(p) < 0) ||
            grow_tasks(p) < 0) {
            return NULL;
        }
    }
    fj_task *task = &p->tasks[p->ntasks++];
    *task = (fj_task){.kind = (uint8_t)kind, .obj = Py_XNewRef(obj)};
    return task;
}

int
fj_push_save(fj_pickler *p, PyObject *obj)
{
    return fj_push(p, FJ_TASK_SAVE, obj) == NULL ? -1 : 0;
}

int
fj_push_hook(fj_pickler *p, PyObject *obj)
{
    return fj_push(p, FJ_TASK_HOOK, obj) == NULL ? -1 : 0;
}

int
fj_push_emit(fj_pickler *p, PyObject *obj, int op, int op2, int op3)
{
    fj_task *task = fj_push(p, FJ_TASK_EMIT, obj);
    if (task == NULL) {
        return -1;
    }
    task->op = (uint8_t)op;
    task->op2 = (uint8_t)op2;
    task->op3 = (uint8_t)op3;
    return 0;
}

void
fj_pop(fj_pickler *p)
{
    fj_task *task = fj_top(p);
    PyObject *obj = task->obj;
    PyObject *held = task->held;
    p->ntasks--;
    Py_XDECREF(held);
    Py_XDECREF(obj);
}

/* Writes an opcode with a memo index, as text, one byte or four bytes. */
static int
write_indexed(fj_pickler *p, int text_op, int op, int long_op, size_t index)
{
    char code[32];
    size_t nbytes;
    if (!p->bin) {
        nbytes = (size_t)PyOS_snprintf(code, sizeof code, "%c%zu\n", text_op,
                                       index);
    }
    else if (index < 256) {
        code[0] = (char)op;
        code[1] = (char)index;
        nbytes = 2;
    }
    else if (index <= UINT32_MAX) {
        code[0] = (char)long_op;
        fj_store_le32(code + 1, (uint32_t)index);
        nbytes = 5;
    }
    else {
        PyErr_Format(p->state->pickling_error, "memo id too large for %s",
                     op == OP_BINGET ? "LONG_BINGET" : "LONG_BINPUT");
        return -1;
    }
    return fj_output_write(p->out, code, nbytes);
}

int
fj_write_get(fj_pickler *p, size_t index)
{
    return write_indexed(p, OP_GET, OP_BINGET, OP_LONG_BINGET, index);
}

static int
write_put(fj_pickler *p, size_t index)
{
    if (p->proto >= 4) {
        return fj_output_byte(p->out, OP_MEMOIZE);
    }
    return write_indexed(p, OP_PUT, OP_BINPUT, OP_LONG_BINPUT, index);
}

int
fj_count_memo(fj_pickler *p)
{
    return p->fast || p->canonical != NULL
               ? 0
               : write_put(p, p->memo.next_index++);
}

int
fj_memoize(fj_pickler *p, PyObject *obj)
{
    if (FJ_UNLIKELY(p->fast) ||
        FJ_UNLIKELY(p->canonical != NULL &&
                    (PyUnicode_Check(obj) || PyBytes_Check(obj)))) {
        return 0;
    }
    if (write_put(p, p->memo.next_index) < 0) {
        return -1;
    }
    return fj_memo_add(&p->memo, obj);
}

int
fj_memoize_unless(fj_pickler *p, PyObject *obj, bool own)
{
    return own ? fj_count_memo(p) : fj_memoize(p, obj);
}

static int
save_none_or_bool(fj_pickler *p, PyObject *obj)
{
    if (obj == Py_None) {
        return fj_output_byte(p->out, OP_NONE);
    }
    if (p->proto >= 2) {
        return fj_output_byte(p->out,
                              obj == Py_True ? OP_NEWTRUE : OP_NEWFALSE);
    }
    return fj_output_write(p->out, obj == Py_True ? "I01\n" : "I00\n", 4);
}

/* Saves objects of types that are looked up in the memo first. */
static int
save_memoized(fj_pickler *p, PyObject *obj, PyTypeObject *type, bool own)
{
    Py_ssize_t index = fj_memo_find(&p->memo, obj);
    if (index >= 0) {
        return fj_write_get(p, (size_t)index);
    }
    if (FJ_UNLIKELY(p->fast) && fj_enter_fast(p, obj) < 0) {
        return -1;
    }
    if (type == &PyDict_Type) {
        return fj_save_dict(p, obj, own);
    }
    if (type == &PyList_Type) {
        return fj_save_list(p, obj, own);
    }
    if (type == &PyTuple_Type) {
        return fj_save_tuple(p, obj, own);
    }
    if (type == &PySet_Type) {
        return fj_save_set(p, obj);
    }
    if (type == &PyFrozenSet_Type) {
        return fj_save_frozenset(p, obj);
    }
    if (type == &PyByteArray_Type) {
        return fj_save_bytearray(p, obj, own);
    }
    if (type == &PyPickleBuffer_Type) {
        return fj_save_picklebuffer(p, obj);
    }
    if (FJ_UNLIKELY(p->reducer_override != NULL)) {
        int saved = fj_save_override(p, obj);
        if (saved != 0) {
            return saved < 0 ? -1 : 0;
        }
    }
    if (type == &PyType_Type && p->canonical == NULL) {
        return fj_save_type(p, obj);
    }
    if (type == &PyFunction_Type || type == &PyType_Type) {
        return fj_save_global(p, obj, NULL);
    }
    return fj_save_by_reduce(p, obj);
}

int
fj_save(fj_pickler *p, PyObject *obj, fj_sharing sharing)
{
    if (FJ_UNLIKELY(p->persistent_id != NULL)) {
        int saved = fj_save_persistent(p, obj);
        if (saved != 0) {
            return saved < 0 ? -1 : 0;
        }
    }
    return fj_save_object(p, obj, sharing);
}

int
fj_save_object(fj_pickler *p, PyObject *obj, fj_sharing sharing)
{
    bool unshared = sharing != FJ_SHARED;
    if (fj_output_object(p->out) < 0) {
        return -1;
    }
    PyTypeObject *type = Py_TYPE(obj);
    if (type == &PyUnicode_Type) {
        return fj_save_str(p, obj, unshared || p->canonical != NULL);
    }
    if (type == &PyLong_Type) {
        return fj_save_int(p, obj);
    }
    if (type == &PyFloat_Type) {
        return fj_save_float(p, obj);
    }
    if (obj == Py_None || type == &PyBool_Type) {
        return save_none_or_bool(p, obj);
    }
    if (type == &PyBytes_Type) {
        return fj_save_bytes(p, obj, unshared || p->canonical != NULL);
    }
    if (p->hook != NULL) {
        int saved = p->hook->save(p, obj);
        if (saved != 0) {
            return saved < 0 ? -1 : 0;
        }
    }
    return save_memoized(p, obj, type, sharing == FJ_OWN);
}

static int
run_emit(fj_pickler *p, const fj_task *task)
{
    char ops[3] = {(char)task->op, (char)task->op2, (char)task->op3};
    size_t nbytes = task->op3 ? 3 : task->op2 ? 2 : 1;
    return fj_output_write(p->out, ops, nbytes);
}

/* Writes the opcode after the callable and arguments of a reduced object. */
static int
run_reduced(fj_pickler *p, const fj_task *task)
{
    if (fj_output_byte(p->out, task->op) < 0) {
        return -1;
    }
    Py_ssize_t index = fj_memo_find(&p->memo, task->obj);
    if (index < 0) {
        return fj_memoize(p, task->obj);
    }
    /* Saving the arguments has saved the object itself: drop this second one,
     * and get the first. */
    return fj_output_byte(p->out, OP_POP) < 0 ? -1
                                              : fj_write_get(p, (size_t)index);
}

static int
run_memoize(fj_pickler *p, const fj_task *task)
{
    if (task->op != 0 && fj_output_byte(p->out, task->op) < 0) {
        return -1;
    }
    return fj_memoize(p, task->obj);
}

/* Of what is hashed, all containers and bytearrays have their place in the
 * memo. */
static fj_sharing
pushed_sharing(const fj_pickler *p, PyObject *obj)
{
    return p->canonical != NULL ? FJ_SHARED : fj_item_sharing(p, obj, 1, true);
}

/* Runs a task of a single step.  It is popped first, because the step may push
 * others. */
static int
run_single(fj_pickler *p)
{
    fj_task task = *fj_top(p);
    int ret = -1;
    p->ntasks--;
    switch (task.kind) {
    case FJ_TASK_SAVE:
        ret = fj_save(p, task.obj, pushed_sharing(p, task.obj));
        if (ret < 0) {
            fj_fail_with(p, task.obj);
        }
        break;
    case FJ_TASK_EMIT:
        ret = run_emit(p, &task);
        break;
    case FJ_TASK_PERSID:
        ret = fj_output_byte(p->out, OP_BINPERSID);
        break;
    case FJ_TASK_GLOBAL:
        ret = fj_write_global(p, task.obj, task.held);
        break;
    case FJ_TASK_HOOK:
        ret = p->hook->resume(p, task.obj);
        break;
    case FJ_TASK_MEMOIZE:
        ret = run_memoize(p, &task);
        break;
    case FJ_TASK_REDUCED:
        ret = run_reduced(p, &task);
        break;
    case FJ_TASK_ITEMS_OF:
        ret = 0; // all are written
        break;
    case FJ_TASK_LEAVE:
        ret = fj_leave_fast(p, task.obj);
        break;
    case FJ_TASK_BYTEARRAY:
        ret = fj_run_bytearray(p, &task);
        break;
    default:
        Py_UNREACHABLE();
    }
    Py_XDECREF(task.held);
    Py_XDECREF(task.obj);
    return ret;
}

int
fj_pickler_run(fj_pickler *p, size_t depth)
{
    while (p->ntasks > depth) {
        int ret;
        switch (fj_top(p)->kind) {
        case FJ_TASK_LIST:
            ret = fj_run_list(p);
            break;
        case FJ_TASK_DICT:
            ret = fj_run_dict(p);
            break;
        case FJ_TASK_TUPLE:
            ret = fj_run_tuple(p);
            break;
        case FJ_TASK_SET:
            ret = fj_run_set(p);
            break;
        case FJ_TASK_FROZENSET:
            ret = fj_run_frozenset(p);
            break;
        case FJ_TASK_APPENDS:
            ret = fj_run_appends(p);
            break;
        case FJ_TASK_SETITEMS:
            ret = fj_run_setitems(p);
            break;
        default:
            ret = run_single(p);
        }
        if (ret < 0 && fj_pass_over(p) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
write_pickle(fj_pickler *p, PyObject *obj)
{
    const char proto[2] = {(char)OP_PROTO, (char)p->proto};
    if (p->proto >= 2 && fj_output_write(p->out, proto, 2) < 0) {
        return -1;
    }
    if (p->proto >= 4 && fj_output_begin_frame(p->out) < 0) {
        return -1;
    }
    if ((fj_save(p, obj, FJ_SHARED) < 0 && fj_pass_over(p) < 0) ||
        fj_pickler_run(p, 0) < 0 || fj_output_byte(p->out, OP_STOP) < 0) {
        return -1;
    }
    return p->proto >= 4 ? fj_output_end_frame(p->out) : 0;
}

int
fj_pickler_dump(fj_pickler *p, PyObject *obj)
{
    p->root = obj;
    p->noted = false;
    int ret = write_pickle(p, obj);
    if (ret < 0) {
        fj_note_failure(p);
    }
    return ret;
}
