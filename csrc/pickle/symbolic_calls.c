/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Opcodes with which the unpickler runs code: here each leaves an object that
 * keeps what was called, and with what.
 */
#include "pickle/operands.h"
#include "pickle/symbolic_run.h"

/* A new object, made by `func`, which is noted as called or as instantiated.
 * Its first block gets room for `n` values, of which the first is set. */
static fj_node *
make_object(fj_symbolic *m, const fj_entry *func, size_t n, bool by_call)
{
    fj_node *object = fj_symbolic_node(m, FJ_OBJECT);
    fj_block *block =
        object == NULL ? NULL : fj_symbolic_block(m, object, FJ_CALL, n);
    if (block == NULL) {
        return NULL;
    }
    block->values[0] = func->value;
    fj_global *global = fj_as_global(func->value);
    if (global == NULL) {
        return fj_symbolic_give(m, object, func) < 0 ||
                       fj_symbolic_note(m, "it calls what an earlier call "
                                           "has returned") < 0
                   ? NULL
                   : object;
    }
    object->nbytes += func->nbytes;
    object->global = global;
    object->confined = global->confined;
    global->count += fj_tag_of(func->value) == FJ_GLOBAL_AGAIN;
    global->called |= by_call;
    global->instantiated |= !by_call;
    return object;
}

static int
give_argument(fj_symbolic *m, fj_node *object, size_t i, const fj_entry *entry)
{
    object->first->values[i] = entry->value;
    return fj_symbolic_give(m, object, entry);
}

static int
push_object(fj_symbolic *m, fj_node *object)
{
    const fj_global *global = object->global;
    if (fj_symbolic_hand_over_arguments(m, object) < 0 ||
        fj_symbolic_take_keywords(m, object) < 0) {
        return -1;
    }
    if (global != NULL && global->known != 0 &&
        m->hook->call(m, object, object->first->values[1]) < 0) {
        return -1;
    }
    return fj_symbolic_push(m, fj_node_value(object), 0);
}

/* copyreg._reconstructor(class, base, state): the object is one of the
 * class. */
static int
reconstruct(fj_symbolic *m, fj_node *object, fj_value args)
{
    fj_value cls;
    fj_global *global = NULL;
    if (fj_count_items(args) > 0) {
        fj_copy_items(args, 1, &cls);
        global = fj_as_global(cls);
    }
    object->global = global;
    if (global == NULL) {
        return fj_symbolic_note(m, "copyreg._reconstructor is called for "
                                   "something that is no class of the file");
    }
    object->confined = global->confined;
    global->instantiated = true;
    global->strays = true; // it gets no function
    return 0;
}

static bool
is_number(fj_value value)
{
    return fj_tag_of(value) == FJ_INT ||
           (fj_tag_of(value) == FJ_CONSTANT && value != FJ_EMPTY_TUPLE);
}

int
fj_symbolic_reduce(fj_symbolic *m)
{
    fj_symbolic_run *run = m->run;
    if (fj_symbolic_check(m, 2) < 0) {
        return -1;
    }
    fj_entry args = *fj_top_entry(run);
    fj_entry func = *fj_entry_at(run, run->stack.count - 2);
    run->stack.count -= 2;
    fj_value method;
    int is_method =
        fj_symbolic_zone_method(m, func.value, args.value, &method);
    if (is_method != 0) {
        return is_method < 0
                   ? -1
                   : fj_symbolic_push(m, method, func.nbytes + args.nbytes);
    }
    fj_node *object = make_object(m, &func, 2, true);
    if (object == NULL) {
        return -1;
    }
    if (fj_count_items(args.value) < 0 &&
        fj_symbolic_note(m, is_number(args.value)
                                ? "a call has no arguments, but a number"
                                : "the arguments of a call are computed") <
            0) {
        return -1;
    }
    if (object->global != NULL && object->global->reconstructs &&
        reconstruct(m, object, args.value) < 0) {
        return -1;
    }
    return give_argument(m, object, 1, &args) < 0 ? -1
                                                  : push_object(m, object);
}

/* Whether it may be an object of that kind when the file is loaded. */
static bool
may_be(fj_value value, fj_kind kind)
{
    const fj_node *node = fj_as_node(value);
    return fj_as_global(value) != NULL ||
           (kind == FJ_TUPLE && value == FJ_EMPTY_TUPLE) ||
           (node != NULL && (node->kind == kind || node->kind == FJ_OBJECT ||
                             node->kind == FJ_UNKNOWN));
}

int
fj_symbolic_newobj(fj_symbolic *m, bool has_keywords)
{
    fj_symbolic_run *run = m->run;
    size_t n = has_keywords ? 3 : 2;
    fj_entry entries[3];
    if (fj_symbolic_check(m, n) < 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        entries[i] = *fj_entry_at(run, run->stack.count - n + i);
    }
    run->stack.count -= n;
    if (!may_be(entries[0].value, FJ_OBJECT)) {
        fj_input_invalid(m->in, "NEWOBJ class argument must be a type with a "
                                "__new__");
        return -1;
    }
    if (!may_be(entries[1].value, FJ_TUPLE) ||
        (has_keywords && !may_be(entries[2].value, FJ_DICT))) {
        fj_input_invalid(m->in, "NEWOBJ arguments must be a tuple and a dict");
        return -1;
    }
    fj_node *object = make_object(m, &entries[0], n, false);
    for (size_t i = 1; object != NULL && i < n; i++) {
        if (give_argument(m, object, i, &entries[i]) < 0) {
            return -1;
        }
    }
    return object == NULL ? -1 : push_object(m, object);
}

