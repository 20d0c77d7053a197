/* SPDX-License-Identifier: BSD-3-Clause
 *
 * int, float, str, bytes, bytearray, PickleBuffer.
 */
#include "pickle/save.h"

/* Writes LONG1 or LONG4 with two's complement, little-endian digits. */
static int
write_long(fj_pickler *p, const char *digits, size_t nbytes)
{
    char head[5];
    size_t head_nbytes;
    if (nbytes < 256) {
        head[0] = (char)OP_LONG1;
        head[1] = (char)nbytes;
        head_nbytes = 2;
    }
    else if (nbytes <= INT32_MAX) {
        head[0] = (char)OP_LONG4;
        fj_store_le32(head + 1, (uint32_t)nbytes);
        head_nbytes = 5;
    }
    else {
        PyErr_SetString(PyExc_OverflowError, "int too large to pickle");
        return -1;
    }
    if (fj_output_write(p->out, head, head_nbytes) < 0) {
        return -1;
    }
    return fj_output_write(p->out, digits, nbytes);
}

static int
save_int_over_64_bits(fj_pickler *p, PyObject *obj)
{
    PyObject *digits = PyObject_CallOneArg(p->state->encode_long, obj);
    if (digits == NULL) {
        return -1;
    }
    int ret = write_long(p, PyBytes_AS_STRING(digits),
                         (size_t)PyBytes_GET_SIZE(digits));
    Py_DECREF(digits);
    return ret;
}

static int
save_int_as_text(fj_pickler *p, PyObject *obj, bool fits_32_bits)
{
    int ret = -1;
    Py_ssize_t nbytes;
    PyObject *repr = PyObject_Repr(obj);
    if (repr == NULL) {
        return -1;
    }
    const char *text = PyUnicode_AsUTF8AndSize(repr, &nbytes);
    if (text == NULL ||
        fj_output_byte(p->out, fits_32_bits ? OP_INT : OP_LONG) < 0 ||
        fj_output_write(p->out, text, (size_t)nbytes) < 0) {
        goto done;
    }
    ret = fits_32_bits ? fj_output_write(p->out, "\n", 1)
                       : fj_output_write(p->out, "L\n", 2);
done:
    Py_DECREF(repr);
    return ret;
}

/* The shortest two's complement form that keeps the sign. */
static size_t
signed_nbytes(const char *digits)
{
    size_t n = 8;
    while (n > 1) {
        unsigned char top = (unsigned char)digits[n - 1];
        bool next_negative = (digits[n - 2] & 0x80) != 0;
        if (!(top == 0x00 && !next_negative) &&
            !(top == 0xff && next_negative)) {
            break;
        }
        n--;
    }
    return n;
}

int
fj_save_int(fj_pickler *p, PyObject *obj)
{
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(obj, &overflow);
    bool fits_32_bits = !overflow && INT32_MIN <= value && value <= INT32_MAX;
    char *dst;

    if (p->bin && fits_32_bits) {
        dst = fj_output_reserve(p->out, 5);
        if (dst == NULL) {
            return -1;
        }
        if (0 <= value && value <= 0xff) {
            dst[0] = OP_BININT1;
            dst[1] = (char)value;
            p->out->len += 2;
        }
        else if (0 <= value && value <= 0xffff) {
            dst[0] = OP_BININT2;
            fj_store_le16(dst + 1, (uint16_t)value);
            p->out->len += 3;
        }
        else {
            dst[0] = OP_BININT;
            fj_store_le32(dst + 1, (uint32_t)value);
            p->out->len += 5;
        }
        return 0;
    }
    if (p->proto < 2) {
        return save_int_as_text(p, obj, fits_32_bits);
    }
    if (overflow) {
        return save_int_over_64_bits(p, obj);
    }
    char digits[8];
    fj_store_le64(digits, (uint64_t)value);
    return write_long(p, digits, signed_nbytes(digits));
}

int
fj_save_float(fj_pickler *p, PyObject *obj)
{
    double value = PyFloat_AS_DOUBLE(obj);
    if (p->bin) {
        char *dst = fj_output_reserve(p->out, 9);
        if (dst == NULL) {
            return -1;
        }
        dst[0] = OP_BINFLOAT;
        fj_store_be_double(dst + 1, value);
        p->out->len += 9;
        return 0;
    }
    char *text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (text == NULL) {
        return -1;
    }
    int ret = -1;
    if (fj_output_byte(p->out, OP_FLOAT) == 0 &&
        fj_output_write(p->out, text, strlen(text)) == 0) {
        ret = fj_output_byte(p->out, '\n');
    }
    PyMem_Free(text);
    return ret;
}

