/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/symbolic.h"

#include "pickle/opcodes.h"
#include "pickle/symbolic_run.h"

int
fj_symbolic_init(fj_symbolic *m, fj_state *state, fj_input *in,
                 const fj_symbolic_hook *hook, PyObject *describe)
{
    *m = (fj_symbolic){
        .state = state,
        .in = in,
        .hook = hook,
        .describe = describe,
        .kept = PyList_New(0),
        .notes = PyList_New(0),
        .arrays = PyList_New(0),
    };
    in->tolerant = true;
    return m->kept == NULL || m->notes == NULL || m->arrays == NULL ? -1 : 0;
}

void
fj_symbolic_clear(fj_symbolic *m)
{
    fj_arena_clear(&m->arena);
    fj_arena_clear(&m->lasting_arena);
    Py_CLEAR(m->kept);
    Py_CLEAR(m->notes);
    Py_CLEAR(m->arrays);
}

static int
set_proto(fj_symbolic *m, unsigned char proto)
{
    if (proto > FJ_HIGHEST_PROTOCOL) {
        fj_input_invalid(m->in,
                         "unsupported pickle protocol: %d (up to %d can be "
                         "read)",
                         proto, FJ_HIGHEST_PROTOCOL);
        return -1;
    }
    m->run->proto = proto;
    return 0;
}

static int
pop(fj_symbolic *m)
{
    size_t first;
    if (fj_entries_above_fence(m->run, 1)) {
        m->run->stack.count--;
        return 0;
    }
    return fj_symbolic_pop_mark(m, &first);
}

static int
pop_mark(fj_symbolic *m)
{
    size_t first;
    if (fj_symbolic_pop_mark(m, &first) < 0) {
        return -1;
    }
    m->run->stack.count = first;
    return 0;
}

static int
duplicate(fj_symbolic *m)
{
    return fj_symbolic_check(m, 1) < 0
               ? -1
               : fj_symbolic_push(m, fj_top_entry(m->run)->value, 0);
}

static FJ_NOINLINE int
refuse(fj_symbolic *m, int op)
{
    m->in->pos--; // for the position in the message
    fj_input_invalid(m->in, "expected a pickle opcode, found byte 0x%x", op);
    return -1;
}

/* Executes one opcode that takes an operand of `n` bytes. */
static FJ_ALWAYS_INLINE int
run_with_operand(fj_symbolic *m, int op, size_t n)
{
    const char *data = fj_input_take(m->in, n);
    if (data == NULL) {
        return -1;
    }
    switch (op) {
    case OP_BININT1:
        return fj_symbolic_int(m, (unsigned char)data[0]);
    case OP_BININT2:
        return fj_symbolic_int(m, fj_load_le16(data));
    case OP_BININT:
        return fj_symbolic_int(m, (int32_t)fj_load_le32(data));
    case OP_BINFLOAT:
        return fj_symbolic_push(m, FJ_FLOAT, 0);
    case OP_BINGET:
        return fj_symbolic_get(m, (unsigned char)data[0]);
    case OP_LONG_BINGET:
        return fj_symbolic_get(m, fj_load_le32(data));
    case OP_BINPUT:
        return fj_symbolic_put(m, (unsigned char)data[0]);
    case OP_LONG_BINPUT:
        return fj_symbolic_put(m, fj_load_le32(data));
    case OP_SHORT_BINUNICODE:
        return fj_symbolic_str(m, (unsigned char)data[0]);
    case OP_BINUNICODE:
        return fj_symbolic_str(m, fj_load_le32(data));
    case OP_BINUNICODE8:
        return fj_symbolic_str(m, fj_load_le64(data));
    case OP_SHORT_BINBYTES:
        return fj_symbolic_bytes(m, FJ_BYTES, (unsigned char)data[0]);
    case OP_BINBYTES:
        return fj_symbolic_bytes(m, FJ_BYTES, fj_load_le32(data));
    case OP_BINBYTES8:
        return fj_symbolic_bytes(m, FJ_BYTES, fj_load_le64(data));
    case OP_BYTEARRAY8:
        return fj_symbolic_bytes(m, FJ_BYTEARRAY, fj_load_le64(data));
    case OP_PROTO:
        return set_proto(m, (unsigned char)data[0]);
    case OP_FRAME:
        return fj_input_begin_frame(m->in, fj_load_le64(data));
    default:
        Py_UNREACHABLE();
    }
}

