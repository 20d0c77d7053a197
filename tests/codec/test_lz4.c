/* SPDX-License-Identifier: BSD-3-Clause
 *
 * LZ4 blocks, coded and decoded, and the frames that are made of them.
 */
#include "lz4_samples.h"

static const fj_codec *const codec = &fj_codec_lz4;

/* The block as decode() takes it. */
static sample
encode(void *encoder, sample content)
{
    sample room = new_sample(codec->bound(content.nbytes));
    size_t written = 999;
    assert(codec->encode(encoder, content.data, content.nbytes, true,
                         room.data, &written) == FJ_OK);
    assert(written <= room.nbytes);
    sample block = copy_sample(room.data, written);
    free(room.data);
    return block;
}

static fj_status
decode(sample block, size_t room, sample *content_ret)
{
    void *decoder = codec->decoder_new();
    assert(decoder != NULL);
    *content_ret = new_sample(room);
    fj_status status = codec->decode(decoder, block.data, block.nbytes,
                                     content_ret->data, &content_ret->nbytes);
    assert(content_ret->nbytes <= room);
    codec->decoder_free(decoder);
    return status;
}

static void
assert_decodes(sample block, sample content)
{
    sample decoded;
    assert(decode(block, content.nbytes, &decoded) == FJ_OK);
    assert(same(decoded, content.data, content.nbytes));
    free(decoded.data);
}

static void
assert_damaged(sample block, size_t room)
{
    sample decoded;
    assert(decode(block, room, &decoded) == FJ_DAMAGED);
    free(decoded.data);
}

static const int levels[] = {0, 1, 2, 3, 6, 9, 10, 12};
enum { N_LEVELS = sizeof levels / sizeof *levels };

static const size_t large_sizes[] = {
    4096,
    65535,
    65536,
    65537,
    (64 << 10) + 11,
    300000,
    FJ_BLOCK_NBYTES - 1,
    FJ_BLOCK_NBYTES,
};

static void
round_trip(void *encoder, sample_kind kind, size_t nbytes)
{
    sample content = make_sample(kind, nbytes);
    sample block = encode(encoder, content);
    if (nbytes == 0) {
        assert(block.nbytes == 0); // the end mark has length 0
    }
    else {
        uint32_t head = fj_load_le32(block.data);
        assert((head & 0x7FFFFFFF) == block.nbytes - FJ_LZ4_BLOCK_HEAD);
        assert((head >> 31) == (block.nbytes == nbytes + FJ_LZ4_BLOCK_HEAD));
        assert_decodes(block, content);
    }
    free(block.data);
    free(content.data);
}

static void
test_round_trips(void)
{
    for (int i = 0; i < N_LEVELS; i++) {
        void *encoder = codec->encoder_new(levels[i]);
        assert(encoder != NULL);
        for (int kind = 0; kind < N_KINDS; kind++) {
            for (size_t nbytes = 0; nbytes <= 80; nbytes++) {
                round_trip(encoder, (sample_kind)kind, nbytes);
            }
            /* Above level 9 a block of text takes a second. */
            size_t n_sizes = levels[i] > 9 ? 4 : 8;
            for (size_t k = 0; k < n_sizes; k++) {
                round_trip(encoder, (sample_kind)kind, large_sizes[k]);
            }
        }
        codec->encoder_free(encoder);
    }
}

static void
test_the_past_does_not_matter(void)
{
    const int some[] = {0, 3, 9};
    sample contents[N_KINDS];
    for (int kind = 0; kind < N_KINDS; kind++) {
        contents[kind] = make_sample((sample_kind)kind, 200000);
    }
    for (int i = 0; i < 3; i++) {
        void *used = codec->encoder_new(some[i]);
        for (int n = 0; n < 2 * N_KINDS; n++) {
            sample content = contents[n * 3 % N_KINDS];
            void *fresh = codec->encoder_new(some[i]);
            sample a = encode(used, content);
            sample b = encode(fresh, content);
            assert(same(a, b.data, b.nbytes));
            free(a.data);
            free(b.data);
            codec->encoder_free(fresh);
        }
        codec->encoder_free(used);
    }
    for (int kind = 0; kind < N_KINDS; kind++) {
        free(contents[kind].data);
    }
}

/* Random data that comes again after `distance` bytes. */
static size_t
repeated_nbytes(size_t distance)
{
    sample content = make_sample(RANDOM, FJ_BLOCK_NBYTES);
    for (size_t i = distance; i < content.nbytes; i++) {
        content.data[i] = content.data[i - distance];
    }
    void *encoder = codec->encoder_new(9);
    sample block = encode(encoder, content);
    size_t nbytes = block.nbytes;
    assert_decodes(block, content);
    codec->encoder_free(encoder);
    free(block.data);
    free(content.data);
    return nbytes;
}

/* Matches are looked for wherever there may be some. */
static void
test_far_matches(void)
{
    assert(repeated_nbytes(60000) < 70000);
    assert(repeated_nbytes(65000) < 75000);
    assert(repeated_nbytes(70000) == FJ_BLOCK_NBYTES + FJ_LZ4_BLOCK_HEAD);
}

/* Random but for the end, which no sample from the middle shows. */
static void
test_uneven_blocks(void)
{
    sample content = make_sample(RANDOM, FJ_BLOCK_NBYTES);
    memset(content.data + 900000, 0, content.nbytes - 900000);
    void *encoder = codec->encoder_new(9);
    sample block = encode(encoder, content);
    assert(block.nbytes < 910000);
    assert_decodes(block, content);
    codec->encoder_free(encoder);
    free(block.data);
    free(content.data);
}

