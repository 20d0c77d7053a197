/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to array/: what the symbolic machine can know of an array.
 */
#ifndef FJ_ARRAY_SYMBOLIC_ARRAYS_H
#define FJ_ARRAY_SYMBOLIC_ARRAYS_H

#include "array/numpy_api.h"

#include "pickle/symbolic.h"

/* All zero at the start, but for the order. */
typedef struct {
    PyObject *shape;   // owned
    PyObject *dtype;   // borrowed: a str
    const char *order; // "C", "F", or "K" for another
    bool has_objects;
    size_t count;  // of elements
    size_t nbytes; // of the data
} fj_symbolic_array;

/* 1; 0 if it cannot be known, or is invalid; or -1 with an exception set.  The
 * shape must be read first. */
int fj_symbolic_read_shape(fj_value shape, fj_symbolic_array *array);
int fj_symbolic_read_dtype(fj_value dtype, fj_symbolic_array *array);

/* symbolic_dtypes.c: what is known of a dtype becomes its object's note.  0 or
 * -1. */
int fj_symbolic_make_dtype(fj_symbolic *m, fj_node *object, fj_value args);
int fj_symbolic_make_dtype_of_class(fj_symbolic *m, fj_node *object);
int fj_symbolic_build_dtype(fj_symbolic *m, fj_node *object, fj_value state);

/* Lists the node as an array; an offset of -1: none.  0 or -1. */
int fj_symbolic_list(fj_symbolic *m, fj_node *node,
                     const fj_symbolic_array *array, const char *kind,
                     int64_t offset);

/* Makes `inner` a part of an array without a name, before all others.  0 or
 * -1. */
int fj_symbolic_put_inner(fj_symbolic *m, fj_node *array, fj_node *inner);

/* symbolic_wrapper.c: BUILD of a NumpyArrayWrapper, whose data follows, and of
 * joblib's wrappers before 0.10.  The array takes the object's place, also if
 * the result is -1 because its data is damaged. */
int fj_symbolic_read_behind(fj_symbolic *m, fj_node **object, fj_value state);
int fj_symbolic_list_side_file(fj_symbolic *m, fj_node **object,
                               fj_value state);

#endif
