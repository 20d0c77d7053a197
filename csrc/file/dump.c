/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/dump.h"

#include "array/array.h"
#include "file/sealing.h"
#include "file/sink.h"
#include "file/target.h"
#include "pickle/pickler.h"
#include "py/threads.h"

/* Pickles the object into `out`, and writes all of it to the sink.  `globals`:
 * see fj_pickler. */
static int
dump_value(fj_state *state, PyObject *value, fj_output *out,
           const fj_dump_options *options, PyObject *globals)
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
        pickler.globals = globals;
        pickler.reducer_override = options->reducer_override;
        pickler.dispatch_table = options->dispatch_table;
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
             const fj_dump_options *options, PyObject *globals,
             uint64_t *nbytes_ret)
{
    fj_output out;
    int ret = fj_output_init(&out, sink);
    sink->progress = options->progress;
    if (ret == 0) {
        ret = dump_value(state, value, &out, options, globals);
    }
    *nbytes_ret = sink->written;
    fj_output_clear(&out);
    return ret;
}

static int
dump_raw(fj_state *state, PyObject *value, fj_sink *sink,
         const fj_dump_options *options, uint64_t *nbytes_ret)
{
    fj_sealing sealing;
    if (options->seal == NULL) {
        return dump_to_sink(state, value, sink, options, NULL, nbytes_ret);
    }
    int n_threads = fj_ask_threads(options->threads);
    if (n_threads < 0 || fj_sealing_init_raw(&sealing, options->seal, sink,
                                             (unsigned)n_threads) < 0) {
        return -1;
    }
    int ret = dump_to_sink(state, value, &sealing.data.base, options,
                           sealing.globals, nbytes_ret);
    if (ret == 0) {
        ret = fj_sealing_end_raw(&sealing, sink);
    }
    fj_sealing_clear(&sealing);
    return ret;
}

/* `rewritten`: as for fj_compressing_sink_init(); `sealing`: or NULL. */
static int
dump_through(fj_state *state, PyObject *value, fj_sink *sink,
             const fj_dump_options *options, const fj_fd_sink *rewritten,
             fj_sealing *sealing, uint64_t *nbytes_ret)
{
    fj_compressing_sink compressing;
    fj_sink *first = &compressing.base;
    PyObject *globals = NULL;
    uint8_t head[FJ_CODEC_FRAME];
    size_t head_nbytes;
    int ret = fj_compressing_sink_init(
        &compressing, sink, &options->compression, rewritten, sealing != NULL);
    if (ret == 0 && sealing != NULL) {
        fj_sealing_put_before(sealing, first);
        first = &sealing->data.base;
        globals = sealing->globals;
    }
    if (ret == 0) {
        ret = dump_to_sink(state, value, first, options, globals, nbytes_ret);
    }
    if (ret == 0) {
        ret = fj_compressing_sink_finish(&compressing, head, &head_nbytes);
    }
    if (ret == 0 && sealing != NULL) {
        ret = fj_sealing_end_compressed(sealing, &compressing, head,
                                        head_nbytes);
    }
    fj_compressing_sink_clear(&compressing);
    return ret;
}

static int
dump_compressed(fj_state *state, PyObject *value, fj_sink *sink,
                const fj_dump_options *options, const fj_fd_sink *rewritten,
                uint64_t *nbytes_ret)
{
    fj_sealing sealing;
    if (options->seal == NULL) {
        return dump_through(state, value, sink, options, rewritten, NULL,
                            nbytes_ret);
    }
    bool rewrites_head =
        rewritten != NULL && options->compression.codec->begin_sized != NULL;
    if (fj_sealing_init_compressed(&sealing, options->seal, sink,
                                   options->compression.n_threads,
                                   rewrites_head) < 0) {
        return -1;
    }
    int ret = dump_through(state, value, &sealing.file.base, options,
                           rewritten, &sealing, nbytes_ret);
    fj_sealing_clear(&sealing);
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
        ret = dump_raw(state, value, &sink.base, options, &nbytes);
    }
    else {
        ret =
            dump_compressed(state, value, &sink.base, options,
                            fj_fd_sink_is_file(&sink) ? &sink : NULL, &nbytes);
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
                  ? dump_raw(state, value, &sink.base, options, nbytes_ret)
                  : dump_compressed(state, value, &sink.base, options, NULL,
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
        dump_value(state, value, &out, options, NULL) == 0) {
        bytes = fj_output_take_bytes(&out);
    }
    fj_output_clear(&out);
    return bytes;
}
