/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where in its object the pickler is.
 */
#ifndef FJ_PICKLE_SAVE_WHERE_H
#define FJ_PICKLE_SAVE_WHERE_H

#include "pickle/pickler.h"
#include "pickle/trail.h"

/* From the root of the dump that is running to what the pickler could not save.
 * 0, or -1 with an exception set; the trail must be cleared in any case.  No
 * exception may be set before. */
int fj_find_where(const fj_pickler *p, fj_trail *trail);

/* Adds a note for each part that was being written, from the innermost to the
 * outermost, in the words of Python 3.14's pickle; none before 3.14. */
void fj_note_parts(const fj_pickler *p, PyObject *error);

/* What follows is for save_where.c, save_parts.c and save_notes.c. */

/* Whether the task `i` is in the middle of a deep stack, of which no one would
 * want to hear. */
bool fj_is_in_middle(const fj_pickler *p, size_t i);

/* The pair of a dict before the position `end` of PyDict_Next(); borrowed. */
bool fj_pair_before(PyObject *dict, Py_ssize_t end, PyObject **key_ret,
                    PyObject **value_ret);

/* What of trail->at the next task is about. */
typedef enum {
    FJ_PART_WHOLE,
    FJ_PART_ARGUMENTS, // second element of its reduce value, and so on
    FJ_PART_KEYWORDS,
    FJ_PART_CALLABLE,
    FJ_PART_STATE,
    FJ_PART_SETTER_STATE, // of (setter, object, state)
    FJ_PART_SETTER_OBJECT,
    FJ_PART_SETTER,
    FJ_PART_ATTRIBUTES, // a dict in its state
    FJ_PART_ELEMENTS,   // a list whose items are its own
    FJ_PART_PERSISTENT_ID,
} fj_part;

typedef struct {
    const fj_pickler *p;
    fj_trail *trail;
    fj_part part;
    int op; // that makes trail->at: of its arguments, keywords and callable
} fj_where_reader;

/* The step from trail->at to the part: to `obj`, if that is not NULL.  A new
 * reference, or NULL with an exception set. */
PyObject *fj_part_step(const fj_where_reader *r, const PyObject *obj);

/* Whether the class of trail->at has methods of its own in place of object's. */
bool fj_part_has_own_reduce(const fj_where_reader *r);
bool fj_part_has_own_getstate(const fj_where_reader *r);

#endif
