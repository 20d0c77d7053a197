/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Restricted loading: what is to be remembered of single objects.
 */
#include "pickle/policy.h"

fj_note *
fj_policy_find_note(const fj_policy *policy, PyObject *obj)
{
    Py_ssize_t i =
        policy->notes == NULL ? -1 : fj_memo_find(&policy->noted, obj);
    return i < 0 ? NULL : &policy->notes[i];
}

/* Room for one more. */
static int
grow_notes(fj_policy *policy)
{
    size_t capacity =
        policy->notes_capacity == 0 ? 16 : policy->notes_capacity * 2;
    if (policy->notes == NULL && fj_memo_init(&policy->noted) < 0) {
        return -1;
    }
    fj_note *notes =
        PyMem_Realloc(policy->notes, capacity * sizeof *policy->notes);
    if (notes == NULL) {
        if (policy->notes == NULL) {
            fj_memo_clear(&policy->noted);
        }
        PyErr_NoMemory();
        return -1;
    }
    policy->notes = notes;
    policy->notes_capacity = capacity;
    return 0;
}

fj_note *
fj_policy_add_note(fj_policy *policy, PyObject *obj)
{
    fj_note *note = fj_policy_find_note(policy, obj);
    if (note != NULL) {
        return note;
    }
    size_t i = policy->noted.next_index;
    if ((i == policy->notes_capacity && grow_notes(policy) < 0) ||
        fj_memo_add(&policy->noted, obj) < 0) {
        return NULL;
    }
    policy->notes[i] = (fj_note){0};
    return &policy->notes[i];
}

void
fj_policy_clear_notes(fj_policy *policy)
{
    if (policy->notes != NULL) {
        fj_memo_clear(&policy->noted);
        PyMem_Free(policy->notes);
        policy->notes = NULL;
    }
}
