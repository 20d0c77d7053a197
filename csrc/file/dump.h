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
    bool allow_mmap;   // what the array wrappers say
    bool share_arrays; // an array that comes up again is a reference
    PyObject *threads; // borrowed: see fj_ask_threads()
    fj_compression compression;
    fj_progress *progress; // borrowed: counts the bytes of the pickle
} fj_dump_options;

int fj_dump_to_path(fj_state *state, PyObject *value, PyObject *filename,
                    const fj_dump_options *options, bool atomic, bool fsync);
/* *nbytes_ret: of the pickle.  That all is done is left to the caller to
 * tell. */
int fj_dump_to_file(fj_state *state, PyObject *value, PyObject *file,
                    const fj_dump_options *options, uint64_t *nbytes_ret);
/* `options` says nothing of compression. */
PyObject *fj_dump_to_bytes(fj_state *state, PyObject *value,
                           const fj_dump_options *options);

/* Gives a file that is put in place when it is whole to `write`, a callable
 * of (descriptor, path).  `named`: the path may be opened, else it is None
 * where the file has no name yet. */
int fj_write_path(fj_state *state, PyObject *write, PyObject *filename,
                  bool atomic, bool fsync, bool named);

#endif
