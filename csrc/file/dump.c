/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/dump.h"

#include "array/array.h"
#include "file/sink.h"
#include "file/target.h"
#include "pickle/pickler.h"

/* Pickles the object into `out`, and writes all of it to the sink. */
static int
dump_value(fj_state *state, PyObject *value, fj_output *out,
           const fj_dump_options *options)
{
    fj_pickler pickler;
    fj_array_saver saver = {
        .allow_mmap = options->allow_mmap,
        .share = options->share_arrays,
        /* Gathering uses no threads beside those that compress. */
        .threads =
            options->compression.codec == NULL ? options->threads : NULL,
    };
    int ret = fj_pickler_init(&pickler, state, out, options->protocol);
    if (ret == 0) {
        pickler.hook = &fj_array_save_hook;
        pickler.hook_data = &saver;
        ret = fj_pickler_dump(&pickler, value);
    }
    if (ret == 0) {
        ret = fj_output_flush(out);
    }
    fj_pickler_clear(&pickler);
    return ret;
}

static int
dump_to_sink(fj_state *state, PyObject *value, fj_sink *sink,
             const fj_dump_options *options, uint64_t *nbytes_ret)
{
    fj_output out;
    int ret = fj_output_init(&out, sink);
    sink->progress = options->progress;
    if (ret == 0) {
        ret = dump_value(state, value, &out, options);
    }
    *nbytes_ret = sink->written;
    fj_output_clear(&out);
    return ret;
}

/* `rewrites_fd`: as for fj_compressing_sink_init(). */
static int
dump_compressed(fj_state *state, PyObject *value, fj_sink *sink,
                const fj_dump_options *options, int rewrites_fd,
                uint64_t *nbytes_ret)
{
    fj_compressing_sink compressing;
    int ret = fj_compressing_sink_init(&compressing, sink,
                                       &options->compression, rewrites_fd);
    if (ret == 0) {
        ret =
            dump_to_sink(state, value, &compressing.base, options, nbytes_ret);
    }
    if (ret == 0) {
        ret = fj_compressing_sink_finish(&compressing);
    }
    fj_compressing_sink_clear(&compressing);
    return ret;
}

static int
dump_to_target(fj_state *state, PyObject *value, const fj_target *target,
               const fj_dump_options *options)
{
    fj_fd_sink sink;
    uint64_t nbytes;
    int ret;
    fj_fd_sink_init(&sink, target->fd, target->filename,
                    target->unnamed || target->temp != NULL);
    if (options->compression.codec == NULL) {
        ret = dump_to_sink(state, value, &sink.base, options, &nbytes);
    }
    else {
        ret = dump_compressed(state, value, &sink.base, options,
                              fj_fd_sink_is_file(&sink) ? target->fd : -1,
                              &nbytes);
    }
    /* Before the file is put in place, so that report() can still stop the
     * dump. */
    return ret == 0 ? fj_progress_finish(options->progress, nbytes) : ret;
}

int
fj_dump_to_path(fj_state *state, PyObject *value, PyObject *filename,
                const fj_dump_options *options, bool atomic, bool fsync)
{
    fj_target target;
    int ret = fj_target_open(&target, state, filename, atomic, false);
    if (ret == 0) {
        ret = dump_to_target(state, value, &target, options);
    }
    if (ret == 0) {
        ret = fj_target_commit(&target, fsync);
    }
    fj_target_clear(&target);
    return ret;
}

static int
call_write(PyObject *write, const fj_target *target)
{
    const char *path = fj_target_path(target);
    PyObject *name =
        path == NULL ? Py_NewRef(Py_None) : PyUnicode_DecodeFSDefault(path);
    if (name == NULL) {
        return -1;
    }
    PyObject *result = PyObject_CallFunction(write, "iN", target->fd, name);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

int
fj_write_path(fj_state *state, PyObject *write, PyObject *filename,
              bool atomic, bool fsync, bool named)
{
    fj_target target;
    int ret = fj_target_open(&target, state, filename, atomic, named);
    if (ret == 0) {
        ret = call_write(write, &target);
    }
    if (ret == 0) {
        ret = fj_target_commit(&target, fsync);
    }
    fj_target_clear(&target);
    return ret;
}

int
fj_dump_to_file(fj_state *state, PyObject *value, PyObject *file,
                const fj_dump_options *options, uint64_t *nbytes_ret)
{
    fj_file_sink sink;
    int ret = fj_file_sink_init(&sink, state, file);
    if (ret == 0) {
        ret = options->compression.codec == NULL
                  ? dump_to_sink(state, value, &sink.base, options, nbytes_ret)
                  : dump_compressed(state, value, &sink.base, options, -1,
                                    nbytes_ret);
    }
    fj_file_sink_clear(&sink);
    return ret;
}

PyObject *
fj_dump_to_bytes(fj_state *state, PyObject *value,
                 const fj_dump_options *options)
{
    fj_output out;
    PyObject *bytes = NULL;
    if (fj_output_init(&out, NULL) == 0 &&
        dump_value(state, value, &out, options) == 0) {
        bytes = fj_output_take_bytes(&out);
    }
    fj_output_clear(&out);
    return bytes;
}
