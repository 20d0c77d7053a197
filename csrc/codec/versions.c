/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/versions.h"

#include <stddef.h>

#include <lz4.h>
#include <zlib.h>

#ifdef FJ_HAVE_LIBDEFLATE
#include <libdeflate.h>
#else
#define LIBDEFLATE_VERSION_STRING NULL
#endif

#define TEXT_OF(number) #number
#define VERSION(major, minor, patch) \
    TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

#ifdef FJ_HAVE_ISAL
#include <isa-l.h>
static const char *const isal =
    VERSION(ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION);
#else
static const char *const isal = NULL;
#endif

void
fj_library_versions(fj_library libraries[static FJ_N_LIBRARIES])
{
    libraries[0] = (fj_library){"zlib", zlibVersion()};
    libraries[1] = (fj_library){"LZ4", LZ4_versionString()};
    libraries[2] = (fj_library){"libdeflate", LIBDEFLATE_VERSION_STRING};
    libraries[3] = (fj_library){"ISA-L", isal};
}
