/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to array/: runs of opcodes that are the same from one small array to
 * the next.
 */
#ifndef FJ_ARRAY_RUNS_H
#define FJ_ARRAY_RUNS_H

#include "array/numpy_api.h"

#include "pickle/memo.h"
#include "pickle/opcodes.h"

enum {
    FJ_SMALL_NBYTES = 16 * 1024, // above, the time for copying the data
                                 // dominates
    FJ_SMALL_NDIM = 8,
    FJ_SMALL_HEAD_NBYTES = 256, // more than all opcodes around the data
};

/* Where opcodes are written to.  `complete` becomes false, and stays so, if an
 * object is not in the memo or there is no more room. */
typedef struct {
    char *dst;
    char *end;
    bool complete;
} fj_run;

void fj_run_bytes(fj_run *run, const char *bytes, size_t nbytes);
void fj_run_byte(fj_run *run, int byte);
void fj_run_get(fj_run *run, const fj_memo *memo, const void *obj);

bool fj_array_is_fortran(PyArrayObject *array);

/* True for little data without objects, and lengths that fit BININT. */
bool fj_array_is_small(PyArrayObject *array);

/* Writes the shape of a small array, as a tuple that takes a memo index if it
 * is not empty, and returns the end. */
char *fj_array_put_shape(char *dst, PyArrayObject *array);

#endif
