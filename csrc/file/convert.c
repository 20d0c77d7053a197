/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/convert.h"

#include "file/decompressing_source.h"
#include "file/sink.h"

enum { PIECE_NBYTES = FJ_BLOCK_NBYTES };

/* What a conversion reads: a file, decompressed if `codec` is set. */
typedef struct {
    fj_pyfile file;
    fj_pyfile_feed feed;
    PyObject *filename;    // borrowed
    const fj_codec *codec; // NULL: none
    fj_decompressing_source source;
    fj_found_table found;
    bool has_table;
    fj_found_seal seal;
    bool is_sealed;
} input;

typedef struct {
    fj_fd_sink fd;
    fj_file_sink file;
    fj_compressing_sink compressing;
    fj_sink *inner;              // one of the first two, NULL until it is open
    fj_sink *sink;               // `inner`, or the third
    const fj_fd_sink *rewritten; // as for fj_compressing_sink_init()
    uint64_t nbytes;
} output;

static int
open_input(input *in, fj_state *state, PyObject *origin, unsigned n_threads)
{
    if (fj_pyfile_open(&in->file, NULL, state, origin, in->filename, true,
                       NULL) < 0 ||
        fj_pyfile_feed_init(&in->feed, &in->file, NULL) < 0) {
        return -1;
    }
    in->is_sealed = fj_seal_find(&in->seal, in->codec, &in->feed.base);
    if (in->codec != NULL) {
        in->has_table =
            fj_block_table_find(&in->found, in->codec, &in->feed.base);
        if (fj_decompressing_source_init(&in->source, state, in->codec,
                                         &in->feed, n_threads, NULL,
                                         in->filename) < 0) {
            return -1;
        }
    }
    return 0;
}

static void
close_input(input *in)
{
    if (in->source.decompressor != NULL) {
        fj_decompressing_source_clear(&in->source);
    }
    if (in->has_table) {
        fj_found_table_clear(&in->found);
    }
    fj_found_seal_clear(&in->seal);
    fj_pyfile_close(&in->file, NULL);
}

/* Reads up to `nbytes`, and 0 bytes only at the end; -1 with an exception
 * set. */
static Py_ssize_t
read_input(input *in, char *dst, size_t nbytes)
{
    if (in->codec != NULL) {
        return in->source.base.read(&in->source.base, dst, nbytes, nbytes);
    }
    int64_t n;
    fj_pyfile_feed_suspend(&in->feed);
    n = in->feed.base.read(&in->feed.base, (uint8_t *)dst, nbytes);
    fj_pyfile_feed_resume(&in->feed);
    if (n < 0) {
        fj_pyfile_feed_raise(&in->feed);
    }
    return (Py_ssize_t)n;
}

static int
open_output(output *out, fj_state *state, PyObject *target,
            PyObject *target_name, const fj_compression *compression)
{
    if (PyLong_CheckExact(target)) {
        int fd = (int)PyLong_AsLong(target);
        fj_fd_sink_init(&out->fd, fd, target_name, false);
        out->inner = &out->fd.base;
        out->rewritten = fj_fd_sink_is_file(&out->fd) ? &out->fd : NULL;
    }
    else {
        if (fj_file_sink_init(&out->file, state, target) < 0) {
            return -1;
        }
        out->inner = &out->file.base;
    }
    out->sink = out->inner;
    if (compression->codec != NULL) {
        out->sink = &out->compressing.base;
        return fj_compressing_sink_init(&out->compressing, out->inner,
                                        compression, out->rewritten, false);
    }
    return 0;
}

static void
close_output(output *out)
{
    if (out->compressing.compressor != NULL) {
        fj_compressing_sink_clear(&out->compressing);
    }
    fj_file_sink_clear(&out->file);
}

static int
write_output(output *out, const char *data, size_t nbytes)
{
    out->nbytes += nbytes;
    return nbytes == 0 ? 0 : out->sink->write(out->sink, data, nbytes);
}

/* Copies up to `limit` bytes: 1 if there were that many, 0 if the input ended
 * before, -1. */