/* Writes opcode, length and data of a str, bytes or bytearray.  `short_op` has
 * a length of one byte, `op` of four, `op8` of eight; 0 if the protocol has no
 * such opcode. */
static int
write_sized(fj_pickler *p, int short_op, int op, int op8, const char *data,
            size_t nbytes)
{
    char head[9];
    size_t head_nbytes;
    if (short_op != 0 && nbytes <= 0xff) {
        head[0] = (char)short_op;
        head[1] = (char)nbytes;
        head_nbytes = 2;
    }
    else if (op != 0 && nbytes <= UINT32_MAX) {
        head[0] = (char)op;
        fj_store_le32(head + 1, (uint32_t)nbytes);
        head_nbytes = 5;
    }
    else if (op8 != 0) {
        head[0] = (char)op8;
        fj_store_le64(head + 1, nbytes);
        head_nbytes = 9;
    }
    else {
        PyErr_Format(PyExc_OverflowError,
                     "an object of %zu bytes needs pickle protocol 4 or "
                     "higher, not %d",
                     nbytes, p->proto);
        return -1;
    }
    if (nbytes >= FJ_FRAME_TARGET) {
        return fj_output_large(p->out, head, head_nbytes, data, nbytes);
    }
    char *dst = fj_output_reserve(p->out, head_nbytes + nbytes + 1);
    if (dst == NULL) {
        return -1;
    }
    memcpy(dst, head, head_nbytes);
    memcpy(dst + head_nbytes, data, nbytes);
    p->out->len += head_nbytes + nbytes;
    return 0;
}

static int
write_str(fj_pickler *p, const char *data, size_t nbytes)
{
    return write_sized(p, p->proto >= 4 ? OP_SHORT_BINUNICODE : 0,
                       OP_BINUNICODE, p->proto >= 4 ? OP_BINUNICODE8 : 0, data,
                       nbytes);
}

static int
write_non_ascii_str(fj_pickler *p, PyObject *obj)
{
    /* Not PyUnicode_AsUTF8, which keeps the encoded copy as long as the
     * string. */
    PyObject *utf8 = PyUnicode_AsEncodedString(obj, "utf-8", "surrogatepass");
    if (utf8 == NULL) {
        return -1;
    }
    int ret =
        write_str(p, PyBytes_AS_STRING(utf8), (size_t)PyBytes_GET_SIZE(utf8));
    Py_DECREF(utf8);
    return ret;
}

/* For protocol 0, which uses raw-unicode-escape: escapes the characters that
 * this encoding leaves alone but a line cannot contain.  A new reference, to
 * `obj` itself if there are none. */
static PyObject *
escape_for_line(PyObject *obj)
{
    static const struct {
        const char *from, *to;
        Py_ssize_t from_nbytes;
    } escapes[] = {
        {"\\", "\\u005c", 1}, {"\0", "\\u0000", 1},   {"\n", "\\u000a", 1},
        {"\r", "\\u000d", 1}, {"\x1a", "\\u001a", 1},
    };
    PyObject *text = Py_NewRef(obj);
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        PyObject *replaced = NULL;
        PyObject *from = PyUnicode_FromStringAndSize(escapes[i].from,
                                                     escapes[i].from_nbytes);
        PyObject *to = PyUnicode_FromString(escapes[i].to);
        if (from != NULL && to != NULL) {
            replaced = PyUnicode_Replace(text, from, to, -1);
        }
        Py_XDECREF(from);
        Py_XDECREF(to);
        Py_SETREF(text, replaced);
        if (text == NULL) {
            return NULL;
        }
    }
    return text;
}

static int
save_str_as_text(fj_pickler *p, PyObject *obj)
{
    int ret = -1;
    PyObject *encoded = NULL;
    PyObject *escaped = escape_for_line(obj);
    if (escaped == NULL) {
        return -1;
    }
    encoded = PyUnicode_AsRawUnicodeEscapeString(escaped);
    if (encoded == NULL || fj_output_byte(p->out, OP_UNICODE) < 0 ||
        fj_output_write(p->out, PyBytes_AS_STRING(encoded),
                        (size_t)PyBytes_GET_SIZE(encoded)) < 0 ||
        fj_output_byte(p->out, '\n') < 0) {
        goto done;
    }
    /* Before 3.13 pickle.py memoized the escaped copy, which cannot occur
     * again. */
    if (PY_VERSION_HEX < 0x030D0000 && !p->as_c_pickle &&
        PyUnicode_GET_LENGTH(escaped) != PyUnicode_GET_LENGTH(obj)) {
        ret = fj_count_memo(p);
    }
    else {
        ret = fj_memoize(p, obj);
    }
done:
    Py_XDECREF(encoded);
    Py_DECREF(escaped);
    return ret;
}

