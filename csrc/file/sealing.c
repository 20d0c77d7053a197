/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/sealing.h"

#include <stdlib.h>

static int
init(fj_sealing *sealing, PyObject *describe, unsigned n_threads,
     fj_pieces *pieces, bool rewrites_head)
{
    *sealing = (fj_sealing){
        .describe = describe,
        .globals = PySet_New(NULL),
    };
    if (sealing->globals == NULL) {
        return -1;
    }
    sealing->checksums = fj_checksums_new(n_threads, pieces, rewrites_head);
    if (sealing->checksums == NULL) {
        Py_CLEAR(sealing->globals);
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

int
fj_sealing_init_raw(fj_sealing *sealing, PyObject *describe, fj_sink *file,
                    unsigned n_threads)
{
    fj_pieces *pieces = &sealing->pieces;
    if (init(sealing, describe, n_threads, pieces, false) < 0) {
        return -1;
    }
    fj_checking_sink_init(&sealing->data, file, pieces, sealing->checksums);
    return 0;
}

int
fj_sealing_init_compressed(fj_sealing *sealing, PyObject *describe,
                           fj_sink *file, unsigned n_threads,
                           bool rewrites_head)
{
    if (init(sealing, describe, n_threads, NULL, rewrites_head) < 0) {
        return -1;
    }
    fj_checking_sink_init(&sealing->file, file, NULL, sealing->checksums);
    return 0;
}

void
fj_sealing_put_before(fj_sealing *sealing, fj_sink *compressing)
{
    fj_checking_sink_init(&sealing->data, compressing, &sealing->pieces, NULL);
}

void
fj_sealing_clear(fj_sealing *sealing)
{
    fj_checksums *checksums = sealing->checksums;
    sealing->checksums = NULL;
    Py_BEGIN_ALLOW_THREADS // waits for what others hash
        fj_checksums_free(checksums);
    Py_END_ALLOW_THREADS
    fj_pieces_clear(&sealing->pieces);
    Py_CLEAR(sealing->globals);
}

static int
finish_hash(fj_sealing *sealing, const uint8_t *head, size_t head_nbytes,
            uint8_t digest[FJ_SHA256_NBYTES])
{
    fj_unlocked unlocked;
    fj_status status;
    fj_unlocked_begin(&unlocked, NULL, 0);
    status = fj_checksums_finish(sealing->checksums, head, head_nbytes,
                                 &unlocked.watch, digest);
    fj_unlocked_end(&unlocked);
    return status == FJ_OK ? 0 : fj_raise_checksum_status(status);
}

/* The seal: a bytes object, or NULL. */
static PyObject *
make_seal(fj_sealing *sealing, const uint8_t *head, size_t head_nbytes,
          uint64_t file_nbytes, uint32_t check)
{
    uint8_t digest[FJ_SHA256_NBYTES], *pieces;
    size_t pieces_nbytes;
    if (finish_hash(sealing, head, head_nbytes, digest) < 0) {
        return NULL;
    }
    if (fj_pieces_write(&sealing->pieces, &pieces, &pieces_nbytes) != FJ_OK) {
        return PyErr_NoMemory();
    }
    PyObject *seal = PyObject_CallFunction(
        sealing->describe, "Oy#y#KKk", sealing->globals, (char *)pieces,
        (Py_ssize_t)pieces_nbytes, (char *)digest, (Py_ssize_t)sizeof digest,
        (unsigned long long)sealing->data.base.written,
        (unsigned long long)file_nbytes, (unsigned long)check);
    free(pieces);
    if (seal != NULL && !PyBytes_CheckExact(seal)) {
        PyErr_SetString(PyExc_TypeError, "a seal is a bytes object");
        Py_CLEAR(seal);
    }
    return seal;
}

int
fj_sealing_end_raw(fj_sealing *sealing, fj_sink *file)
{
    PyObject *seal =
        make_seal(sealing, NULL, 0, sealing->data.base.written, 0);
    if (seal == NULL) {
        return -1;
    }
    file->progress = NULL; // which is of the object's bytes
    int ret = file->write(file, PyBytes_AS_STRING(seal),
                          (size_t)PyBytes_GET_SIZE(seal));
    Py_DECREF(seal);
    return ret;
}

int
fj_sealing_end_compressed(fj_sealing *sealing,
                          fj_compressing_sink *compressing,
                          const uint8_t *head, size_t head_nbytes)
{
    PyObject *seal =
        make_seal(sealing, head, head_nbytes, sealing->file.base.written,
                  fj_compressor_check(compressing->compressor));
    if (seal == NULL) {
        return -1;
    }
    int ret = fj_compressing_sink_seal(
        compressing, (const uint8_t *)PyBytes_AS_STRING(seal),
        (size_t)PyBytes_GET_SIZE(seal));
    Py_DECREF(seal);
    return ret;
}
