/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/seal_reading.h"

#include <errno.h>

#include "base/leaves.h"
#include "codec/block_table.h"
#include "file/feed.h"
#include "py/unlocked.h"

int
fj_pass_seal(fj_input *in)
{
    Py_ssize_t n = fj_input_show(in, FJ_SEAL_HEAD);
    if (n < FJ_SEAL_HEAD) {
        return n < 0 ? -1 : 0;
    }
    size_t nbytes = fj_seal_measure(in->pos);
    n = nbytes == 0 ? 0 : fj_input_show(in, nbytes);
    if (n > 0 && (size_t)n == nbytes && fj_seal_is_whole(in->pos, nbytes)) {
        in->pos += nbytes;
    }
    return n < 0 ? -1 : 0;
}

int
fj_report_seal(const fj_load_options *options, const fj_found_seal *seal)
{
    if (options->sealed == NULL || seal->nbytes == 0) {
        return 0;
    }
    PyObject *result = PyObject_CallFunction(
        options->sealed, "y#", (char *)seal->bytes, (Py_ssize_t)seal->nbytes);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

int
fj_find_and_report_seal(const fj_load_options *options, fj_pyfile *file,
                        const fj_codec *codec)
{
    fj_pyfile_feed feed;
    fj_found_seal seal;
    bool from_end =
        file->kind == FJ_PYFILE_REGULAR || file->kind == FJ_PYFILE_MEMORY;
    if (options->sealed == NULL || !options->whole || !from_end) {
        return 0;
    }
    if (fj_pyfile_feed_init(&feed, file, NULL) < 0) {
        return -1;
    }
    if (!fj_seal_find(&seal, codec, &feed.base)) {
        return 0;
    }
    int ret = fj_report_seal(options, &seal);
    fj_found_seal_clear(&seal);
    return ret;
}

/* Whether the stream's trailer, which is behind the seal, is that of the data
 * that the seal tells of, the block table and the seal. */
static bool
ends_right(const fj_codec *codec, const fj_feed *feed,
           const fj_found_seal *seal)
{
    uint8_t expected[FJ_CODEC_FRAME], trailer[FJ_CODEC_FRAME];
    fj_found_table table;
    if (codec == NULL || codec->check == NULL) {
        return true;
    }
    uint64_t rest_nbytes = seal->nbytes;
    uint32_t rest = codec->check(seal->bytes, seal->nbytes);
    if (fj_block_table_find(&table, codec, feed)) {
        rest = fj_found_table_check(&table, codec, &rest_nbytes);
        fj_found_table_clear(&table);
    }
    uint32_t check = codec->combine(seal->data_check, rest, rest_nbytes);
    size_t nbytes =
        codec->end(check, seal->data_nbytes + rest_nbytes, true, expected);
    return feed->read_at(feed, trailer, nbytes, feed->size - nbytes) &&
           memcmp(trailer, expected, nbytes) == 0;
}

PyObject *
fj_find_seal(fj_state *state, PyObject *object, const fj_codec *codec)
{
    fj_pyfile file;
    fj_pyfile_feed feed;
    fj_found_seal seal;
    PyObject *result = NULL;
    int failure = 0;
    int opened =
        PyObject_CheckBuffer(object)
            ? fj_pyfile_open_buffer(&file, NULL, state, object, state->s_empty)
            : fj_pyfile_open(&file, NULL, state, object, state->s_empty, true,
                             NULL);
    if (opened < 0) {
        return NULL;
    }
    if (fj_pyfile_feed_init(&feed, &file, NULL) == 0) {
        feed.failure = &failure;
        if (fj_seal_find(&seal, codec, &feed.base)) {
            result = Py_BuildValue(
                "y#KO", (char *)seal.bytes, (Py_ssize_t)seal.nbytes,
                (unsigned long long)seal.start,
                ends_right(codec, &feed.base, &seal) ? Py_True : Py_False);
            fj_found_seal_clear(&seal);
        }
        else {
            result = Py_NewRef(Py_None);
        }
    }
    if (failure != 0) { // what could not be read is not damaged
        Py_CLEAR(result);
        errno = failure;
        PyErr_SetFromErrno(PyExc_OSError);
    }
    fj_pyfile_close(&file, NULL);
    return result;
}

PyObject *
fj_tree_hash_of_file(int fd, uint64_t offset, uint64_t nbytes,
                     unsigned n_threads)
{
    uint8_t digest[FJ_SHA256_NBYTES];
    fj_unlocked unlocked;
    int status;
    fj_unlocked_begin(&unlocked, NULL, 0);
    status = fj_leaves_of_file(fd, offset, nbytes, n_threads, &unlocked.watch,
                               digest);
    if (fj_unlocked_end(&unlocked) < 0) {
        return NULL;
    }
    if (status < 0) {
        errno = -status;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyBytes_FromStringAndSize((char *)digest, sizeof digest);
}
