/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/check_values.h"

#if defined(FJ_HAVE_LIBDEFLATE)
#include <libdeflate.h>
#elif defined(FJ_HAVE_ISAL)
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#else
#include <zlib.h>
#endif

uint32_t
fj_adler32(uint32_t check, const uint8_t *data, size_t nbytes)
{
#if defined(FJ_HAVE_LIBDEFLATE)
    return libdeflate_adler32(check, data, nbytes);
#elif defined(FJ_HAVE_ISAL)
    return isal_adler32(check, data, nbytes);
#else
    return (uint32_t)adler32_z(check, data, nbytes);
#endif
}

uint32_t
fj_crc32(uint32_t check, const uint8_t *data, size_t nbytes)
{
#if defined(FJ_HAVE_LIBDEFLATE)
    return libdeflate_crc32(check, data, nbytes);
#elif defined(FJ_HAVE_ISAL)
    return crc32_gzip_refl(check, data, nbytes);
#else
    return (uint32_t)crc32_z(check, data, nbytes);
#endif
}
