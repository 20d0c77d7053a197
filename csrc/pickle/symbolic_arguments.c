/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What calls are given.  A call may call all of it in turn, at once or later,
 * and so may the object that it returns.
 */
#include "pickle/symbolic_run.h"

static int
hand_over(fj_symbolic *m, fj_value value)
{
    fj_global *global = fj_as_global(value);
    fj_node *node = fj_as_node(value);
    if (global != NULL && !global->confined) {
        global->called = true;
        global->strays = true;
    }
    if (node == NULL || node->handed_over || fj_is_string(node) ||
        (node->confined && node->kind != FJ_PICKLE)) {
        return 0;
    }
    node->handed_over = true;
    fj_node **slot = fj_segments_add(&m->run->handed_over);
    if (slot == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    *slot = node;
    return 0;
}

int
fj_symbolic_hand_over(fj_symbolic *m, fj_value value)
{
    fj_segments *left = &m->run->handed_over;
    int ret = hand_over(m, value);
    while (ret == 0 && left->count > 0) {
        left->count--;
        const fj_node *node = *(fj_node **)fj_segments_at(left, left->count);
        for (const fj_block *block = node->first; block != NULL;
             block = block->next) {
            /* What an earlier call was given has been seen then. */
            size_t n = block->role == FJ_CALL ? 0 : block->n;
            for (size_t i = 0; ret == 0 && i < n; i++) {
                ret = hand_over(m, block->values[i]);
            }
        }
    }
    return ret;
}

int
fj_symbolic_hand_over_arguments(fj_symbolic *m, const fj_node *object)
{
    const fj_block *call = object->first;
    fj_global *func = fj_as_global(call->values[0]);
    if (func != NULL && func->known != 0 &&
        !m->hook->calls_arguments(func->known)) {
        return 0;
    }
    if (func != NULL && func->is_partial) {
        if (fj_symbolic_partial_call(object)) {
            return 0;
        }
        func->strays = true;
    }
    for (size_t i = 1; i < call->n; i++) {
        if (fj_symbolic_hand_over(m, call->values[i]) < 0) {
            return -1;
        }
    }
    return 0;
}
