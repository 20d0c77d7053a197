/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FJ_PICKLE_SAVE_WHERE_H
#define FJ_PICKLE_SAVE_WHERE_H

#include "pickle/pickler.h"
#include "pickle/trail.h"

/* From the root of the dump that is running to what the pickler could not save.
 * 0, or -1 with an exception set; the trail must be cleared in any case.  No
 * exception may be set before. */
int fj_find_where(const fj_pickler *p, fj_trail *trail);

#endif
