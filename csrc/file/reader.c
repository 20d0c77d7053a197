/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/reader.h"

#include "file/position.h"

static int
open_memory(fj_reader *reader, PyObject *filename)
{
    if (fj_tell(reader->state, reader->file, &reader->start) < 0) {
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

static int
open_beside(fj_reader *reader, int fd, PyObject *filename, PyObject *threads)
{
    if (fj_tell(reader->state, reader->file, &reader->start) < 0 ||
        fj_fd_source_init(&reader->fd, fd, filename, reader->start, threads) <
            0) {
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
               PyObject *filename, bool by_descriptor, PyObject *threads)
{
    memset(reader, 0, sizeof *reader);
    reader->state = state;
    reader->file = file;
    int ret, fd;
    if (Py_IS_TYPE(file, state->bytes_io)) {
        ret = open_memory(reader, filename);
    }
    else if (by_descriptor && (fd = fj_regular_fd(state, file)) >= 0) {
        ret = open_beside(reader, fd, filename, threads);
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
    else if (reader->kind == FJ_READER_BESIDE) {
        fj_fd_source_clear(&reader->fd);
    }
    else if (reader->kind == FJ_READER_STREAM) {
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
    return fj_seek(reader->state, reader->file, reader->start + consumed);
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
