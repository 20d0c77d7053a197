/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/load.h"

#include "file/fallback.h"
#include "file/load_compressed.h"
#include "file/pyfile.h"
#include "file/seal_reading.h"
#include "file/sniff.h"
#include "file/unpickle.h"
#include "py/errors.h"

/* Reports the end of a load; for a whole file with its size, even if something
 * follows the pickle. */
static int
finish(const fj_load_options *options, uint64_t done)
{
    fj_progress *progress = options->progress;
    if (options->whole && progress->total >= 0) {
        done = (uint64_t)progress->total;
    }
    return fj_progress_finish(progress, done);
}

/* Whether what is read behind the pickle is not lost for the stream's next
 * reader. */
static bool
can_look_ahead(const fj_pyfile *file)
{
    return file->kind == FJ_PYFILE_MEMORY || file->kind == FJ_PYFILE_REGULAR ||
           (file->kind == FJ_PYFILE_METHODS && file->mode == FJ_READ_SEEKING);
}

/* Looks at what follows the pickle, and sets the file object's position to its
 * end, or to that of its seal. */
static int
leave_pickle(fj_pyfile *file, fj_input *in, const fj_load_options *options)
{
    if (!options->whole) {
        if (can_look_ahead(file) && fj_pass_seal(in) < 0) {
            return -1;
        }
    }
    else if (fj_input_left(in) != 0 &&
             fj_find_and_report_seal(options, file, NULL) < 0) {
        return -1;
    }
    uint64_t done = fj_input_position(in);
    uint64_t beyond = (uint64_t)(in->filled - in->pos);
    return fj_pyfile_leave(file, done, beyond) < 0 ? -1
                                                   : finish(options, done);
}

static PyObject *
end_pickle(fj_pyfile *file, fj_input *in, const fj_load_options *options,
           PyObject *value_steal)
{
    if (value_steal != NULL && leave_pickle(file, in, options) < 0) {
        Py_CLEAR(value_steal);
    }
    return value_steal;
}

/* Loads the next pickle in the file object that the fallback returned.  Python
 * reports the end of the progress. */
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
    return fj_pyfile_end(&file, &in, fj_read_plain(state, &in, options));
}

/* Loads data that does not begin like a pickle of protocol 2 or higher. */
static PyObject *
load_other(fj_state *state, fj_pyfile *file, fj_input *in,
           const fj_load_options *options)
{
    fj_verdict found;
    fj_load_options unmapped = *options; // only raw data can be mapped
    unmapped.mapper = NULL;
    if (fj_ask_fallback(options->fallback, file, in, &found) < 0) {
        return NULL;
    }
    if (found.codec != NULL) {
        uint64_t done;
        PyObject *value = fj_load_compressed(
            state, found.codec, file, in, found.n_threads, &unmapped, &done);
        if (value != NULL && finish(options, done) < 0) {
            fj_clear_in_error(&value);
        }
        return value;
    }
    if (found.object != NULL) {
        PyObject *value = load_in_place(state, found.object, &unmapped);
        fj_decref_in_error(found.object);
        return value;
    }
    return end_pickle(file, in, options, fj_read_plain(state, in, options));
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
            end_pickle(file, in, options, options->read(state, in, options));
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
    opened.file_nbytes = fj_input_left(&in);
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
