/* SPDX-License-Identifier: BSD-3-Clause
 *
 * fastjoblib.pickle.Pickler.
 */
#ifndef FJ_MODULE_PICKLER_TYPE_H
#define FJ_MODULE_PICKLER_TYPE_H

#include "py/compat.h"

extern PyType_Spec fj_pickler_spec;

#endif