static int
run_opcode(fj_symbolic *m, int op)
{
    switch (op) {
    case OP_MEMOIZE:
        return fj_symbolic_put(m, m->run->memo_count);
    case OP_MARK:
        return fj_symbolic_mark(m);
    case OP_BININT1:
    case OP_BINGET:
    case OP_BINPUT:
    case OP_SHORT_BINUNICODE:
    case OP_SHORT_BINBYTES:
    case OP_PROTO:
        return run_with_operand(m, op, 1);
    case OP_BININT2:
        return run_with_operand(m, op, 2);
    case OP_BININT:
    case OP_LONG_BINGET:
    case OP_LONG_BINPUT:
    case OP_BINUNICODE:
    case OP_BINBYTES:
        return run_with_operand(m, op, 4);
    case OP_BINFLOAT:
    case OP_BINUNICODE8:
    case OP_BINBYTES8:
    case OP_BYTEARRAY8:
    case OP_FRAME:
        return run_with_operand(m, op, 8);
    case OP_NONE:
        return fj_symbolic_push(m, FJ_NONE, 0);
    case OP_NEWTRUE:
        return fj_symbolic_push(m, FJ_TRUE, 0);
    case OP_NEWFALSE:
        return fj_symbolic_push(m, FJ_FALSE, 0);
    case OP_EMPTY_TUPLE:
        return fj_symbolic_push(m, FJ_EMPTY_TUPLE, 0);
    case OP_EMPTY_LIST:
        return fj_symbolic_push_node(m, FJ_LIST);
    case OP_EMPTY_DICT:
        return fj_symbolic_push_node(m, FJ_DICT);
    case OP_EMPTY_SET:
        return fj_symbolic_push_node(m, FJ_SET);
    case OP_TUPLE1:
        return fj_symbolic_tuple(m, 1);
    case OP_TUPLE2:
        return fj_symbolic_tuple(m, 2);
    case OP_TUPLE3:
        return fj_symbolic_tuple(m, 3);
    case OP_TUPLE:
        return fj_symbolic_collect(m, FJ_TUPLE);
    case OP_LIST:
        return fj_symbolic_collect(m, FJ_LIST);
    case OP_DICT:
        return fj_symbolic_collect(m, FJ_DICT);
    case OP_FROZENSET:
        return fj_symbolic_collect(m, FJ_FROZENSET);
    case OP_APPEND:
        return fj_symbolic_append(m);
    case OP_SETITEM:
        return fj_symbolic_setitem(m);
    case OP_APPENDS:
    case OP_SETITEMS:
    case OP_ADDITEMS:
        return fj_symbolic_extend(m, op);
    case OP_NEWOBJ:
        return fj_symbolic_newobj(m, false);
    case OP_NEWOBJ_EX:
        return fj_symbolic_newobj(m, true);
    case OP_REDUCE:
        return fj_symbolic_reduce(m);
    case OP_BUILD:
        return fj_symbolic_build(m);
    case OP_INST:
        return fj_symbolic_inst(m);
    case OP_OBJ:
        return fj_symbolic_obj(m);
    case OP_GLOBAL:
        return fj_symbolic_load_global(m);
    case OP_STACK_GLOBAL:
        return fj_symbolic_stack_global(m);
    case OP_EXT1:
        return fj_symbolic_extension(m, 1);
    case OP_EXT2:
        return fj_symbolic_extension(m, 2);
    case OP_EXT4:
        return fj_symbolic_extension(m, 4);
    case OP_POP:
        return pop(m);
    case OP_POP_MARK:
        return pop_mark(m);
    case OP_DUP:
        return duplicate(m);
    case OP_INT:
    case OP_LONG:
    case OP_FLOAT:
    case OP_STRING:
    case OP_UNICODE:
    case OP_GET:
    case OP_PUT:
        return fj_symbolic_line(m, op);
    case OP_LONG1:
        return fj_symbolic_long(m, 1);
    case OP_LONG4:
        return fj_symbolic_long(m, 4);
    case OP_SHORT_BINSTRING:
        return fj_symbolic_python2_str(m, 1);
    case OP_BINSTRING:
        return fj_symbolic_python2_str(m, 4);
    case OP_PERSID:
        return fj_symbolic_persistent(m, true);
    case OP_BINPERSID:
        return fj_symbolic_persistent(m, false);
    case OP_NEXT_BUFFER:
        return fj_symbolic_next_buffer(m);
    case OP_READONLY_BUFFER:
        return fj_symbolic_check(m, 1);
    default:
        return refuse(m, op);
    }
}

/* The machine has gone on as the most tolerant reader does, to see what that
 * one would run; what `load` refuses is an error nevertheless. */
static int
check_oddity(fj_input *in)
{
    if (in->oddity != NULL) {
        fj_input_invalid(in, "%s", in->oddity);
        return -1;
    }
    return 0;
}

static int
run_to_stop(fj_symbolic *m)
{
    fj_input *in = m->in;
    for (;;) {
        m->run->op_start = fj_input_position(in);
        if (fj_input_need(in, 1) < 0) {
            return -1;
        }
        int op = (unsigned char)*in->pos++;
        if (FJ_UNLIKELY(op == OP_STOP)) {
            return fj_symbolic_check(m, 1) < 0 ? -1 : check_oddity(in);
        }
        if (FJ_UNLIKELY(run_opcode(m, op) < 0)) {
            return -1;
        }
    }
}

