/* SPDX-License-Identifier: BSD-3-Clause
 *
 * fastjoblib.pickle.Unpickler.
 */
#ifndef FJ_MODULE_UNPICKLER_TYPE_H
#define FJ_MODULE_UNPICKLER_TYPE_H

#include "py/compat.h"

extern PyType_Spec fj_unpickler_spec;

#endif
