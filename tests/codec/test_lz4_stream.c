/* SPDX-License-Identifier: BSD-3-Clause
 *
 * LZ4 frames of all kinds, read by blocks and as streams; damaged ones, too.
 */
#include "base/xxh32.h"
#include "lz4_samples.h"

static const fj_codec *const codec = &fj_codec_lz4;

/* -- reading in pieces -------------------------------------------------- */

typedef struct {
    fj_status status; // the last
    sample content;   // until then
    size_t used;
} reading;

/* Until the stream ends, or is damaged, or the source does; content beyond
 * `most` bytes is an error of the test's. */
static reading
read_stream(void *stream, sample frame, size_t src_piece, size_t dst_piece,
            size_t most)
{
    reading r = {FJ_OK, new_sample(most + 1), 0};
    size_t given = 0;
    for (;;) {
        size_t left = frame.nbytes - r.used;
        size_t room =
            dst_piece < most + 1 - given ? dst_piece : most + 1 - given;
        sample src = copy_sample(frame.data + r.used,
                                 src_piece < left ? src_piece : left);
        sample dst = new_sample(room);
        size_t src_nbytes = src.nbytes;
        size_t dst_nbytes = dst.nbytes;
        r.status = codec->decode_stream(stream, src.data, &src_nbytes,
                                        dst.data, &dst_nbytes);
        assert(src_nbytes <= src.nbytes && dst_nbytes <= dst.nbytes);
        memcpy(r.content.data + given, dst.data, dst_nbytes);
        free(src.data);
        free(dst.data);
        given += dst_nbytes;
        r.used += src_nbytes;
        assert(given <= most);
        /* Output that waits for room shows in that there was none left. */
        bool stuck = r.used == frame.nbytes && dst_nbytes < room;
        if (r.status != FJ_OK || stuck) {
            r.content.nbytes = given;
            return r;
        }
        assert(src_nbytes > 0 || dst_nbytes > 0);
    }
}

static void
assert_reads(void *stream, sample frame, size_t src_piece, size_t dst_piece,
             sample content)
{
    reading r =
        read_stream(stream, frame, src_piece, dst_piece, content.nbytes);
    assert(r.status == FJ_END);
    assert(r.used == frame.nbytes);
    assert(same(content, r.content.data, r.content.nbytes));
    free(r.content.data);
}

static void
assert_refused(sample frame, size_t src_piece, const char *message)
{
    void *stream = codec->stream_new();
    reading r = read_stream(stream, frame, src_piece, 100, 10000);
    assert(r.status == FJ_DAMAGED);
    assert(strcmp(codec->stream_message(stream), message) == 0);
    free(r.content.data);

    /* It stays so, whatever follows. */
    sample content = make_sample(TEXT, 50);
    sample good = our_frame(content, 0, false);
    r = read_stream(stream, good, 9, 9, 100);
    assert(r.status == FJ_DAMAGED && r.used == 0);
    assert(strcmp(codec->stream_message(stream), message) == 0);
    free(r.content.data);
    free(good.data);
    free(content.data);
    codec->stream_free(stream);
}

/* -- reading by blocks -------------------------------------------------- */

static void
assert_reads_by_blocks(sample frame, const fj_lz4_frame *told, sample content)
{
    size_t at = told->header_nbytes;
    size_t given = 0;
    fj_xxh32_state hash;
    fj_xxh32_begin(&hash, 0);
    for (;;) {
        const uint8_t *head = frame.data + at;
        size_t payload;
        bool is_end;
        assert(frame.nbytes - at >= FJ_LZ4_BLOCK_HEAD);
        assert(fj_lz4_block_head(head, told, &payload, &is_end) == FJ_OK);
        at += FJ_LZ4_BLOCK_HEAD + payload;
        if (is_end) {
            break;
        }
        if (told->block_checksum) {
            assert(fj_lz4_check_block(head + 4, payload, frame.data + at));
            at += FJ_LZ4_CHECKSUM;
        }
        void *decoder = codec->decoder_new();
        uint8_t *block = malloc(told->block_max);
        size_t nbytes = told->block_max;
        assert(codec->decode(decoder, head, FJ_LZ4_BLOCK_HEAD + payload, block,
                             &nbytes) == FJ_OK);
        assert(nbytes <= content.nbytes - given);
        assert(memcmp(block, content.data + given, nbytes) == 0);
        fj_xxh32_update(&hash, block, nbytes);
        given += nbytes;
        free(block);
        codec->decoder_free(decoder);
    }
    if (told->content_checksum) {
        assert(fj_load_le32(frame.data + at) == fj_xxh32_value(&hash));
        at += FJ_LZ4_CHECKSUM;
    }
    assert(at == frame.nbytes && given == content.nbytes);
}

