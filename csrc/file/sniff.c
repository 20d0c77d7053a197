/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/sniff.h"

#include "pickle/opcodes.h"

/* No pickle begins with any of these: 'Z', 'v' and '<' are no opcodes. */
static const struct {
    unsigned char nbytes;
    const char *prefix;
    const char *what;
} signatures[] = {
    {2, "ZF", "it was written by joblib before 0.10, which compressed whole "
              "files with zlib behind a header of its own"},
    {2, "ve", "expected a pickle, found text; if the file begins with "
              "\"version https://git-lfs\", it is a Git LFS pointer: fetch "
              "the real file with `git lfs pull`"},
    {1, "<", "expected a pickle, found text that looks like an HTML or XML "
             "page: was a login or error page saved in place of the file?"},
};

int
fj_begins_as_pickle(fj_input *in)
{
    /* Two bytes are in every pickle ("N."), so that asking for them takes
     * nothing from a stream that its next reader would miss. */
    if (fj_input_need(in, 2) < 0) {
        return -1;
    }
    return (unsigned char)in->pos[0] == OP_PROTO &&
           (unsigned char)in->pos[1] <= FJ_HIGHEST_PROTOCOL;
}

int
fj_refuse_text(fj_input *in)
{
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        if (memcmp(in->pos, signatures[i].prefix, signatures[i].nbytes) ==
            0) {
            fj_input_invalid(in, "%s", signatures[i].what);
            return -1;
        }
    }
    return 0;
}
