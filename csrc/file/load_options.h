/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How to load.
 */
#ifndef FJ_FILE_LOAD_OPTIONS_H
#define FJ_FILE_LOAD_OPTIONS_H

#include "pickle/input.h"
#include "pickle/policy.h"
#include "py/progress.h"

typedef struct fj_load_options fj_load_options;

/* Restricted loading: see pickle/policy.h. */
typedef struct {
    fj_trust trust;
    fj_limits limits;
} fj_restrictions;

/* All pointers are borrowed. */
struct fj_load_options {
    /* Reads the next object of an input: fj_unpickle(), or another that is to
     * see what that would load.  A new reference, or NULL; may be called again
     * for the same data from its beginning, if the first time went wrong. */
    PyObject *(*read)(fj_state *state, fj_input *in,
                      const fj_load_options *options);
    void *read_data;                     // for `read`
    const fj_restrictions *restrictions; // of fj_unpickle(), or NULL
    PyObject *rename;                    // of fj_unpickler, or NULL
    PyObject *filename;     // for messages, "" where there is none
    bool native_byte_order; // bring big-endian arrays to the host's order
    /* Maps the file's arrays instead of reading them, or NULL; only for paths.
     * mapper.open(descriptor, needed) returns (memory, filename, mode): an
     * mmap of the whole file, and values for the arrays' attributes; `needed`,
     * the bytes that the first array needs, is for messages.
     * mapper.warn_unaligned(array) is called for arrays that joblib before 1.2
     * wrote at an unaligned offset. */
    PyObject *mapper;
    int descriptor; // for mapper.open(); set by fj_load_from_path()
    /* Identifies data that does not begin like a pickle of protocol 2 or
     * higher, or NULL: fallback(origin, start, taken) returns
     * - None: it may be a pickle after all;
     * - an int: it needs this many bytes;
     * - (codec, n_threads): it is compressed, and C goes on;
     * - a file object, from which C loads a pickle instead.  `origin`: the
     *   file object, descriptor or buffer; `start`: bytes that the data begins
     *   with; `taken`: how many of them have been read from the origin, and
     *   not only looked at. */
    PyObject *fallback;
    /* sealed(seal) is called with the bytes of the seal at the end of a file
     * or buffer, if there is one, after the load; or NULL. */
    PyObject *sealed;
    /* Reads arrays in separate files (see fj_array_loader). */
    PyObject *side_files;
    /* How many threads may read large arrays (see fj_ask_threads()), from
     * paths and from file objects whose descriptor can be used. */
    PyObject *threads;
    /* The data is a whole file or buffer, so only further streams may follow a
     * compressed object.  Set by the functions of load.h. */
    bool whole;
    size_t
        n_blocks; // of the block table by which the data is read; 0: by none.
                  // Set by fj_load_compressed()
    /* For restrictions: from where the load begins, -1 if not known.  Set by
     * fj_load_from_path(). */
    int64_t file_nbytes;
    fj_progress *progress; // for the bytes of the file
};

#endif