/* -- good frames -------------------------------------------------------- */

enum { N_COMBINATIONS = 4 * 2 * 2 * 2 * 2 };

static LZ4F_preferences_t
combination(int i, size_t content_nbytes)
{
    LZ4F_preferences_t p = {.compressionLevel = 0};
    p.frameInfo.blockSizeID = (LZ4F_blockSizeID_t)(4 + i % 4);
    p.frameInfo.blockMode = (LZ4F_blockMode_t)(i / 4 % 2);
    p.frameInfo.contentChecksumFlag = (LZ4F_contentChecksum_t)(i / 8 % 2);
    p.frameInfo.blockChecksumFlag = (LZ4F_blockChecksum_t)(i / 16 % 2);
    p.frameInfo.contentSize = i / 32 ? content_nbytes : 0;
    return p;
}

static void
assert_parses(sample frame, const LZ4F_frameInfo_t *info,
              fj_lz4_frame *told_ret)
{
    assert(fj_lz4_is_frame(frame.data));
    assert(fj_lz4_parse_frame(frame.data, frame.nbytes, told_ret) == FJ_OK);
    assert(!told_ret->skippable);
    assert(told_ret->block_max == (size_t)1 << (2 * info->blockSizeID + 8));
    assert(told_ret->independent == (info->blockMode == 1));
    assert(told_ret->content_checksum == info->contentChecksumFlag);
    assert(told_ret->block_checksum == info->blockChecksumFlag);
    assert(told_ret->content_nbytes == info->contentSize);
    assert(told_ret->header_nbytes ==
           LZ4F_headerSize(frame.data, frame.nbytes));

    /* Less of it is said to be too little, and never too little to say. */
    for (size_t nbytes = 0; nbytes < told_ret->header_nbytes; nbytes++) {
        sample cut = copy_sample(frame.data, nbytes);
        fj_lz4_frame part;
        assert(fj_lz4_parse_frame(cut.data, nbytes, &part) == FJ_TRUNCATED);
        assert(part.header_nbytes > nbytes);
        assert(part.header_nbytes <= told_ret->header_nbytes);
        free(cut.data);
    }
}

static void
test_combinations(void)
{
    const size_t sizes[] = {0, 1, 5000, 65536, 300001, 5000000};
    const size_t pieces[][2] = {
        {1, 1},       {1, 4096},         {5000, 7},
        {4096, 4096}, {65536, 1u << 20}, {8u << 20, 8u << 20}};
    void *stream = codec->stream_new();
    for (int s = 0; s < 6; s++) {
        sample content = make_sample(MIXED, sizes[s]);
        int step = sizes[s] > 1000000 ? 5 : 1; // odd: of all flags
        for (int i = 0; i < N_COMBINATIONS; i += step) {
            LZ4F_preferences_t p = combination(i, content.nbytes);
            sample frame = library_frame(content, &p);
            fj_lz4_frame told;
            assert_parses(frame, &p.frameInfo, &told);
            if (told.independent) {
                assert_reads_by_blocks(frame, &told, content);
            }
            for (int k = sizes[s] > 7000 ? 3 : 0; k < 6; k++) {
                assert_reads(stream, frame, pieces[k][0], pieces[k][1],
                             content);
            }
            free(frame.data);
        }
        free(content.data);
    }
    codec->stream_free(stream);
}

static void
test_our_frames(void)
{
    void *stream = codec->stream_new();
    sample content = make_sample(MIXED, 2 * FJ_BLOCK_NBYTES + 777);
    for (int sized = 0; sized < 2; sized++) {
        sample frame = our_frame(content, 3, sized);
        fj_lz4_frame told;
        assert(fj_lz4_parse_frame(frame.data, frame.nbytes, &told) == FJ_OK);
        assert(told.content_nbytes == (sized ? content.nbytes : 0));
        assert_reads_by_blocks(frame, &told, content);
        assert_reads(stream, frame, 100000, 70000, content);
        free(frame.data);
    }
    free(content.data);
    codec->stream_free(stream);
}

