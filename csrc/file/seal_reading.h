/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Finding seals: what a load does about one behind the object, and what
 * verifying needs.
 */
#ifndef FJ_FILE_SEAL_READING_H
#define FJ_FILE_SEAL_READING_H

#include "codec/seal.h"
#include "file/load_options.h"
#include "file/pyfile.h"

/* Passes a seal that begins here, if it is whole: `in` may be the stream of
 * several objects, each with its own.  What is read ahead must not be lost.  0
 * or -1. */
int fj_pass_seal(fj_input *in);

/* Tells options->sealed of a seal.  0 or -1. */
int fj_report_seal(const fj_load_options *options, const fj_found_seal *seal);

/* Looks for one at the end of the file or buffer (`codec`: what it is
 * compressed by, or NULL), and reports it. */
int fj_find_and_report_seal(const fj_load_options *options, fj_pyfile *file,
                            const fj_codec *codec);

/* (seal, start, ends_right) of the seal at the end of a file object or buffer,
 * or None; NULL with an exception set. */
PyObject *fj_find_seal(fj_state *state, PyObject *object,
                       const fj_codec *codec);

/* The tree hash, a bytes object, of a range of a file. */
PyObject *fj_tree_hash_of_file(int fd, uint64_t offset, uint64_t nbytes,
                               unsigned n_threads);

#endif