int
fj_save_str(fj_pickler *p, PyObject *obj, bool unshared)
{
    if (!unshared) {
        Py_ssize_t index = fj_memo_find(&p->memo, obj);
        if (index >= 0) {
            return fj_write_get(p, (size_t)index);
        }
    }
    if (!p->bin) {
        return save_str_as_text(p, obj);
    }
    int ret;
    if (FJ_LIKELY(PyUnicode_IS_COMPACT_ASCII(obj))) {
        ret = write_str(p, PyUnicode_DATA(obj),
                        (size_t)PyUnicode_GET_LENGTH(obj));
    }
    else {
        ret = write_non_ascii_str(p, obj);
    }
    if (ret < 0) {
        return -1;
    }
    return unshared ? fj_count_memo(p) : fj_memoize(p, obj);
}

static int
write_bytes(fj_pickler *p, const char *data, size_t nbytes)
{
    return write_sized(p, OP_SHORT_BINBYTES, OP_BINBYTES,
                       p->proto >= 4 ? OP_BINBYTES8 : 0, data, nbytes);
}

/* Before protocol 3 there is no opcode for bytes: they are written as a
 * call. */
static int
save_bytes_as_call(fj_pickler *p, PyObject *obj)
{
    Py_ssize_t nbytes = PyBytes_GET_SIZE(obj);
    if (nbytes == 0) {
        return fj_save_call(p, obj, (PyObject *)&PyBytes_Type, PyTuple_New(0));
    }
    PyObject *text =
        PyUnicode_DecodeLatin1(PyBytes_AS_STRING(obj), nbytes, "strict");
    if (text == NULL) {
        return -1;
    }
    PyObject *args = PyTuple_Pack(2, text, p->state->s_latin1);
    Py_DECREF(text);
    return fj_save_call(p, obj, p->state->codecs_encode, args);
}

int
fj_save_bytes(fj_pickler *p, PyObject *obj, bool unshared)
{
    if (!unshared) {
        Py_ssize_t index = fj_memo_find(&p->memo, obj);
        if (index >= 0) {
            return fj_write_get(p, (size_t)index);
        }
    }
    if (p->proto < 3) {
        return save_bytes_as_call(p, obj);
    }
    if (write_bytes(p, PyBytes_AS_STRING(obj), (size_t)PyBytes_GET_SIZE(obj)) <
        0) {
        return -1;
    }
    return unshared ? fj_count_memo(p) : fj_memoize(p, obj);
}

/* Before protocol 5 a bytearray is a call with its bytes. */
static int
save_bytearray_as_call(fj_pickler *p, PyObject *obj)
{
    PyObject *func = (PyObject *)&PyByteArray_Type;
    if (PyByteArray_GET_SIZE(obj) == 0) {
        return fj_save_call(p, obj, func, PyTuple_New(0));
    }
    PyObject *bytes = PyBytes_FromObject(obj);
    if (bytes == NULL) {
        return -1;
    }
    PyObject *args = PyTuple_Pack(1, bytes);
    Py_DECREF(bytes);
    return fj_save_call(p, obj, func, args);
}

/* The arguments of that call, the call, and what follows it, from the
 * bytearray's own memory. */
static int
write_bytearray_call(fj_pickler *p, const fj_task *task, const Py_buffer *view)
{
    if (fj_output_object(p->out) < 0 ||
        write_bytes(p, view->buf, (size_t)view->len) < 0 ||
        fj_count_memo(p) < 0 || fj_output_byte(p->out, OP_TUPLE1) < 0 ||
        fj_count_memo(p) < 0 || fj_output_byte(p->out, OP_REDUCE) < 0) {
        return -1;
    }
    return fj_memoize_unless(p, task->obj, task->own);
}

