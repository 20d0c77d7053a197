/* SPDX-License-Identifier: BSD-3-Clause */
#include "deflate/inflate_fast.h"

#include "base/bytes.h"

/* The loop becomes part of two functions, one of them for BMI2, where shifts
 * by a register and masks of n bits are single instructions. */
#ifdef __GNUC__
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE inline
#endif

enum {
    /* A refill leaves at least so many bits, or up to 7 more. */
    REFILLED = 56,
    REFILL_NBYTES = 8, // read by it, of which up to 7 are used
    /* Of a round: before the distance, and at its end.  One more comes before
     * the first round. */
    ROUND_REFILLS = 2,
    /* Literals of the first table that a round takes before anything else. */
    FAST_LITERALS = 2,
    /* What copying in whole words may write behind a match. */
    COPY_SLACK = 31,
};

_Static_assert(FAST_LITERALS *FJ_LITLEN_BITS + FJ_LITLEN_NBITS <= REFILLED,
               "a refill is enough for the literals and any symbol then");
_Static_assert(REFILLED >= (int)FJ_DISTANCE_NBITS, "and for any distance");
_Static_assert(FJ_LITLEN_NBITS < 64 && FJ_DISTANCE_NBITS < 64,
               "the lowest 6 bits of an entry tell how many it has");
_Static_assert((ROUND_REFILLS + 1) * REFILL_NBYTES <= FJ_FAST_INPUT,
               "no round reads beyond the input");
_Static_assert(FAST_LITERALS + FJ_MAX_MATCH + COPY_SLACK <= FJ_FAST_ROOM,
               "no round writes beyond the room");

uint8_t *
fj_inflate_copy(const fj_inflate_io *io, uint8_t *out, size_t distance,
                size_t nbytes)
{
    size_t have = (size_t)(out - io->begin);
    if (distance > have) {
        size_t n = distance - have;
        n = n < nbytes ? n : nbytes;
        if (n > 0) {
            memcpy(out, io->before_end - (distance - have), n);
        }
        out += n;
        nbytes -= n;
    }
    for (; nbytes > 0; nbytes--, out++) {
        *out = *(out - distance);
    }
    return out;
}

/* The same, where all of it is before `out`; may write COPY_SLACK more bytes,
 * of what comes next if the match went on, or of no meaning. */
static ALWAYS_INLINE void
copy_within(uint8_t *out, size_t distance, size_t nbytes)
{
    const uint8_t *src = out - distance;
    uint8_t *end = out + nbytes;
    if (distance >= 16) {
        /* Most matches are short, so this is mostly done at once. */
        memcpy(out, src, 16);
        memcpy(out + 16, src + 16, 16);
        for (size_t done = 32; done < nbytes; done += 32) {
            memcpy(out + done, src + done, 16);
            memcpy(out + done + 16, src + done + 16, 16);
        }
    }
    else if (distance == 1) {
        uint8_t byte = *src;
        do {
            memset(out, byte, 16);
            out += 16;
        } while (out < end);
    }
    else {
        /* Where the words overlap, a step is one period of the match. */
        size_t step = distance < 8 ? distance : 8;
        do {
            uint64_t word;
            memcpy(&word, src, 8);
            memcpy(out, &word, 8);
            out += step;
            src += step;
        } while (out < end);
    }
}

/* `n_bits` counts in its lowest 6 bits only, and shifts look at no more of an
 * entry, so that an entry can be subtracted and shifted by as it is: its
 * number of bits is never more than there are. */
#define N_BITS (n_bits & 63)

#define DROP(entry) (bits >>= (entry)&63, n_bits -= (entry))

/* Reads until there are REFILLED bits or more.  What stands above the counted
 * bits are bits to come, which or-ing them in once more does not change. */
#define REFILL() \
    (bits |= fj_load_le64(in) << N_BITS, in += (63 - N_BITS) >> 3, \
     n_bits |= REFILLED)

#define LOW(n) (bits & ((UINT64_C(1) << (n)) - 1))

#define SECOND(table, entry) \
    ((table)[fj_entry_value(entry) + LOW(fj_entry_code_nbits(entry))])

