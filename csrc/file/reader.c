/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/reader.h"

#include <sys/stat.h>

static int
seek_to(fj_reader *reader, uint64_t position)
{
    PyObject *offset = PyLong_FromUnsignedLongLong(position);
    PyObject *result = NULL;
    if (offset != NULL) {
        result = PyObject_CallMethodOneArg(reader->file,
                                           reader->state->s_seek, offset);
        Py_DECREF(offset);
    }
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

static int
find_start(fj_reader *reader)
{
    PyObject *position =
        PyObject_CallMethodNoArgs(reader->file, reader->state->s_tell);
    if (position == NULL) {
        return -1;
    }
    reader->start = PyLong_AsUnsignedLongLong(position);
    Py_DECREF(position);
    return PyErr_Occurred() ? -1 : 0;
}

static int
open_memory(fj_reader *reader, PyObject *filename)
{
    if (find_start(reader) < 0) {
        return -1;
    }
    reader->lent = PyObject_CallMethodNoArgs(reader->file,
                                             reader->state->s_getbuffer);
    if (reader->lent == NULL ||
        PyObject_GetBuffer(reader->lent, &reader->view, PyBUF_SIMPLE) < 0) {
        Py_CLEAR(reader->lent);
        return -1;
    }
    reader->kind = FJ_READER_MEMORY;
    size_t size = (size_t)reader->view.len;
    size_t skipped = reader->start < size ? (size_t)reader->start : size;
    fj_input_init_memory(&reader->in, reader->state,
                         (const char *)reader->view.buf + skipped,
                         size - skipped, filename);
    return 0;
}

/* The descriptor of open(path, "rb") on a regular file, which can be read
 * beside the file object; -1 for everything else, no exception set. */
static int
regular_fd(fj_state *state, PyObject *file)
{
    struct stat status;
    PyObject *raw = NULL, *number = NULL;
    long fd = -1;
    if (!Py_IS_TYPE(file, state->buffered_reader)) {
        return -1;
    }
    raw = PyObject_GetAttr(file, state->s_raw);
    if (raw != NULL && Py_IS_TYPE(raw, state->file_io)) {
        number = PyObject_CallMethodNoArgs(raw, state->s_fileno);
    }
    if (number != NULL) {
        fd = PyLong_AsLong(number);
    }
    if (fd < 0 || fd > INT_MAX || fstat((int)fd, &status) < 0 ||
        !S_ISREG(status.st_mode)) {
        fd = -1;
    }
    PyErr_Clear();
    Py_XDECREF(raw);
    Py_XDECREF(number);
    return (int)fd;
}

static int
open_beside(fj_reader *reader, int fd, PyObject *filename)
{
    if (find_start(reader) < 0 ||
        fj_fd_source_init(&reader->fd, fd, filename, reader->start) < 0) {
        return -1;
    }
    reader->fd.base.shared = true;
    reader->kind = FJ_READER_BESIDE;
    return fj_input_init_source(&reader->in, reader->state, &reader->fd.base,
                                filename);
}

static int
open_stream(fj_reader *reader, PyObject *filename)
{
    reader->kind = FJ_READER_STREAM;
    if (fj_file_source_init(&reader->stream, reader->state, reader->file) <
        0) {
        return -1;
    }
    return fj_input_init_source(&reader->in, reader->state,
                                &reader->stream.base, filename);
}

int
fj_reader_open(fj_reader *reader, fj_state *state, PyObject *file,
               PyObject *filename, bool by_descriptor)
{
    memset(reader, 0, sizeof *reader);
    reader->state = state;
    reader->file = file;
    int ret, fd;
    if (Py_IS_TYPE(file, state->bytes_io)) {
        ret = open_memory(reader, filename);
    }
    else if (by_descriptor && (fd = regular_fd(state, file)) >= 0) {
        ret = open_beside(reader, fd, filename);
    }
    else {
        ret = open_stream(reader, filename);
    }
    if (ret < 0) {
        fj_reader_close(reader);
    }
    return ret;
}

void
fj_reader_close(fj_reader *reader)
{
    fj_input_clear(&reader->in);
    if (reader->kind == FJ_READER_MEMORY) {
        PyBuffer_Release(&reader->view);
        Py_CLEAR(reader->lent);
    }
    if (reader->kind == FJ_READER_STREAM) {
        fj_file_source_clear(&reader->stream);
    }
    reader->kind = FJ_READER_CLOSED;
}

static int
move_behind(fj_reader *reader)
{
    const fj_input *in = &reader->in;
    uint64_t consumed = fj_input_position(in);
    if (reader->kind == FJ_READER_STREAM) {
        return fj_file_source_finish(&reader->stream, consumed,
                                     (size_t)(in->filled - in->pos));
    }
    return seek_to(reader, reader->start + consumed);
}

PyObject *
fj_reader_end(fj_reader *reader, PyObject *obj_steal)
{
    if (obj_steal != NULL && move_behind(reader) < 0) {
        Py_CLEAR(obj_steal);
    }
    fj_reader_close(reader);
    return obj_steal;
}
