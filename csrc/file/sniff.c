/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/sniff.h"

#define COMPRESSED(name)                                                      \
    "it is compressed with " name                                             \
    ", and reading compressed files comes with compression support"

/* No pickle begins with any of these: 'x', 'Z', 'v' and '<' are no opcodes, a
 * list is not followed by NUL, and the others are opcodes that need a stack. */
static const struct {
    unsigned char nbytes;
    const char *prefix;
    const char *what;
} signatures[] = {
    {1, "\x78", COMPRESSED("zlib")},
    {2, "\x1f\x8b", COMPRESSED("gzip")},
    {2, "BZ", COMPRESSED("bz2")},
    {2, "\x5d\x00", COMPRESSED("lzma")},
    {2, "\xfd\x37", COMPRESSED("xz")},
    {2, "\x04\x22", COMPRESSED("lz4")},
    {2, "ZF", "it was written by joblib before 0.10, which compressed whole "
              "files with zlib behind a header of its own"},
    {2, "ve", "expected a pickle, found text; if the file begins with "
              "\"version https://git-lfs\", it is a Git LFS pointer: fetch "
              "the real file with `git lfs pull`"},
    {1, "<", "expected a pickle, found text that looks like an HTML or XML "
             "page: was a login or error page saved in place of the file?"},
};

int
fj_sniff(fj_input *in)
{
    /* Two bytes are in every pickle ("N."), so that asking for them takes
     * nothing from a stream that its next reader would miss. */
    if (fj_input_need(in, 2) < 0) {
        return -1;
    }
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        if (memcmp(in->pos, signatures[i].prefix, signatures[i].nbytes) ==
            0) {
            fj_input_invalid(in, "%s", signatures[i].what);
            return -1;
        }
    }
    return 0;
}