static int
copy(input *in, output *out, char *piece, uint64_t limit)
{
    while (limit > 0) {
        size_t wanted = limit < PIECE_NBYTES ? (size_t)limit : PIECE_NBYTES;
        Py_ssize_t n = read_input(in, piece, wanted);
        if (n <= 0) {
            return (int)n;
        }
        if (write_output(out, piece, (size_t)n) < 0) {
            return -1;
        }
        limit -= (uint64_t)n;
    }
    return 1;
}

/* What follows the object and belongs to this file alone: the block table and
 * the seal.  Allocates *rest_ret, to be freed; returns its size, or -1. */
static Py_ssize_t
expected_rest(const input *in, char **rest_ret)
{
    size_t table = in->has_table ? in->found.table_nbytes : 0;
    size_t seal = in->is_sealed && in->seal.is_data ? in->seal.nbytes : 0;
    char *rest = *rest_ret = PyMem_Malloc(table + seal + 1);
    if (rest == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (table > 0) {
        memcpy(rest, in->found.bytes, table);
    }
    if (seal > 0) {
        memcpy(rest + table, in->seal.bytes, seal);
    }
    return (Py_ssize_t)(table + seal);
}

/* At the position where the data ends according to the table or the seal:
 * copies what follows, unless it is exactly these. */
static int
leave_out_rest(input *in, output *out)
{
    char *expected, *rest;
    Py_ssize_t nbytes = expected_rest(in, &expected);
    if (nbytes < 0) {
        return -1;
    }
    int ret = -1;
    rest = PyMem_Malloc((size_t)nbytes + 1);
    Py_ssize_t n =
        rest == NULL ? -1 : read_input(in, rest, (size_t)nbytes + 1);
    if (rest == NULL) {
        PyErr_NoMemory();
    }
    else if (n >= 0) {
        bool as_expected =
            n == nbytes && memcmp(rest, expected, (size_t)n) == 0;
        ret = as_expected ? 0 : write_output(out, rest, (size_t)n);
    }
    PyMem_Free(rest);
    PyMem_Free(expected);
    return ret;
}

/* Checks that nothing follows the last stream. */
static int
check_end(input *in)
{
    uint64_t unused = 0;
    if (in->codec == NULL) {
        return 0;
    }
    return fj_decompressing_source_finish(&in->source, &unused) < 0
               ? -1
               : fj_decompressing_source_check_rest(&in->source, unused);
}

static int
convert(input *in, output *out)
{
    char *piece = PyMem_Malloc(PIECE_NBYTES);
    if (piece == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int ret = 1;
    if (in->has_table || (in->is_sealed && in->seal.is_data)) {
        ret = copy(in, out, piece,
                   in->has_table ? in->found.table.nbytes
                                 : in->seal.data_nbytes);
        if (ret > 0 && leave_out_rest(in, out) < 0) {
            ret = -1;
        }
    }
    if (ret > 0) {
        ret = copy(in, out, piece, UINT64_MAX);
    }
    PyMem_Free(piece);
    if (ret >= 0) {
        ret = check_end(in);
    }
    if (ret >= 0 && out->sink != out->inner) {
        uint8_t head[FJ_CODEC_FRAME];
        size_t head_nbytes;
        ret =
            fj_compressing_sink_finish(&out->compressing, head, &head_nbytes);
    }
    return ret < 0 ? -1 : 0;
}

PyObject *
fj_convert(fj_state *state, PyObject *origin, const fj_codec *codec,
           PyObject *filename, PyObject *target, PyObject *target_name,
           const fj_compression *compression)
{
    input in = {.filename = filename, .codec = codec};
    output out = {0};
    PyObject *nbytes = NULL;
    if (open_input(&in, state, origin, compression->n_threads) == 0 &&
        open_output(&out, state, target, target_name, compression) == 0 &&
        convert(&in, &out) == 0) {
        nbytes = PyLong_FromUnsignedLongLong(out.nbytes);
    }
    close_output(&out);
    close_input(&in);
    return nbytes;
}
