/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FJ_FILE_SNIFF_H
#define FJ_FILE_SNIFF_H

#include "pickle/input.h"

/* Looks at the first bytes, without consuming them: 0 where they may be a
 * pickle's, else -1 with InvalidFileError that says what the data is. */
int fj_sniff(fj_input *in);

#endif
