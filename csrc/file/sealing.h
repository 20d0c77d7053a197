/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Making the seal of a dump: what is computed on the way, and the last bytes
 * of the file.  docs/format.md has its form.
 *
 *     raw          pickler -> [pieces, hash] -> file
 *     compressed   pickler -> [pieces] -> compressor -> [hash] -> file
 */
#ifndef FJ_FILE_SEALING_H
#define FJ_FILE_SEALING_H

#include "file/checking_sink.h"
#include "file/compressing_sink.h"

typedef struct {
    /* Borrowed: describe(globals, pieces, digest, data_nbytes, file_nbytes,
     * check) returns the seal, a bytes object.  `globals`: a set of (module,
     * name); `pieces`: as fj_pieces_write(); `check`: of zlib's or gzip's
     * data. */
    PyObject *describe;
    PyObject *globals; // owned
    fj_pieces pieces;
    fj_checksums *checksums;
    fj_checking_sink data; // takes the pickle
    fj_checking_sink file; // takes the compressed stream
} fj_sealing;

/* For a raw file: the pickler is to write to sealing->data. */
int fj_sealing_init_raw(fj_sealing *sealing, PyObject *describe, fj_sink *file,
                        unsigned n_threads);

/* For a compressed one: the compressor is to write to sealing->file, and
 * fj_sealing_put_before() makes the pickler's sink.  `rewrites_head`: the
 * first bytes of the file will be written again. */
int fj_sealing_init_compressed(fj_sealing *sealing, PyObject *describe,
                               fj_sink *file, unsigned n_threads,
                               bool rewrites_head);
void fj_sealing_put_before(fj_sealing *sealing, fj_sink *compressing);

/* After the last byte: write the seal.  These return 0, or -1 with an
 * exception set. */
int fj_sealing_end_raw(fj_sealing *sealing, fj_sink *file);
int fj_sealing_end_compressed(fj_sealing *sealing,
                              fj_compressing_sink *compressing,
                              const uint8_t *head, size_t head_nbytes);

/* To be called after all but a failed init. */
void fj_sealing_clear(fj_sealing *sealing);

#endif
