/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to array/: its part of the module's state.
 */
#ifndef FJ_ARRAY_STATE_H
#define FJ_ARRAY_STATE_H

#include "py/state.h"

#define FJ_ARRAY_OBJECTS(X) \
    /* The attributes of joblib's wrapper, and values that one has. */ \
    X(PyObject, s_subclass, FJ_STR, "subclass") \
    X(PyObject, s_shape, FJ_STR, "shape") \
    X(PyObject, s_order, FJ_STR, "order") \
    X(PyObject, s_dtype, FJ_STR, "dtype") \
    X(PyObject, s_allow_mmap, FJ_STR, "allow_mmap") \
    X(PyObject, s_alignment, FJ_STR, "numpy_array_alignment_bytes") \
    X(PyObject, s_order_c, FJ_STR, "C") \
    X(PyObject, s_order_f, FJ_STR, "F") \
    /* The attributes of a memmap. */ \
    X(PyObject, s_mmap, FJ_STR, "_mmap") \
    X(PyObject, s_filename, FJ_STR, "filename") \
    X(PyObject, s_offset, FJ_STR, "offset") \
    X(PyObject, s_mode, FJ_STR, "mode") \
    /* joblib's classes, by the names that they have in files. */ \
    X(PyObject, s_wrapper_module, FJ_STR, "joblib.numpy_pickle") \
    X(PyObject, s_wrapper_name, FJ_STR, "NumpyArrayWrapper") \
    X(PyObject, s_old_wrapper_module, FJ_STR, "joblib.numpy_pickle_compat") \
    X(PyObject, s_old_wrapper_name, FJ_STR, "NDArrayWrapper") \
    X(PyObject, s_old_zipped_name, FJ_STR, "ZNDArrayWrapper") \
    /* What joblib.hash puts in place of sets and methods. */ \
    X(PyObject, s_hashing_module, FJ_STR, "joblib.hashing") \
    X(PyObject, s_set_name, FJ_STR, "_ConsistentSet") \
    X(PyObject, s_set_items, FJ_STR, "_sequence") \
    X(PyObject, s_method_name, FJ_STR, "_MyHash") \
    X(PyObject, s_method_args, FJ_STR, "args") \
    X(PyObject, s_func, FJ_STR, "__func__") \
    X(PyObject, s_self, FJ_STR, "__self__") \
    X(PyObject, s_hashed, FJ_STR, "HASHED") \
    X(PyObject, s_strides, FJ_STR, "strides") \
    /* The attributes of scikit-learn's trees. */ \
    X(PyObject, s_nodes, FJ_STR, "nodes") \
    X(PyObject, s_values, FJ_STR, "values") \
    X(PyObject, s_max_depth, FJ_STR, "max_depth") \
    X(PyObject, s_node_count, FJ_STR, "node_count") \
    X(PyObject, s_n_features, FJ_STR, "n_features") \
    X(PyObject, s_n_outputs, FJ_STR, "n_outputs") \
    X(PyObject, s_max_n_classes, FJ_STR, "max_n_classes") \
    X(PyObject, s_raw_bitsets, FJ_STR, "raw_left_cat_bitsets") \
    X(PyObject, s_binned_bitsets, FJ_STR, "binned_left_cat_bitsets") \
    X(PyObject, s_tree, FJ_STR, "tree_") \
    X(PyObject, s_n_features_in, FJ_STR, "n_features_in_") \
    X(PyObject, pickle_dumps, FJ_IMPORT, "pickle:dumps") \
    X(PyTypeObject, hashed_set_type, FJ_MADE_LATER, NULL) \
    X(PyTypeObject, hashed_method_type, FJ_MADE_LATER, NULL) \
    /* Stands for the first of them, in both directions. */ \
    X(PyTypeObject, wrapper_type, FJ_MADE_LATER, NULL) \
    /* Stands, on load, for the two that joblib had before 0.10. */ \
    X(PyTypeObject, old_wrapper_type, FJ_MADE_LATER, NULL) \
    /* The memory that one load leaves to the next. */ \
    X(PyObject, memory_store, FJ_MADE_LATER, NULL) \
    /* Functions by which NumPy unpickles; see guards.h. */ \
    X(PyObject, reconstruct, FJ_MADE_LATER, NULL) \
    X(PyObject, make_scalar, FJ_MADE_LATER, NULL) \
    X(PyObject, array_setstate, FJ_MADE_LATER, NULL) \
    X(PyTypeObject, memmap_type, FJ_IMPORT, "numpy:memmap") \
    X(PyTypeObject, record_type, FJ_IMPORT, "numpy:record") \
    /* NumPy has announced that it will go; nothing breaks then. */ \
    X(PyTypeObject, matrix_type, FJ_IMPORT_IF_THERE, "numpy:matrix")

typedef struct fj_array_state {
    FJ_ARRAY_OBJECTS(FJ_DECLARE)
} fj_array_state;

#endif
