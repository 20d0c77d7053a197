/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/load.h"

#include "array/array.h"
#include "py/errors.h"
#include "file/load_compressed.h"
#include "file/pyfile.h"
#include "file/sniff.h"
#include "pickle/unpickler.h"

/* How much the fallback is shown of data that it can read anew, and messages show
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

/* What the fallback has said. */
typedef struct {
    const fj_codec *codec; // NULL: not compressed by one of these
    unsigned n_threads;
    PyObject *object; // owned: to be loaded from; NULL: none
} verdict;

/* What fallback() calls the data's origin: a new reference. */
static PyObject *
origin_of(const fj_pyfile *file)
{
    return file->object != NULL ? Py_NewRef(file->object)
                                : PyLong_FromLong(file->fd);
}

/* Shows it `nbytes`, and all that is gone from the origin. */
static PyObject *
call_fallback(PyObject *fallback, const fj_pyfile *file, const fj_input *in,
              Py_ssize_t nbytes)
{
    PyObject *origin = origin_of(file);
    if (origin == NULL) {
        return NULL;
    }
    uint64_t taken = fj_pyfile_taken(file, in);
    if ((uint64_t)nbytes < taken) {
        nbytes = (Py_ssize_t)taken;
    }
    PyObject *reply =
        PyObject_CallFunction(fallback, "Oy#K", origin, in->pos, nbytes,
                              (unsigned long long)taken);
    Py_DECREF(origin);
    return reply;
}

/* Reads (codec, n_threads). */
static int
read_codec(PyObject *reply, verdict *verdict_ret)
{
    const char *name;
    if (!PyArg_ParseTuple(reply, "sI;a codec and a number of threads were "
                                 "expected",
                          &name, &verdict_ret->n_threads)) {
        return -1;
    }
    verdict_ret->codec = fj_codec_find(name);
    if (verdict_ret->codec == NULL) {
        PyErr_Format(PyExc_ValueError, "there is no codec '%s'", name);
        return -1;
    }
    return 0;
}

/* Asks the fallback what the data is, and shows it as much as it needs. */
static int
ask(const fj_pyfile *file, fj_input *in, const fj_load_options *options,
    verdict *verdict_ret)
{
    *verdict_ret = (verdict){NULL, 1, NULL};
    if (options->fallback == NULL) {
        return 0;
    }
    Py_ssize_t shown = in->filled - in->pos;
    if (shown > SHOWN_NBYTES) {
        shown = SHOWN_NBYTES;
    }
    for (;;) {
        PyObject *reply = call_fallback(options->fallback, file, in, shown);
        if (reply == NULL) {
            return -1;
        }
        if (PyLong_Check(reply)) {
            size_t wanted = PyLong_AsSize_t(reply);
            Py_DECREF(reply);
            Py_ssize_t n =
                PyErr_Occurred() ? -1 : fj_input_show(in, wanted);
            if (n <= shown) { // nothing more is there
                return n < 0 ? -1 : 0;
            }
            shown = n;
            continue;
        }
        if (PyTuple_Check(reply)) {
            int ret = read_codec(reply, verdict_ret);
            Py_DECREF(reply);
            return ret;
        }
        if (reply == Py_None) {
            Py_DECREF(reply);
            return 0;
        }
        verdict_ret->object = reply;
        return 0;
    }
}

/* All has been read: of what is whole, to its end, whatever stands there. */
static int
finish(const fj_load_options *options, uint64_t done)
{
    fj_progress *progress = options->progress;
    if (options->whole && progress->total >= 0) {
        done = (uint64_t)progress->total;
    }
    return fj_progress_finish(progress, done);
}

/* Leaves the file behind the pickle that has been read from it. */
static PyObject *
end_pickle(fj_pyfile *file, const fj_input *in,
           const fj_load_options *options, PyObject *value_steal)
{
    uint64_t done = fj_input_position(in);
    uint64_t beyond = (uint64_t)(in->filled - in->pos);
    if (value_steal != NULL && (fj_pyfile_leave(file, done, beyond) < 0 ||
                                finish(options, done) < 0)) {
        Py_CLEAR(value_steal);
    }
    return value_steal;
}

