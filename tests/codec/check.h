/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An assertion that no NDEBUG takes away, and the environment on every system.
 */
#ifndef FJ_TESTS_CHECK_H
#define FJ_TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
                    #condition); \
            exit(1); \
        } \
    } while (0)

#ifdef _WIN32
#define SET_VARIABLE(name, value) CHECK(_putenv_s(name, value) == 0)
#else
#define SET_VARIABLE(name, value) CHECK(setenv(name, value, 1) == 0)
#endif

#endif
