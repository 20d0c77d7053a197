/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Makes pickles from pickles, opcode by opcode: random bytes alone would
 * hardly get past the first wrong length.
 */
#include "fuzz_load.h"
#include "pickle_pieces.h"

#include <string.h>

enum {
    MAX_FRESH = 1 << 16,   // bytes of opcodes that a mutation makes
    MAX_CHANGED = 1 << 18, // of a pickle
};

static program current, other;
static uint8_t fresh[MAX_FRESH], changed[MAX_CHANGED];
static size_t nfresh;
static const uint8_t no_room[] = {'N'};

/* Frames would have to be measured again: without them, all is read as well.
 * One in four files keeps them. */
static void
remove_frames(program *p)
{
    if (fuzz_random(4) == 0) {
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (p->pieces[i].data[0] != 0x95 || p->pieces[i].nbytes != 9) {
            p->pieces[n++] = p->pieces[i];
        }
    }
    p->n = n;
}

/* A copy that can be changed; where there is no room for it, the opcode NONE,
 * which cannot. */
static piece
make_fresh(const uint8_t *data, size_t nbytes)
{
    if (nbytes > MAX_FRESH - nfresh) {
        return (piece){no_room, sizeof no_room};
    }
    memcpy(fresh + nfresh, data, nbytes);
    piece made = {fresh + nfresh, nbytes};
    nfresh += nbytes;
    return made;
}

static uint64_t
odd_number(void)
{
    static const uint64_t numbers[] = {
        0,          1,          2,          127,        128,
        255,        256,        32767,      32768,      65535,
        65536,      0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
        1ull << 62, 1ull << 63, UINT64_MAX,
    };
    return fuzz_random(2) == 0
               ? fuzz_random(40)
               : numbers[fuzz_random(sizeof numbers / sizeof *numbers)];
}

static piece
random_opcode(size_t nmemo)
{
    uint8_t data[9 + 8] = {0};
    size_t nbytes = 1;
    data[0] = (uint8_t)fuzz_opcodes[fuzz_random(FUZZ_OPCODES)];
    uint64_t number = odd_number();
    switch (fuzz_operand_of(data[0])) {
    case FIXED_1:
        number = data[0] == 'h' ? fuzz_random(nmemo) : number;
        nbytes = 2;
        break;
    case FIXED_2:
        nbytes = 3;
        break;
    case FIXED_4:
        nbytes = 5;
        break;
    case FIXED_8:
    case COUNTED_8:
        nbytes = 9;
        break;
    case COUNTED_1:
        number &= 7;
        nbytes = 2 + (size_t)number;
        break;
    case COUNTED_4:
        number &= 3;
        nbytes = 5 + (size_t)number;
        break;
    case LINE:
        memcpy(data + 1, "1\n", 2);
        return make_fresh(data, 3);
    case TWO_LINES:
        memcpy(data + 1, "numpy\nO\n", 8);
        return make_fresh(data, 9);
    default:
        break;
    }
    for (size_t i = 1; i < nbytes && i < 9; i++) {
        data[i] = (uint8_t)(number >> (8 * (i - 1)));
    }
    return make_fresh(data, nbytes);
}

/* Changes the number that an opcode has, or the length of what it has. */
static piece
change_number(piece old, size_t nmemo)
{
    piece made = make_fresh(old.data, old.nbytes);
    uint8_t *bytes = (uint8_t *)made.data;
    if (made.nbytes < 2) {
        return made;
    }
    uint64_t number = odd_number();
    if (bytes[0] == 'h' || bytes[0] == 'q') {
        number = fuzz_random(nmemo);
    }
    operand kind = fuzz_operand_of(bytes[0]);
    static const uint8_t width[] = {0, 0, 1, 2, 4, 8, 1, 4, 8, 0, 0};
    for (size_t i = 0; i < width[kind] && i + 1 < made.nbytes; i++) {
        bytes[1 + i] = (uint8_t)(number >> (8 * i));
    }
    return made;
}

