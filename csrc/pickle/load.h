/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to pickle/: the stack and memo of the unpickler, and the functions
 * that execute opcodes.
 *
 * All return 0, or -1 with an exception set; then the stack may be in any
 * state that fj_unpickler_clear() can clear.
 */
#ifndef FJ_PICKLE_LOAD_H
#define FJ_PICKLE_LOAD_H

#include "pickle/unpickler.h"

int fj_grow_stack(fj_unpickler *u);
int fj_underflow(fj_unpickler *u); // raises, returns -1

/* Takes the reference, even on error.  Returns -1 for NULL. */
static inline int
fj_push_steal(fj_unpickler *u, PyObject *obj)
{
    if (FJ_UNLIKELY(obj == NULL)) {
        return -1;
    }
    if (FJ_UNLIKELY(u->nstack == u->stack_capacity) && fj_grow_stack(u) < 0) {
        Py_DECREF(obj);
        return -1;
    }
    u->stack[u->nstack++] = obj;
    return 0;
}

/* True where `n` items may be popped. */
static inline bool
fj_has_items(const fj_unpickler *u, size_t n)
{
    return u->nstack - u->fence >= n;
}

static inline PyObject *
fj_pop_owned(fj_unpickler *u)
{
    return u->stack[--u->nstack];
}

int fj_push_mark(fj_unpickler *u);

/* Pops the last MARK; *first_ret is the index of the first item above it. */
int fj_pop_mark(fj_unpickler *u, size_t *first_ret);

/* Drops everything from `first` on. */
void fj_drop_items(fj_unpickler *u, size_t first);

/* Pops everything from `first` on, as a tuple or list. */
PyObject *fj_pop_tuple(fj_unpickler *u, size_t first);
PyObject *fj_pop_list(fj_unpickler *u, size_t first);

/* load_memo.c: stores the object on top of the stack; `index` is not
 * trusted. */
int fj_memo_put(fj_unpickler *u, uint64_t index);
int fj_memo_get_sparse(fj_unpickler *u, uint64_t index);

static inline int
fj_memo_get(fj_unpickler *u, uint64_t index)
{
    PyObject *obj = fj_unpickler_peek_memo(u, index);
    if (FJ_LIKELY(obj != NULL)) {
        return fj_push_steal(u, Py_NewRef(obj));
    }
    return fj_memo_get_sparse(u, index);
}

/* unpickler.c: until the load ends */
void fj_pause_gc(fj_unpickler *u);
void fj_resume_gc(fj_unpickler *u); // no effect unless it is paused

/* unpickler.c: NULL, without an exception, while the load is small. */
fj_load_caches *fj_make_caches(fj_unpickler *u);

static inline fj_load_caches *
fj_caches(fj_unpickler *u)
{
    return u->caches != NULL ? u->caches : fj_make_caches(u);
}

/* load_containers.c */
int fj_load_tuple(fj_unpickler *u);
int fj_load_small_tuple(fj_unpickler *u, size_t n);
int fj_load_list(fj_unpickler *u);
int fj_load_dict(fj_unpickler *u);
int fj_load_frozenset(fj_unpickler *u);
int fj_load_append(fj_unpickler *u);
int fj_load_appends(fj_unpickler *u);
int fj_load_setitem(fj_unpickler *u);
int fj_load_setitems(fj_unpickler *u);
int fj_load_additems(fj_unpickler *u);

/* load_text.c: opcodes with a line of text, long integers, Python 2's str */
int fj_load_int_line(fj_unpickler *u);
int fj_load_long_line(fj_unpickler *u);
int fj_load_float_line(fj_unpickler *u);
int fj_load_string_line(fj_unpickler *u);
int fj_load_unicode_line(fj_unpickler *u);
int fj_load_get_line(fj_unpickler *u);
int fj_load_put_line(fj_unpickler *u);
int fj_load_long(fj_unpickler *u, size_t length_nbytes);
int fj_load_python2_str(fj_unpickler *u, size_t length_nbytes);

/* load_globals.c */
int fj_load_global(fj_unpickler *u);
int fj_load_stack_global(fj_unpickler *u);
int fj_load_extension(fj_unpickler *u, size_t code_nbytes);

/* load_objects.c */
int fj_load_reduce(fj_unpickler *u);
int fj_load_newobj(fj_unpickler *u);
int fj_load_newobj_ex(fj_unpickler *u);
int fj_load_inst(fj_unpickler *u);
int fj_load_obj(fj_unpickler *u);

/* load_custom.c */
int fj_load_persistent_line(fj_unpickler *u);
int fj_load_persistent(fj_unpickler *u);
int fj_load_next_buffer(fj_unpickler *u);
int fj_load_readonly_buffer(fj_unpickler *u);

/* load_build.c */
int fj_load_build(fj_unpickler *u);

#endif
