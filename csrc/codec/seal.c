/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/seal.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check_values.h"
#include "codec/lz4.h"
#include "codec/stored.h"

static const uint8_t MAGIC[FJ_SEAL_MAGIC] = {'f', 'j', 's',  'e',
                                             'a', 'l', 0x01, '\n'};

/* Offsets in the head, and in the footer. */
enum { AT_DATA_NBYTES = 8, AT_SEAL_NBYTES = 16, AT_DATA_CHECK = 20 };
enum { AT_NBYTES = 0, AT_CHECK = 4, AT_MAGIC = 8 };

static size_t
plausible_nbytes(uint32_t nbytes)
{
    return nbytes < FJ_SEAL_HEAD + FJ_SEAL_FOOTER || nbytes > FJ_SEAL_MAX
               ? 0
               : nbytes;
}

size_t
fj_seal_measure(const void *head)
{
    const uint8_t *bytes = head;
    return memcmp(bytes, MAGIC, sizeof MAGIC) == 0
               ? plausible_nbytes(fj_load_le32(bytes + AT_SEAL_NBYTES))
               : 0;
}

bool
fj_seal_is_whole(const void *seal, size_t nbytes)
{
    const uint8_t *bytes = seal;
    const uint8_t *footer = bytes + nbytes - FJ_SEAL_FOOTER;
    return fj_seal_measure(bytes) == nbytes &&
           fj_load_le32(footer + AT_NBYTES) == nbytes &&
           memcmp(footer + AT_MAGIC, MAGIC, sizeof MAGIC) == 0 &&
           fj_load_le32(footer + AT_CHECK) ==
               fj_crc32(0, bytes, nbytes - FJ_SEAL_FOOTER + AT_CHECK);
}

size_t
fj_seal_at_end(const void *data, size_t nbytes)
{
    const uint8_t *end = (const uint8_t *)data + nbytes;
    if (nbytes < FJ_SEAL_FOOTER) {
        return 0;
    }
    size_t size = fj_load_le32(end - FJ_SEAL_FOOTER + AT_NBYTES);
    return plausible_nbytes((uint32_t)size) > 0 && size <= nbytes &&
                   fj_seal_is_whole(end - size, size)
               ? size
               : 0;
}

static bool
is_in_stream(const fj_codec *codec)
{
    return codec != NULL && codec->check != NULL;
}

/* The size of what a seal is in. */
static size_t
wrapped_nbytes(const fj_codec *codec, size_t nbytes)
{
    if (is_in_stream(codec)) {
        return fj_stored_nbytes(nbytes);
    }
    return nbytes + (codec == NULL ? 0 : FJ_LZ4_SKIPPABLE_HEAD);
}

fj_status
fj_seal_wrap(const fj_codec *codec, const uint8_t *seal, size_t nbytes,
             uint8_t **bytes_ret, size_t *nbytes_ret)
{
    size_t wrapped = wrapped_nbytes(codec, nbytes);
    uint8_t *bytes = malloc(wrapped + FJ_CODEC_FRAME);
    if (bytes == NULL) {
        return FJ_NO_MEMORY;
    }
    if (is_in_stream(codec)) {
        fj_stored_write(seal, nbytes, true, bytes);
    }
    else {
        size_t head = wrapped - nbytes;
        if (head > 0) {
            fj_lz4_write_skippable_head(nbytes, bytes);
        }
        memcpy(bytes + head, seal, nbytes);
    }
    *bytes_ret = bytes;
    *nbytes_ret = wrapped;
    return FJ_OK;
}

/* Takes the seal out of what it is in. */
static bool
unwrap(const fj_codec *codec, const uint8_t *wrapped, size_t in_nbytes,
       uint8_t *seal, size_t nbytes)
{
    if (is_in_stream(codec)) {
        return fj_stored_read(wrapped, in_nbytes, true, seal, nbytes);
    }
    size_t head = in_nbytes - nbytes;
    uint8_t expected[FJ_LZ4_SKIPPABLE_HEAD];
    fj_lz4_write_skippable_head(nbytes, expected);
    memcpy(seal, wrapped + head, nbytes);
    return memcmp(wrapped, expected, head) == 0;
}

/* The size of the seal that ends at `end`; 0: there is none. */
static size_t
measure(const fj_feed *feed, uint64_t end)
{
    uint8_t footer[FJ_SEAL_FOOTER];
    if (end < sizeof footer ||
        !feed->read_at(feed, footer, sizeof footer, end - sizeof footer) ||
        memcmp(footer + AT_MAGIC, MAGIC, sizeof MAGIC) != 0) {
        return 0;
    }
    return plausible_nbytes(fj_load_le32(footer + AT_NBYTES));
}

bool
fj_seal_find(fj_found_seal *found, const fj_codec *codec, const fj_feed *feed)
{
    uint8_t trailer[FJ_CODEC_FRAME];
    *found = (fj_found_seal){0};
    size_t tail = is_in_stream(codec) ? codec->end(0, 0, true, trailer) : 0;
    if (feed->read_at == NULL || feed->size < tail) {
        return false;
    }
    size_t nbytes = measure(feed, feed->size - tail);
    size_t wrapped = nbytes == 0 ? 0 : wrapped_nbytes(codec, nbytes);
    if (nbytes == 0 || wrapped > feed->size - tail) {
        return false;
    }
    uint64_t start = feed->size - tail - wrapped;
    uint8_t *bytes = malloc(wrapped), *seal = malloc(nbytes);
    bool is_whole = bytes != NULL && seal != NULL &&
                    feed->read_at(feed, bytes, wrapped, start) &&
                    unwrap(codec, bytes, wrapped, seal, nbytes) &&
                    fj_seal_is_whole(seal, nbytes);
    free(bytes);
    if (!is_whole) {
        free(seal);
        return false;
    }
    *found = (fj_found_seal){
        .bytes = seal,
        .nbytes = nbytes,
        .start = start,
        .data_nbytes = fj_load_le64(seal + AT_DATA_NBYTES),
        .data_check = fj_load_le32(seal + AT_DATA_CHECK),
        .is_data = codec == NULL || is_in_stream(codec),
    };
    return true;
}

void
fj_found_seal_clear(fj_found_seal *found)
{
    free(found->bytes);
    *found = (fj_found_seal){0};
}
