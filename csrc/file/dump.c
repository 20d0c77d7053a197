/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/dump.h"

#include "array/array.h"
#include "file/sink.h"
#include "file/target.h"
#include "pickle/pickler.h"

/* Walks the object into `out`, and hands all of it to the sink. */
static int
dump_value(fj_state *state, PyObject *value, fj_output *out, int protocol,
           bool allow_mmap)
{
    fj_pickler pickler;
    fj_array_saver saver = {.allow_mmap = allow_mmap};
    int ret = fj_pickler_init(&pickler, state, out, protocol);
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
dump_to_sink(fj_state *state, PyObject *value, fj_sink *sink, int protocol,
             bool allow_mmap)
{
    fj_output out;
    int ret = fj_output_init(&out, sink);
    if (ret == 0) {
        ret = dump_value(state, value, &out, protocol, allow_mmap);
    }
    fj_output_clear(&out);
    return ret;
}

int
fj_dump_to_path(fj_state *state, PyObject *value, PyObject *filename,
                PyObject *protocol, bool atomic, bool fsync)
{
    fj_target target;
    int proto = fj_read_protocol(state, protocol);
    if (proto < 0) {
        return -1;
    }
    int ret = fj_target_open(&target, state, filename, atomic, false);
    if (ret == 0) {
        fj_fd_sink sink;
        fj_fd_sink_init(&sink, target.fd, filename);
        ret = dump_to_sink(state, value, &sink.base, proto, true);
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
    PyObject *name = path == NULL ? Py_NewRef(Py_None)
                                  : PyUnicode_DecodeFSDefault(path);
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
                PyObject *protocol, bool allow_mmap)
{
    fj_file_sink sink;
    int proto = fj_read_protocol(state, protocol);
    if (proto < 0) {
        return -1;
    }
    int ret = fj_file_sink_init(&sink, state, file);
    if (ret == 0) {
        ret = dump_to_sink(state, value, &sink.base, proto, allow_mmap);
    }
    fj_file_sink_clear(&sink);
    return ret;
}

PyObject *
fj_dump_to_bytes(fj_state *state, PyObject *value, PyObject *protocol)
{
    fj_output out;
    PyObject *bytes = NULL;
    int proto = fj_read_protocol(state, protocol);
    if (proto < 0) {
        return NULL;
    }
    if (fj_output_init(&out, NULL) == 0 &&
        dump_value(state, value, &out, proto, true) == 0) {
        bytes = fj_output_take_bytes(&out);
    }
    fj_output_clear(&out);
    return bytes;
}
