/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The pickler: walks a graph of Python objects and writes it as a pickle.
 *
 * Pending work is kept on a stack of tasks in heap memory, never on the C
 * stack, so that depth is limited by memory alone. fj_save() writes what can
 * be written at once and pushes tasks for the rest; fj_pickler_run() is the
 * only loop.  No function of the pickler calls itself, directly or through
 * others.
 *
 * The bytes are those of the running interpreter's pickle.Pickler written in
 * Python, or, with `as_c_pickle`, of CPython's C version, which differs in how
 * it forms batches, memoizes buffers and refuses local objects.
 */
#ifndef FJ_PICKLE_PICKLER_H
#define FJ_PICKLE_PICKLER_H

#include "py/state.h"

#include "pickle/memo.h"
#include "pickle/output.h"

typedef struct fj_pickler fj_pickler;

/* How objects that pickle/ does not know (arrays) are written. */
typedef struct {
    /* Called with every object that is not of a built-in type, before the memo
     * is searched: 1 if it was written or pushed, 0 if it is not the hook's,
     * -1 with an exception set. */
    int (*save)(fj_pickler *p, PyObject *obj);
    /* Runs a task that save() pushed with fj_push_hook().  Borrows obj. */
    int (*resume)(fj_pickler *p, PyObject *obj);
    /* The step, like "[1, 2]", from an object whose state is a tuple with a list
     * of its elements at the end to the element `i`; NULL, without an exception,
     * if it is no such object. */
    PyObject *(*element)(PyObject *obj, Py_ssize_t i);
} fj_save_hook;

typedef struct fj_task fj_task; // private to pickle/, see save.h

/* For types whose instances reduce to "cls.__new__(cls), then __dict__",
 * without calling methods of theirs.  See save_reduce.c. */
enum { FJ_PLAIN_TYPES = 32 };

struct fj_pickler {
    fj_state *state; // borrowed
    fj_output *out;  // borrowed: nested pickles share their parent's
    fj_memo memo;
    fj_task *tasks;
    size_t ntasks;
    size_t task_capacity;
    int proto;
    bool bin;         // proto >= 1
    bool as_c_pickle; // write what CPython's C pickler does where it differs
                      // from pickle.py
    bool fix_imports; // proto < 3: write Python 2's names
    bool fast;        // no memo
    bool keeps_memo;  // later pickles may refer to this one's objects
    const fj_save_hook *hook; // may be NULL
    void *hook_data;

    /* The caller's own functions, borrowed, each may be NULL.  See
     * save_custom.c. */
    PyObject *persistent_id;    // called with every object
    PyObject *reducer_override; // called for objects that have no opcode
    PyObject *dispatch_table;   // a mapping, in place of copyreg's
    PyObject *buffer_callback;  // called with every PickleBuffer
    /* Equal objects are to be written alike: items of dicts in order, str and
     * bytes never by reference.  canonical(key) takes the place of keys that
     * cannot be compared. */
    PyObject *canonical;
    PyObject *globals; // a set, to which (module, name) of each global is
                       // added
    PyObject *walked;  // owned: ids of the objects that a fast pickler is
                       // within, see fj_enter_fast()

    /* Failures.  See save_failure.c. */
    fj_pickler *outer; // borrowed: whose object holds this one's, or NULL
    PyObject *root;    // borrowed: the object of the dump that is running
    PyObject *failed;  // owned: what could not be saved, if no container that
                       // is being walked tells; or NULL
    PyObject *refused; // owned: whose reduce value could not be written; or
                       // NULL, also where one of its parts could not
    bool noted;        // the exception that is set says where it was raised
    bool endless;      // it says that the walk would not end
    /* report(path, obj, exception) is called with each failure, and the
     * walk then goes on.  Borrowed, may be NULL. */
    PyObject *report;
    /* judge(obj, module, name) is called with each object that is written by
     * name, and raises where it is not to be.  Borrowed, may be NULL. */
    PyObject *judge;

    /* Indexed by a hash of the pointer.  Not initialised before the first
     * object that is reduced, which small pickles do not have. */
    bool has_types;
    PyTypeObject *plain_types[FJ_PLAIN_TYPES]; // owned
    const void *seen_types[FJ_PLAIN_TYPES];    // seen before; only compared,
                                               // never followed
};

/* The protocol for an argument, with pickle's rules: None is the default, a
 * negative number the highest. -1 with an exception set. */
int fj_read_protocol(fj_state *state, PyObject *protocol);

/* `protocol` must be 0 to 5. */
int fj_pickler_init(fj_pickler *p, fj_state *state, fj_output *out,
                    int protocol);
void fj_pickler_clear(fj_pickler *p);

/* Writes one whole pickle, from PROTO to STOP.  Leaves no frame open. */
int fj_pickler_dump(fj_pickler *p, PyObject *obj);

/* To be called between two pickles that share a memo: clears everything
 * else. */
void fj_pickler_rest(fj_pickler *p);

/* What follows is for hooks and for pickle/ itself. */

/* Who may hand an object to the pickler once more. */
typedef enum {
    FJ_SHARED,   // anyone
    FJ_UNSHARED, // no container that is walked later: the only reference to it
                 // is the slot it was just read from
    FJ_OWN,      // nobody: it was made for the pickler by a __reduce__, and no
                 // one else refers to it, or to the container that does
} fj_sharing;

/* Writes `obj` or pushes the tasks that will. */
int fj_save(fj_pickler *p, PyObject *obj, fj_sharing sharing);

/* Runs tasks until only `depth` are left. */
int fj_pickler_run(fj_pickler *p, size_t depth);

/* Pushed tasks run last in, first out. */
int fj_push_save(fj_pickler *p, PyObject *obj);
int fj_push_hook(fj_pickler *p, PyObject *obj);

/* Writes PUT or MEMOIZE for `obj` and remembers it.  A fast pickler does
 * neither. */
int fj_memoize(fj_pickler *p, PyObject *obj);

/* Writes GET for an index. */
int fj_write_get(fj_pickler *p, size_t index);

/* Writes a reduce value, as returned by __reduce__, for `obj`. */
int fj_save_reduced(fj_pickler *p, PyObject *obj, PyObject *reduced);

/* Writes an object of exactly this type: names are not looked up. */
int fj_save_global_as(fj_pickler *p, PyObject *obj, PyObject *module_name,
                      PyObject *name);

/* What only its container and the pickler refer to, with `nrefs` references in
 * all, needs a MEMOIZE, so that indices stay those of pickle.py, but no entry
 * in the memo: the pickler will not see it again.
 *
 * Of a container of the user's, which may be a list, dict or set since these
 * are walked once (a recursive tuple is walked twice), this is made use of for
 * str and bytes: at worst a __reduce__ takes one out of it once more, and it is
 * written twice, as equal copies.
 *
 * Within a container of the pickler's `own` it is for containers and bytearrays
 * too, so that a copy of the data of a tensor or an Arrow array that its
 * __reduce__ has made is freed as soon as it is written.  An interned str
 * could come back from Python's table of these. */
static inline fj_sharing
fj_item_sharing(const fj_pickler *p, PyObject *item, Py_ssize_t nrefs,
                bool own)
{
    if (!FJ_EXACT_REFCOUNTS || p->keeps_memo || Py_REFCNT(item) != nrefs) {
        return FJ_SHARED;
    }
    if (!own) {
        return FJ_UNSHARED;
    }
    return PyUnicode_Check(item) && PyUnicode_CHECK_INTERNED(item) ? FJ_SHARED
                                                                   : FJ_OWN;
}

#endif