static sample
skippable_frame(uint32_t number, size_t nbytes)
{
    sample frame = new_sample(8 + nbytes);
    fj_store_le32(frame.data, 0x184D2A50 + number);
    fj_store_le32(frame.data + 4, (uint32_t)nbytes);
    memset(frame.data + 8, 0x5A, nbytes);
    return frame;
}

static void
test_skippable_frames(void)
{
    const size_t sizes[] = {0, 1, 70000};
    sample nothing = new_sample(0);
    void *stream = codec->stream_new();
    for (uint32_t number = 0; number < 16; number++) {
        for (int s = 0; s < 3; s++) {
            sample frame = skippable_frame(number, sizes[s]);
            fj_lz4_frame told;
            assert(fj_lz4_is_frame(frame.data));
            assert(fj_lz4_parse_frame(frame.data, 8, &told) == FJ_OK);
            assert(told.skippable && told.header_nbytes == 8);
            assert(told.content_nbytes == sizes[s]);
            assert(fj_lz4_parse_frame(frame.data, 7, &told) == FJ_TRUNCATED);
            assert(told.header_nbytes == 8);
            assert_reads(stream, frame, 1000000, 100, nothing);
            assert_reads(stream, frame, 3, 100, nothing);
            assert_reads(stream, frame, 3, 0, nothing);
            free(frame.data);
        }
    }
    codec->stream_free(stream);
    free(nothing.data);
}

/* -- what is no good frame ---------------------------------------------- */

static void
test_truncated_frames(void)
{
    sample content = make_sample(MIXED, 3000);
    for (int i = 0; i < N_COMBINATIONS; i += 4) { // of 64 KiB
        LZ4F_preferences_t p = combination(i, content.nbytes);
        sample frame = library_frame(content, &p);
        for (size_t nbytes = 0; nbytes < frame.nbytes; nbytes++) {
            void *stream = codec->stream_new();
            sample cut = {frame.data, nbytes};
            reading r = read_stream(stream, cut, 500, 5000, content.nbytes);
            assert(r.status == FJ_OK && r.used == nbytes);
            assert(memcmp(r.content.data, content.data, r.content.nbytes) ==
                   0);
            free(r.content.data);
            codec->stream_free(stream);
        }
        free(frame.data);
    }
    free(content.data);
}

/* What is protected by checksums is never read as something else; what is not
 * is read within bounds. */
