/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FJ_FILE_SNIFF_H
#define FJ_FILE_SNIFF_H

#include "pickle/input.h"

/* Looks at the first bytes, without consuming them: 1 where the data begins as
 * pickles do since protocol 2, 0 where it does not, -1 with an exception set
 * where there is not even that much. */
int fj_begins_as_pickle(fj_input *in);

/* 0 where the data may be a pickle of protocol 0 or 1, else -1 with
 * InvalidFileError that says what it is.  After fj_begins_as_pickle. */
int fj_refuse_text(fj_input *in);

#endif
