/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Opcodes whose operand is a line of text (protocol 0), long integers of any
 * protocol, and the strings of Python 2.
 */
#include "pickle/load.h"

/* int(line, base), so that it accepts what pickle.py accepts. */
static PyObject *
parse_int(fj_unpickler *u, const char *line, size_t nbytes, int base)
{
    PyObject *text = PyUnicode_DecodeLatin1(line, (Py_ssize_t)nbytes, NULL);
    if (text == NULL) {
        return NULL;
    }
    PyObject *value = PyLong_FromUnicodeObject(text, base);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_ValueError)) {
        PyErr_Clear();
        fj_input_invalid(u->in, "expected an integer, found %R", text);
    }
    Py_DECREF(text);
    return value;
}

int
fj_load_int_line(fj_unpickler *u)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(u->in, &line, &nbytes) < 0) {
        return -1;
    }
    if (nbytes == 2 && line[0] == '0' && (line[1] == '0' || line[1] == '1')) {
        return fj_push_steal(u, PyBool_FromLong(line[1] == '1'));
    }
    return fj_push_steal(u, parse_int(u, line, nbytes, 0));
}

int
fj_load_long_line(fj_unpickler *u)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(u->in, &line, &nbytes) < 0) {
        return -1;
    }
    if (nbytes > 0 && line[nbytes - 1] == 'L') { // Python 2's suffix
        nbytes--;
    }
    return fj_push_steal(u, parse_int(u, line, nbytes, 0));
}

int
fj_load_float_line(fj_unpickler *u)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(u->in, &line, &nbytes) < 0) {
        return -1;
    }
    PyObject *text = PyBytes_FromStringAndSize(line, (Py_ssize_t)nbytes);
    if (text == NULL) {
        return -1;
    }
    PyObject *value = PyFloat_FromString(text);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_ValueError)) {
        PyErr_Clear();
        fj_input_invalid(u->in, "expected a float, found %R", text);
    }
    Py_DECREF(text);
    return fj_push_steal(u, value);
}

/* Python 2's str is decoded with the caller's encoding, or left as bytes if
 * that is "bytes".  With ASCII, the default, other bytes raise
 * UnicodeDecodeError, which fj_explain_load_error() explains. */
static int
push_python2_str(fj_unpickler *u, PyObject *bytes)
{
    if (bytes == NULL) {
        return -1;
    }
    if (u->encoding != NULL && strcmp(u->encoding, "bytes") == 0) {
        return fj_push_steal(u, bytes);
    }
    PyObject *str = PyUnicode_Decode(
        PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes),
        u->encoding != NULL ? u->encoding : "ascii", u->errors);
    Py_DECREF(bytes);
    return fj_push_steal(u, str);
}

int
fj_load_string_line(fj_unpickler *u)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(u->in, &line, &nbytes) < 0) {
        return -1;
    }
    if (nbytes < 2 || line[0] != line[nbytes - 1] ||
        (line[0] != '\'' && line[0] != '"')) {
        fj_input_invalid(u->in, "the STRING opcode argument must be quoted");
        return -1;
    }
    return push_python2_str(
        u,
        PyBytes_DecodeEscape(line + 1, (Py_ssize_t)nbytes - 2, NULL, 0, NULL));
}

int
fj_load_unicode_line(fj_unpickler *u)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(u->in, &line, &nbytes) < 0) {
        return -1;
    }
    return fj_push_steal(
        u, PyUnicode_DecodeRawUnicodeEscape(line, (Py_ssize_t)nbytes, NULL));
}

static int
memo_line(fj_unpickler *u, uint64_t *index_ret)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(u->in, &line, &nbytes) < 0) {
        return -1;
    }
    PyObject *number = parse_int(u, line, nbytes, 10);
    if (number == NULL) {
        return -1;
    }
    *index_ret = PyLong_AsUnsignedLongLong(number);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        fj_input_invalid(u->in, "expected a memo index, found %R", number);
        Py_DECREF(number);
        return -1;
    }
    Py_DECREF(number);
    return 0;
}

int
fj_load_get_line(fj_unpickler *u)
{
    uint64_t index;
    return memo_line(u, &index) < 0 ? -1 : fj_memo_get(u, index);
}

int
fj_load_put_line(fj_unpickler *u)
{
    uint64_t index;
    return memo_line(u, &index) < 0 ? -1 : fj_memo_put(u, index);
}

/* A length of one (unsigned) or four bytes (signed). */
static int
read_length(fj_unpickler *u, size_t length_nbytes, size_t *nbytes_ret)
{
    const char *data = fj_input_take(u->in, length_nbytes);
    if (data == NULL) {
        return -1;
    }
    if (length_nbytes == 1) {
        *nbytes_ret = (unsigned char)data[0];
        return 0;
    }
    int32_t value = (int32_t)fj_load_le32(data);
    if (value < 0) {
        fj_input_invalid(u->in, "negative byte count %d", value);
        return -1;
    }
    *nbytes_ret = (size_t)value;
    return 0;
}

int
fj_load_long(fj_unpickler *u, size_t length_nbytes)
{
    size_t nbytes;
    if (read_length(u, length_nbytes, &nbytes) < 0) {
        return -1;
    }
    if (nbytes <= 8) {
        const char *data = fj_input_take(u->in, nbytes);
        if (data == NULL) {
            return -1;
        }
        /* Sign-extended: for negative numbers all bits are set first. */
        bool negative = nbytes > 0 && (data[nbytes - 1] & 0x80) != 0;
        unsigned char digits[8];
        memset(digits, negative ? 0xff : 0, sizeof digits);
        memcpy(digits, data, nbytes);
        return fj_push_steal(
            u, PyLong_FromLongLong((int64_t)fj_load_le64(digits)));
    }
    PyObject *digits = fj_input_bytes(u->in, nbytes);
    if (digits == NULL) {
        return -1;
    }
    PyObject *value = PyObject_CallOneArg(u->state->decode_long, digits);
    Py_DECREF(digits);
    return fj_push_steal(u, value);
}

int
fj_load_python2_str(fj_unpickler *u, size_t length_nbytes)
{
    size_t nbytes;
    if (read_length(u, length_nbytes, &nbytes) < 0) {
        return -1;
    }
    return push_python2_str(u, fj_input_bytes(u->in, nbytes));
}
