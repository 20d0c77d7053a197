/* SPDX-License-Identifier: BSD-3-Clause
 *
 * functools.partial, which calls what it is given.  Models of scikit-learn hold
 * partials of one function, which only looks at an array; a partial of
 * anything else makes the global one that strays.
 */
#include "pickle/symbolic_run.h"

static bool
is_harmless(fj_value func)
{
    const fj_global *global = fj_as_global(func);
    return global != NULL &&
           PyUnicode_CompareWithASCIIString(
               global->label, "sklearn.utils.validation.check_array") == 0;
}

bool
fj_symbolic_partial_call(const fj_node *object)
{
    const fj_block *call = object->first;
    fj_value func;
    if (call->n != 2 || fj_count_items(call->values[1]) != 1) {
        return false;
    }
    fj_copy_items(call->values[1], 1, &func);
    return is_harmless(func);
}

bool
fj_symbolic_partial_state(fj_value state)
{
    fj_value parts[4]; // function, arguments, keywords, attributes
    if (fj_count_items(state) != 4) {
        return false;
    }
    fj_copy_items(state, 4, parts);
    return is_harmless(parts[0]) && parts[1] == FJ_EMPTY_TUPLE &&
           (parts[2] == FJ_NONE || fj_as_kind(parts[2], FJ_DICT) != NULL) &&
           (parts[3] == FJ_NONE || fj_as_kind(parts[3], FJ_DICT) != NULL);
}
