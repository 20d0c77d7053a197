/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/operands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What Python's reader in C takes, and pickle.py does not: octal numbers, and
 * anything behind a null byte. */
static PyObject *
parse_odd_int(fj_input *in, const char *line, size_t nbytes, int base)
{
    char digits[32] = "";
    memcpy(digits, line, nbytes < sizeof digits ? nbytes : sizeof digits - 1);
    char *end;
    errno = 0;
    long value = strtol(digits, &end, base);
    end += strspn(end, " \t\v\f\r");
    bool taken = nbytes > 0 && errno == 0 && *end == '\0';
    return taken && fj_input_odd(in, "an integer of an unusual form") == 0
               ? PyLong_FromLong(value)
               : NULL;
}

/* Since 3.14 pickle reads decimal numbers only. */
enum { INT_BASE = FJ_SINCE_3_14 ? 10 : 0 };

/* int(line, base), so that it accepts what pickle.py accepts. */
static PyObject *
parse_int(fj_input *in, const char *line, size_t nbytes, int base)
{
    PyObject *text = PyUnicode_DecodeLatin1(line, (Py_ssize_t)nbytes, NULL);
    if (text == NULL) {
        return NULL;
    }
    PyObject *value = PyLong_FromUnicodeObject(text, base);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_ValueError)) {
        PyErr_Clear();
        value = in->tolerant ? parse_odd_int(in, line, nbytes, base) : NULL;
        if (value == NULL && !PyErr_Occurred()) {
            fj_input_invalid(in, "expected an integer, found %.100R", text);
        }
    }
    Py_DECREF(text);
    return value;
}

PyObject *
fj_operand_int(fj_input *in)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(in, &line, &nbytes) < 0) {
        return NULL;
    }
    if (nbytes == 2 && line[0] == '0' && (line[1] == '0' || line[1] == '1')) {
        return PyBool_FromLong(line[1] == '1');
    }
    return parse_int(in, line, nbytes, INT_BASE);
}

PyObject *
fj_operand_long(fj_input *in)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(in, &line, &nbytes) < 0) {
        return NULL;
    }
    if (nbytes > 0 && line[nbytes - 1] == 'L') { // Python 2's suffix
        nbytes--;
    }
    return parse_int(in, line, nbytes, INT_BASE);
}

PyObject *
fj_operand_float(fj_input *in)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(in, &line, &nbytes) < 0) {
        return NULL;
    }
    PyObject *text = PyBytes_FromStringAndSize(line, (Py_ssize_t)nbytes);
    if (text == NULL) {
        return NULL;
    }
    PyObject *value = PyFloat_FromString(text);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_ValueError)) {
        PyErr_Clear();
        /* Python's reader in C stops at a null byte. */
        if (in->tolerant && memchr(line, '\0', nbytes) != NULL) {
            value = fj_input_odd(in, "a float of an unusual form") < 0
                        ? NULL
                        : PyFloat_FromDouble(0.0);
        }
        else {
            fj_input_invalid(in, "expected a float, found %.100R", text);
        }
    }
    Py_DECREF(text);
    return value;
}

PyObject *
fj_operand_string(fj_input *in)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(in, &line, &nbytes) < 0) {
        return NULL;
    }
    if (nbytes < 2 || line[0] != line[nbytes - 1] ||
        (line[0] != '\'' && line[0] != '"')) {
        fj_input_invalid(in, "the STRING opcode argument must be quoted");
        return NULL;
    }
    return PyBytes_DecodeEscape(line + 1, (Py_ssize_t)nbytes - 2, NULL, 0,
                                NULL);
}

PyObject *
fj_operand_unicode(fj_input *in)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(in, &line, &nbytes) < 0) {
        return NULL;
    }
    return PyUnicode_DecodeRawUnicodeEscape(line, (Py_ssize_t)nbytes, NULL);
}

PyObject *
fj_operand_persistent_id(fj_input *in)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(in, &line, &nbytes) < 0) {
        return NULL;
    }
    PyObject *id = PyUnicode_DecodeASCII(line, (Py_ssize_t)nbytes, "strict");
    if (id == NULL && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
        PyErr_SetString(in->state->unpickling_error,
                        "persistent IDs in protocol 0 must be ASCII strings");
    }
    return id;
}

int
fj_operand_memo_index(fj_input *in, uint64_t *index_ret)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(in, &line, &nbytes) < 0) {
        return -1;
    }
    PyObject *number = parse_int(in, line, nbytes, 10);
    if (number == NULL) {
        return -1;
    }
    *index_ret = PyLong_AsUnsignedLongLong(number);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        fj_input_invalid(in, "expected a memo index, found %.100R", number);
        Py_DECREF(number);
        return -1;
    }
    Py_DECREF(number);
    return 0;
}

static PyObject *
read_name(fj_input *in, bool names_are_utf8)
{
    const char *line;
    size_t nbytes;
    if (fj_input_line(in, &line, &nbytes) < 0) {
        return NULL;
    }
    if (nbytes == 0) {
        fj_input_invalid(in, "expected the name of a global, found an empty "
                             "line");
        return NULL;
    }
    PyObject *name = PyUnicode_DecodeUTF8(line, (Py_ssize_t)nbytes, NULL);
    if (name == NULL && names_are_utf8 &&
        PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
        PyErr_Clear();
        fj_input_invalid(in, "expected the name of a global, found bytes "
                             "that are not UTF-8");
    }
    return name;
}

int
fj_operand_names(fj_input *in, bool names_are_utf8, PyObject **module_name_ret,
                 PyObject **name_ret)
{
    PyObject *module_name = read_name(in, names_are_utf8);
    if (module_name == NULL) {
        return -1;
    }
    *name_ret = read_name(in, names_are_utf8);
    if (*name_ret == NULL) {
        Py_DECREF(module_name);
        return -1;
    }
    *module_name_ret = module_name;
    return 0;
}

int
fj_operand_length(fj_input *in, const char *opcode, size_t length_nbytes,
                  size_t *nbytes_ret)
{
    const char *data = fj_input_take(in, length_nbytes);
    if (data == NULL) {
        return -1;
    }
    if (length_nbytes == 1) {
        *nbytes_ret = (unsigned char)data[0];
        return 0;
    }
    int32_t value = (int32_t)fj_load_le32(data);
    if (value < 0) {
        fj_input_invalid(in, "%s pickle has negative byte count %d", opcode,
                         value);
        return -1;
    }
    *nbytes_ret = (size_t)value;
    return 0;
}

int
fj_operand_extension(fj_input *in, size_t code_nbytes, int32_t *code_ret)
{
    const char *data = fj_input_take(in, code_nbytes);
    if (data == NULL) {
        return -1;
    }
    *code_ret = code_nbytes == 1   ? (unsigned char)data[0]
                : code_nbytes == 2 ? fj_load_le16(data)
                                   : (int32_t)fj_load_le32(data);
    if (*code_ret <= 0) {
        fj_input_invalid(in, "EXT specifies code <= 0");
        return -1;
    }
    return 0;
}

int
fj_operand_short_int(fj_input *in, size_t nbytes, int64_t *value_ret)
{
    const char *data = fj_input_take(in, nbytes);
    if (data == NULL) {
        return -1;
    }
    /* Sign-extended: for negative numbers all bits are set first. */
    bool negative = nbytes > 0 && (data[nbytes - 1] & 0x80) != 0;
    unsigned char digits[8];
    memset(digits, negative ? 0xff : 0, sizeof digits);
    memcpy(digits, data, nbytes);
    *value_ret = (int64_t)fj_load_le64(digits);
    return 0;
}
