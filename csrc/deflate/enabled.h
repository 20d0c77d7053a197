/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is used of what a build or a processor may have.  The environment
 * variable FASTJOBLIB_DISABLE, a list of names with commas between them,
 * switches off the rest, so that one build tests every combination.  It is
 * read by each call: call these where contexts are made.
 */
#ifndef FJ_DEFLATE_ENABLED_H
#define FJ_DEFLATE_ENABLED_H

#include <stdbool.h>

typedef struct {
    bool isal;
    bool libdeflate;
} fj_libraries;

fj_libraries fj_libraries_enabled(void);

/* Whether functions can be compiled for x86's BMI2 beside others that do
 * without. */
#if defined(__x86_64__) && defined(__GNUC__)
#define FJ_HAVE_BMI2 1
#endif

/* As "bmi2" in the list. */
bool fj_bmi2_enabled(void);

#endif