static void
test_flipped_bits(void)
{
    sample content = make_sample(TEXT, 300);
    for (int i = 0; i < N_COMBINATIONS; i += 4) {
        LZ4F_preferences_t p = combination(i, content.nbytes);
        bool safe = p.frameInfo.contentChecksumFlag;
        sample frame = library_frame(content, &p);
        size_t header = LZ4F_headerSize(frame.data, frame.nbytes);
        for (size_t bit = 0; bit < 8 * frame.nbytes; bit++) {
            frame.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            void *stream = codec->stream_new();
            reading r = read_stream(stream, frame, 1u << 20, 1u << 20, 70000);
            if (r.status == FJ_DAMAGED) {
                assert(codec->stream_message(stream) != NULL);
            }
            else if (r.status == FJ_END && safe) {
                assert(same(content, r.content.data, r.content.nbytes));
            }
            assert(bit >= 8 * header || r.status == FJ_DAMAGED);
            free(r.content.data);
            codec->stream_free(stream);
            frame.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        free(frame.data);
    }
    free(content.data);
}

/* Headers with a right checksum that say what cannot be. */
static void
test_wrong_headers(void)
{
    const struct {
        uint8_t flg, bd;
        const char *message;
    } headers[] = {
        {0x20, 0x60, "unknown version of LZ4 frames"},
        {0xA0, 0x60, "unknown version of LZ4 frames"},
        {0xE0, 0x60, "unknown version of LZ4 frames"},
        {0x62, 0x60, "reserved bits set in the frame's header"},
        {0x60, 0xE0, "reserved bits set in the frame's header"},
        {0x60, 0x61, "reserved bits set in the frame's header"},
        {0x60, 0x68, "reserved bits set in the frame's header"},
        {0x60, 0x00, "unknown block size in the frame's header"},
        {0x60, 0x30, "unknown block size in the frame's header"},
        {0x61, 0x60, "the frame needs a dictionary, which is not supported"},
        {0x69, 0x60, "the frame needs a dictionary, which is not supported"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        uint8_t flg = headers[i].flg;
        size_t extra = (flg & 8 ? 8 : 0) + (flg & 1 ? 4 : 0);
        uint8_t data[FJ_LZ4_HEADER_MAX] = {0x04, 0x22, 0x4D,
                                           0x18, flg,  headers[i].bd};
        data[6 + extra] = (uint8_t)(fj_xxh32(data + 4, 2 + extra, 0) >> 8);
        sample frame = copy_sample(data, 7 + extra);
        fj_lz4_frame told;
        assert(fj_lz4_parse_frame(frame.data, frame.nbytes, &told) ==
               FJ_DAMAGED);
        assert(strcmp(told.message, headers[i].message) == 0);
        assert_refused(frame, 100, headers[i].message);
        assert_refused(frame, 1, headers[i].message);
        frame.data[frame.nbytes - 1] ^= 1;
        assert_refused(frame, 100,
                       flg >> 6 == 1 ? "wrong checksum of the frame's header"
                                     : headers[i].message);
        free(frame.data);
    }
    uint8_t legacy[] = {0x02, 0x21, 0x4C, 0x18, 1, 0, 0, 0, 0};
    assert(!fj_lz4_is_frame(legacy));
    assert_refused((sample){legacy, sizeof legacy}, 100,
                   "the legacy LZ4 format is not supported");
    uint8_t other[] = "\x80\x04\x95 and so on";
    assert(!fj_lz4_is_frame(other));
    assert_refused((sample){other, sizeof other}, 2, "not an LZ4 frame");
    other[0] = 0x60, other[1] = 0x2A, other[2] = 0x4D, other[3] = 0x18;
    assert(!fj_lz4_is_frame(other)); // one more than the last skippable
    assert_refused((sample){other, sizeof other}, 2, "not an LZ4 frame");
}

/* Each of the checks that the library makes, and what we say then. */
static void
test_wrong_bodies(void)
{
    LZ4F_preferences_t p = combination(0, 0);
    p.frameInfo.contentChecksumFlag = 1;
    p.frameInfo.blockChecksumFlag = 1;
    sample content = make_sample(TEXT, 1000);
    sample frame = library_frame(content, &p);
    size_t behind_block = 7 + 4 + fj_load_le32(frame.data + 7);

    frame.data[frame.nbytes - 1] ^= 1;
    assert_refused(frame, 50, "wrong checksum of the content");
    frame.data[behind_block] ^= 1;
    assert_refused(frame, 50, "wrong checksum of a block");
    fj_store_le32(frame.data + 7, 65537);
    assert_refused(frame, 50,
                   "a block is larger than the frame's header allows");
    free(frame.data);

    frame = our_frame(content, 0, true);
    for (int wrong = -1; wrong <= 1; wrong += 2) {
        codec->begin_sized(0, content.nbytes + (uint64_t)wrong, frame.data);
        assert_refused(frame, 50,
                       "the content is not as long as the frame's header "
                       "says");
    }
    free(frame.data);

    frame = our_frame(content, 0, false);
    memset(frame.data + 11, 0xFF, frame.nbytes - 15);
    assert_refused(frame, 50, "a block cannot be decompressed");
    free(frame.data);
    free(content.data);
}

/* A stored block of no bytes is odd, but allowed. */
static void
test_empty_stored_block(void)
{
    uint8_t data[7 + 4 + 4];
    codec->begin(0, data);
    fj_lz4_write_block_head(0, true, data + 7);
    fj_lz4_write_block_head(0, false, data + 11);
    sample frame = {data, sizeof data};
    sample nothing = new_sample(0);
    fj_lz4_frame told;
    assert(fj_lz4_parse_frame(data, sizeof data, &told) == FJ_OK);
    assert_reads_by_blocks(frame, &told, nothing);
    void *stream = codec->stream_new();
    assert_reads(stream, frame, 1, 1, nothing);
    assert_reads(stream, frame, 100, 100, nothing);
    codec->stream_free(stream);
    free(nothing.data);
}

int
main(void)
{
    test_combinations();
    test_our_frames();
    test_skippable_frames();
    test_truncated_frames();
    test_flipped_bits();
    test_wrong_headers();
    test_wrong_bodies();
    test_empty_stored_block();
    puts("lz4_stream: ok");
    return 0;
}
