/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which libraries the codecs use.
 */
#ifndef FJ_CODEC_VERSIONS_H
#define FJ_CODEC_VERSIONS_H

enum { FJ_N_LIBRARIES = 4 };

typedef struct {
    const char *name;
    const char *version; // NULL: the build is without it
} fj_library;

/* zlib and LZ4 tell what was loaded, libdeflate and ISA-L what was compiled. */
void fj_library_versions(fj_library libraries[static FJ_N_LIBRARIES]);

#endif
