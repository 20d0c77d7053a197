/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/symbols.h"

int64_t
fj_count_items(fj_value sequence)
{
    const fj_node *node = fj_as_node(sequence);
    if (sequence == FJ_EMPTY_TUPLE) {
        return 0;
    }
    if (node == NULL || (node->kind != FJ_TUPLE && node->kind != FJ_LIST)) {
        return -1;
    }
    const fj_block *last = node->last;
    return last == NULL ? 0 : (int64_t)last->items_before + last->n;
}

void
fj_copy_items(fj_value sequence, size_t n, fj_value *items)
{
    const fj_node *node = fj_as_node(sequence);
    const fj_block *block = node == NULL ? NULL : node->first;
    for (size_t i = 0; i < n; block = block->next) {
        for (size_t k = 0; i < n && k < block->n; k++) {
            items[i++] = block->values[k];
        }
    }
}

bool
fj_find_item(const fj_node *dict, const char *key, fj_value *value_ret)
{
    bool found = false;
    for (const fj_block *block = dict->first; block != NULL;
         block = block->next) {
        for (size_t i = 0; i < block->n; i += 2) {
            if (fj_text_is(block->values[i], key)) {
                *value_ret = block->values[i + 1]; // the last one counts
                found = true;
            }
        }
    }
    return found;
}
