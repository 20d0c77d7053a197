/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Attributes that a pickle sets.  Names like __class__ mean something to
 * Python itself, so that with them a harmless class can become another one.
 */
#include "pickle/symbolic_run.h"

static bool
is_special(const fj_text *text)
{
    return text->nbytes > 4 && memcmp(text->bytes, "__", 2) == 0 &&
           memcmp(text->bytes + text->nbytes - 2, "__", 2) == 0;
}

/* Notes the name if it is special, or may be. */
static int
set_attribute(fj_symbolic *m, fj_value name)
{
    const fj_text *text = fj_as_text(name);
    const fj_node *node = fj_as_node(name);
    if (node != NULL &&
        (node->kind == FJ_OBJECT || node->kind == FJ_UNKNOWN)) {
        return fj_symbolic_note(m, "the name of an attribute is computed");
    }
    if (text == NULL || !is_special(text)) {
        return 0;
    }
    PyObject *str = PyUnicode_DecodeUTF8(text->bytes, (Py_ssize_t)text->nbytes,
                                         "surrogatepass");
    int ret = str == NULL
                  ? -1
                  : fj_symbolic_note(m, "it sets the attribute %R", str);
    Py_XDECREF(str);
    return ret;
}

/* The same for the keys of a dict, or of an object that may be like one. */
static int
set_keys(fj_symbolic *m, fj_value dict)
{
    const fj_node *node = fj_as_node(dict);
    const fj_block *block =
        node == NULL || fj_is_string(node) ? NULL : node->first;
    for (; block != NULL; block = block->next) {
        size_t n = block->role == FJ_PAIRS ? block->n : 0;
        for (size_t i = 0; i < n; i += 2) {
            if (set_attribute(m, block->values[i]) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

static bool
is_of_module(const fj_node *node, const char *module_name)
{
    return node != NULL && node->kind == FJ_OBJECT && node->global != NULL &&
           PyUnicode_CompareWithASCIIString(node->global->module,
                                            module_name) == 0;
}

/* Takes the keys for names of attributes. */
static int
set_attributes(fj_symbolic *m, fj_value dict)
{
    const fj_node *node = fj_as_node(dict);
    bool is_mapping =
        is_of_module(node, "collections") || is_of_module(node, "builtins");
    if (is_mapping && node->first->values[1] != FJ_EMPTY_TUPLE &&
        fj_symbolic_note(m, "the names of attributes are computed") < 0) {
        return -1;
    }
    return set_keys(m, dict);
}

int
fj_symbolic_set_state(fj_symbolic *m, fj_value state)
{
    fj_value parts[2] = {state, FJ_NONE};
    if (fj_count_items(state) == 2) { // __dict__ and __slots__
        fj_copy_items(state, 2, parts);
    }
    return set_attributes(m, parts[0]) < 0 ? -1 : set_attributes(m, parts[1]);
}

int
fj_symbolic_set_items(fj_symbolic *m, const fj_node *object, size_t first)
{
    if (object->kind == FJ_DICT || is_of_module(object, "collections")) {
        return 0;
    }
    for (size_t i = first; i < m->run->stack.count; i += 2) {
        if (set_attribute(m, fj_entry_at(m->run, i)->value) < 0) {
            return -1;
        }
    }
    return 0;
}

int
fj_symbolic_take_keywords(fj_symbolic *m, const fj_node *object)
{
    const fj_block *call = object->first;
    if (call->n > 2 && set_attributes(m, call->values[2]) < 0) {
        return -1;
    }
    const fj_node *args = fj_as_node(call->values[1]);
    if (fj_count_items(call->values[1]) < 1 ||
        is_of_module(object, "collections")) {
        return 0;
    }
    for (const fj_block *block = args->first; block != NULL;
         block = block->next) {
        for (size_t i = 0; i < block->n; i++) {
            if (set_keys(m, block->values[i]) < 0) {
                return -1;
            }
        }
    }
    return 0;
}
