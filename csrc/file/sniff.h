/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Recognising data that is no pickle.
 */
#ifndef FJ_FILE_SNIFF_H
#define FJ_FILE_SNIFF_H

#include "pickle/input.h"

/* Looks at the first bytes, without consuming them: 1 if the data begins like
 * a pickle of protocol 2 or higher, 0 if not, -1 with an exception set if
 * there are too few bytes. */
int fj_begins_as_pickle(fj_input *in);

/* 0 if the data may be a pickle of protocol 0 or 1, else -1 with an
 * InvalidFileError that says what it is.  To be called after
 * fj_begins_as_pickle(); looks only at what is in the window. */
int fj_refuse_foreign(fj_input *in);

/* To be called with the exception of a failed load set and the first bytes of
 * the data: if they look like text, replaces the exception by one that says
 * so.  (Only now, since pickles of protocol 0 are text too.) */
void fj_suspect_text(fj_state *state, const char *start, size_t nbytes);

#endif
