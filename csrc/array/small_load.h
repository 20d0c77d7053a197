/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to array/: small arrays on their way in.
 *
 * From a file's second array on, a wrapper is a run of some 40 bytes, nearly
 * all of them GETs of objects that came with the first.  Running them one by
 * one makes a wrapper, a dict and a tuple, fills them, and throws them away,
 * which takes three times as long as making the array.  So the run is read
 * here as a whole: opcode by opcode the first time, after that by comparing
 * it with the last one.  Anything unexpected is left to the opcodes.
 *
 * The wrapper, its dict and its shape take memo indices without being made:
 * no writer refers to them again, and a stream that does gets an error.
 */
#ifndef FJ_ARRAY_SMALL_LOAD_H
#define FJ_ARRAY_SMALL_LOAD_H

#include "array/array.h"

/* Behind the NEWOBJ that would make a wrapper: 1 where the array was read,
 * whole, and pushed; 0, with nothing consumed, where the opcodes must be run
 * one by one; -1. */
int fj_small_load(fj_unpickler *u);

#endif
