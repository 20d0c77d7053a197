/* SPDX-License-Identifier: BSD-3-Clause
 *
 * There are two ways to decode symbols: one at a time, wherever input and
 * room end; and many without looking at either, where both are plentiful.
 */
#include "deflate/inflate.h"

#include "deflate/inflate_fast.h"

#include <string.h>

void
fj_inflate_init(fj_inflate *inflate)
{
    inflate->fast = fj_inflate_fast;
#ifdef FJ_HAVE_BMI2
    if (fj_bmi2_enabled()) {
        inflate->fast = fj_inflate_fast_bmi2;
    }
#endif
    fj_inflate_reset(inflate);
}

void
fj_inflate_reset(fj_inflate *inflate)
{
    inflate->state = FJ_AT_BLOCK;
    inflate->is_final = false;
    inflate->has_fixed = false;
    inflate->bits = 0;
    inflate->n_bits = 0;
    inflate->message = NULL;
}

static fj_inflate_result
invalid(fj_inflate *f, const char *message)
{
    f->state = FJ_AT_ERROR;
    f->message = message;
    return FJ_INFLATE_INVALID;
}

static void
fill(fj_inflate *f, fj_inflate_io *io, unsigned n_bits)
{
    while (f->n_bits < n_bits && io->in < io->in_end) {
        f->bits |= (uint64_t)*io->in++ << f->n_bits;
        f->n_bits += 8;
    }
}

static uint32_t
take(fj_inflate *f, unsigned n_bits)
{
    uint32_t value = (uint32_t)(f->bits & ((UINT64_C(1) << n_bits) - 1));
    f->bits >>= n_bits;
    f->n_bits -= n_bits;
    return value;
}

/* Gives whole bytes back to the input that they came from. */
static void
unread(fj_inflate *f, fj_inflate_io *io, const uint8_t *in_begin)
{
    while (f->n_bits >= 8 && io->in > in_begin) {
        io->in--;
        f->n_bits -= 8;
    }
    f->bits &= (UINT64_C(1) << f->n_bits) - 1;
}

static void
end_block(fj_inflate *f)
{
    f->state = f->is_final ? FJ_AT_END : FJ_AT_BLOCK;
}

/* The functions below read one item each.  They return ENDED when they have
 * done so, and the next state is set. */

static fj_inflate_result
read_block_head(fj_inflate *f, fj_inflate_io *io)
{
    fill(f, io, 3);
    if (f->n_bits < 3) {
        return FJ_INFLATE_INPUT;
    }
    f->is_final = take(f, 1);
    switch (take(f, 2)) {
    case FJ_TYPE_STORED:
        take(f, f->n_bits % 8); // up to the next byte
        f->state = FJ_AT_STORED_LENGTH;
        break;
    case FJ_TYPE_FIXED:
        if (!f->has_fixed) {
            uint8_t *distance = f->lengths + FJ_N_LITLEN;
            fj_inflate_fixed_lengths(f->lengths, distance);
            fj_inflate_make_table(FJ_CODE_LITLEN, f->lengths, FJ_N_LITLEN,
                                  f->litlen_table);
            fj_inflate_make_table(FJ_CODE_DISTANCE, distance, FJ_N_DISTANCE,
                                  f->distance_table);
            f->has_fixed = true;
        }
        f->state = FJ_AT_SYMBOL;
        break;
    case FJ_TYPE_DYNAMIC:
        f->state = FJ_AT_CODE_SIZES;
        break;
    default:
        return invalid(f, "a block is of no known type");
    }
    return FJ_INFLATE_ENDED;
}

static fj_inflate_result
read_stored_length(fj_inflate *f, fj_inflate_io *io)
{
    fill(f, io, 32);
    if (f->n_bits < 32) {
        return FJ_INFLATE_INPUT;
    }
    uint32_t length = take(f, 16);
    if (take(f, 16) != (length ^ 0xffff)) {
        return invalid(f, "the length of a stored block and its complement "
                          "do not match");
    }
    f->left = length;
    f->state = FJ_IN_STORED;
    return FJ_INFLATE_ENDED;
}

static fj_inflate_result
copy_stored(fj_inflate *f, fj_inflate_io *io)
{
    size_t room = (size_t)(io->out_end - io->out);
    size_t available = (size_t)(io->in_end - io->in);
    size_t n = f->left < room ? f->left : room;
    n = n < available ? n : available;
    if (n > 0) {
        memcpy(io->out, io->in, n);
        io->out += n;
        io->in += n;
        f->left -= n;
    }
    if (f->left > 0) {
        return n == room ? FJ_INFLATE_ROOM : FJ_INFLATE_INPUT;
    }
    end_block(f);
    return FJ_INFLATE_ENDED;
}

