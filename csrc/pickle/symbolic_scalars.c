/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Numbers and strings, which are checked as the unpickler checks them.
 */
#include "pickle/opcodes.h"
#include "pickle/operands.h"
#include "pickle/symbolic_run.h"

static fj_text *
keep_text(fj_symbolic *m, const char *data, size_t nbytes)
{
    fj_text *text = fj_arena_take(&m->arena, sizeof *text + nbytes);
    if (text == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    text->nbytes = (uint32_t)nbytes;
    memcpy(text->bytes, data, nbytes);
    return text;
}

static int
push_text(fj_symbolic *m, const char *data, size_t nbytes)
{
    fj_text *text = keep_text(m, data, nbytes);
    return text == NULL ? -1 : fj_symbolic_push(m, fj_text_value(text), 0);
}

static int
push_long_str(fj_symbolic *m, uint64_t nbytes)
{
    fj_node *node = fj_symbolic_node(m, FJ_LONG_STR);
    if (node == NULL) {
        return -1;
    }
    node->length = nbytes;
    return fj_symbolic_push(m, fj_node_value(node), 0);
}

static int
check_utf8(const char *data, size_t nbytes)
{
    if (fj_is_ascii(data, nbytes)) {
        return 0;
    }
    PyObject *str =
        PyUnicode_DecodeUTF8(data, (Py_ssize_t)nbytes, "surrogatepass");
    Py_XDECREF(str);
    return str == NULL ? -1 : 0;
}

/* Python 2's str: 1 if it is not ASCII, which a load refuses. */
static int
check_ascii(const char *data, size_t nbytes)
{
    return !fj_is_ascii(data, nbytes);
}

static int
note_python2(fj_symbolic *m)
{
    return fj_symbolic_note(m, "it has text of Python 2 that is not ASCII, "
                               "and can be loaded only by what is told of its "
                               "encoding");
}

/* How many bytes at the end may be the beginning of a longer character. */
static size_t
count_unfinished(const char *data, size_t nbytes)
{
    for (size_t n = 1; n <= 3; n++) {
        unsigned char byte = (unsigned char)data[nbytes - n];
        if (byte < 0x80 || byte >= 0xc0) {
            return byte < 0x80 ? 0 : n;
        }
    }
    return 0;
}

/* Reads a long string in pieces.  The last result of `check` that is not 0. */
static int
pass_text(fj_symbolic *m, uint64_t nbytes,
          int (*check)(const char *data, size_t nbytes))
{
    enum { PIECE = 64 * 1024 };
    int found = 0;
    if (nbytes > PY_SSIZE_T_MAX / 2) {
        fj_input_truncated(m->in, nbytes);
        return -1;
    }
    if (fj_input_expect(m->in, nbytes) < 0) {
        return -1;
    }
    while (nbytes > 0) {
        size_t piece = nbytes < PIECE ? (size_t)nbytes : PIECE;
        const char *data = fj_input_take(m->in, piece);
        if (data == NULL) {
            return -1;
        }
        if (piece < nbytes) {
            size_t unfinished = count_unfinished(data, piece);
            piece -= unfinished;
            m->in->pos -= unfinished;
        }
        int checked = check(data, piece);
        if (checked < 0) {
            return -1;
        }
        found = checked > 0 ? checked : found;
        nbytes -= piece;
    }
    return found;
}

int
fj_symbolic_str(fj_symbolic *m, uint64_t nbytes)
{
    if (nbytes > FJ_TEXT_KEPT) {
        return pass_text(m, nbytes, check_utf8) < 0 ? -1
                                                    : push_long_str(m, nbytes);
    }
    const char *data = fj_input_take(m->in, (size_t)nbytes);
    if (data == NULL || check_utf8(data, (size_t)nbytes) < 0) {
        return -1;
    }
    return push_text(m, data, (size_t)nbytes);
}

/* A new node of a string that begins here. */
static fj_node *
bytes_node(fj_symbolic *m, fj_kind kind, uint64_t nbytes)
{
    fj_node *node = fj_symbolic_node(m, kind);
    if (node != NULL) {
        node->length = nbytes;
        node->offset = fj_input_position(m->in);
    }
    return node;
}

/* Text, or bytes where it is not ASCII, as array data was. */
int
fj_symbolic_python2_str(fj_symbolic *m, size_t length_nbytes)
{
    size_t nbytes;
    if (fj_operand_length(m->in, "BINSTRING", length_nbytes, &nbytes) < 0) {
        return -1;
    }
    fj_node *node = bytes_node(m, FJ_BYTES, nbytes);
    if (node == NULL) {
        return -1;
    }
    int found;
    if (nbytes > FJ_TEXT_KEPT) {
        found = pass_text(m, nbytes, check_ascii);
        node->kind = found > 0 ? FJ_BYTES : FJ_LONG_STR;
    }
    else {
        const char *data = fj_input_take(m->in, nbytes);
        if (data == NULL) {
            return -1;
        }
        found = check_ascii(data, nbytes);
        if (found == 0) {
            return push_text(m, data, nbytes);
        }
        node->text = keep_text(m, data, nbytes);
        if (node->text == NULL) {
            return -1;
        }
    }
    if (found < 0 || (found > 0 && note_python2(m) < 0)) {
        return -1;
    }
    return fj_symbolic_push(m, fj_node_value(node), 0);
}

int
fj_symbolic_bytes(fj_symbolic *m, fj_kind kind, uint64_t nbytes)
{
    fj_node *node = bytes_node(m, kind, nbytes);
    if (node == NULL) {
        return -1;
    }
    if (nbytes > FJ_TEXT_KEPT) {
        if (fj_input_skip(m->in, nbytes) < 0) {
            return -1;
        }
    }
    else {
        const char *data = fj_input_take(m->in, (size_t)nbytes);
        node->text = data == NULL ? NULL : keep_text(m, data, (size_t)nbytes);
        if (node->text == NULL) {
            return -1;
        }
    }
    return fj_symbolic_push(m, fj_node_value(node), 0);
}

static fj_value
int_value(int64_t n)
{
    const int64_t limit = INT64_C(1) << (63 - FJ_TAG_BITS);
    return n >= -limit && n < limit ? ((fj_value)n << FJ_TAG_BITS) | FJ_INT
                                    : FJ_LONG_INT;
}

int
fj_symbolic_int(fj_symbolic *m, int64_t n)
{
    return fj_symbolic_push(m, int_value(n), 0);
}

int
fj_symbolic_long(fj_symbolic *m, size_t length_nbytes)
{
    size_t nbytes;
    if (fj_operand_length(m->in, "LONG", length_nbytes, &nbytes) < 0) {
        return -1;
    }
    if (nbytes > 8) {
        return fj_input_skip(m->in, nbytes) < 0
                   ? -1
                   : fj_symbolic_push(m, FJ_LONG_INT, 0);
    }
    int64_t value;
    return fj_operand_short_int(m->in, nbytes, &value) < 0
               ? -1
               : fj_symbolic_int(m, value);
}

static int
push_str(fj_symbolic *m, PyObject *str)
{
    int ret = -1;
    PyObject *utf8 = PyUnicode_AsEncodedString(str, "utf-8", "surrogatepass");
    if (utf8 != NULL) {
        size_t nbytes = (size_t)PyBytes_GET_SIZE(utf8);
        ret = nbytes > FJ_TEXT_KEPT
                  ? push_long_str(m, nbytes)
                  : push_text(m, PyBytes_AS_STRING(utf8), nbytes);
        Py_DECREF(utf8);
    }
    return ret;
}

/* Pushes the symbol of a bool, int, float or str. */
static int
push_object(fj_symbolic *m, PyObject *obj_steal)
{
    if (obj_steal == NULL) {
        return -1;
    }
    int ret;
    if (PyUnicode_Check(obj_steal)) {
        ret = push_str(m, obj_steal);
    }
    else if (PyBool_Check(obj_steal)) {
        ret =
            fj_symbolic_push(m, obj_steal == Py_True ? FJ_TRUE : FJ_FALSE, 0);
    }
    else if (PyFloat_Check(obj_steal)) {
        ret = fj_symbolic_push(m, FJ_FLOAT, 0);
    }
    else {
        int overflow;
        int64_t n = PyLong_AsLongLongAndOverflow(obj_steal, &overflow);
        ret = fj_symbolic_push(m, overflow ? FJ_LONG_INT : int_value(n), 0);
    }
    Py_DECREF(obj_steal);
    return ret;
}

static int
push_python2_line(fj_symbolic *m, PyObject *bytes_steal)
{
    if (bytes_steal == NULL) {
        return -1;
    }
    const char *data = PyBytes_AS_STRING(bytes_steal);
    size_t nbytes = (size_t)PyBytes_GET_SIZE(bytes_steal);
    int ret = 0;
    if (!fj_is_ascii(data, nbytes)) {
        ret = note_python2(m) < 0 ? -1 : push_long_str(m, nbytes);
    }
    else {
        ret = nbytes > FJ_TEXT_KEPT ? push_long_str(m, nbytes)
                                    : push_text(m, data, nbytes);
    }
    Py_DECREF(bytes_steal);
    return ret;
}

int
fj_symbolic_line(fj_symbolic *m, int op)
{
    uint64_t index;
    switch (op) {
    case OP_INT:
        return push_object(m, fj_operand_int(m->in));
    case OP_LONG:
        return push_object(m, fj_operand_long(m->in));
    case OP_FLOAT:
        return push_object(m, fj_operand_float(m->in));
    case OP_STRING:
        return push_python2_line(m, fj_operand_string(m->in));
    case OP_UNICODE:
        return push_object(m, fj_operand_unicode(m->in));
    case OP_GET:
        return fj_operand_memo_index(m->in, &index) < 0
                   ? -1
                   : fj_symbolic_get(m, index);
    case OP_PUT:
        return fj_operand_memo_index(m->in, &index) < 0
                   ? -1
                   : fj_symbolic_put(m, index);
    default:
        Py_UNREACHABLE();
    }
}