/* More room than the content takes is fine; less is damage. */
static void
test_room(void)
{
    for (int kind = 0; kind < N_KINDS; kind++) {
        sample content = make_sample((sample_kind)kind, 3000);
        void *encoder = codec->encoder_new(0);
        sample block = encode(encoder, content);
        codec->encoder_free(encoder);
        for (size_t room = 0; room < content.nbytes; room += 7) {
            assert_damaged(block, room);
        }
        assert_damaged(block, content.nbytes - 1);
        sample decoded;
        assert(decode(block, 4 * content.nbytes, &decoded) == FJ_OK);
        assert(same(content, decoded.data, decoded.nbytes));
        free(decoded.data);
        free(block.data);
        free(content.data);
    }
}

static void
test_damaged_blocks(void)
{
    for (int kind = 0; kind < N_KINDS; kind++) {
        sample content = make_sample((sample_kind)kind, 1500);
        void *encoder = codec->encoder_new(0);
        sample block = encode(encoder, content);
        codec->encoder_free(encoder);
        for (size_t nbytes = 0; nbytes < block.nbytes; nbytes++) {
            sample cut = copy_sample(block.data, nbytes);
            assert_damaged(cut, content.nbytes);
            if (nbytes >= FJ_LZ4_BLOCK_HEAD) { // with a head to match
                bool stored = fj_lz4_block_is_stored(block.data);
                fj_lz4_write_block_head(nbytes - FJ_LZ4_BLOCK_HEAD, stored,
                                        cut.data);
                sample decoded;
                decode(cut, content.nbytes, &decoded); // ASan looks on
                free(decoded.data);
            }
            free(cut.data);
        }
        for (size_t bit = 0; bit < 8 * block.nbytes; bit++) {
            block.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            sample decoded;
            fj_status status = decode(block, content.nbytes, &decoded);
            assert(bit >= 8 * FJ_LZ4_BLOCK_HEAD - 1 || status == FJ_DAMAGED);
            free(decoded.data);
            block.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_decodes(block, content);
        free(block.data);
        free(content.data);
    }
    uint8_t end_mark[FJ_LZ4_BLOCK_HEAD] = {0};
    assert_damaged((sample){end_mark, sizeof end_mark}, 100);
}

static void
assert_library_reads(sample frame, sample content, uint64_t size_told)
{
    LZ4F_dctx *context;
    LZ4F_frameInfo_t info;
    assert(!LZ4F_isError(
        LZ4F_createDecompressionContext(&context, LZ4F_VERSION)));
    size_t used = frame.nbytes;
    assert(
        !LZ4F_isError(LZ4F_getFrameInfo(context, &info, frame.data, &used)));
    assert(info.contentSize == size_told);
    assert(info.blockMode == LZ4F_blockIndependent);
    assert(info.blockSizeID == LZ4F_max1MB);
    assert(info.contentChecksumFlag == LZ4F_noContentChecksum);
    assert(info.blockChecksumFlag == LZ4F_noBlockChecksum);

    sample decoded = new_sample(content.nbytes + 1);
    size_t rest = frame.nbytes - used;
    assert(LZ4F_decompress(context, decoded.data, &decoded.nbytes,
                           frame.data + used, &rest, NULL) == 0);
    assert(used + rest == frame.nbytes);
    assert(same(content, decoded.data, decoded.nbytes));
    free(decoded.data);
    LZ4F_freeDecompressionContext(context);
}

static void
test_frames(void)
{
    const size_t sizes[] = {0,
                            1,
                            100,
                            FJ_BLOCK_NBYTES - 1,
                            FJ_BLOCK_NBYTES,
                            FJ_BLOCK_NBYTES + 1,
                            3 * FJ_BLOCK_NBYTES + 12345};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        sample content = make_sample(MIXED, sizes[i]);
        sample plain = our_frame(content, 0, false);
        sample sized = our_frame(content, 0, true);
        assert_library_reads(plain, content, 0);
        assert_library_reads(sized, content, content.nbytes);

        /* The placeholder is of the same length, and good for itself. */
        uint8_t header[FJ_CODEC_FRAME];
        size_t nbytes = codec->begin_sized(0, 0, header);
        assert(nbytes == sized.nbytes - plain.nbytes + FJ_LZ4_HEADER_MIN);
        memcpy(sized.data, header, nbytes);
        assert_library_reads(sized, content, 0);
        free(sized.data);
        free(plain.data);
        free(content.data);
    }
}

/* Against what the library makes of it with its defaults, which are those of
 * python-lz4: linked blocks of 64 KiB. */
static void
test_sizes(void)
{
    const int some[] = {0, 1, 3, 6, 9};
    for (int i = 0; i < 5; i++) {
        LZ4F_preferences_t defaults = {.compressionLevel = some[i]};
        for (int kind = 0; kind < N_KINDS; kind++) {
            for (size_t nbytes = 0; nbytes < 3000000;
                 nbytes = 3 * nbytes + 1) {
                sample content = make_sample((sample_kind)kind, nbytes);
                sample theirs = library_frame(content, &defaults);
                bool sized = nbytes > FJ_BLOCK_NBYTES;
                sample ours = our_frame(content, some[i], sized);
                assert(ours.nbytes <= theirs.nbytes + theirs.nbytes / 50 + 4);
                free(ours.data);
                free(theirs.data);
                free(content.data);
            }
        }
    }
}

int
main(void)
{
    test_round_trips();
    test_the_past_does_not_matter();
    test_far_matches();
    test_uneven_blocks();
    test_room();
    test_damaged_blocks();
    test_frames();
    test_sizes();
    puts("lz4: ok");
    return 0;
}