static fj_inflate_result
read_code_sizes(fj_inflate *f, fj_inflate_io *io)
{
    fill(f, io, 14);
    if (f->n_bits < 14) {
        return FJ_INFLATE_INPUT;
    }
    f->n_litlen = take(f, 5) + 257;
    f->n_distance = take(f, 5) + 1;
    f->n_precode = take(f, 4) + 4;
    if (f->n_litlen > FJ_LITLEN_SYMBOLS ||
        f->n_distance > FJ_DISTANCE_SYMBOLS) {
        return invalid(f, "a block has more symbols than there are");
    }
    f->n_lengths = 0;
    memset(f->lengths, 0, FJ_N_PRECODE);
    f->state = FJ_IN_PRECODE;
    return FJ_INFLATE_ENDED;
}

static fj_inflate_result
read_precode(fj_inflate *f, fj_inflate_io *io)
{
    for (; f->n_lengths < f->n_precode; f->n_lengths++) {
        fill(f, io, 3);
        if (f->n_bits < 3) {
            return FJ_INFLATE_INPUT;
        }
        f->lengths[fj_precode_order[f->n_lengths]] = (uint8_t)take(f, 3);
    }
    if (!fj_inflate_make_table(FJ_CODE_PRECODE, f->lengths, FJ_N_PRECODE,
                               f->precode)) {
        return invalid(f, "a block has an invalid code for its code lengths");
    }
    f->n_lengths = 0;
    f->state = FJ_IN_CODE_LENGTHS;
    return FJ_INFLATE_ENDED;
}

/* The codes of a block whose code lengths have all been read. */
static fj_inflate_result
make_codes(fj_inflate *f)
{
    f->has_fixed = false;
    if (!fj_inflate_make_table(FJ_CODE_LITLEN, f->lengths, f->n_litlen,
                               f->litlen_table) ||
        f->lengths[FJ_END_OF_BLOCK] == 0) {
        return invalid(f, "a block has an invalid code for its literals and "
                          "lengths");
    }
    if (!fj_inflate_make_table(FJ_CODE_DISTANCE, f->lengths + f->n_litlen,
                               f->n_distance, f->distance_table)) {
        return invalid(f, "a block has an invalid code for its distances");
    }
    f->state = FJ_AT_SYMBOL;
    return FJ_INFLATE_ENDED;
}

static fj_inflate_result
read_code_lengths(fj_inflate *f, fj_inflate_io *io)
{
    unsigned n_all = f->n_litlen + f->n_distance;
    while (f->n_lengths < n_all) {
        fill(f, io, FJ_MAX_PRECODEWORD + 7);
        uint32_t entry = f->precode[f->bits & (FJ_PRECODE_ENTRIES - 1)];
        unsigned symbol = fj_entry_value(entry);
        unsigned n_extra = fj_precode_extra_nbits(symbol);
        if (f->n_bits < fj_entry_nbits(entry) + n_extra) {
            return FJ_INFLATE_INPUT;
        }
        take(f, fj_entry_nbits(entry));
        unsigned n = symbol == FJ_REPEAT_ZERO_LONG ? 11 : 3;
        n += take(f, n_extra);
        uint8_t length = 0;
        if (symbol < FJ_REPEAT_LAST) {
            n = 1;
            length = (uint8_t)symbol;
        }
        else if (symbol == FJ_REPEAT_LAST) {
            if (f->n_lengths == 0) {
                return invalid(f, "a block repeats a code length before the "
                                  "first");
            }
            length = f->lengths[f->n_lengths - 1];
        }
        if (n > n_all - f->n_lengths) {
            return invalid(f, "a block has more code lengths than symbols");
        }
        memset(f->lengths + f->n_lengths, length, n);
        f->n_lengths += n;
    }
    return make_codes(f);
}

/* As much of the match as there is room for. */
static fj_inflate_result
copy_match(fj_inflate *f, fj_inflate_io *io)
{
    size_t room = (size_t)(io->out_end - io->out);
    size_t n = f->left < room ? f->left : room;
    io->out = fj_inflate_copy(io, io->out, f->distance, n);
    f->left -= n;
    if (f->left > 0) {
        return FJ_INFLATE_ROOM;
    }
    f->state = FJ_AT_SYMBOL;
    return FJ_INFLATE_ENDED;
}

/* The entry of a symbol, whose codeword follows the first n_skipped bits; its
 * codeword and extra bits end behind *n_bits bits.  What it finds beyond the
 * bits that there are has no meaning. */
