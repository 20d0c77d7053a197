/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inspecting instead of loading.
 */
#ifndef FJ_FILE_INSPECT_H
#define FJ_FILE_INSPECT_H

#include "file/load_options.h"

/* All pointers are borrowed. */
typedef struct {
    /* A dict for what has been found, also if the read fails:
     * pickles     a list of (protocol, start, end, parts), see
     *             fj_symbolic_parts()
     * globals     a list, see fj_symbolic_globals()
     * arrays      a list of lists, see fj_symbolic_add_array(); None in place of
     *             one that is a part of another
     * notes       a list of str
     * nbytes      of the data, as far as it was read
     * blocks      of the block table, where there is one
     * seal        the offset of what begins as a seal does, where there is one */
    PyObject *found;
    PyObject *describe; // see fj_array_symbolic_hook
} fj_inspection;

/* options->read, with an fj_inspection as options->read_data: looks at all
 * pickles, and at what follows them.  Returns None. */
PyObject *fj_inspect(fj_state *state, fj_input *in,
                     const fj_load_options *options);

#endif
