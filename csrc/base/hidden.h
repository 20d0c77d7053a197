/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The hidden files that a dump to "dir/NAME" may have in the same directory,
 * all called "dir/.NAME.fastjoblib-SUFFIX":
 *
 *   new, 0123456789abcdef  a new file on its way (base/place.h, file/target.h)
 *   old                    an old file that waits for the disk (base/retire.h)
 *   kept                   one that has to stay, since the new data could not
 *                          be written to the disk
 *
 * Whoever uses one of the first three holds a lock on it (fj_lock), so that what
 * a killed process has left can be told from what is in use.  Where there are
 * no locks, nobody removes what others left.
 *
 * Plain C11, to be called without the GIL.
 */
#ifndef FJ_BASE_HIDDEN_H
#define FJ_BASE_HIDDEN_H

#include "base/platform.h"

/* A suffix of 16 digits: sets `suffix_ret` to the number. */
#define FJ_NUMBER_SUFFIX_SIZE sizeof "0123456789abcdef"
void fj_number_suffix(char *suffix_ret, uint64_t number);

/* The hidden name beside `path`, for a suffix of at most 16 characters.  A
 * NAME that is too long for this is cut, and a hash of it is added.  To be
 * freed by the caller; NULL if there is no memory. */
char *fj_hidden_beside(const char *path, const char *suffix);

/* Whether the name, relative to the directory, is that of the open file.  The
 * directory may be FJ_HERE. */
bool fj_leads_to(int directory, const char *name, int fd);

/* Opens and locks a file that a dead process left: a descriptor, or -errno,
 * -EWOULDBLOCK if it is in use. */
int fj_open_left_over(int directory, const char *name);

#endif