/* INST and OBJ: the arguments are the entries from `first` on. */
static int
instantiate(fj_symbolic *m, const fj_entry *cls, size_t first)
{
    bool has_arguments = first < m->run->stack.count;
    fj_node *object = make_object(m, cls, 2, has_arguments);
    if (object == NULL) {
        return -1;
    }
    object->first->values[1] = FJ_EMPTY_TUPLE;
    if (has_arguments) {
        fj_node *args = fj_symbolic_node(m, FJ_TUPLE);
        if (args == NULL ||
            fj_symbolic_give_all(m, args, FJ_ITEMS, first) < 0) {
            return -1;
        }
        object->first->values[1] = fj_node_value(args);
    }
    m->run->stack.count = first;
    return push_object(m, object);
}

int
fj_symbolic_inst(fj_symbolic *m)
{
    size_t first;
    fj_entry cls = {0};
    return fj_symbolic_global(m, &cls.value) < 0 ||
                   fj_symbolic_pop_mark(m, &first) < 0
               ? -1
               : instantiate(m, &cls, first);
}

int
fj_symbolic_obj(fj_symbolic *m)
{
    size_t first;
    if (fj_symbolic_pop_mark(m, &first) < 0) {
        return -1;
    }
    if (first == m->run->stack.count) {
        return fj_symbolic_check(m, m->run->stack.count + 1);
    }
    fj_entry cls = *fj_entry_at(m->run, first);
    if (instantiate(m, &cls, first + 1) < 0) {
        return -1;
    }
    /* The object takes the place of the class. */
    fj_entry *top = fj_top_entry(m->run);
    *fj_entry_at(m->run, first) = *top;
    m->run->stack.count--;
    return 0;
}

static int
build(fj_symbolic *m, fj_entry *target, const fj_entry *state)
{
    fj_node *node = fj_as_node(target->value);
    const fj_global *global = fj_as_global(target->value);
    if (global != NULL) {
        return fj_symbolic_note(m, "it sets the state of the global %U",
                                global->label);
    }
    if (node == NULL ||
        (node->kind != FJ_OBJECT && node->kind != FJ_UNKNOWN)) {
        return fj_symbolic_note(
            m, "it sets the state of an object that has none");
    }
    fj_block *block = fj_symbolic_block(m, node, FJ_STATE, 1);
    if (block == NULL) {
        return -1;
    }
    block->values[0] = state->value;
    bool known = node->kind == FJ_OBJECT && node->global != NULL &&
                 node->global->known != 0;
    int ret = fj_symbolic_set_state(m, state->value);
    if (node->kind == FJ_OBJECT && node->global != NULL &&
        node->global->is_partial && !fj_symbolic_partial_state(state->value)) {
        node->global->strays = true;
    }
    if (ret == 0) {
        ret = fj_symbolic_give(m, node, state);
    }
    if (ret == 0 && known) {
        ret = m->hook->build(m, &node, state->value);
    }
    if (node != fj_as_node(target->value)) { // another one in its place
        fj_node *before = fj_as_node(target->value);
        before->nbytes += target->nbytes;
        *target = (fj_entry){fj_node_value(node), 0};
    }
    return ret;
}

int
fj_symbolic_build(fj_symbolic *m)
{
    if (fj_symbolic_check(m, 2) < 0) {
        return -1;
    }
    fj_entry state = *fj_top_entry(m->run);
    m->run->stack.count--;
    fj_entry *target = fj_top_entry(m->run);
    if (build(m, target, &state) < 0) {
        return -1;
    }
    target->nbytes += fj_opcode_nbytes(m);
    return 0;
}

int
fj_symbolic_persistent(fj_symbolic *m, bool is_line)
{
    if (is_line) {
        PyObject *id = fj_operand_persistent_id(m->in);
        if (id == NULL) {
            return -1;
        }
        Py_DECREF(id);
        return fj_symbolic_note(m, "it has persistent ids, which only its own "
                                   "reader understands") < 0
                   ? -1
                   : fj_symbolic_push_node(m, FJ_UNKNOWN);
    }
    if (fj_symbolic_check(m, 1) < 0) {
        return -1;
    }
    fj_node *node = fj_symbolic_node(m, FJ_UNKNOWN);
    if (node == NULL ||
        fj_symbolic_note(m, "it has persistent ids, which only its own "
                            "reader understands") < 0) {
        return -1;
    }
    return fj_symbolic_give_all(m, node, FJ_ITEMS, m->run->stack.count - 1) < 0
               ? -1
               : fj_symbolic_push(m, fj_node_value(node), 0);
}

int
fj_symbolic_next_buffer(fj_symbolic *m)
{
    return fj_symbolic_note(m, "it refers to buffers that are not in the "
                               "file") < 0
               ? -1
               : fj_symbolic_push_node(m, FJ_UNKNOWN);
}
