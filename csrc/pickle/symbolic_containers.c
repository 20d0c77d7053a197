/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Containers, and adding items to them.
 */
#include "pickle/opcodes.h"
#include "pickle/symbolic_run.h"

/* Whether the entries from `first` on are what copyreg._reconstructor takes
 * for a confined class: (class, object, None).  Another base may make something
 * else. */
static bool
are_for_reconstructor(const fj_symbolic *m, size_t first)
{
    const fj_symbolic_run *run = m->run;
    if (run->stack.count - first != 3) {
        return false;
    }
    const fj_global *cls = fj_as_global(fj_entry_at(run, first)->value);
    const fj_global *base = fj_as_global(fj_entry_at(run, first + 1)->value);
    return cls != NULL && cls->confined && base != NULL &&
           PyUnicode_CompareWithASCIIString(base->label, "builtins.object") ==
               0 &&
           fj_entry_at(run, first + 2)->value == FJ_NONE;
}

static int
collect(fj_symbolic *m, fj_kind kind, size_t first)
{
    fj_role role = kind == FJ_DICT ? FJ_PAIRS : FJ_ITEMS;
    if (kind == FJ_TUPLE && first == m->run->stack.count) {
        return fj_symbolic_push(m, FJ_EMPTY_TUPLE, 0);
    }
    fj_node *node = fj_symbolic_node(m, kind);
    if (node == NULL) {
        return -1;
    }
    node->confined = kind == FJ_TUPLE && are_for_reconstructor(m, first);
    return fj_symbolic_give_all(m, node, role, first) < 0
               ? -1
               : fj_symbolic_push(m, fj_node_value(node), 0);
}

int
fj_symbolic_tuple(fj_symbolic *m, size_t n)
{
    return fj_symbolic_check(m, n) < 0
               ? -1
               : collect(m, FJ_TUPLE, m->run->stack.count - n);
}

static int
check_pairs(fj_symbolic *m, size_t first)
{
    if ((m->run->stack.count - first) % 2 != 0) {
        fj_input_invalid(m->in, "odd number of items for a dict");
        return -1;
    }
    return 0;
}

int
fj_symbolic_collect(fj_symbolic *m, fj_kind kind)
{
    size_t first;
    if (fj_symbolic_pop_mark(m, &first) < 0 ||
        (kind == FJ_DICT && check_pairs(m, first) < 0)) {
        return -1;
    }
    return collect(m, kind, first);
}

/* Whether this opcode can add items to the node.  What was made by a call may
 * be any container. */
static bool
takes_items(const fj_node *node, fj_kind kind)
{
    return node != NULL && (node->kind == kind || node->kind == FJ_OBJECT ||
                            node->kind == FJ_UNKNOWN ||
                            (node->kind == FJ_FROZENSET && kind == FJ_SET));
}

/* APPEND and its like ask the object for its `append`, `extend` or `add`.  What
 * has attributes may have these, and what pickle writes gets them later. */
static int
call_attributes(fj_symbolic *m, const fj_entry *container)
{
    const fj_node *node = fj_as_node(container->value);
    const fj_block *block = node->kind == FJ_OBJECT ? node->first : NULL;
    while (block != NULL && block->role != FJ_STATE &&
           block->role != FJ_PAIRS) {
        block = block->next;
    }
    return block == NULL ? 0 : fj_symbolic_hand_over(m, container->value);
}

/* Moves the entries from `first` on into the container below them. */
static int
extend(fj_symbolic *m, fj_kind kind, size_t first)
{
    fj_symbolic_run *run = m->run;
    fj_entry *container = fj_entry_at(run, first - 1);
    fj_node *node = fj_as_node(container->value);
    container->nbytes += fj_opcode_nbytes(m);
    if (takes_items(node, kind)) {
        if ((kind == FJ_DICT ? fj_symbolic_set_items(m, node, first)
                             : call_attributes(m, container)) < 0) {
            return -1;
        }
        return fj_symbolic_give_all(
            m, node, kind == FJ_DICT ? FJ_PAIRS : FJ_ITEMS, first);
    }
    run->stack.count = first;
    return fj_symbolic_note(
        m, "something is added to an object that is not known to be a %s",
        kind == FJ_DICT  ? "dict"
        : kind == FJ_SET ? "set"
                         : "list");
}

int
fj_symbolic_append(fj_symbolic *m)
{
    return fj_symbolic_check(m, 2) < 0
               ? -1
               : extend(m, FJ_LIST, m->run->stack.count - 1);
}

int
fj_symbolic_setitem(fj_symbolic *m)
{
    return fj_symbolic_check(m, 3) < 0
               ? -1
               : extend(m, FJ_DICT, m->run->stack.count - 2);
}

int
fj_symbolic_extend(fj_symbolic *m, int op)
{
    size_t first;
    if (fj_symbolic_pop_mark(m, &first) < 0) {
        return -1;
    }
    if (first <= m->run->fence) {
        return fj_symbolic_check(m, m->run->stack.count + 1);
    }
    if (op == OP_SETITEMS) {
        return check_pairs(m, first) < 0 ? -1 : extend(m, FJ_DICT, first);
    }
    return extend(m, op == OP_APPENDS ? FJ_LIST : FJ_SET, first);
}
