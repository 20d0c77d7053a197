/* SPDX-License-Identifier: BSD-3-Clause */
#include "deflate/enabled.h"

#include <stdlib.h> // getenv
#include <string.h>

/* Whether a list of names with commas between them has this one. */
static bool
lists(const char *list, const char *name)
{
    size_t nbytes = strlen(name);
    while (list != NULL) {
        if (strncmp(list, name, nbytes) == 0 &&
            (list[nbytes] == ',' || list[nbytes] == '\0')) {
            return true;
        }
        list = strchr(list, ',');
        list = list == NULL ? NULL : list + 1;
    }
    return false;
}

fj_libraries
fj_libraries_enabled(void)
{
    const char *disabled = getenv("FASTJOBLIB_DISABLE");
    fj_libraries enabled = {
        .isal = !lists(disabled, "isal"),
        .libdeflate = !lists(disabled, "libdeflate"),
    };
#ifndef FJ_HAVE_ISAL
    enabled.isal = false;
#endif
#ifndef FJ_HAVE_LIBDEFLATE
    enabled.libdeflate = false;
#endif
    return enabled;
}

bool
fj_bmi2_enabled(void)
{
#ifdef FJ_HAVE_BMI2
    return __builtin_cpu_supports("bmi2") &&
           !lists(getenv("FASTJOBLIB_DISABLE"), "bmi2");
#else
    return false;
#endif
}
