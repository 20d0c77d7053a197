/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The unpickler: a stack machine that turns a pickle of any protocol back
 * into objects.  One loop, no recursion: depth is limited by memory alone.
 *
 * Nothing in the stream is trusted for memory safety: pops are checked
 * against the last MARK, lengths by the input, memo indices by the memo.
 * (It is as unsafe as pickle in what it calls: that is the format.)
 */
#ifndef FJ_PICKLE_UNPICKLER_H
#define FJ_PICKLE_UNPICKLER_H

#include "py/state.h"

#include "pickle/input.h"

typedef struct fj_unpickler fj_unpickler;

/* How objects that pickle/ does not know of its own (arrays) are read.  Each
 * function returns 1 where it has done what the opcode asks for; 0, with
 * nothing consumed, where the unpickler shall do it; -1.  All but `call` may be
 * NULL. */
typedef struct {
    /* Asked what a global stands for, before it is imported: a new reference. */
    int (*find_global)(fj_unpickler *u, PyObject *module_name, PyObject *name,
                       PyObject **obj_ret);
    /* NEWOBJ is about to make an instance: may read the opcodes that follow,
     * and push what they make in its place. */
    int (*begin)(fj_unpickler *u, PyObject *cls);
    /* BUILD is about to give an instance its state: may make another object of
     * it, and of what follows in the stream.  A new reference. */
    int (*build)(fj_unpickler *u, PyObject *inst, PyObject *inst_state,
                 PyObject **obj_ret);
    /* REDUCE is about to call func(*args).  A new reference. */
    int (*call)(fj_unpickler *u, PyObject *func, PyObject *args,
                PyObject **obj_ret);
} fj_load_hook;

enum {
    FJ_TYPE_CACHE = 64,
    FJ_KEY_CACHE = 1024,
    FJ_NAME_CACHE = 256,
};

/* What a load remembers of a class whose instances it fills. */
typedef struct {
    PyTypeObject *type; // owned
    bool plain;         // state goes straight into __dict__
} fj_type_info;

/* An attribute name as the stream has it, and the interned one. */
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
    size_t fence; // the last of them, or 0: nothing below may be popped

    PyObject **memo; // owned references, NULL where nothing was put
    size_t memo_capacity;
    size_t memo_count;     // indices taken, in the array and in `sparse`
    size_t memo_rewrites;  // times that an index was taken again
    size_t memo_before;    // memo_count when this load began
    PyObject *sparse_memo; // dict for indices far beyond the count, or NULL

    int proto;
    bool gc_paused;
    const fj_load_hook *hook; // may be NULL
    void *hook_data;
    PyObject *globals;      // dict (module, name) -> object, or NULL; owned
    fj_load_caches *caches; // owned; NULL in a small load

    /* What the caller has to say; borrowed.  See load_custom.c. */
    bool fix_imports;          // true at first: proto < 3: Python 2's names
    bool names_are_utf8;       // others are damage, not UnicodeDecodeError
    const char *encoding;      // of Python 2's str; NULL: ASCII
    const char *errors;        // NULL: "strict"
    PyObject *find_class;      // called with module and name, or NULL
    PyObject *persistent_load; // called with persistent ids, or NULL
    PyObject *buffers;         // an iterator of out-of-band buffers, or NULL
};

/* `globals`: those of the load that this one is nested in, or NULL. */
int fj_unpickler_init(fj_unpickler *u, fj_state *state, fj_input *in,
                      PyObject *globals);
void fj_unpickler_clear(fj_unpickler *u);

/* Between two loads that share a memo: forgets everything else. */
void fj_unpickler_rest(fj_unpickler *u);

/* Reads one pickle up to its STOP: a new reference, or NULL. */
PyObject *fj_unpickler_load(fj_unpickler *u);

/* The memo, as Unpickler.memo shows it: a dict index -> object.  Setting it
 * copies; TypeError or ValueError, and nothing changed, where a key is no
 * index. */
PyObject *fj_unpickler_copy_memo(const fj_unpickler *u);
int fj_unpickler_set_memo(fj_unpickler *u, PyObject *dict);
void fj_unpickler_clear_memo(fj_unpickler *u);
int fj_unpickler_traverse_memo(const fj_unpickler *u, visitproc visit,
                               void *arg);
size_t fj_unpickler_nbytes(const fj_unpickler *u); // that it has allocated

/* The rest is for hooks. */

/* Pushes an object; takes the reference.  0 or -1. */
int fj_unpickler_push(fj_unpickler *u, PyObject *obj_steal);

/* The object at a memo index, borrowed, or NULL without an exception. */
static inline PyObject *
fj_unpickler_peek_memo(const fj_unpickler *u, uint64_t index)
{
    return index < u->memo_capacity ? u->memo[index] : NULL;
}

/* Imports a global as the pickle's protocol asks, without asking the caller's
 * find_class: a new reference, or NULL. */
PyObject *fj_unpickler_import(fj_unpickler *u, PyObject *module_name,
                              PyObject *name);

/* Takes `n` memo indices for objects that were never made.  A GET for one of
 * them finds nothing. */
int fj_unpickler_skip_memo(fj_unpickler *u, size_t n);

#endif