/* Changes the bytes of an opcode's operand, at the same length. */
static piece
change_bytes(piece old)
{
    piece made = make_fresh(old.data, old.nbytes);
    if (made.nbytes > 1) {
        size_t at = 1 + fuzz_random(made.nbytes - 1);
        ((uint8_t *)made.data)[at] ^= (uint8_t)(1u << fuzz_random(8));
    }
    return made;
}

/* Copies some opcodes in a row from one place to another. */
static void
copy_run(program *to, size_t at, const program *from)
{
    size_t n = 1 + fuzz_random(fuzz_random(4) == 0 ? 64 : 6);
    size_t first = fuzz_random(from->n);
    static piece run[64];
    n = n > from->n - first ? from->n - first : n;
    memcpy(run, from->pieces + first, n * sizeof *run);
    for (size_t i = 0; i < n; i++) {
        fuzz_insert(to, at + i, run[i]);
    }
}

/* An opcode of another one's kind of operand, with the operand. */
static piece
change_opcode(piece old)
{
    piece made = make_fresh(old.data, old.nbytes);
    operand kind = fuzz_operand_of(old.data[0]);
    for (int tries = 0; made.data != no_room && tries < 20; tries++) {
        uint8_t opcode = (uint8_t)fuzz_opcodes[fuzz_random(FUZZ_OPCODES)];
        if (fuzz_operand_of(opcode) == kind) {
            *(uint8_t *)made.data = opcode;
            break;
        }
    }
    return made;
}

/* Puts an operand of the same kind from elsewhere in place of one: a name, a
 * number, a memo index. */
static void
exchange_operand(program *p, size_t at, const program *from)
{
    operand kind = fuzz_operand_of(p->pieces[at].data[0]);
    for (int tries = 0; tries < 20; tries++) {
        piece found = from->pieces[fuzz_random(from->n)];
        if (fuzz_operand_of(found.data[0]) == kind && kind > NOTHING) {
            p->pieces[at] = found;
            return;
        }
    }
}

static void
mutate_once(program *p)
{
    size_t at = fuzz_random(p->n);
    piece *one = &p->pieces[at];
    switch (fuzz_random(12)) {
    case 0:
        if (p->n > 1) {
            fuzz_remove(p, at);
        }
        break;
    case 1:
        fuzz_insert(p, fuzz_random(p->n + 1), *one);
        break;
    case 2: {
        size_t next = fuzz_random(p->n);
        piece kept = *one;
        *one = p->pieces[next];
        p->pieces[next] = kept;
        break;
    }
    case 3:
    case 4:
        fuzz_insert(p, at, random_opcode(p->n));
        break;
    case 5:
    case 6:
        *one = change_number(*one, p->n);
        break;
    case 7:
        *one = change_bytes(*one);
        break;
    case 8:
        copy_run(p, at, p);
        break;
    case 9:
        *one = change_opcode(*one);
        break;
    default:
        exchange_operand(p, at, p);
        break;
    }
}

size_t
fuzz_mutate_pickle(uint8_t *data, size_t size, size_t max_size)
{
    if (size < 2 || fuzz_random(8) == 0) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    fuzz_split(&current, data, size);
    nfresh = 0;
    remove_frames(&current);
    for (size_t n = 1 + fuzz_random(4); n > 0 && current.n > 0; n--) {
        mutate_once(&current);
    }
    size = fuzz_join(&current, changed,
                     max_size < MAX_CHANGED ? max_size : MAX_CHANGED);
    memcpy(data, changed, size);
    return size;
}

size_t
fuzz_cross_pickles(const uint8_t *data1, size_t size1, const uint8_t *data2,
                   size_t size2, uint8_t *out, size_t max_out)
{
    nfresh = 0;
    fuzz_split(&current, data1, size1);
    fuzz_split(&other, data2, size2);
    remove_frames(&current);
    if (current.n == 0 || other.n == 0) {
        return 0;
    }
    for (size_t n = 1 + fuzz_random(3); n > 0; n--) {
        if (fuzz_random(2) == 0) {
            exchange_operand(&current, fuzz_random(current.n), &other);
        }
        else {
            copy_run(&current, fuzz_random(current.n), &other);
        }
    }
    return fuzz_join(&current, out, max_out);
}
