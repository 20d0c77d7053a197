/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/unpickler.h"

#include "pickle/load.h"
#include "pickle/opcodes.h"
#include "pickle/policy.h"
#include "py/errors.h"

enum {
    INITIAL_STACK = 64,
    INITIAL_MEMO = 64,
};

int
fj_unpickler_init(fj_unpickler *u, fj_state *state, fj_input *in,
                  PyObject *globals)
{
    memset(u, 0, sizeof *u);
    u->state = state;
    u->in = in;
    u->fix_imports = true;
    u->globals = Py_XNewRef(globals);
    u->stack = PyMem_Malloc(INITIAL_STACK * sizeof *u->stack);
    u->stack_capacity = INITIAL_STACK;
    u->memo = PyMem_Calloc(INITIAL_MEMO, sizeof *u->memo);
    u->memo_capacity = u->memo == NULL ? 0 : INITIAL_MEMO;
    if (u->stack == NULL || u->memo == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

void
fj_pause_gc(fj_unpickler *u)
{
    if (u->gc_paused) {
        return;
    }
    u->gc_paused = true;
    if (u->state->gc_pauses++ == 0) {
        u->state->gc_was_enabled = PyGC_Disable();
    }
}

void
fj_resume_gc(fj_unpickler *u)
{
    if (!u->gc_paused) {
        return;
    }
    u->gc_paused = false;
    if (--u->state->gc_pauses == 0 && u->state->gc_was_enabled) {
        PyGC_Enable();
    }
}

/* For fewer objects than this, making the caches takes longer than it
 * saves. */
enum { WORTH_CACHES = 32 };

fj_load_caches *
fj_make_caches(fj_unpickler *u)
{
    if (u->memo_count >= u->memo_before + WORTH_CACHES) {
        u->caches = PyMem_Calloc(1, sizeof *u->caches);
    }
    return u->caches; // the load goes on without caches
}

static void
clear_caches(fj_unpickler *u)
{
    fj_load_caches *caches = u->caches;
    if (caches == NULL) {
        return;
    }
    u->caches = NULL;
    for (int i = 0; i < FJ_TYPE_CACHE; i++) {
        Py_XDECREF(caches->types[i].type);
    }
    for (int i = 0; i < FJ_NAME_CACHE; i++) {
        Py_XDECREF(caches->names[i].name);
        Py_XDECREF(caches->names[i].interned);
    }
    for (int i = 0; i < FJ_KEY_CACHE; i++) {
        Py_XDECREF(caches->keys[i]);
    }
    PyMem_Free(caches);
}

void
fj_unpickler_rest(fj_unpickler *u)
{
    if (u->stack != NULL) {
        fj_drop_items(u, 0);
    }
    u->nmarks = 0;
    u->fence = 0;
    Py_CLEAR(u->globals);
    clear_caches(u);
    fj_resume_gc(u);
}

void
fj_unpickler_clear(fj_unpickler *u)
{
    /* As fj_decref_in_error(). */
    PyObject *error = PyErr_Occurred() ? fj_take_exception() : NULL;
    fj_unpickler_rest(u);
    fj_unpickler_clear_memo(u);
    if (error != NULL) {
        fj_restore_exception_steal(error);
    }
    PyMem_Free(u->stack);
    PyMem_Free(u->marks);
    u->stack = NULL;
    u->marks = NULL;
}

size_t
fj_unpickler_nbytes(const fj_unpickler *u)
{
    return (u->stack_capacity + u->memo_capacity) * sizeof(PyObject *) +
           u->marks_capacity * sizeof *u->marks;
}

/* POP pops the last MARK if there is nothing above it. */
static int
load_pop(fj_unpickler *u)
{
    size_t first;
    if (fj_has_items(u, 1)) {
        fj_drop_items(u, u->nstack - 1);
        return 0;
    }
    return fj_pop_mark(u, &first);
}

static int
load_pop_mark(fj_unpickler *u)
{
    size_t first;
    if (fj_pop_mark(u, &first) < 0) {
        return -1;
    }
    fj_drop_items(u, first);
    return 0;
}

static int
load_dup(fj_unpickler *u)
{
    if (!fj_has_items(u, 1)) {
        return fj_underflow(u);
    }
    return fj_push_steal(u, Py_NewRef(u->stack[u->nstack - 1]));
}

/* MEMOIZE, with a fast path if the next index is free and in the array. */
static inline int
memoize(fj_unpickler *u)
{
    size_t index = u->memo_count;
    if (FJ_LIKELY(index < u->memo_capacity && u->memo[index] == NULL &&
                  fj_has_items(u, 1))) {
        u->memo[index] = Py_NewRef(u->stack[u->nstack - 1]);
        u->memo_count = index + 1;
        return 0;
    }
    return fj_memo_put(u, index);
}

int
fj_unpickler_push(fj_unpickler *u, PyObject *obj_steal)
{
    return fj_push_steal(u, obj_steal);
}

/* A str from UTF-8, surrogates allowed.  Strings of one character come from
 * the interpreter's own cache. */
static inline PyObject *
decode_str(const char *data, size_t nbytes)
{
    if (FJ_LIKELY(nbytes > 1 && fj_is_ascii(data, nbytes))) {
        PyObject *str = PyUnicode_New((Py_ssize_t)nbytes, 127);
        if (FJ_LIKELY(str != NULL)) {
            memcpy(PyUnicode_DATA(str), data, nbytes);
        }
        return str;
    }
    return PyUnicode_DecodeUTF8(data, (Py_ssize_t)nbytes, "surrogatepass");
}

static inline int
load_sized_str(fj_unpickler *u, uint64_t nbytes)
{
    fj_input *in = u->in;
    /* By way of the window, if it fits into one of ordinary size. */
    if (FJ_LIKELY(nbytes <= 64 * 1024)) {
        const char *data = fj_input_take(in, (size_t)nbytes);
        if (data == NULL) {
            return -1;
        }
        return fj_push_steal(u, decode_str(data, (size_t)nbytes));
    }
    PyObject *bytes = fj_input_bytes(in, nbytes);
    if (bytes == NULL) {
        return -1;
    }
    PyObject *str = decode_str(PyBytes_AS_STRING(bytes), (size_t)nbytes);
    Py_DECREF(bytes);
    return fj_push_steal(u, str);
}

static int
load_proto(fj_unpickler *u, unsigned char proto)
{
    if (proto > FJ_HIGHEST_PROTOCOL) {
        fj_input_invalid(u->in,
                         "unsupported pickle protocol: %d (up to %d can be "
                         "read)",
                         proto, FJ_HIGHEST_PROTOCOL);
        return -1;
    }
    u->proto = proto;
    return 0;
}

static int
refuse_opcode(fj_unpickler *u, int op)
{
    u->in->pos--; // for the position in the message
    fj_input_invalid(u->in, "expected a pickle opcode, found byte 0x%x", op);
    return -1;
}

/* Executes one opcode that takes an operand of `n` bytes.  Called with
 * constants, so that each inlined copy has only one case. */
static FJ_ALWAYS_INLINE int
run_with_operand(fj_unpickler *u, int op, size_t n)
{
    const char *data = fj_input_take(u->in, n);
    if (data == NULL) {
        return -1;
    }
    switch (op) {
    case OP_BININT1:
        return fj_push_steal(u, PyLong_FromLong((unsigned char)data[0]));
    case OP_BININT2:
        return fj_push_steal(u, PyLong_FromLong(fj_load_le16(data)));
    case OP_BININT:
        return fj_push_steal(u, PyLong_FromLong((int32_t)fj_load_le32(data)));
    case OP_BINFLOAT:
        return fj_push_steal(u, PyFloat_FromDouble(fj_load_be_double(data)));
    case OP_BINGET:
        return fj_memo_get(u, (unsigned char)data[0]);
    case OP_LONG_BINGET:
        return fj_memo_get(u, fj_load_le32(data));
    case OP_BINPUT:
        return fj_memo_put(u, (unsigned char)data[0]);
    case OP_LONG_BINPUT:
        return fj_memo_put(u, fj_load_le32(data));
    case OP_SHORT_BINUNICODE:
        return load_sized_str(u, (unsigned char)data[0]);
    case OP_BINUNICODE:
        return load_sized_str(u, fj_load_le32(data));
    case OP_BINUNICODE8:
        return load_sized_str(u, fj_load_le64(data));
    case OP_SHORT_BINBYTES:
        return fj_push_steal(u, fj_input_bytes(u->in, (unsigned char)data[0]));
    case OP_BINBYTES:
        return fj_push_steal(u, fj_input_bytes(u->in, fj_load_le32(data)));
    case OP_BINBYTES8:
        return fj_push_steal(u, fj_input_bytes(u->in, fj_load_le64(data)));
    case OP_BYTEARRAY8:
        return fj_push_steal(u, fj_input_bytearray(u->in, fj_load_le64(data)));
    case OP_PROTO:
        return load_proto(u, (unsigned char)data[0]);
    case OP_FRAME:
        return fj_input_begin_frame(u->in, fj_load_le64(data));
    default:
        Py_UNREACHABLE();
    }
}

/* Opcodes whose objects come from the process and not from the file, and Python
 * 2's instances, which no writer makes any more. */
static int
run_unrestricted(fj_unpickler *u, int op)
{
    if (u->policy != NULL) {
        return fj_policy_refuse_opcode(u, op);
    }
    switch (op) {
    case OP_EXT1:
        return fj_load_extension(u, 1);
    case OP_EXT2:
        return fj_load_extension(u, 2);
    case OP_EXT4:
        return fj_load_extension(u, 4);
    case OP_INST:
        return fj_load_inst(u);
    case OP_OBJ:
        return fj_load_obj(u);
    case OP_PERSID:
        return fj_load_persistent_line(u);
    case OP_BINPERSID:
        return fj_load_persistent(u);
    case OP_NEXT_BUFFER:
        return fj_load_next_buffer(u);
    case OP_READONLY_BUFFER:
        return fj_load_readonly_buffer(u);
    default:
        Py_UNREACHABLE();
    }
}

/* Opcodes that are rare in most pickles. */
static FJ_NOINLINE int
run_rare(fj_unpickler *u, int op)
{
    switch (op) {
    case OP_POP:
        return load_pop(u);
    case OP_POP_MARK:
        return load_pop_mark(u);
    case OP_DUP:
        return load_dup(u);
    case OP_INT:
        return fj_load_int_line(u);
    case OP_LONG:
        return fj_load_long_line(u);
    case OP_FLOAT:
        return fj_load_float_line(u);
    case OP_STRING:
        return fj_load_string_line(u);
    case OP_UNICODE:
        return fj_load_unicode_line(u);
    case OP_GET:
        return fj_load_get_line(u);
    case OP_PUT:
        return fj_load_put_line(u);
    case OP_LONG1:
        return fj_load_long(u, 1);
    case OP_LONG4:
        return fj_load_long(u, 4);
    case OP_SHORT_BINSTRING:
        return fj_load_python2_str(u, 1);
    case OP_BINSTRING:
        return fj_load_python2_str(u, 4);
    case OP_LIST:
        return fj_load_list(u);
    case OP_DICT:
        return fj_load_dict(u);
    case OP_FROZENSET:
        return fj_load_frozenset(u);
    case OP_EMPTY_SET:
        return fj_push_steal(u, PySet_New(NULL));
    case OP_ADDITEMS:
        return fj_load_additems(u);
    case OP_GLOBAL:
        return fj_load_global(u);
    case OP_STACK_GLOBAL:
        return fj_load_stack_global(u);
    case OP_NEWOBJ_EX:
        return fj_load_newobj_ex(u);
    case OP_EXT1:
    case OP_EXT2:
    case OP_EXT4:
    case OP_INST:
    case OP_OBJ:
    case OP_PERSID:
    case OP_BINPERSID:
    case OP_NEXT_BUFFER:
    case OP_READONLY_BUFFER:
        return run_unrestricted(u, op);
    default:
        return refuse_opcode(u, op);
    }
}

static inline int
run_opcode(fj_unpickler *u, int op)
{
    switch (op) {
    case OP_MEMOIZE:
        return memoize(u);
    case OP_MARK:
        return fj_push_mark(u);
    case OP_BININT1:
        return run_with_operand(u, OP_BININT1, 1);
    case OP_BINGET:
        return run_with_operand(u, OP_BINGET, 1);
    case OP_BINPUT:
        return run_with_operand(u, OP_BINPUT, 1);
    case OP_SHORT_BINUNICODE:
        return run_with_operand(u, OP_SHORT_BINUNICODE, 1);
    case OP_SHORT_BINBYTES:
        return run_with_operand(u, OP_SHORT_BINBYTES, 1);
    case OP_PROTO:
        return run_with_operand(u, OP_PROTO, 1);
    case OP_BININT2:
        return run_with_operand(u, OP_BININT2, 2);
    case OP_BININT:
        return run_with_operand(u, OP_BININT, 4);
    case OP_LONG_BINGET:
        return run_with_operand(u, OP_LONG_BINGET, 4);
    case OP_LONG_BINPUT:
        return run_with_operand(u, OP_LONG_BINPUT, 4);
    case OP_BINUNICODE:
        return run_with_operand(u, OP_BINUNICODE, 4);
    case OP_BINBYTES:
        return run_with_operand(u, OP_BINBYTES, 4);
    case OP_BINFLOAT:
        return run_with_operand(u, OP_BINFLOAT, 8);
    case OP_BINUNICODE8:
        return run_with_operand(u, OP_BINUNICODE8, 8);
    case OP_BINBYTES8:
        return run_with_operand(u, OP_BINBYTES8, 8);
    case OP_BYTEARRAY8:
        return run_with_operand(u, OP_BYTEARRAY8, 8);
    case OP_FRAME:
        return run_with_operand(u, OP_FRAME, 8);
    case OP_NONE:
        return fj_push_steal(u, Py_NewRef(Py_None));
    case OP_NEWTRUE:
        return fj_push_steal(u, Py_NewRef(Py_True));
    case OP_NEWFALSE:
        return fj_push_steal(u, Py_NewRef(Py_False));
    case OP_EMPTY_TUPLE:
        return fj_push_steal(u, PyTuple_New(0));
    case OP_EMPTY_LIST:
        return fj_push_steal(u, PyList_New(0));
    case OP_EMPTY_DICT:
        return fj_push_steal(u, PyDict_New());
    case OP_TUPLE1:
        return fj_load_small_tuple(u, 1);
    case OP_TUPLE2:
        return fj_load_small_tuple(u, 2);
    case OP_TUPLE3:
        return fj_load_small_tuple(u, 3);
    case OP_TUPLE:
        return fj_load_tuple(u);
    case OP_APPEND:
        return fj_load_append(u);
    case OP_APPENDS:
        return fj_load_appends(u);
    case OP_SETITEM:
        return fj_load_setitem(u);
    case OP_SETITEMS:
        return fj_load_setitems(u);
    case OP_NEWOBJ:
        return fj_load_newobj(u);
    case OP_REDUCE:
        return fj_load_reduce(u);
    case OP_BUILD:
        return fj_load_build(u);
    default:
        return run_rare(u, op);
    }
}

static FJ_NOINLINE int
refuel(fj_unpickler *u)
{
    u->fuel = u->policy == NULL ? SIZE_MAX : FJ_FUEL;
    return u->policy == NULL ? 0 : fj_policy_spend(u);
}

PyObject *
fj_unpickler_load(fj_unpickler *u)
{
    fj_input *in = u->in;
    u->memo_before = u->memo_count;
    u->fuel = u->policy == NULL ? SIZE_MAX : FJ_FUEL;
    for (;;) {
        if (fj_input_need(in, 1) < 0 ||
            (FJ_UNLIKELY(u->fuel-- == 0) && refuel(u) < 0)) {
            return NULL;
        }
        int op = (unsigned char)*in->pos++;
        if (FJ_UNLIKELY(op == OP_STOP)) {
            break;
        }
        if (FJ_UNLIKELY(run_opcode(u, op) < 0)) {
            return NULL;
        }
    }
    if (!fj_has_items(u, 1)) {
        fj_underflow(u);
        return NULL;
    }
    return fj_pop_owned(u);
}
