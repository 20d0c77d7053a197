/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to pickle/: the stack and memo of the symbolic machine, and the
 * functions that execute opcodes.
 *
 * All return 0, or -1 with an exception set.
 */
#ifndef FJ_PICKLE_SYMBOLIC_RUN_H
#define FJ_PICKLE_SYMBOLIC_RUN_H

#include "pickle/symbolic.h"

/* A value on the stack, and the bytes of the opcodes that made it and do not
 * belong to another value yet. */
typedef struct {
    fj_value value;
    uint64_t nbytes;
} fj_entry;

struct fj_symbolic_run {
    fj_symbolic_run *outer;
    fj_segments stack; // of fj_entry
    fj_segments marks; // of size_t: heights of the stack
    size_t fence;      // the last of them, or 0
    fj_segments memo;  // of fj_value, 0 for free indices
    size_t memo_count;
    fj_trie *sparse_memo;    // indices far beyond the count
    fj_segments handed_over; // of fj_node *: those to look into
    int proto;
    bool failed;       // what is left on the stack is put together
    uint64_t op_start; // position of the current opcode
};

static inline fj_entry *
fj_entry_at(const fj_symbolic_run *run, size_t i)
{
    return fj_segments_at(&run->stack, i);
}

/* The entry on top; there must be one. */
static inline fj_entry *
fj_top_entry(const fj_symbolic_run *run)
{
    return fj_entry_at(run, run->stack.count - 1);
}

static inline bool
fj_entries_above_fence(const fj_symbolic_run *run, size_t n)
{
    return run->stack.count - run->fence >= n;
}

/* The bytes of the current opcode, as far as they have been consumed. */
static inline uint64_t
fj_opcode_nbytes(const fj_symbolic *m)
{
    return fj_input_position(m->in) - m->run->op_start;
}

/* symbolic_stack.c */

/* Pushes a value with the bytes of this opcode, and `nbytes` more. */
int fj_symbolic_push(fj_symbolic *m, fj_value value, uint64_t nbytes);
int fj_symbolic_push_node(fj_symbolic *m, fj_kind kind);

/* Raises InvalidFileError unless there are `n` entries that may be popped. */
int fj_symbolic_check(fj_symbolic *m, size_t n);

int fj_symbolic_mark(fj_symbolic *m);
int fj_symbolic_pop_mark(fj_symbolic *m, size_t *first_ret);

int fj_symbolic_put(fj_symbolic *m, uint64_t index);
int fj_symbolic_get(fj_symbolic *m, uint64_t index);

/* The entry's value becomes a part of `owner`, which takes its bytes unless it
 * is a node of its own. */
int fj_symbolic_give(fj_symbolic *m, fj_node *owner, const fj_entry *entry);

/* Moves the entries from `first` on into the node. */
int fj_symbolic_give_all(fj_symbolic *m, fj_node *owner, fj_role role,
                         size_t first);

/* symbolic_scalars.c */
int fj_symbolic_str(fj_symbolic *m, uint64_t nbytes);
int fj_symbolic_bytes(fj_symbolic *m, fj_kind kind, uint64_t nbytes);
int fj_symbolic_int(fj_symbolic *m, int64_t n);
int fj_symbolic_long(fj_symbolic *m, size_t length_nbytes);
int fj_symbolic_python2_str(fj_symbolic *m, size_t length_nbytes);
/* The opcodes with a line of text, but for names. */
int fj_symbolic_line(fj_symbolic *m, int op);

/* symbolic_containers.c */
int fj_symbolic_tuple(fj_symbolic *m, size_t n);
int fj_symbolic_collect(fj_symbolic *m, fj_kind kind); // from the last MARK
int fj_symbolic_append(fj_symbolic *m);
int fj_symbolic_setitem(fj_symbolic *m);
/* APPENDS, SETITEMS, ADDITEMS */
int fj_symbolic_extend(fj_symbolic *m, int op);

/* symbolic_globals.c */
int fj_symbolic_global(fj_symbolic *m, fj_value *value_ret);
int fj_symbolic_load_global(fj_symbolic *m);
int fj_symbolic_stack_global(fj_symbolic *m);
int fj_symbolic_extension(fj_symbolic *m, size_t code_nbytes);

/* Whether the call is getattr(zoneinfo.ZoneInfo, "_unpickle"), as CPython
 * pickles time zones: then it is no call, but the value is a global of its own.
 * 1, 0 or -1. */
int fj_symbolic_zone_method(fj_symbolic *m, fj_value func, fj_value args,
                            fj_value *value_ret);

/* symbolic_calls.c */
int fj_symbolic_reduce(fj_symbolic *m);
int fj_symbolic_newobj(fj_symbolic *m, bool has_keywords);
int fj_symbolic_inst(fj_symbolic *m);
int fj_symbolic_obj(fj_symbolic *m);
int fj_symbolic_build(fj_symbolic *m);
int fj_symbolic_persistent(fj_symbolic *m, bool is_line);
int fj_symbolic_next_buffer(fj_symbolic *m);

/* symbolic_arguments.c */

/* Takes what is given to a call, with all that is in it, for called. */
int fj_symbolic_hand_over(fj_symbolic *m, fj_value value);

/* The same for the arguments of an object that has just been made. */
int fj_symbolic_hand_over_arguments(fj_symbolic *m, const fj_node *object);

/* symbolic_partial.c: whether a partial that has just been made, or the state
 * that it gets, is of a function that harms nothing. */
bool fj_symbolic_partial_call(const fj_node *object);
bool fj_symbolic_partial_state(fj_value state);

/* symbolic_attributes.c */

/* To be called for the state that BUILD sets: notes names of attributes that
 * have a meaning to Python. */
int fj_symbolic_set_state(fj_symbolic *m, fj_value state);

/* The same for the arguments of an object that has just been made, and for the
 * items, from the entry `first` on, that it gets: they may become attributes. */
int fj_symbolic_take_keywords(fj_symbolic *m, const fj_node *object);
int fj_symbolic_set_items(fj_symbolic *m, const fj_node *object, size_t first);

/* symbolic_walk.c */

/* Finds the place of each node, and the sizes, from m->root on. */
int fj_symbolic_walk(fj_symbolic *m);

/* Whether a node that has been walked is only the form in which its parent
 * gets attributes or arguments, so that it has no name in a path. */
bool fj_symbolic_is_transparent(const fj_node *node);

/* Whether it only describes the array that holds it. */
bool fj_symbolic_is_hidden(const fj_node *node);

/* The step in a path from a node to one of its values: a new reference. */
PyObject *fj_symbolic_step(const fj_node *node, const fj_block *block,
                           uint64_t place);

/* symbolic_parts.c */

/* What type(value) is called: a new reference. */
PyObject *fj_symbolic_kind_name(fj_value value);

#endif
