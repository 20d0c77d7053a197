/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/pyfile.h"

#include <errno.h>
#include <fcntl.h> // O_RDONLY

#include "base/platform.h"
#include "file/position.h"
#include "file/pyfile_kinds.h"
#include "py/errors.h"

static void
init(fj_pyfile *file, fj_state *state, PyObject *object, PyObject *filename)
{
    memset(file, 0, sizeof *file);
    file->state = state;
    file->object = object;
    file->filename = filename;
    file->fd = -1;
}

static int
open_for_reading(PyObject *filename)
{
    PyObject *encoded;
    if (PySys_Audit("open", "Osi", filename, "rb", O_RDONLY) < 0 ||
        !PyUnicode_FSConverter(filename, &encoded)) {
        return -1;
    }
    const char *path = PyBytes_AS_STRING(encoded);
    int fd;
    do {
        Py_BEGIN_ALLOW_THREADS // a FIFO waits for its writer
            fd = fj_open_to_read(path);
        Py_END_ALLOW_THREADS
    } while (fd == -EINTR && PyErr_CheckSignals() == 0);
    if (fd < 0 && !PyErr_Occurred()) {
        errno = -fd;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, filename);
    }
    Py_DECREF(encoded);
    return fd;
}

/* The last step of opening; `ret` is the result of the steps before. */
static int
open_window(fj_pyfile *file, fj_input *in, int ret)
{
    if (ret == 0 && in != NULL) {
        if (file->kind == FJ_PYFILE_MEMORY) {
            fj_input_init_memory(in, file->state, file->data,
                                 (size_t)file->size, file->filename);
        }
        else {
            ret = fj_input_init_source(in, file->state, &file->source,
                                       file->filename);
        }
    }
    if (ret < 0) {
        fj_pyfile_close(file, NULL);
    }
    return ret;
}

int
fj_pyfile_open_path(fj_pyfile *file, fj_input *in, fj_state *state,
                    PyObject *filename, PyObject *threads)
{
    init(file, state, NULL, filename);
    file->fd = open_for_reading(filename);
    if (file->fd < 0) {
        return -1;
    }
    file->owns_fd = true;
    return open_window(file, in,
                       fj_pyfile_use_descriptor(file, file->fd, threads));
}

static int
use_buffer(fj_pyfile *file, PyObject *buffer)
{
    if (PyObject_GetBuffer(buffer, &file->view, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    uint64_t size = (uint64_t)file->view.len;
    uint64_t skipped = file->start < size ? file->start : size;
    file->kind = FJ_PYFILE_MEMORY;
    file->data = (const char *)file->view.buf + skipped;
    file->size = size - skipped;
    return 0;
}

int
fj_pyfile_open_buffer(fj_pyfile *file, fj_input *in, fj_state *state,
                      PyObject *object, PyObject *filename)
{
    init(file, state, object, filename);
    return open_window(file, in, use_buffer(file, object));
}

static int
use_bytes_io(fj_pyfile *file)
{
    file->lent =
        PyObject_CallMethodNoArgs(file->object, file->state->s_getbuffer);
    if (file->lent == NULL || use_buffer(file, file->lent) < 0) {
        Py_CLEAR(file->lent);
        return -1;
    }
    return 0;
}

/* The descriptor of a file object that open(path, "rb") made for a regular
 * file that is not empty; -1 for everything else, without an exception. */
static int
regular_descriptor(fj_state *state, PyObject *object)
{
    fj_file_info info;
    PyObject *raw = NULL, *number = NULL;
    long fd = -1;
    if (!FJ_PREAD_KEEPS_POSITION ||
        !Py_IS_TYPE(object, state->buffered_reader)) {
        return -1;
    }
    raw = PyObject_GetAttr(object, state->s_raw);
    if (raw != NULL && Py_IS_TYPE(raw, state->file_io)) {
        number = PyObject_CallMethodNoArgs(raw, state->s_fileno);
    }
    if (number != NULL) {
        fd = PyLong_AsLong(number);
    }
    if (fd < 0 || fd > INT_MAX || fj_get_info((int)fd, &info) < 0 ||
        info.kind != FJ_FILE_REGULAR || info.nbytes == 0) {
        fd = -1;
    }
    PyErr_Clear();
    Py_XDECREF(raw);
    Py_XDECREF(number);
    return (int)fd;
}

int
fj_pyfile_open(fj_pyfile *file, fj_input *in, fj_state *state,
               PyObject *object, PyObject *filename, bool by_descriptor,
               PyObject *threads)
{
    init(file, state, object, filename);
    bool in_memory = Py_IS_TYPE(object, state->bytes_io);
    int fd = by_descriptor ? regular_descriptor(state, object) : -1;
    int ret;
    if (!in_memory && fd < 0) {
        ret = fj_pyfile_use_methods(file);
    }
    else if (fj_tell(state, object, &file->start) < 0) {
        ret = -1;
    }
    else {
        ret = in_memory ? use_bytes_io(file)
                        : fj_pyfile_use_descriptor(file, fd, threads);
        file->source.shared = true;
    }
    return open_window(file, in, ret);
}

uint64_t
fj_pyfile_taken(const fj_pyfile *file, const fj_input *in)
{
    bool in_order =
        file->kind == FJ_PYFILE_PIPE || file->kind == FJ_PYFILE_METHODS;
    return in_order ? in->window_end - file->peeked : 0;
}

int
fj_pyfile_leave(fj_pyfile *file, uint64_t consumed, uint64_t beyond)
{
    if (file->object == NULL) {
        return 0;
    }
    if (file->kind == FJ_PYFILE_METHODS) {
        return fj_pyfile_leave_methods(file, consumed, beyond);
    }
    return file->kind == FJ_PYFILE_MEMORY && file->lent == NULL
               ? 0 // a buffer has no position
               : fj_seek(file->state, file->object, file->start + consumed);
}

void
fj_pyfile_close(fj_pyfile *file, fj_input *in)
{
    if (in != NULL) {
        fj_input_clear(in);
    }
    if (file->kind == FJ_PYFILE_MEMORY) {
        PyBuffer_Release(&file->view);
        Py_CLEAR(file->lent);
    }
    fj_bulk_clear(&file->bulk);
    if (file->owns_fd) {
        fj_close(file->fd);
        file->owns_fd = false;
    }
    Py_CLEAR(file->read);
    Py_CLEAR(file->readinto);
    Py_CLEAR(file->peek);
    file->kind = FJ_PYFILE_CLOSED;
}

PyObject *
fj_pyfile_end(fj_pyfile *file, fj_input *in, PyObject *obj_steal)
{
    uint64_t beyond = (uint64_t)(in->filled - in->pos);
    if (obj_steal != NULL &&
        fj_pyfile_leave(file, fj_input_position(in), beyond) < 0) {
        fj_decref_in_error(obj_steal);
        obj_steal = NULL;
    }
    fj_pyfile_close(file, in);
    return obj_steal;
}