static uint32_t
look_up(const fj_inflate *f, const uint32_t *table, unsigned n_index,
        unsigned n_skipped, unsigned *n_bits)
{
    uint64_t bits = f->bits >> n_skipped;
    uint32_t entry = table[bits & ((1u << n_index) - 1)];
    if (entry & FJ_ENTRY_SECOND) {
        bits >>= n_index;
        n_skipped += n_index;
        entry = table[fj_entry_value(entry) +
                      (bits & ((1u << fj_entry_code_nbits(entry)) - 1))];
    }
    *n_bits = n_skipped + fj_entry_nbits(entry);
    return entry;
}

/* The base of a symbol with what its extra bits, the last of the first n_bits
 * bits, add to it. */
static unsigned
value_of(const fj_inflate *f, uint32_t entry, unsigned n_bits)
{
    unsigned n_extra = fj_entry_nbits(entry) - fj_entry_code_nbits(entry);
    return fj_entry_value(entry) +
           (unsigned)(f->bits >> (n_bits - n_extra) & ((1u << n_extra) - 1));
}

/* A literal, the end of the block, or a length with its distance: all of it,
 * or nothing is used. */
static fj_inflate_result
read_symbol(fj_inflate *f, fj_inflate_io *io)
{
    fill(f, io, FJ_LITLEN_NBITS + FJ_DISTANCE_NBITS);
    unsigned n_bits;
    uint32_t entry = look_up(f, f->litlen_table, FJ_LITLEN_BITS, 0, &n_bits);
    if (f->n_bits < n_bits) {
        return FJ_INFLATE_INPUT;
    }
    if (entry & FJ_ENTRY_LITERAL) {
        if (io->out == io->out_end) {
            return FJ_INFLATE_ROOM;
        }
        *io->out++ = (uint8_t)fj_entry_value(entry);
        take(f, n_bits);
        return FJ_INFLATE_ENDED;
    }
    if (entry & FJ_ENTRY_SPECIAL) {
        if ((entry & FJ_ENTRY_END) == 0) {
            return invalid(f, FJ_INVALID_LITLEN);
        }
        take(f, n_bits);
        end_block(f);
        return FJ_INFLATE_ENDED;
    }
    f->left = value_of(f, entry, n_bits);
    entry = look_up(f, f->distance_table, FJ_DISTANCE_BITS, n_bits, &n_bits);
    if (f->n_bits < n_bits) {
        return FJ_INFLATE_INPUT;
    }
    if (entry & FJ_ENTRY_SPECIAL) {
        return invalid(f, FJ_INVALID_DISTANCE);
    }
    f->distance = value_of(f, entry, n_bits);
    if (f->distance > (size_t)(io->out - io->begin) + io->before_nbytes) {
        return invalid(f, FJ_TOO_FAR);
    }
    take(f, n_bits);
    f->state = FJ_IN_MATCH;
    return FJ_INFLATE_ENDED;
}

fj_inflate_result
fj_inflate_run(fj_inflate *f, fj_inflate_io *io)
{
    const uint8_t *in_begin = io->in;
    fj_inflate_result result;
    do {
        switch (f->state) {
        case FJ_AT_BLOCK:
            result = read_block_head(f, io);
            break;
        case FJ_AT_STORED_LENGTH:
            result = read_stored_length(f, io);
            break;
        case FJ_IN_STORED:
            unread(f, io, in_begin);
            result = copy_stored(f, io);
            break;
        case FJ_AT_CODE_SIZES:
            result = read_code_sizes(f, io);
            break;
        case FJ_IN_PRECODE:
            result = read_precode(f, io);
            break;
        case FJ_IN_CODE_LENGTHS:
            result = read_code_lengths(f, io);
            break;
        case FJ_AT_SYMBOL:
            if (io->in_end - io->in >= FJ_FAST_INPUT &&
                io->out_end - io->out >= FJ_FAST_ROOM) {
                result = f->fast(f, io);
            }
            else {
                result = read_symbol(f, io);
            }
            break;
        case FJ_IN_MATCH:
            result = copy_match(f, io);
            break;
        case FJ_AT_END:
            unread(f, io, in_begin);
            return FJ_INFLATE_ENDED;
        default:
            return FJ_INFLATE_INVALID;
        }
        if (io->stop_at_blocks && f->state == FJ_AT_BLOCK &&
            result == FJ_INFLATE_ENDED) {
            result = FJ_INFLATE_BLOCK;
        }
    } while (result == FJ_INFLATE_ENDED);
    if (result == FJ_INFLATE_ROOM || result == FJ_INFLATE_BLOCK) {
        unread(f, io, in_begin);
    }
    return result;
}
