/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to array/: loading small arrays.
 *
 * From a file's second array on, a wrapper is a run of some 40 bytes, mostly
 * GETs of objects that came with the first.  Executing these opcodes makes a
 * wrapper, a dict and a tuple only to discard them, which takes three times as
 * long as making the array.  So the run is read here as a whole: opcode by
 * opcode the first time, later by comparing it with the last one.  Anything
 * unexpected is left to the unpickler.
 *
 * The wrapper, its dict and its shape take memo indices without being made.
 * No writer refers to them again; a stream that does is refused.
 */
#ifndef FJ_ARRAY_SMALL_LOAD_H
#define FJ_ARRAY_SMALL_LOAD_H

#include "array/array.h"

/* Called after a NEWOBJ that would make a wrapper: 1 if the whole array was
 * read and pushed; 0, with nothing consumed, if the opcodes must be executed
 * one by one; -1. */
int fj_small_load(fj_unpickler *u);

#endif
