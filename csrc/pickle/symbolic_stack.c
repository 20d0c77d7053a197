/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The symbolic machine's stack, memo and nodes.
 */
#include "pickle/symbolic_run.h"

/* Lower indices always go into the array; as in load_memo.c. */
enum { SMALL_MEMO = 64 };

int
fj_symbolic_push(fj_symbolic *m, fj_value value, uint64_t nbytes)
{
    fj_entry *entry = fj_segments_add(&m->run->stack);
    if (entry == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    entry->value = value;
    entry->nbytes = nbytes + fj_opcode_nbytes(m);
    return 0;
}

fj_node *
fj_symbolic_node(fj_symbolic *m, fj_kind kind)
{
    fj_node *node = fj_arena_take(&m->arena, sizeof *node);
    if (node == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    memset(node, 0, sizeof *node);
    node->kind = (uint8_t)kind;
    return node;
}

int
fj_symbolic_push_node(fj_symbolic *m, fj_kind kind)
{
    fj_node *node = fj_symbolic_node(m, kind);
    return node == NULL ? -1 : fj_symbolic_push(m, fj_node_value(node), 0);
}

fj_block *
fj_symbolic_block(fj_symbolic *m, fj_node *node, fj_role role, size_t n)
{
    fj_block *block =
        fj_arena_take(&m->arena, sizeof *block + n * sizeof block->values[0]);
    if (block == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    fj_block *last = node->last;
    block->next = NULL;
    block->role = (uint16_t)role;
    block->n = (uint16_t)n;
    block->items_before = 0;
    if (last == NULL) {
        node->first = block;
    }
    else {
        last->next = block;
        block->items_before =
            last->items_before + (last->role == FJ_ITEMS ? last->n : 0);
    }
    node->last = block;
    return block;
}

int
fj_symbolic_check(fj_symbolic *m, size_t n)
{
    if (fj_entries_above_fence(m->run, n)) {
        return 0;
    }
    fj_input_invalid(m->in, m->run->marks.count > 0
                                ? "unexpected MARK found"
                                : "unpickling stack underflow");
    return -1;
}

int
fj_symbolic_mark(fj_symbolic *m)
{
    fj_symbolic_run *run = m->run;
    size_t *mark = fj_segments_add(&run->marks);
    if (mark == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    *mark = run->fence = run->stack.count;
    return 0;
}

int
fj_symbolic_pop_mark(fj_symbolic *m, size_t *first_ret)
{
    fj_segments *marks = &m->run->marks;
    if (marks->count == 0) {
        fj_input_invalid(m->in, "could not find MARK");
        return -1;
    }
    *first_ret = m->run->fence;
    marks->count--;
    m->run->fence = marks->count == 0
                        ? 0
                        : *(size_t *)fj_segments_at(marks, marks->count - 1);
    return 0;
}

/* What a value is when it comes from the memo. */
static fj_value
again(fj_value value)
{
    fj_tag tag = fj_tag_of(value);
    return tag == FJ_NODE || tag == FJ_GLOBAL ? value + 1 : value;
}

static int
put_sparse(fj_symbolic *m, uint64_t index, fj_value value)
{
    fj_trie *entry = fj_trie_find(&m->run->sparse_memo, index, &m->arena);
    if (entry == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    m->run->memo_count += entry->value == 0;
    entry->value = value;
    return 0;
}

int
fj_symbolic_put(fj_symbolic *m, uint64_t index)
{
    fj_symbolic_run *run = m->run;
    if (fj_symbolic_check(m, 1) < 0) {
        return -1;
    }
    fj_entry *top = fj_top_entry(run);
    top->nbytes += fj_opcode_nbytes(m);
    if (index >= run->memo.count &&
        index > 2 * (uint64_t)run->memo_count + SMALL_MEMO) {
        return put_sparse(m, index, again(top->value));
    }
    while (index >= run->memo.count) {
        fj_value *slot = fj_segments_add(&run->memo);
        if (slot == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        *slot = 0;
    }
    fj_value *slot = fj_segments_at(&run->memo, index);
    run->memo_count += *slot == 0;
    *slot = again(top->value);
    return 0;
}

int
fj_symbolic_get(fj_symbolic *m, uint64_t index)
{
    fj_symbolic_run *run = m->run;
    fj_value value = 0;
    if (index < run->memo.count) {
        value = *(fj_value *)fj_segments_at(&run->memo, index);
    }
    if (value == 0) {
        const fj_trie *entry = fj_trie_find(&run->sparse_memo, index, NULL);
        value = entry == NULL ? 0 : entry->value;
    }
    if (value == 0) {
        fj_input_invalid(m->in, "Memo value not found at index %llu",
                         (unsigned long long)index);
        return -1;
    }
    return fj_symbolic_push(m, value, 0);
}

/* Notes that something is where the machine cannot follow it. */
static int
note_confined(fj_symbolic *m)
{
    return fj_symbolic_note(
        m, "joblib's array wrapper is used as an ordinary object, so that "
           "what follows may be read in another way when it is loaded");
}

int
fj_symbolic_give(fj_symbolic *m, fj_node *owner, const fj_entry *entry)
{
    fj_node *node = fj_as_node(entry->value);
    fj_global *global = fj_as_global(entry->value);
    if (fj_tag_of(entry->value) == FJ_NODE) {
        node->nbytes += entry->nbytes;
    }
    else {
        owner->nbytes += entry->nbytes;
    }
    if (global != NULL) {
        global->stored = true;
    }
    if (owner->handed_over && fj_symbolic_hand_over(m, entry->value) < 0) {
        return -1;
    }
    bool confined = (node != NULL && node->confined) ||
                    (global != NULL && global->confined);
    return confined && !owner->confined && !m->run->failed ? note_confined(m)
                                                           : 0;
}

int
fj_symbolic_give_all(fj_symbolic *m, fj_node *owner, fj_role role,
                     size_t first)
{
    fj_segments *stack = &m->run->stack;
    for (size_t i = first; i < stack->count;) {
        size_t n = stack->count - i;
        if (n > FJ_BLOCK_VALUES) {
            n = FJ_BLOCK_VALUES;
        }
        fj_block *block = fj_symbolic_block(m, owner, role, n);
        if (block == NULL) {
            return -1;
        }
        for (size_t k = 0; k < n; k++) {
            const fj_entry *entry = fj_entry_at(m->run, i + k);
            block->values[k] = entry->value;
            if (fj_symbolic_give(m, owner, entry) < 0) {
                return -1;
            }
        }
        i += n;
    }
    stack->count = first;
    return 0;
}
