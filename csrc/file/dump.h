/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole dumps.
 */
#ifndef FJ_FILE_DUMP_H
#define FJ_FILE_DUMP_H

#include "file/compressing_sink.h"

/* How to write an object. */
typedef struct {
    int protocol;
    bool allow_mmap;   // for the array wrappers
    bool share_arrays; // an array that occurs again is written as a reference
    PyObject *threads; // borrowed: see fj_ask_threads()
    PyObject *reducer_override; // borrowed, or NULL, as is the next:
    PyObject *dispatch_table;   // those of fj_pickler
    fj_compression compression;
    PyObject *seal;        // borrowed: fj_sealing.describe; NULL: no seal
    fj_progress *progress; // borrowed: for the bytes of the pickle
} fj_dump_options;

int fj_dump_to_path(fj_state *state, PyObject *value, PyObject *filename,
                    const fj_dump_options *options, bool atomic, bool fsync);
/* *nbytes_ret: of the pickle.  The caller must call fj_progress_finish(). */
int fj_dump_to_file(fj_state *state, PyObject *value, PyObject *file,
                    const fj_dump_options *options, uint64_t *nbytes_ret);
/* The compression in `options` is ignored. */
PyObject *fj_dump_to_bytes(fj_state *state, PyObject *value,
                           const fj_dump_options *options);

/* Calls write(descriptor, path) to write a file that is put in place when it
 * is complete.  `named`: the path must be usable; else it is None while the
 * file has no name. */
int fj_write_path(fj_state *state, PyObject *write, PyObject *filename,
                  bool atomic, bool fsync, bool named);

#endif
