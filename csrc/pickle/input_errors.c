/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The errors of the input.
 */
#include "pickle/input.h"
#include "py/errors.h"

void
fj_input_truncated(fj_input *in, uint64_t nbytes)
{
    uint64_t position = fj_input_position(in);
    int64_t left = fj_input_left(in);
    /* Of a stream, only what was read is known. */
    uint64_t actual = left >= 0 ? position + (uint64_t)left : in->window_end;
    uint64_t expected =
        nbytes > UINT64_MAX - position ? UINT64_MAX : position + nbytes;
    fj_raise_truncated(in->state, in->filename, expected, actual);
}

void
fj_input_invalid(fj_input *in, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    PyObject *detail = PyUnicode_FromFormatV(format, args);
    va_end(args);
    if (detail != NULL) {
        fj_raise_invalid(in->state, in->filename, detail,
                         fj_input_position(in));
        Py_DECREF(detail);
    }
}

int
fj_input_refuse(fj_input *in, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    PyObject *detail = PyUnicode_FromFormatV(format, args);
    va_end(args);
    if (detail != NULL) {
        fj_raise_untrusted(in->state, in->filename, detail,
                           fj_input_position(in));
        Py_DECREF(detail);
    }
    return -1;
}
