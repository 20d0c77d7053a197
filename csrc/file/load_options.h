/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How to load.
 */
#ifndef FJ_FILE_LOAD_OPTIONS_H
#define FJ_FILE_LOAD_OPTIONS_H

#include "py/progress.h"

/* All pointers are borrowed. */
typedef struct {
    PyObject *filename;     // for messages, "" where there is none
    bool native_byte_order; // bring big-endian arrays to the host's order
    /* Maps the file's arrays in place of reading them, or NULL; only for
     * paths.  mapper.open(descriptor, needed) returns (memory, filename,
     * mode): an mmap of the whole file, and what the arrays' attributes shall
     * say; `needed`, the bytes that the first array needs, is for messages.
     * mapper.warn_unaligned(array) is called for what joblib before 1.2 wrote
     * at any offset. */
    PyObject *mapper;
    int descriptor; // what that is called with; set likewise
    /* Says what data is that does not begin as pickles do since protocol 2,
     * or NULL: fallback(origin, start, taken) returns
     * - None: it may be a pickle after all;
     * - an int: so many bytes of it would tell;
     * - (codec, n_threads): it is compressed, and C goes on;
     * - a file object, which C loads a pickle from in its place.
     * `origin`: the file object, descriptor or buffer; `start`: bytes that
     * the data begins with; `taken`: how many of them have been read from the
     * origin, and not only looked at. */
    PyObject *fallback;
    /* Reads the arrays that lie in files of their own (see
     * fj_array_loader). */
    PyObject *side_files;
    /* How many threads may read large arrays (see fj_ask_threads()), of paths
     * and of file objects that can be read beside. */
    PyObject *threads;
    /* The data is all there is, of a path or in memory: behind a compressed
     * object nothing may follow but further streams.  Set by the functions
     * of load.h. */
    bool whole;
    fj_progress *progress; // counts the bytes of the file
} fj_load_options;

#endif
