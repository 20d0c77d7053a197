/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/load.h"

#include <errno.h>
#include <fcntl.h> // open
#include <unistd.h> // close

#include "array/array.h"
#include "errors.h"
#include "file/reader.h"
#include "file/sniff.h"
#include "pickle/unpickler.h"

/* Reads one object from the input. */
static PyObject *
load_value(fj_state *state, fj_input *in, bool native_byte_order,
           PyObject *map)
{
    fj_unpickler unpickler;
    fj_array_loader loader = {
        .native_byte_order = native_byte_order,
        .map = map,
    };
    PyObject *value = NULL;
    if (fj_sniff(in) < 0) {
        return NULL;
    }
    if (fj_unpickler_init(&unpickler, state, in, NULL) == 0) {
        unpickler.hook = &fj_array_load_hook;
        unpickler.hook_data = &loader;
        value = fj_unpickler_load(&unpickler);
    }
    fj_unpickler_clear(&unpickler);
    if (value == NULL) {
        fj_explain_load_error(state, in->filename);
    }
    return value;
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
    Py_BEGIN_ALLOW_THREADS // a FIFO waits for its writer
    do {
        fd = open(path, O_RDONLY | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    Py_END_ALLOW_THREADS
    if (fd < 0) {
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, filename);
    }
    Py_DECREF(encoded);
    return fd;
}

PyObject *
fj_load_from_path(fj_state *state, PyObject *filename, bool native_byte_order,
                  PyObject *map)
{
    fj_fd_source source;
    fj_input in;
    PyObject *value = NULL;
    int fd = open_for_reading(filename);
    if (fd < 0) {
        return NULL;
    }
    if (fj_fd_source_init(&source, fd, filename, 0) == 0 &&
        fj_input_init_source(&in, state, &source.base, filename) == 0) {
        value = load_value(state, &in, native_byte_order, map);
        fj_input_clear(&in);
    }
    close(fd);
    return value;
}

PyObject *
fj_load_from_file(fj_state *state, PyObject *file, PyObject *filename,
                  bool native_byte_order)
{
    fj_reader reader;
    if (fj_reader_open(&reader, state, file, filename) < 0) {
        return NULL;
    }
    PyObject *value =
        load_value(state, &reader.in, native_byte_order, NULL);
    if (value != NULL && fj_reader_finish(&reader) < 0) {
        Py_CLEAR(value);
    }
    fj_reader_close(&reader);
    return value;
}

PyObject *
fj_load_from_buffer(fj_state *state, PyObject *data)
{
    Py_buffer view;
    fj_input in;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    fj_input_init_memory(&in, state, view.buf, (size_t)view.len,
                         state->s_empty);
    PyObject *value = load_value(state, &in, true, NULL);
    PyBuffer_Release(&view);
    return value;
}