/* What is not compressed by a codec of C. */
static PyObject *
unpickle_plain(fj_state *state, fj_input *in, const fj_load_options *options)
{
    int is_pickle = fj_begins_as_pickle(in);
    if (is_pickle > 0) {
        return fj_unpickle(state, in, options);
    }
    if (is_pickle < 0 || fj_refuse_foreign(in) < 0) {
        return NULL;
    }
    return unpickle_or_suspect(state, in, options);
}

/* Loads the pickle that stands next in a file object, where the fallback has
 * put it.  Whoever made that tells of the end. */
static PyObject *
load_in_place(fj_state *state, PyObject *object,
              const fj_load_options *options)
{
    fj_pyfile file;
    fj_input in;
    if (fj_pyfile_open(&file, &in, state, object, options->filename, true,
                       NULL) < 0) {
        return NULL;
    }
    fj_input_report_to(&in, options->progress);
    return fj_pyfile_end(&file, &in, unpickle_plain(state, &in, options));
}

/* Loads what does not begin as pickles do since protocol 2. */
static PyObject *
load_other(fj_state *state, fj_pyfile *file, fj_input *in,
           const fj_load_options *options)
{
    verdict found;
    fj_load_options unmapped = *options; // which only raw data can be
    unmapped.mapper = NULL;
    if (ask(file, in, options, &found) < 0) {
        return NULL;
    }
    if (found.codec != NULL) {
        uint64_t done;
        PyObject *value = fj_load_compressed(
            state, found.codec, file, in, found.n_threads, &unmapped, &done);
        if (value != NULL && finish(options, done) < 0) {
            Py_CLEAR(value);
        }
        return value;
    }
    if (found.object != NULL) {
        PyObject *value = load_in_place(state, found.object, &unmapped);
        Py_DECREF(found.object);
        return value;
    }
    return end_pickle(file, in, options, unpickle_plain(state, in, options));
}

/* Loads from a file that has been opened, and closes it. */
static PyObject *
load(fj_state *state, fj_pyfile *file, fj_input *in,
     const fj_load_options *options)
{
    PyObject *value = NULL;
    fj_input_report_to(in, options->progress);
    int is_pickle = fj_begins_as_pickle(in);
    if (is_pickle > 0) {
        value =
            end_pickle(file, in, options, fj_unpickle(state, in, options));
    }
    else if (is_pickle == 0) {
        value = load_other(state, file, in, options);
    }
    fj_pyfile_close(file, in);
    return value;
}

PyObject *
fj_load_from_path(fj_state *state, const fj_load_options *options)
{
    fj_pyfile file;
    fj_input in;
    if (fj_pyfile_open_path(&file, &in, state, options->filename,
                            options->threads) < 0) {
        return NULL;
    }
    fj_load_options opened = *options;
    opened.whole = true;
    opened.descriptor = file.fd;
    return load(state, &file, &in, &opened);
}

PyObject *
fj_load_from_file(fj_state *state, PyObject *object,
                  const fj_load_options *options)
{
    fj_pyfile file;
    fj_input in;
    if (fj_pyfile_open(&file, &in, state, object, options->filename, true,
                       options->threads) < 0) {
        return NULL;
    }
    return load(state, &file, &in, options);
}

PyObject *
fj_load_from_buffer(fj_state *state, PyObject *data,
                    const fj_load_options *options)
{
    fj_pyfile file;
    fj_input in;
    if (fj_pyfile_open_buffer(&file, &in, state, data, options->filename) <
        0) {
        return NULL;
    }
    fj_load_options opened = *options;
    opened.whole = true;
    return load(state, &file, &in, &opened);
}
