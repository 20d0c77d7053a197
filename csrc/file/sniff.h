/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Telling what data is that is no pickle.
 */
#ifndef FJ_FILE_SNIFF_H
#define FJ_FILE_SNIFF_H

#include "pickle/input.h"

/* Looks at the first bytes, without consuming them: 1 where the data begins as
 * pickles do since protocol 2, 0 where it does not, -1 with an exception set
 * where there is not even that much. */
int fj_begins_as_pickle(fj_input *in);

/* 0 where the data may be a pickle of protocol 0 or 1, else -1 with
 * InvalidFileError that says what it is.  After fj_begins_as_pickle; looks
 * only at what is in the window. */
int fj_refuse_foreign(fj_input *in);

/* After a load has failed, the exception of which is set: replaces it by one
 * that says so where the data, of which these are the first bytes, looks like
 * text.  (Protocol 0 is text as well, so this can only be said now.) */
void fj_suspect_text(fj_state *state, const char *start, size_t nbytes);

#endif
