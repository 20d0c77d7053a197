/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Pickles in pieces, for the fuzzer's mutations: opcodes with their operands.
 */
#ifndef FUZZ_PICKLE_PIECES_H
#define FUZZ_PICKLE_PIECES_H

#include <stddef.h>
#include <stdint.h>

enum { MAX_OPCODES = 8192, FUZZ_OPCODES = 68 };

extern const char fuzz_opcodes[FUZZ_OPCODES + 1]; // each once

/* What follows an opcode. */
typedef enum {
    UNKNOWN, // no opcode
    NOTHING,
    FIXED_1,
    FIXED_2,
    FIXED_4,
    FIXED_8,
    COUNTED_1, // by that many bytes, and then by as many as they say
    COUNTED_4,
    COUNTED_8,
    LINE,
    TWO_LINES,
} operand;

operand fuzz_operand_of(uint8_t opcode);

/* Part of a file: one opcode with its operand, or what is none. */
typedef struct {
    const uint8_t *data;
    size_t nbytes;
} piece;

typedef struct {
    piece pieces[MAX_OPCODES];
    size_t n;
} program;

/* A random number below n, or 0; seeded for each mutation. */
void fuzz_seed(unsigned int seed);
uint32_t fuzz_random(size_t n);

/* Splits data into opcodes.  What a wrapper describes, and what follows STOP,
 * comes out as opcodes too, or as single bytes.  The pieces point into the
 * data. */
void fuzz_split(program *p, const uint8_t *data, size_t size);
size_t fuzz_join(const program *p, uint8_t *out, size_t max_size);

void fuzz_remove(program *p, size_t at);
void fuzz_insert(program *p, size_t at, piece new_piece);

/* mutate_pickles.c: changes a pickle, and makes one of two. */
size_t fuzz_mutate_pickle(uint8_t *data, size_t size, size_t max_size);
size_t fuzz_cross_pickles(const uint8_t *data1, size_t size1,
                          const uint8_t *data2, size_t size2, uint8_t *out,
                          size_t max_out);

#endif
