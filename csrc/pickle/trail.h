/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A path through an object, as it is shown: the steps, which are Python
 * expressions where such exist, and the types on it.
 */
#ifndef FJ_PICKLE_TRAIL_H
#define FJ_PICKLE_TRAIL_H

#include "py/state.h"

typedef struct {
    PyObject
        *steps; // owned: list of str.  Of a long trail both ends are kept.
    PyObject *types; // owned: list of str: the root's, and one for each step
    bool is_cut;     // steps are missing in the middle
    PyObject *at;    // owned: what the last step leads to; NULL: not known
} fj_trail;

/* Each returns 0, or -1 with an exception set; clear it in any case. */
int fj_trail_init(fj_trail *trail, PyObject *root);
int fj_trail_step(fj_trail *trail, PyObject *step_steal, PyObject *obj);
void fj_trail_clear(fj_trail *trail);

/* The last step is now known to lead to `obj`, if that is not NULL. */
int fj_trail_learn(fj_trail *trail, PyObject *obj);

/* "model.steps[1]", and "Pipeline > list > tuple"; a new reference or NULL. */
PyObject *fj_trail_path(const fj_trail *trail);
PyObject *fj_trail_types(const fj_trail *trail);

/* The steps to the value of a key, and to the key itself. */
PyObject *fj_key_step(PyObject *key);
PyObject *fj_to_key_step(PyObject *key);

/* Of an instance's dict; `key` may be anything. */
PyObject *fj_dict_attribute_step(PyObject *key);

/* The step from `owner` to the attribute that holds the very object `value`, the
 * one named `key` (NULL: any) before others.  Properties are not asked.  NULL,
 * without an exception, where there is none, or no memory. */
PyObject *fj_attribute_step(PyObject *owner, PyObject *value, PyObject *key);

/* What a name is for instances of a type, by its classes' dicts alone.  A new
 * reference, or NULL without an exception. */
PyObject *fj_find_in_classes(PyTypeObject *type, PyObject *name);

#endif
