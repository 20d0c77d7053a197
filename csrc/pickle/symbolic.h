/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The symbolic machine: reads a pickle as the unpickler does, through the same
 * input, and refuses what it refuses, but looks up, calls and imports nothing.
 * Where the unpickler would, it makes a symbol (pickle/symbols.h).
 *
 * Memory: a value costs at most 16 bytes while it is on the stack, 8 in the
 * memo, and 8 in the node that holds it; a node about 100; the walk 32 for
 * each level of depth.  The worst pickle is one of nested tuples, a byte each:
 * 180 times its length.  Usual ones take 3 to 10 times theirs, arrays, long
 * strings and bytes nothing.  No allocation is larger than 1 MiB, but for a line
 * of text (pickle/input.h), and lists of pointers to what takes more in the file.
 */
#ifndef FJ_PICKLE_SYMBOLIC_H
#define FJ_PICKLE_SYMBOLIC_H

#include "pickle/input.h"
#include "pickle/symbols.h"

typedef struct fj_symbolic fj_symbolic;

/* How arrays are recognised.  All functions return 0, or -1 with an exception
 * set. */
typedef struct {
    /* What fj_load_hook.find_global has an object for, by that object's number
     * (1 or higher); such a global is confined.  0: nothing. */
    int (*find_confined)(fj_symbolic *m, PyObject *module_name,
                         PyObject *name);
    /* The number of another global that the hook knows, or 0. */
    int (*find_known)(fj_symbolic *m, PyObject *module_name, PyObject *name);
    /* Whether a known global may call what it is given. */
    bool (*calls_arguments)(int known);
    /* An object has been made whose class or function is known. */
    int (*call)(fj_symbolic *m, fj_node *object, fj_value args);
    /* BUILD of such an object: may put another node into its place. */
    int (*build)(fj_symbolic *m, fj_node **object, fj_value object_state);
} fj_symbolic_hook;

/* What one pickle, or one nested in it, needs. */
typedef struct fj_symbolic_run fj_symbolic_run;

struct fj_symbolic {
    fj_state *state; // borrowed
    fj_input *in;    // borrowed
    const fj_symbolic_hook *hook;
    PyObject *describe; // borrowed: for the hook

    fj_arena arena;         // of this pickle
    fj_arena lasting_arena; // of all: globals
    fj_symbolic_run *run;
    bool nested; // in a nested pickle

    fj_trie *global_index; // by hash
    fj_global *globals;    // linked, the last one first
    PyObject *kept;        // owned: a list of objects that others borrow
    PyObject *notes;       // owned: a list of str
    PyObject *arrays;      // owned: a list of lists, see fj_symbolic_add_array
    int proto;             // of the last pickle
    fj_node *root;         // that has its object as FJ_INNER
};

int fj_symbolic_init(fj_symbolic *m, fj_state *state, fj_input *in,
                     const fj_symbolic_hook *hook, PyObject *describe);
void fj_symbolic_clear(fj_symbolic *m);

/* Reads a pickle up to its STOP.  Sets m->root, also if it returns -1: then to
 * what had been read (NULL: nothing). */
int fj_symbolic_read(fj_symbolic *m);

/* To be called after each fj_symbolic_read(), also a failed one that has set
 * m->root: finds the paths of its arrays and globals, and returns a new list
 * of rows, one for each part of the object: (row of the part that it is in,
 * name, kind, bytes, objects).  Frees the pickle's memory. */
PyObject *fj_symbolic_parts(fj_symbolic *m);

/* A new list of rows, one for each global that is used or named for itself: (module, name, count, called,
 * instantiated, stored, known to be harmless as it is used, paths). */
PyObject *fj_symbolic_globals(fj_symbolic *m);

/* What follows is for hooks. */

/* Reads a pickle that is nested in this one.  *root_ret: a node that has its
 * object as FJ_INNER; as with m->root, set also if the result is -1. */
int fj_symbolic_read_nested(fj_symbolic *m, fj_node **root_ret);

/* A new node, or NULL with MemoryError. */
fj_node *fj_symbolic_node(fj_symbolic *m, fj_kind kind);

/* Adds a block to the node for `n` values, at most FJ_BLOCK_VALUES. */
fj_block *fj_symbolic_block(fj_symbolic *m, fj_node *node, fj_role role,
                            size_t n);

/* Makes the node an array.  `row`: a list of what Array in
 * fastjoblib/_inspect/report.py has, in that order; the path is set by the
 * walk, and so are the bytes where they are None. */
enum { FJ_ROW_PATH = 0, FJ_ROW_NBYTES = 4 };
int fj_symbolic_add_array(fj_symbolic *m, fj_node *node, PyObject *row_steal);

/* The array is a part of another one, and not to be listed. */
int fj_symbolic_drop_array(fj_symbolic *m, const fj_node *node);

/* The object belongs to the machine from now on; -1 for NULL. */
int fj_symbolic_keep(fj_symbolic *m, PyObject *obj_steal);

/* Adds a note unless it is there already. */
int fj_symbolic_note(fj_symbolic *m, const char *format, ...);

/* The value as an object, if it is made of None, bool, int, str, bytes, tuple,
 * list and dict, nested at most a few levels; in it, objects with a note by
 * that note, and globals by (module, name).  A new reference; NULL without an
 * exception if it is not, or is too large. */
PyObject *fj_symbolic_object(fj_symbolic *m, fj_value value);

#endif
