/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Opcodes whose operand is a line of text (protocol 0), long integers of any
 * protocol, and the strings of Python 2.
 */
#include "pickle/load.h"
#include "pickle/operands.h"

int
fj_load_int_line(fj_unpickler *u)
{
    return fj_push_steal(u, fj_operand_int(u->in));
}

int
fj_load_long_line(fj_unpickler *u)
{
    return fj_push_steal(u, fj_operand_long(u->in));
}

int
fj_load_float_line(fj_unpickler *u)
{
    return fj_push_steal(u, fj_operand_float(u->in));
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
    return push_python2_str(u, fj_operand_string(u->in));
}

int
fj_load_unicode_line(fj_unpickler *u)
{
    return fj_push_steal(u, fj_operand_unicode(u->in));
}

int
fj_load_get_line(fj_unpickler *u)
{
    uint64_t index;
    return fj_operand_memo_index(u->in, &index) < 0 ? -1
                                                    : fj_memo_get(u, index);
}

int
fj_load_put_line(fj_unpickler *u)
{
    uint64_t index;
    return fj_operand_memo_index(u->in, &index) < 0 ? -1
                                                    : fj_memo_put(u, index);
}

int
fj_load_long(fj_unpickler *u, size_t length_nbytes)
{
    size_t nbytes;
    if (fj_operand_length(u->in, "LONG", length_nbytes, &nbytes) < 0) {
        return -1;
    }
    if (nbytes <= 8) {
        int64_t short_value;
        return fj_operand_short_int(u->in, nbytes, &short_value) < 0
                   ? -1
                   : fj_push_steal(u, PyLong_FromLongLong(short_value));
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
    if (fj_operand_length(u->in, "BINSTRING", length_nbytes, &nbytes) < 0) {
        return -1;
    }
    return push_python2_str(u, fj_input_bytes(u->in, nbytes));
}
