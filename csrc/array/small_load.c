/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/small_load.h"

#include "array/array_read.h"
#include "array/state.h"
#include "pickle/opcodes.h"

/* A cursor over bytes of the window.  `ok` becomes false, and stays so, at the
 * first unexpected byte. */
typedef struct {
    const fj_unpickler *u;
    const char *pos;
    const char *end;
    bool ok;
} cursor;

static bool
take(cursor *c, size_t nbytes)
{
    c->ok = c->ok && (size_t)(c->end - c->pos) >= nbytes;
    return c->ok;
}

static void
expect(cursor *c, const char *bytes, size_t nbytes)
{
    if (take(c, nbytes)) {
        c->ok = memcmp(c->pos, bytes, nbytes) == 0;
        c->pos += nbytes;
    }
}

static int
next_byte(cursor *c)
{
    return take(c, 1) ? (unsigned char)*c->pos++ : -1;
}

/* The object that a GET refers to, borrowed. */
static PyObject *
get_object(cursor *c)
{
    PyObject *obj = NULL;
    int op = next_byte(c);
    if (op == OP_BINGET && take(c, 1)) {
        obj = fj_unpickler_peek_memo(c->u, (unsigned char)*c->pos);
        c->pos += 1;
    }
    else if (op == OP_LONG_BINGET && take(c, 4)) {
        obj = fj_unpickler_peek_memo(c->u, fj_load_le32(c->pos));
        c->pos += 4;
    }
    c->ok = c->ok && obj != NULL;
    return obj;
}

static void
expect_name(cursor *c, PyObject *name)
{
    PyObject *obj = get_object(c);
    c->ok = c->ok && PyUnicode_CheckExact(obj) &&
            PyUnicode_Compare(obj, name) == 0;
}

static bool
get_order(cursor *c)
{
    PyObject *order = get_object(c);
    c->ok = c->ok && PyUnicode_CheckExact(order);
    return c->ok && PyUnicode_CompareWithASCIIString(order, "F") == 0;
}

static npy_intp
get_length(cursor *c)
{
    npy_intp length = -1;
    switch (next_byte(c)) {
    case OP_BININT1:
        if (take(c, 1)) {
            length = (unsigned char)*c->pos;
            c->pos += 1;
        }
        break;
    case OP_BININT2:
        if (take(c, 2)) {
            length = fj_load_le16(c->pos);
            c->pos += 2;
        }
        break;
    case OP_BININT:
        if (take(c, 4)) {
            length = (int32_t)fj_load_le32(c->pos);
            c->pos += 4;
        }
        break;
    default:
        break;
    }
    c->ok = c->ok && length >= 0;
    return length;
}

/* Reads a shape of up to three axes; adds the tuple's memo index to
 * `indices`. */
static void
get_shape(cursor *c, fj_wrapper *w, size_t *indices)
{
    w->ndim = 0;
    if (take(c, 1) && *c->pos == OP_EMPTY_TUPLE) {
        c->pos++;
        return;
    }
    while (take(c, 1) && (unsigned char)*c->pos < 0x80 && w->ndim < 3) {
        w->dims[w->ndim++] = get_length(c);
    }
    const char end[2] = {(char)(OP_TUPLE1 + w->ndim - 1), (char)OP_MEMOIZE};
    c->ok = c->ok && w->ndim > 0;
    expect(c, end, 2);
    *indices += 1;
}

/* Reads joblib's attributes, in joblib's order, up to the shape. */
static void
learn_head(cursor *c, fj_array_loader *loader)
{
    static const char begin[] = {(char)OP_MEMOIZE, OP_EMPTY_DICT,
                                 (char)OP_MEMOIZE, OP_MARK};
    expect(c, begin, sizeof begin);
    expect_name(c, c->u->state->array->s_subclass);
    loader->subclass = get_object(c);
    expect_name(c, c->u->state->array->s_shape);
}

static void
learn_tail(cursor *c, fj_array_loader *loader)
{
    static const char end[] = {OP_SETITEMS, OP_BUILD};
    const fj_array_state *state = c->u->state->array;
    expect_name(c, state->s_order);
    loader->fortran = get_order(c);
    expect_name(c, state->s_dtype);
    loader->dtype = get_object(c);
    expect_name(c, state->s_allow_mmap);
    int truth = next_byte(c);
    c->ok = c->ok && (truth == OP_NEWTRUE || truth == OP_NEWFALSE);
    loader->allow_mmap = truth == OP_NEWTRUE;
    expect_name(c, state->s_alignment);
    int alignment = next_byte(c);
    loader->alignment = 0;
    if (alignment == OP_BININT1 && take(c, 1)) {
        loader->alignment = (unsigned char)*c->pos++;
        c->ok = c->ok && loader->alignment > 0;
    }
    else {
        c->ok = c->ok && alignment == OP_NONE;
    }
    expect(c, end, sizeof end);
}

/* Stores the run from `first` to the cursor. */
static void
keep_run(cursor *c, const char *first, char *run, size_t capacity,
         unsigned char *nbytes_ret)
{
    size_t nbytes = (size_t)(c->pos - first);
    c->ok = c->ok && nbytes <= capacity;
    if (c->ok) {
        memcpy(run, first, nbytes);
        *nbytes_ret = (unsigned char)nbytes;
    }
}

static void
learn(cursor *c, fj_array_loader *loader, fj_wrapper *w, size_t *indices)
{
    const char *first = c->pos;
    loader->known = false;
    learn_head(c, loader);
    keep_run(c, first, loader->head, sizeof loader->head,
             &loader->head_nbytes);
    get_shape(c, w, indices);
    first = c->pos;
    learn_tail(c, loader);
    keep_run(c, first, loader->tail, sizeof loader->tail,
             &loader->tail_nbytes);
    loader->known = c->ok;
    loader->rewrites = c->u->memo_rewrites;
}

static void
compare(cursor *c, const fj_array_loader *loader, fj_wrapper *w,
        size_t *indices)
{
    expect(c, loader->head, loader->head_nbytes);
    get_shape(c, w, indices);
    expect(c, loader->tail, loader->tail_nbytes);
}

int
fj_small_load(fj_unpickler *u)
{
    fj_array_loader *loader = u->hook_data;
    fj_input *in = u->in;
    fj_wrapper w;
    cursor c = {u, in->pos, in->end, true};
    size_t indices = 2; // those of wrapper and dict
    if (u->proto < 4) {
        return 0;
    }
    if (loader->known && loader->rewrites == u->memo_rewrites) {
        compare(&c, loader, &w, &indices);
    }
    else {
        c.ok = false;
    }
    if (!c.ok) {
        c = (cursor){u, in->pos, in->end, true};
        indices = 2;
        learn(&c, loader, &w, &indices);
    }
    if (!c.ok) {
        return 0;
    }
    w.subclass = loader->subclass;
    w.dtype = loader->dtype;
    w.fortran = loader->fortran;
    w.allow_mmap = loader->allow_mmap;
    w.alignment = loader->alignment;
    in->pos = c.pos;
    if (fj_unpickler_skip_memo(u, indices) < 0) {
        return -1;
    }
    PyObject *array = fj_array_read(u, &w);
    if (array == NULL) {
        return -1;
    }
    return fj_unpickler_push(u, array) < 0 ? -1 : 1;
}
