/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The notes of Python 3.14 and later: "when serializing dict item 'a'", and so on,
 * from the innermost part to the outermost.
 *
 * They are read off the stack of tasks from the top down.  Each container tells
 * which of its items is being written.  The group of tasks that an object with a
 * reduce value leaves (save_reduce.c) is known by what of it still waits.
 */
#include "pickle/save.h"
#include "pickle/save_where.h"
#include "py/errors.h"

#if FJ_SINCE_3_14

typedef struct {
    PyObject *error;
    bool passes_over; // the task is in the middle of a deep stack
    bool has_passed;  // something has been passed over, and a note says so
    size_t waiting;   // SAVE tasks since the last other one
    bool constructs;  // the object is being made: it has no items or state yet
    Py_ssize_t item;  // of its list items, the one that is written, or -1
    bool in_value;    // of one of its dict items, the value is written
} fj_note_reader;

/* No note where the text cannot be made: of a key that cannot be shown. */
static void
note(fj_note_reader *r, const char *format, ...)
{
    if (r->passes_over && r->has_passed) {
        return;
    }
    r->has_passed = r->passes_over;
    va_list arguments;
    va_start(arguments, format);
    fj_add_note_steal(
        r->error, r->passes_over ? PyUnicode_FromString("...")
                                 : PyUnicode_FromFormatV(format, arguments));
    va_end(arguments);
}

static void
note_part(fj_note_reader *r, PyObject *obj, const char *part)
{
    note(r, "when serializing %T %s", obj, part);
}

static void
note_item(fj_note_reader *r, PyObject *obj, Py_ssize_t i)
{
    if (i >= 0) {
        note(r, "when serializing %T item %zd", obj, i);
    }
}

static void
note_value(fj_note_reader *r, PyObject *obj, PyObject *key)
{
    note(r, "when serializing %T item %R", obj, key);
}

/* Objects with opcodes of their own may still leave tasks as if they had been
 * reduced; pickle does not count that. */
static void
note_object(fj_note_reader *r, PyObject *obj)
{
    if (!PyDict_CheckExact(obj) && !PyAnySet_CheckExact(obj) &&
        !PyBytes_CheckExact(obj) && !PyByteArray_CheckExact(obj)) {
        note_part(r, obj, "object");
    }
}

static void
read_dict(fj_note_reader *r, const fj_task *task)
{
    PyObject *key, *value;
    if (task->held == NULL &&
        fj_pair_before(task->obj, task->pos, &key, &value)) {
        Py_INCREF(key);
        note_value(r, task->obj, key);
        Py_DECREF(key);
    }
}

/* The call that makes an object. */
static void
read_call(fj_note_reader *r, const fj_task *task)
{
    size_t first = task->op == OP_NEWOBJ_EX ? 2 : 1;
    bool in_callable = r->waiting == first;
    if (task->op == OP_REDUCE) {
        note_part(r, task->obj,
                  in_callable ? "reconstructor" : "reconstructor arguments");
    }
    else {
        note_part(r, task->obj, in_callable ? "class" : "__new__ arguments");
    }
    note_object(r, task->obj);
    r->constructs = true;
}

static void
read_items_of(fj_note_reader *r, const fj_task *task)
{
    if (!r->constructs) {
        note_item(r, task->obj, r->item);
        if (r->in_value && task->held != NULL) {
            note_value(r, task->obj, task->held);
        }
        note_object(r, task->obj);
    }
}

/* What gives an object its state; `waiting` is more where that has not begun. */
static void
read_emit(fj_note_reader *r, const fj_task *task)
{
    bool by_setter = task->op3 == OP_POP;
    if ((task->op != OP_BUILD && !by_setter) ||
        r->waiting > (by_setter ? 2U : 0U)) {
        return;
    }
    if (r->waiting == 0) {
        note_part(r, task->obj, "state");
    }
    else if (r->waiting == 2) {
        note_part(r, task->obj, "state setter");
    }
    note_part(r, task->obj, "object");
}

static void
read_task(fj_note_reader *r, const fj_task *task)
{
    bool begun = task->done > 0;
    switch (task->kind) {
    case FJ_TASK_SAVE:
        r->waiting++;
        return;
    case FJ_TASK_APPENDS:
        r->item = task->done - 1;
        r->constructs = r->constructs && !begun;
        break;
    case FJ_TASK_SETITEMS:
        r->in_value = begun && r->waiting == 0;
        r->constructs = r->constructs && !begun;
        break;
    case FJ_TASK_REDUCED:
        read_call(r, task);
        break;
    case FJ_TASK_ITEMS_OF:
        read_items_of(r, task);
        r->constructs = false;
        r->item = -1;
        r->in_value = false;
        break;
    case FJ_TASK_EMIT:
        read_emit(r, task);
        r->constructs = false;
        break;
    default:
        r->constructs = false;
        if (task->kind == FJ_TASK_DICT) {
            read_dict(r, task);
        }
        else if (task->kind == FJ_TASK_LIST || task->kind == FJ_TASK_TUPLE) {
            note_item(r, task->obj, task->pos - 1);
        }
        else if (task->kind == FJ_TASK_SET ||
                 task->kind == FJ_TASK_FROZENSET) {
            note_part(r, task->obj, "element");
        }
    }
    r->waiting = 0;
}

void
fj_note_parts(const fj_pickler *p, PyObject *error)
{
    fj_note_reader r = {.error = error, .item = -1};
    if (p->refused != NULL) {
        note_part(&r, p->refused, "object");
        r.constructs = true;
    }
    for (size_t i = p->ntasks; i > 0; i--) {
        r.passes_over = fj_is_in_middle(p, i - 1);
        read_task(&r, &p->tasks[i - 1]);
    }
}

#else

void
fj_note_parts(const fj_pickler *p, PyObject *error)
{
    (void)p;
    (void)error;
}

#endif
