/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/load.h"

#include <errno.h>
#include <fcntl.h> // open
#include <unistd.h> // close

#include "array/array.h"
#include "py/errors.h"
#include "file/reader.h"
#include "file/sniff.h"
#include "pickle/unpickler.h"

/* How much `other` is shown of data that it can read anew, and messages show
 * of text. */
enum { SHOWN_NBYTES = 32 };

PyObject *
fj_unpickle(fj_state *state, fj_input *in, const fj_load_options *options)
{
    fj_unpickler unpickler;
    fj_array_loader loader = {
        .native_byte_order = options->native_byte_order,
        .mapping = {options->mapper, options->descriptor},
        .side_files = options->side_files,
    };
    PyObject *value = NULL;
    if (fj_unpickler_init(&unpickler, state, in, NULL) == 0) {
        unpickler.hook = &fj_array_load_hook;
        unpickler.hook_data = &loader;
        unpickler.names_are_utf8 = true;
        value = fj_unpickler_load(&unpickler);
    }
    fj_unpickler_clear(&unpickler);
    fj_array_memory_clear(&loader.memory);
    fj_mapping_clear(&loader.mapping);
    /* What the caller's own functions raise is none of our errors. */
    if (value == NULL && !options->progress->stopped) {
        fj_explain_load_error(options->filename);
    }
    return value;
}

/* The same for data that does not begin as pickles do since protocol 2. */
static PyObject *
unpickle_or_suspect(fj_state *state, fj_input *in,
                    const fj_load_options *options)
{
    char start[SHOWN_NBYTES];
    size_t nbytes = (size_t)(in->filled - in->pos);
    if (nbytes > sizeof start) {
        nbytes = sizeof start;
    }
    memcpy(start, in->pos, nbytes);
    PyObject *value = fj_unpickle(state, in, options);
    if (value == NULL && !options->progress->stopped) {
        fj_suspect_text(state, start, nbytes);
    }
    return value;
}

/* What options->other makes of data of which the first bytes are in the
 * window. */
static PyObject *
load_other(fj_input *in, PyObject *origin, const fj_load_options *options)
{
    if (options->other == NULL) {
        return Py_NewRef(Py_NotImplemented);
    }
    bool taken = in->source != NULL && in->source->taken;
    Py_ssize_t nbytes = in->filled - in->pos;
    if (!taken && nbytes > SHOWN_NBYTES) {
        nbytes = SHOWN_NBYTES;
    }
    return PyObject_CallFunction(options->other, "Oy#OOOO", origin, in->pos,
                                 nbytes, taken ? Py_True : Py_False,
                                 options->filename,
                                 options->native_byte_order ? Py_True
                                                            : Py_False,
                                 options->side_files);
}

/* Reads one object from the input.  *elsewhere_ret: options->other has read
 * it, from `origin` and not from the input. */
static PyObject *
load_value(fj_state *state, fj_input *in, PyObject *origin,
           const fj_load_options *options, bool *elsewhere_ret)
{
    *elsewhere_ret = false;
    int is_pickle = fj_begins_as_pickle(in);
    if (is_pickle < 0) {
        return NULL;
    }
    if (!is_pickle) {
        PyObject *value = load_other(in, origin, options);
        if (value != Py_NotImplemented) {
            *elsewhere_ret = true;
            return value;
        }
        Py_DECREF(value);
        if (fj_refuse_foreign(in) < 0) {
            return NULL;
        }
        return unpickle_or_suspect(state, in, options);
    }
    return fj_unpickle(state, in, options);
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
    int fd, error;
    do {
        Py_BEGIN_ALLOW_THREADS // a FIFO waits for its writer
        fd = open(path, O_RDONLY | O_CLOEXEC);
        error = fd < 0 ? errno : 0;
        Py_END_ALLOW_THREADS
    } while (error == EINTR && PyErr_CheckSignals() == 0);
    if (fd < 0 && !PyErr_Occurred()) {
        errno = error;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, filename);
    }
    Py_DECREF(encoded);
    return fd;
}

/* All has been read: of a file that was named, to its end, whatever stands
 * there. */
static PyObject *
finish(const fj_load_options *options, uint64_t done, PyObject *value_steal)
{
    if (value_steal != NULL &&
        fj_progress_finish(options->progress, done) < 0) {
        Py_CLEAR(value_steal);
    }
    return value_steal;
}

/* load_value() from a path. */
static PyObject *
load_counted(fj_state *state, fj_input *in, PyObject *origin,
             const fj_load_options *options)
{
    bool elsewhere;
    fj_input_report_to(in, options->progress);
    int64_t size = options->progress->total;
    PyObject *value = load_value(state, in, origin, options, &elsewhere);
    if (elsewhere) {
        return value;
    }
    uint64_t done = size < 0 ? fj_input_position(in) : (uint64_t)size;
    return finish(options, done, value);
}

PyObject *
fj_load_from_path(fj_state *state, const fj_load_options *options)
{
    fj_fd_source source;
    fj_input in;
    PyObject *value = NULL;
    int fd = open_for_reading(options->filename);
    if (fd < 0) {
        return NULL;
    }
    fj_load_options opened = *options;
    opened.descriptor = fd;
    PyObject *number = PyLong_FromLong(fd);
    if (number != NULL &&
        fj_fd_source_init(&source, fd, options->filename, 0,
                          options->threads) == 0) {
        if (fj_input_init_source(&in, state, &source.base,
                                 options->filename) == 0) {
            value = load_counted(state, &in, number, &opened);
            fj_input_clear(&in);
        }
        fj_fd_source_clear(&source);
    }
    Py_XDECREF(number);
    close(fd);
    return value;
}

PyObject *
fj_load_from_file(fj_state *state, PyObject *file,
                  const fj_load_options *options)
{
    fj_reader reader;
    bool elsewhere;
    if (fj_reader_open(&reader, state, file, options->filename, true,
                       options->threads) < 0) {
        return NULL;
    }
    fj_input_report_to(&reader.in, options->progress);
    PyObject *value =
        load_value(state, &reader.in, file, options, &elsewhere);
    if (elsewhere) {
        fj_reader_close(&reader);
        return value;
    }
    uint64_t done = fj_input_position(&reader.in);
    return finish(options, done, fj_reader_end(&reader, value));
}

PyObject *
fj_load_from_buffer(fj_state *state, PyObject *data,
                    const fj_load_options *options)
{
    Py_buffer view;
    fj_input in;
    bool elsewhere;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    fj_input_init_memory(&in, state, view.buf, (size_t)view.len,
                         options->filename);
    PyObject *value = load_value(state, &in, data, options, &elsewhere);
    PyBuffer_Release(&view);
    return value;
}
