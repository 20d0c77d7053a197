/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An assertion that no NDEBUG takes away.
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

#endif
