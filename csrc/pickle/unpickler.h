/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The unpickler: a stack machine that turns a pickle of any protocol back
 * into objects.  One loop, no recursion: depth is limited by memory alone.
 *
 * Nothing in the stream is trusted for memory safety: pops are checked against
 * the last MARK, lengths by the input, memo indices by the memo.  (Like
 * pickle, it calls what the stream names: that is the format.)
 */
#ifndef FJ_PICKLE_UNPICKLER_H
#define FJ_PICKLE_UNPICKLER_H

#include "py/state.h"

#include "pickle/input.h"

typedef struct fj_unpickler fj_unpickler;
typedef struct fj_policy fj_policy;

/* How objects that pickle/ does not know (arrays) are read.  Each function
 * returns 1 if it has done what the opcode asks for; 0, with nothing consumed,
 * to leave it to the unpickler; or -1.  All but `call` may be NULL. */
typedef struct {
    /* Called for a global before it is imported; may return another object.  A
     * new reference. */
    int (*find_global)(fj_unpickler *u, PyObject *module_name, PyObject *name,
                       PyObject **obj_ret);
    /* NEWOBJ is about to make an instance: may read the opcodes that follow,
     * and push their result instead. */
    int (*begin)(fj_unpickler *u, PyObject *cls);
    /* BUILD is about to set an instance's state: may replace the instance by
     * an object made from the state and from what follows in the stream.  A
     * new reference. */
    int (*build)(fj_unpickler *u, PyObject *inst, PyObject *inst_state,
                 PyObject **obj_ret);
    /* REDUCE is about to call func(*args).  A new reference. */
    int (*call)(fj_unpickler *u, PyObject *func, PyObject *args,
                PyObject **obj_ret);
    /* How much memory a copy of such an object takes, -1 for all others. */
    Py_ssize_t (*copy_nbytes)(PyObject *obj);
} fj_load_hook;

enum {
    FJ_TYPE_CACHE = 64,
    FJ_KEY_CACHE = 1024,
    FJ_NAME_CACHE = 256,
};

/* What a load knows about a class whose state it has set. */
typedef struct {
    PyTypeObject *type; // owned
    bool plain;         // state goes straight into __dict__
} fj_type_info;

/* An attribute name as an object of the stream, and its interned copy. */
typedef struct {
    PyObject *name, *interned; // owned
} fj_interned_name;

typedef struct {
    fj_type_info types[FJ_TYPE_CACHE];
    fj_interned_name names[FJ_NAME_CACHE];
    PyObject *keys[FJ_KEY_CACHE]; // owned: short dict keys, by hash
} fj_load_caches;

struct fj_unpickler {
    fj_state *state; // borrowed
    fj_input *in;    // borrowed

    PyObject **stack; // owned references
    size_t nstack;
    size_t stack_capacity;
    size_t *marks; // heights of the stack at each MARK
    size_t nmarks;
    size_t marks_capacity;
    size_t fence; // the last of them, or 0; items below must not be popped

    PyObject **memo; // owned references, NULL for free indices
    size_t memo_capacity;
    size_t memo_count;     // indices taken, in the array and in sparse_memo
    size_t memo_rewrites;  // how often an index was taken again
    size_t memo_before;    // memo_count when this load began
    PyObject *sparse_memo; // dict for indices far beyond the count, or NULL

    /* What the file may do; NULL: everything, as with pickle.  Borrowed. */
    fj_policy *policy;
    size_t fuel; // opcodes until the policy is asked again

    int proto;
    bool gc_paused;
    const fj_load_hook *hook; // may be NULL
    void *hook_data;
    PyObject *globals;      // dict (module, name) -> object, or NULL; owned
    fj_load_caches *caches; // owned; NULL in a small load

    /* The caller's options, borrowed.  See load_custom.c. */
    bool fix_imports;          // true at first; below protocol 3, maps Python
                               // 2's names
    bool names_are_utf8;       // others are reported as damage, not as
                               // UnicodeDecodeError
    const char *encoding;      // for Python 2's str; NULL: ASCII
    const char *errors;        // NULL: "strict"
    PyObject *rename;          // called with module and name before anything
                               // else, returns a pair of both; or NULL
    PyObject *find_class;      // called with module and name, or NULL
    PyObject *persistent_load; // called with persistent ids, or NULL
    PyObject *buffers;         // an iterator of out-of-band buffers, or NULL
};

/* `globals`: those of the enclosing load, or NULL. */
int fj_unpickler_init(fj_unpickler *u, fj_state *state, fj_input *in,
                      PyObject *globals);
void fj_unpickler_clear(fj_unpickler *u);

/* To be called between two loads that share a memo: clears everything else. */
void fj_unpickler_rest(fj_unpickler *u);

/* Reads one pickle up to its STOP: a new reference, or NULL. */
PyObject *fj_unpickler_load(fj_unpickler *u);

/* The memo, as Unpickler.memo shows it: a dict index -> object.  Setting it
 * copies the dict; if a key is no index it raises TypeError or ValueError, and
 * nothing is changed. */
PyObject *fj_unpickler_copy_memo(const fj_unpickler *u);
int fj_unpickler_set_memo(fj_unpickler *u, PyObject *dict);
void fj_unpickler_clear_memo(fj_unpickler *u);
int fj_unpickler_traverse_memo(const fj_unpickler *u, visitproc visit,
                               void *arg);
size_t fj_unpickler_nbytes(const fj_unpickler *u); // allocated memory

/* What follows is for hooks. */

/* Pushes an object; takes the reference.  0 or -1. */
int fj_unpickler_push(fj_unpickler *u, PyObject *obj_steal);

/* The object at a memo index, borrowed, or NULL without an exception. */
static inline PyObject *
fj_unpickler_peek_memo(const fj_unpickler *u, uint64_t index)
{
    return index < u->memo_capacity ? u->memo[index] : NULL;
}

/* Imports a global by the rules of the pickle's protocol, without calling the
 * caller's find_class: a new reference, or NULL. */
PyObject *fj_unpickler_import(fj_unpickler *u, PyObject *module_name,
                              PyObject *name);

/* Counts `n` memo indices for objects that are never made.  A GET for one of
 * them is an error. */
int fj_unpickler_skip_memo(fj_unpickler *u, size_t n);

#endif
