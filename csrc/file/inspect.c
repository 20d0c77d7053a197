/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/inspect.h"

#include "array/array.h"
#include "codec/block_table.h"
#include "codec/seal.h"
#include "pickle/opcodes.h"
#include "py/errors.h"

/* A stream of more pickles than this is not inspected to its end. */
enum { MAX_PICKLES = 1000 };

/* More than a seal and the block table of a TiB. */
enum { MAX_REST = 6 * 1024 * 1024 };

static int
put(PyObject *found, const char *key, PyObject *value_steal)
{
    int ret = value_steal == NULL
                  ? -1
                  : PyDict_SetItemString(found, key, value_steal);
    Py_XDECREF(value_steal);
    return ret;
}

/* Reads one pickle and appends its row, also if it fails: then its exception
 * stays set. */
static int
inspect_pickle(fj_symbolic *m, PyObject *pickles)
{
    uint64_t start = fj_input_position(m->in);
    PyObject *type = NULL, *error = NULL, *traceback = NULL;
    int ret = fj_symbolic_read(m);
    if (m->root == NULL) {
        return -1;
    }
    PyErr_Fetch(&type, &error, &traceback);
    PyObject *parts = fj_symbolic_parts(m);
    PyObject *row = NULL;
    if (parts != NULL) {
        row =
            Py_BuildValue("iKKN", m->proto, (unsigned long long)start,
                          (unsigned long long)fj_input_position(m->in), parts);
    }
    int listed = row == NULL ? -1 : PyList_Append(pickles, row);
    Py_XDECREF(row);
    if (listed < 0) {
        Py_XDECREF(type);
        Py_XDECREF(error);
        Py_XDECREF(traceback);
        return -1;
    }
    PyErr_Restore(type, error, traceback);
    return ret;
}

/* Passes everything that is left. */
static int
pass_rest(fj_input *in)
{
    enum { PIECE = 64 * 1024 };
    for (;;) {
        Py_ssize_t n = fj_input_show(in, PIECE);
        if (n <= 0) {
            return (int)n;
        }
        in->pos += n;
        if (fj_progress_report(in->progress, fj_input_position(in)) < 0) {
            return -1;
        }
    }
}

/* Takes the exception of a pickle behind the first one for a note. */
static int
note_damage(fj_symbolic *m, uint64_t start)
{
    if (!PyErr_ExceptionMatches(PyExc_ValueError) &&
        !PyErr_ExceptionMatches(m->state->unpickling_error)) {
        return -1;
    }
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    int ret = fj_symbolic_note(m,
                               "another pickle begins at byte %llu, and is "
                               "damaged",
                               (unsigned long long)start);
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(traceback);
    return ret;
}

/* What follows the last pickle: nothing, or exactly a block table, a seal, or
 * both. */
static int
inspect_rest(fj_symbolic *m, PyObject *found)
{
    fj_input *in = m->in;
    uint64_t start = fj_input_position(in);
    Py_ssize_t n = fj_input_show(in, MAX_REST);
    if (n <= 0) {
        return (int)n;
    }
    size_t seal = n < MAX_REST ? fj_seal_at_end(in->pos, (size_t)n) : 0;
    size_t table = (size_t)n - seal;
    size_t n_blocks = fj_block_table_is_whole((const uint8_t *)in->pos, table);
    if (pass_rest(in) < 0) {
        return -1;
    }
    if (n == MAX_REST || (table > 0 && n_blocks == 0)) {
        uint64_t nbytes = fj_input_position(in) - start - seal;
        return fj_symbolic_note(
            m, "%llu bytes follow the end of the pickle at byte %llu",
            (unsigned long long)nbytes, (unsigned long long)start);
    }
    return n_blocks == 0 ? 0
                         : put(found, "blocks", PyLong_FromSize_t(n_blocks));
}

/* 1 if another pickle follows, 0 if not, -1. */
static int
begins_pickle(fj_input *in)
{
    Py_ssize_t n = fj_input_show(in, 2);
    return n < 0 ? -1
                 : n == 2 && (unsigned char)in->pos[0] == OP_PROTO &&
                       (unsigned char)in->pos[1] <= FJ_HIGHEST_PROTOCOL;
}

static int
inspect_pickles(fj_symbolic *m, PyObject *pickles)
{
    int more = inspect_pickle(m, pickles) < 0 ? -1 : 1;
    for (int n = 1; more > 0 && n < MAX_PICKLES; n++) {
        m->in->in_frame = false; // a pickle may end within its frame
        more = begins_pickle(m->in);
        if (more <= 0) {
            return more;
        }
        uint64_t start = fj_input_position(m->in);
        if (inspect_pickle(m, pickles) < 0) {
            return note_damage(m, start);
        }
        if (n == 1 &&
            fj_symbolic_note(m, "it is a stream of several pickles, "
                                "of which a load reads the first") < 0) {
            return -1;
        }
    }
    return more < 0 ? -1 : 0;
}

static int
inspect_all(fj_symbolic *m, const fj_load_options *options, PyObject *pickles)
{
    const fj_inspection *inspection = options->read_data;
    if (options->n_blocks > 0) { // nothing else follows, or the table is wrong
        return inspect_pickle(m, pickles) < 0
                   ? -1
                   : put(inspection->found, "blocks",
                         PyLong_FromSize_t(options->n_blocks));
    }
    if (inspect_pickles(m, pickles) < 0) {
        return -1;
    }
    m->in->in_frame = false;
    return inspect_rest(m, inspection->found);
}

/* Hands over what was found; a set exception stays. */
static int
hand_over(fj_symbolic *m, const fj_load_options *options)
{
    const fj_inspection *inspection = options->read_data;
    PyObject *found = inspection->found;
    fj_block_table table = {.n_blocks = options->n_blocks};
    uint64_t nbytes = fj_input_position(m->in);
    if (table.n_blocks > 0) { // which is not read here, but follows
        nbytes += fj_block_table_nbytes(&table);
    }
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    if (put(found, "globals", fj_symbolic_globals(m)) < 0 ||
        put(found, "arrays", Py_NewRef(m->arrays)) < 0 ||
        put(found, "notes", Py_NewRef(m->notes)) < 0 ||
        put(found, "nbytes", PyLong_FromUnsignedLongLong(nbytes)) < 0) {
        Py_XDECREF(type);
        Py_XDECREF(error);
        Py_XDECREF(traceback);
        return -1;
    }
    PyErr_Restore(type, error, traceback);
    return 0;
}

PyObject *
fj_inspect(fj_state *state, fj_input *in, const fj_load_options *options)
{
    const fj_inspection *inspection = options->read_data;
    fj_symbolic machine;
    int ret = -1;
    PyDict_Clear(inspection->found);
    PyObject *pickles = PyList_New(0);
    if (fj_symbolic_init(&machine, state, in, &fj_array_symbolic_hook,
                         inspection->describe) == 0 &&
        pickles != NULL &&
        PyDict_SetItemString(inspection->found, "pickles", pickles) == 0) {
        ret = inspect_all(&machine, options, pickles);
        if (hand_over(&machine, options) < 0) {
            ret = -1;
        }
    }
    Py_XDECREF(pickles);
    fj_symbolic_clear(&machine);
    if (ret < 0 && !options->progress->stopped) {
        fj_explain_load_error(options->filename);
    }
    return ret < 0 ? NULL : Py_NewRef(Py_None);
}
