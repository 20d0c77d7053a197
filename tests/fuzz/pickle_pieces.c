/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle_pieces.h"

#include <string.h>

const char fuzz_opcodes[FUZZ_OPCODES + 1] =
    "(012FGIJKLMNPQRSTUVXabcdeghijlopqrstu})]\x80"
    "\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b"
    "BC\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96"
    "\x97\x98.";

operand
fuzz_operand_of(uint8_t opcode)
{
    switch (opcode) {
    case 'K':
    case 'h':
    case 'q':
    case 0x80:
    case 0x82:
        return FIXED_1;
    case 'M':
    case 0x83:
        return FIXED_2;
    case 'J':
    case 'j':
    case 'r':
    case 0x84:
        return FIXED_4;
    case 'G':
    case 0x95:
        return FIXED_8;
    case 'U':
    case 'C':
    case 0x8a:
    case 0x8c:
        return COUNTED_1;
    case 'T':
    case 'X':
    case 'B':
    case 0x8b:
        return COUNTED_4;
    case 0x8d:
    case 0x8e:
    case 0x96:
        return COUNTED_8;
    case 'F':
    case 'I':
    case 'L':
    case 'P':
    case 'S':
    case 'V':
    case 'g':
    case 'p':
        return LINE;
    case 'c':
    case 'i':
        return TWO_LINES;
    default:
        return strchr(fuzz_opcodes, opcode) != NULL && opcode != 0 ? NOTHING
                                                                   : UNKNOWN;
    }
}

static uint64_t random_state;

void
fuzz_seed(unsigned int seed)
{
    random_state = seed + 1u;
    fuzz_random(2);
}

uint32_t
fuzz_random(size_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return n == 0 ? 0 : (uint32_t)((random_state >> 33) % n);
}

static size_t
line_nbytes(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    return end == NULL ? size : (size_t)(end - data) + 1;
}

static size_t
count_nbytes(const uint8_t *data, size_t size, size_t nbytes)
{
    uint64_t count = 0;
    for (size_t i = 0; i < nbytes && i < size; i++) {
        count |= (uint64_t)data[i] << (8 * i);
    }
    return count > size - nbytes ? size : nbytes + (size_t)count;
}

static size_t
operand_nbytes(operand kind, const uint8_t *data, size_t size)
{
    static const uint8_t fixed[] = {0, 0, 1, 2, 4, 8, 1, 4, 8};
    if (kind == LINE || kind == TWO_LINES) {
        size_t first = line_nbytes(data, size);
        return kind == LINE ? first
                            : first + line_nbytes(data + first, size - first);
    }
    size_t nbytes = fixed[kind];
    if (nbytes > size) {
        return size;
    }
    return kind < COUNTED_1 ? nbytes : count_nbytes(data, size, nbytes);
}

void
fuzz_split(program *p, const uint8_t *data, size_t size)
{
    p->n = 0;
    while (size > 0 && p->n < MAX_OPCODES - 1) {
        operand kind = fuzz_operand_of(*data);
        size_t nbytes = 1 + operand_nbytes(kind, data + 1, size - 1);
        p->pieces[p->n++] = (piece){data, nbytes};
        data += nbytes;
        size -= nbytes;
    }
    if (size > 0) {
        p->pieces[p->n++] = (piece){data, size};
    }
}

size_t
fuzz_join(const program *p, uint8_t *out, size_t max_size)
{
    size_t size = 0;
    for (size_t i = 0; i < p->n && size < max_size; i++) {
        size_t nbytes = p->pieces[i].nbytes;
        nbytes = nbytes > max_size - size ? max_size - size : nbytes;
        memcpy(out + size, p->pieces[i].data, nbytes);
        size += nbytes;
    }
    return size;
}

void
fuzz_remove(program *p, size_t at)
{
    memmove(p->pieces + at, p->pieces + at + 1,
            (p->n - at - 1) * sizeof *p->pieces);
    p->n--;
}

void
fuzz_insert(program *p, size_t at, piece new_piece)
{
    if (p->n == MAX_OPCODES) {
        return;
    }
    memmove(p->pieces + at + 1, p->pieces + at,
            (p->n - at) * sizeof *p->pieces);
    p->pieces[at] = new_piece;
    p->n++;
}