int
fj_run_bytearray(fj_pickler *p, const fj_task *task)
{
    Py_buffer view;
    if (PyObject_GetBuffer(task->obj, &view, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    int ret = write_bytearray_call(p, task, &view);
    PyBuffer_Release(&view);
    return ret;
}

/* Pushes that call where its parts can be foreseen: bytes have an opcode, no
 * function of the caller's sees them, and they are not one of the objects that
 * Python has for a single byte, which may be in the memo. */
static int
push_bytearray(fj_pickler *p, PyObject *obj, bool own)
{
    if (p->proto < 3 || p->persistent_id != NULL || p->canonical != NULL ||
        PyByteArray_GET_SIZE(obj) < 2) {
        return save_bytearray_as_call(p, obj);
    }
    fj_task *task = fj_push(p, FJ_TASK_BYTEARRAY, obj);
    if (task == NULL) {
        return -1;
    }
    task->own = own;
    return fj_save(p, (PyObject *)&PyByteArray_Type, FJ_SHARED);
}

static int
write_bytearray(fj_pickler *p, const char *data, size_t nbytes)
{
    return write_sized(p, 0, 0, OP_BYTEARRAY8, data, nbytes);
}

int
fj_save_bytearray(fj_pickler *p, PyObject *obj, bool own)
{
    if (p->proto < 5) {
        return push_bytearray(p, obj, own);
    }
    /* The sink may release the GIL: a view keeps the memory in place. */
    Py_buffer view;
    if (PyObject_GetBuffer(obj, &view, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    int ret = write_bytearray(p, view.buf, (size_t)view.len);
    PyBuffer_Release(&view);
    return ret < 0 ? -1 : fj_memoize_unless(p, obj, own);
}

/* pickle.py memoizes the copy of the buffer's bytes that it writes, C pickle
 * the PickleBuffer.  Only the empty copy can occur again. */
static int
memoize_buffer(fj_pickler *p, PyObject *obj, const Py_buffer *view)
{
    if (p->as_c_pickle) {
        return fj_memoize(p, obj);
    }
    if (!view->readonly || view->len > 0) {
        return fj_count_memo(p);
    }
    PyObject *shared = PyBytes_FromStringAndSize(NULL, 0);
    if (shared == NULL) {
        return -1;
    }
    int ret = 0;
    if (fj_memo_find(&p->memo, shared) < 0) {
        ret = fj_memoize(p, shared);
    }
    Py_DECREF(shared);
    return ret;
}

/* 1 if the buffer goes into the pickle, 0 if the callback has taken it, -1 */
static int
offer_buffer(fj_pickler *p, PyObject *obj)
{
    if (p->buffer_callback == NULL) {
        return 1;
    }
    PyObject *answer = PyObject_CallOneArg(p->buffer_callback, obj);
    if (answer == NULL) {
        return -1;
    }
    int in_band = PyObject_IsTrue(answer);
    Py_DECREF(answer);
    return in_band;
}

static int
write_next_buffer(fj_pickler *p, const Py_buffer *view)
{
    const char ops[2] = {(char)OP_NEXT_BUFFER, (char)OP_READONLY_BUFFER};
    return fj_output_write(p->out, ops, view->readonly ? 2 : 1);
}

static int
save_in_band(fj_pickler *p, PyObject *obj, const Py_buffer *view)
{
    int ret = view->readonly
                  ? write_bytes(p, view->buf, (size_t)view->len)
                  : write_bytearray(p, view->buf, (size_t)view->len);
    return ret < 0 ? -1 : memoize_buffer(p, obj, view);
}

int
fj_save_picklebuffer(fj_pickler *p, PyObject *obj)
{
    if (p->proto < 5) {
        PyErr_SetString(p->state->pickling_error,
                        "PickleBuffer can only be pickled with "
                        "protocol >= 5");
        return -1;
    }
    const Py_buffer *lent = PyPickleBuffer_GetBuffer(obj);
    if (lent == NULL) {
        return -1;
    }
    if (!PyBuffer_IsContiguous(lent, 'A')) {
        PyErr_SetString(p->state->pickling_error,
                        "PickleBuffer can not be pickled when "
                        "pointing to a non-contiguous buffer");
        return -1;
    }
    /* A view of our own, since the PickleBuffer may be released by the callback,
     * and by other threads while the sink has released the GIL. */
    Py_buffer view;
    if (PyObject_GetBuffer(obj, &view, PyBUF_FULL_RO) < 0) {
        return -1;
    }
    int in_band = offer_buffer(p, obj);
    int ret = in_band < 0   ? -1
              : in_band > 0 ? save_in_band(p, obj, &view)
                            : write_next_buffer(p, &view);
    PyBuffer_Release(&view);
    return ret;
}
