/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A sink that computes checksums of what it passes on to another.
 */
#ifndef FJ_FILE_CHECKING_SINK_H
#define FJ_FILE_CHECKING_SINK_H

#include "py/state.h"

#include "base/checksums.h"
#include "pickle/output.h"
#include "py/unlocked.h"

typedef struct {
    fj_sink base;
    fj_sink *inner;          // borrowed
    fj_pieces *pieces;       // borrowed, or NULL: learns where arrays are
    fj_checksums *checksums; // borrowed, or NULL: then `pieces` are checked
                             // here, by the owner alone
    fj_unlocked unlocked;
} fj_checking_sink;

void fj_checking_sink_init(fj_checking_sink *sink, fj_sink *inner,
                           fj_pieces *pieces, fj_checksums *checksums);

/* Sets the exception of a checksum that could not be computed; returns -1. */
int fj_raise_checksum_status(fj_status status);

#endif