/* The base with the extra bits.  No need to cut the literal's bit off. */
#define VALUE(entry) \
    (((entry) >> 16) + (LOW((entry)&63) >> fj_entry_code_nbits(entry)))

static ALWAYS_INLINE fj_inflate_result
run(fj_inflate *f, fj_inflate_io *io)
{
    const uint32_t *const litlen_table = f->litlen_table;
    const uint32_t *const distance_table = f->distance_table;
    const uint8_t *in = io->in;
    uint8_t *out = io->out;
    const uint8_t *const in_limit = io->in_end - FJ_FAST_INPUT;
    const uint8_t *const out_limit = io->out_end - FJ_FAST_ROOM;
    uint64_t bits = f->bits;
    unsigned n_bits = f->n_bits;
    const char *message = NULL;
    bool at_end = false;

    REFILL();
    uint32_t entry = litlen_table[LOW(FJ_LITLEN_BITS)];
    do {
        if (entry & FJ_ENTRY_LITERAL) {
            DROP(entry);
            *out++ = (uint8_t)(entry >> 16);
            entry = litlen_table[LOW(FJ_LITLEN_BITS)];
            if (entry & FJ_ENTRY_LITERAL) {
                DROP(entry);
                *out++ = (uint8_t)(entry >> 16);
                entry = litlen_table[LOW(FJ_LITLEN_BITS)];
            }
        }
        if (entry & FJ_ENTRY_SECOND) {
            DROP(FJ_LITLEN_BITS);
            entry = SECOND(litlen_table, entry);
        }
        if (entry & FJ_ENTRY_LITERAL) {
            DROP(entry);
            *out++ = (uint8_t)(entry >> 16);
            REFILL();
            entry = litlen_table[LOW(FJ_LITLEN_BITS)];
            continue;
        }
        if (entry & FJ_ENTRY_SPECIAL) {
            DROP(entry);
            at_end = (entry & FJ_ENTRY_END) != 0;
            message = FJ_INVALID_LITLEN;
            break;
        }
        size_t length = VALUE(entry);
        DROP(entry);
        if (N_BITS < FJ_DISTANCE_NBITS) {
            REFILL();
        }
        entry = distance_table[LOW(FJ_DISTANCE_BITS)];
        if (entry & FJ_ENTRY_SPECIAL) {
            if (entry & FJ_ENTRY_SECOND) {
                DROP(FJ_DISTANCE_BITS);
                entry = SECOND(distance_table, entry);
            }
            if (entry & FJ_ENTRY_SPECIAL) {
                message = FJ_INVALID_DISTANCE;
                break;
            }
        }
        size_t distance = VALUE(entry);
        DROP(entry);
        /* The next symbol is looked up while this one is copied. */
        REFILL();
        entry = litlen_table[LOW(FJ_LITLEN_BITS)];
        size_t have = (size_t)(out - io->begin);
        if (distance <= have) {
            copy_within(out, distance, length);
            out += length;
        }
        else if (distance - have <= io->before_nbytes) {
            out = fj_inflate_copy(io, out, distance, length);
        }
        else {
            message = FJ_TOO_FAR;
            break;
        }
    } while (in <= in_limit && out <= out_limit);

    n_bits = N_BITS;
    io->in = in;
    io->out = out;
    f->bits = LOW(n_bits);
    f->n_bits = n_bits;
    if (at_end) {
        f->state = f->is_final ? FJ_AT_END : FJ_AT_BLOCK;
    }
    else if (message != NULL) {
        f->state = FJ_AT_ERROR;
        f->message = message;
        return FJ_INFLATE_INVALID;
    }
    return FJ_INFLATE_ENDED;
}

fj_inflate_result
fj_inflate_fast(fj_inflate *f, fj_inflate_io *io)
{
    return run(f, io);
}

#ifdef FJ_HAVE_BMI2
__attribute__((target("bmi2"))) fj_inflate_result
fj_inflate_fast_bmi2(fj_inflate *f, fj_inflate_io *io)
{
    return run(f, io);
}
#endif