/* Where a pickle ends too early, the entries from `first` on go where its next
 * opcodes would probably have put them: into the container below, else into a
 * tuple. */
static int
close_up_from(fj_symbolic *m, size_t first, bool marked)
{
    fj_symbolic_run *run = m->run;
    size_t n = run->stack.count - first;
    fj_node *below =
        first == 0 ? NULL : fj_as_node(fj_entry_at(run, first - 1)->value);
    fj_kind kind = below == NULL ? FJ_TUPLE : (fj_kind)below->kind;
    if (kind == FJ_DICT) {
        run->stack.count -= n % 2; // a key without its value
        return fj_symbolic_give_all(m, below, FJ_PAIRS, first);
    }
    if (kind == FJ_LIST || kind == FJ_SET || (kind == FJ_OBJECT && marked)) {
        return fj_symbolic_give_all(m, below, FJ_ITEMS, first);
    }
    if (kind == FJ_OBJECT) {
        return fj_symbolic_give_all(m, below, FJ_STATE, first);
    }
    fj_node *tuple = fj_symbolic_node(m, FJ_TUPLE);
    return tuple == NULL ||
                   fj_symbolic_give_all(m, tuple, FJ_ITEMS,
                                        marked ? first : first - 1) < 0
               ? -1
               : fj_symbolic_push(m, fj_node_value(tuple), 0);
}

static int
close_up(fj_symbolic *m)
{
    fj_symbolic_run *run = m->run;
    run->op_start = fj_input_position(m->in);
    while (run->marks.count > 0 || run->stack.count > 1) {
        size_t first = run->stack.count - 1;
        bool marked = run->marks.count > 0;
        if (marked && fj_symbolic_pop_mark(m, &first) < 0) {
            return -1;
        }
        if (first < run->stack.count && close_up_from(m, first, marked) < 0) {
            return -1;
        }
    }
    return 0;
}

/* A new node of the kind FJ_PICKLE that has what is on top of the stack. */
static fj_node *
make_root(fj_symbolic *m)
{
    fj_node *root = fj_symbolic_node(m, FJ_PICKLE);
    if (root != NULL && m->run->stack.count > 0) {
        fj_block *block = fj_symbolic_block(m, root, FJ_INNER, 1);
        if (block == NULL) {
            return NULL;
        }
        const fj_entry *top = fj_top_entry(m->run);
        block->values[0] = top->value;
        root->confined = true; // it cannot be used
        if (fj_symbolic_give(m, root, top) < 0) {
            return NULL;
        }
    }
    return root;
}

/* The same for a run that has failed, whose exception stays set unless there
 * is no memory. */
static fj_node *
save_root(fj_symbolic *m)
{
    PyObject *type, *value, *traceback;
    if (PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return NULL;
    }
    PyErr_Fetch(&type, &value, &traceback);
    m->run->failed = true;
    fj_node *root = close_up(m) < 0 ? NULL : make_root(m);
    if (root == NULL) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return NULL;
    }
    PyErr_Restore(type, value, traceback);
    return root;
}

static int
run_pickle(fj_symbolic *m, fj_node **root_ret)
{
    fj_symbolic_run run = {
        .outer = m->run,
        .stack.item_nbytes = sizeof(fj_entry),
        .marks.item_nbytes = sizeof(size_t),
        .memo.item_nbytes = sizeof(fj_value),
        .handed_over.item_nbytes = sizeof(fj_node *),
    };
    uint64_t start = fj_input_position(m->in);
    m->run = &run;
    int ret = run_to_stop(m);
    *root_ret = ret < 0 ? save_root(m) : make_root(m);
    if (*root_ret == NULL) {
        ret = -1;
    }
    else {
        (*root_ret)->total = fj_input_position(m->in) - start;
    }
    m->proto = run.proto;
    m->run = run.outer;
    fj_segments_clear(&run.stack);
    fj_segments_clear(&run.marks);
    fj_segments_clear(&run.memo);
    fj_segments_clear(&run.handed_over);
    return ret;
}

int
fj_symbolic_read(fj_symbolic *m)
{
    return run_pickle(m, &m->root);
}

int
fj_symbolic_read_nested(fj_symbolic *m, fj_node **root_ret)
{
    int proto = m->proto;
    m->nested = true;
    int ret = run_pickle(m, root_ret);
    m->nested = false;
    m->proto = proto;
    if (*root_ret != NULL) {
        m->run->op_start += (*root_ret)->total; // they are not the opcode's
    }
    return ret;
}
