/* SPDX-License-Identifier: BSD-3-Clause */
#include "deflate/encode.h"
#include "base/bytes.h"
#include "deflate/choose.h"
#include "deflate/backends.h"
#include "deflate/format.h"

#include <stdlib.h>

enum {
    /* By what fraction of it a block of noise may be larger than it could be,
     * to be loaded sooner. */
    STORE_ALLOWANCE = 64,
};

struct fj_deflate_encoder {
    fj_coders *coders;
    uint8_t scratch[FJ_CHOOSE_SCRATCH];
};

void *
fj_deflate_new(int level)
{
    struct fj_deflate_encoder *encoder = malloc(sizeof *encoder);
    if (encoder == NULL) {
        return NULL;
    }
    encoder->coders =
        fj_coders_new(level == 0 ? FJ_DEFLATE_DEFAULT_LEVEL : level);
    if (encoder->coders == NULL) {
        free(encoder);
        return NULL;
    }
    return encoder;
}

void
fj_deflate_free(void *encoder_)
{
    struct fj_deflate_encoder *encoder = encoder_;
    if (encoder != NULL) {
        fj_coders_free(encoder->coders);
        free(encoder);
    }
}

void
fj_deflate_watch(void *encoder_, fj_watch *watch)
{
    struct fj_deflate_encoder *encoder = encoder_;
    fj_coders_watch(encoder->coders, watch);
}

/* All stored, in full parts, the rest, and an empty one, and once more the
 * last two for each cut into parts of which noise is coded: three at most. */
size_t
fj_deflate_bound(size_t nbytes)
{
    return nbytes + (nbytes / FJ_STORED_MAX + 6) * FJ_STORED_HEAD;
}

/* Stored blocks: what any data can be coded as. */
static size_t
store(const uint8_t *src, size_t nbytes, bool last, uint8_t *dst)
{
    uint8_t *out = dst;
    for (bool more = true; more;) {
        size_t part = nbytes < FJ_STORED_MAX ? nbytes : FJ_STORED_MAX;
        /* Where something follows, the end is an empty part. */
        more = last ? part < nbytes : part > 0;
        out[0] = last && !more;
        fj_store_le16(out + 1, (uint16_t)part);
        fj_store_le16(out + 3, (uint16_t)~part);
        memcpy(out + FJ_STORED_HEAD, src, part);
        out += FJ_STORED_HEAD + part;
        src += part;
        nbytes -= part;
    }
    return (size_t)(out - dst);
}

/* Codes a part of a block as was chosen, by zlib where libdeflate's stream could
 * not be opened, and stores what does not become smaller. */
static fj_status
code_part(fj_coders *coders, const fj_deflate_choice *choice,
          const uint8_t *src, size_t nbytes, bool last, uint8_t *dst,
          size_t *written_ret)
{
    size_t room = fj_deflate_bound(nbytes);
    fj_status status;
    if (choice->added > 0) {
        status = fj_coders_zlib_end(coders, src + choice->added,
                                    nbytes - choice->added, last, written_ret);
    }
    else {
        status = fj_coders_run(coders, choice->coder, src, nbytes, last, dst,
                               room, written_ret);
    }
    if (status == FJ_OK && *written_ret == 0 &&
        choice->coder >= FJ_CODER_LIBDEFLATE) {
        status = fj_coders_run(coders, FJ_CODER_ZLIB, src, nbytes, last, dst,
                               room, written_ret);
    }
    if (status == FJ_OK &&
        (*written_ret == 0 || *written_ret > nbytes + FJ_STORED_HEAD)) {
        *written_ret = store(src, nbytes, last, dst);
    }
    return status;
}

/* Noise becomes a few percent smaller, and for that every byte of it has to be
 * decoded, in which it is slower than all other data.  So a part is stored, as
 * large as the allowance pays for: of floats from a normal distribution more
 * than a third.  What coding gains is learnt from the first half. */
static fj_status
code_noise(fj_coders *coders, const fj_deflate_choice *choice,
           const uint8_t *src, size_t nbytes, bool last, uint8_t *dst,
           size_t *written_ret)
{
    size_t half = nbytes / 2;
    size_t written;
    fj_status status =
        code_part(coders, choice, src, half, false, dst, &written);
    if (status != FJ_OK) {
        return status;
    }
    size_t gain = written < half ? half - written : 0;
    uint64_t allowed = (uint64_t)written * 2 / STORE_ALLOWANCE;
    uint64_t stored = gain == 0 ? nbytes : allowed * half / gain;
    size_t left = nbytes - half;
    size_t coded = stored < left ? left - (size_t)stored : 0;
    *written_ret = written;
    if (coded > 0) {
        status = code_part(coders, choice, src + half, coded, false,
                           dst + *written_ret, &written);
        *written_ret += written;
    }
    *written_ret +=
        store(src + half + coded, left - coded, last, dst + *written_ret);
    return status;
}

fj_status
fj_deflate_block(void *encoder_, const uint8_t *src, size_t nbytes, bool last,
                 uint8_t *dst, size_t *written_ret)
{
    struct fj_deflate_encoder *encoder = encoder_;
    fj_deflate_choice choice;
    fj_status status =
        fj_deflate_choose(encoder->coders, src, nbytes, encoder->scratch, dst,
                          fj_deflate_bound(nbytes), &choice);
    if (status != FJ_OK) {
        return status;
    }
    if (choice.may_store) {
        return code_noise(encoder->coders, &choice, src, nbytes, last, dst,
                          written_ret);
    }
    return code_part(encoder->coders, &choice, src, nbytes, last, dst,
                     written_ret);
}
