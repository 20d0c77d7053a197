/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The steps to what an object is written by, as the expressions that compute it.
 */
#include "pickle/save_where.h"

#include "pickle/opcodes.h"

/* Whether a class has another method than `usual`, which object has. */
static bool
has_own(PyObject *obj, PyObject *name, const PyObject *usual)
{
    PyObject *found =
        obj == NULL ? NULL : fj_find_in_classes(Py_TYPE(obj), name);
    bool own = found != NULL && found != usual;
    Py_XDECREF(found);
    return own;
}

bool
fj_part_has_own_reduce(const fj_where_reader *r)
{
    const fj_state *state = r->p->state;
    PyObject *obj = r->trail->at;
    return has_own(obj, state->s_reduce, state->object_reduce) ||
           has_own(obj, state->s_reduce_ex, state->object_reduce_ex);
}

bool
fj_part_has_own_getstate(const fj_where_reader *r)
{
    return has_own(r->trail->at, r->p->state->s_getstate,
                   r->p->state->object_getstate);
}

/* An element of the reduce value, as the expression that computes it. */
static PyObject *
reduce_step(const fj_where_reader *r, const char *element)
{
    const fj_state *state = r->p->state;
    PyObject *obj = r->trail->at;
    if (has_own(obj, state->s_reduce, state->object_reduce) &&
        !has_own(obj, state->s_reduce_ex, state->object_reduce_ex)) {
        return PyUnicode_FromFormat(".__reduce__()%s", element);
    }
    return PyUnicode_FromFormat(".__reduce_ex__(%d)%s", r->p->proto, element);
}

static PyObject *
arguments_step(const fj_where_reader *r)
{
    if (r->op == OP_NEWOBJ) {
        return fj_part_has_own_reduce(r)
                   ? reduce_step(r, "[1][1:]")
                   : PyUnicode_FromString(".__getnewargs__()");
    }
    if (r->op == OP_NEWOBJ_EX) {
        return fj_part_has_own_reduce(r)
                   ? reduce_step(r, "[1][1]")
                   : PyUnicode_FromString(".__getnewargs_ex__()[0]");
    }
    return reduce_step(r, "[1]");
}

static PyObject *
state_step(const fj_where_reader *r)
{
    if (fj_part_has_own_reduce(r)) {
        return reduce_step(r, "[2]");
    }
    return fj_part_has_own_getstate(r)
               ? PyUnicode_FromString(".__getstate__()")
               : reduce_step(r, "[2]");
}

static PyObject *
callable_step(const fj_where_reader *r, const PyObject *callable)
{
    const PyObject *obj = r->trail->at;
    bool is_class = r->op == OP_NEWOBJ || r->op == OP_NEWOBJ_EX ||
                    (obj != NULL && callable == (PyObject *)Py_TYPE(obj));
    return is_class ? PyUnicode_FromString(".__class__")
                    : reduce_step(r, "[0]");
}

PyObject *
fj_part_step(const fj_where_reader *r, const PyObject *obj)
{
    switch (r->part) {
    case FJ_PART_ARGUMENTS:
        return arguments_step(r);
    case FJ_PART_KEYWORDS:
        return fj_part_has_own_reduce(r)
                   ? reduce_step(r, "[1][2]")
                   : PyUnicode_FromString(".__getnewargs_ex__()[1]");
    case FJ_PART_CALLABLE:
        return callable_step(r, obj);
    case FJ_PART_SETTER:
        return reduce_step(r, "[5]");
    case FJ_PART_PERSISTENT_ID:
        return PyUnicode_FromString(".<persistent id>");
    default: // FJ_PART_STATE, FJ_PART_SETTER_STATE, FJ_PART_ATTRIBUTES, FJ_PART_ELEMENTS
        return state_step(r);
    }
}
