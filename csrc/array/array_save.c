/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Saving arrays.
 */
#include "array/numpy_api.h"

#include "array/array.h"
#include "array/gather.h"
#include "array/runs.h"
#include "array/state.h"

/* The attributes of joblib's wrapper, in the order in which it sets them. */
static PyObject *
wrapper_state(fj_pickler *p, PyArrayObject *array, bool aligned)
{
    const fj_array_state *state = p->state->array;
    const fj_array_saver *saver = p->hook_data;
    PyArray_Descr *descr = PyArray_DESCR(array);
    bool allow_mmap = saver->allow_mmap && !PyDataType_REFCHK(descr);
    PyObject *dict = PyDict_New();
    PyObject *shape =
        PyArray_IntTupleFromIntp(PyArray_NDIM(array), PyArray_DIMS(array));
    PyObject *alignment =
        aligned ? PyLong_FromLong(FJ_ARRAY_ALIGNMENT) : Py_NewRef(Py_None);
    if (dict == NULL || shape == NULL || alignment == NULL) {
        goto error;
    }
    const struct {
        PyObject *name, *value;
    } attributes[] = {
        {state->s_subclass, (PyObject *)Py_TYPE(array)},
        {state->s_shape, shape},
        {state->s_order,
         fj_array_is_fortran(array) ? state->s_order_f : state->s_order_c},
        {state->s_dtype, (PyObject *)descr},
        {state->s_allow_mmap, allow_mmap ? Py_True : Py_False},
        {state->s_alignment, alignment},
    };
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        if (PyDict_SetItem(dict, attributes[i].name, attributes[i].value) <
            0) {
            goto error;
        }
    }
    Py_DECREF(shape);
    Py_DECREF(alignment);
    return dict;
error:
    Py_XDECREF(dict);
    Py_XDECREF(shape);
    Py_XDECREF(alignment);
    return NULL;
}

/* The reduce value that copyreg returns for an instance of joblib's class. */
static PyObject *
reduced_wrapper(fj_pickler *p, PyObject *state)
{
    PyObject *cls = (PyObject *)p->state->array->wrapper_type;
    if (p->proto >= 2) {
        return Py_BuildValue("O(O)O", p->state->copyreg_newobj, cls, state);
    }
    return Py_BuildValue("O(OOO)O", p->state->copyreg_reconstructor, cls,
                         (PyObject *)&PyBaseObject_Type, Py_None, state);
}

static int
save_wrapper(fj_pickler *p, PyArrayObject *array, bool aligned)
{
    int ret = -1;
    PyObject *wrapper = NULL, *reduced = NULL;
    PyObject *state = wrapper_state(p, array, aligned);
    if (state == NULL) {
        return -1;
    }
    wrapper = PyType_GenericAlloc(p->state->array->wrapper_type, 0);
    reduced = reduced_wrapper(p, state);
    if (wrapper != NULL && reduced != NULL) {
        ret = fj_save_reduced(p, wrapper, reduced);
    }
    Py_XDECREF(reduced);
    Py_XDECREF(wrapper);
    Py_DECREF(state);
    return ret;
}

static int
write_padding(fj_pickler *p)
{
    uint64_t position;
    int known = fj_output_position(p->out, &position);
    if (known <= 0) {
        return known; // then the wrapper has no alignment
    }
    size_t nbytes = FJ_ARRAY_ALIGNMENT - (position + 1) % FJ_ARRAY_ALIGNMENT;
    char *dst = fj_output_reserve(p->out, 1 + nbytes);
    if (dst == NULL) {
        return -1;
    }
    dst[0] = (char)nbytes;
    memset(dst + 1, 0xff, nbytes);
    p->out->len += 1 + nbytes;
    return 0;
}

static int
write_data(fj_pickler *p, PyArrayObject *array)
{
    const fj_array_saver *saver = p->hook_data;
    size_t nbytes = (size_t)PyArray_NBYTES(array);
    if (write_padding(p) < 0 || fj_output_expect_array(p->out, nbytes) < 0) {
        return -1;
    }
    if (PyArray_IS_C_CONTIGUOUS(array) || PyArray_IS_F_CONTIGUOUS(array)) {
        return fj_output_raw(p->out, PyArray_DATA(array), nbytes);
    }
    return fj_array_gather(p->out, array, saver->threads);
}

/* Writes the nested pickle of an object array, as joblib does with C
 * pickle. */
static int
write_objects(fj_pickler *p, PyArrayObject *array)
{
    fj_pickler nested;
    fj_buffer_saver saver = {0};
    int ret = fj_pickler_init(&nested, p->state, p->out, FJ_HIGHEST_PROTOCOL);
    if (ret == 0) {
        nested.as_c_pickle = true;
        nested.globals = p->globals;
        nested.outer = p;
        nested.report = p->report;
        nested.judge = p->judge;
        nested.reducer_override = p->reducer_override;
        nested.dispatch_table = p->dispatch_table;
        nested.hook = &fj_buffer_save_hook;
        nested.hook_data = &saver;
        ret = fj_pickler_dump(&nested, (PyObject *)array);
    }
    fj_pickler_clear(&nested);
    return ret;
}

/* Writes what follows the wrapper.  With `share` the array is memoized after
 * the data, since only then does the reader's stack, joblib's too, hold the
 * array instead of the wrapper. */
static int
resume(fj_pickler *p, PyObject *obj)
{
    const fj_array_saver *saver = p->hook_data;
    PyArrayObject *array = (PyArrayObject *)obj;
    bool framed = p->out->in_frame;
    if (framed && fj_output_end_frame(p->out) < 0) {
        return -1;
    }
    int ret = PyDataType_REFCHK(PyArray_DESCR(array)) ? write_objects(p, array)
                                                      : write_data(p, array);
    if (ret < 0 || (framed && fj_output_begin_frame(p->out) < 0)) {
        return -1;
    }
    return saver->share ? fj_memoize(p, obj) : 0;
}

/* Small arrays.
 *
 * After one array of a type, dtype and order has been written, all parts of
 * the next such wrapper are in the memo, except for the shape.  So the wrapper
 * consists of GET opcodes, which are kept as two runs of bytes, before and
 * after the shape.  The wrapper itself, its state and its shape are new
 * objects that nothing refers to again: they are counted, but take no entry in
 * the memo. */

static bool
prepare_head(fj_pickler *p, fj_array_saver *saver, PyTypeObject *type)
{
    static const char construct[] = {OP_EMPTY_TUPLE,   (char)OP_NEWOBJ,
                                     (char)OP_MEMOIZE, OP_EMPTY_DICT,
                                     (char)OP_MEMOIZE, OP_MARK};
    fj_run run = {saver->head, saver->head + sizeof saver->head, true};
    fj_run_get(&run, &p->memo, p->state->array->wrapper_type);
    fj_run_bytes(&run, construct, sizeof construct);
    fj_run_get(&run, &p->memo, p->state->array->s_subclass);
    fj_run_get(&run, &p->memo, type);
    fj_run_get(&run, &p->memo, p->state->array->s_shape);
    saver->head_nbytes = (unsigned char)(run.dst - saver->head);
    return run.complete;
}

static bool
prepare_tail(fj_pickler *p, fj_array_saver *saver, PyObject *dtype,
             bool fortran, bool aligned)
{
    const char mmap = (char)(saver->allow_mmap ? OP_NEWTRUE : OP_NEWFALSE);
    const char alignment[2] = {OP_BININT1, FJ_ARRAY_ALIGNMENT};
    const char none = OP_NONE;
    const char finish[2] = {OP_SETITEMS, OP_BUILD};
    const fj_array_state *state = p->state->array;
    fj_run run = {saver->tail, saver->tail + sizeof saver->tail, true};
    fj_run_get(&run, &p->memo, state->s_order);
    fj_run_get(&run, &p->memo, fortran ? state->s_order_f : state->s_order_c);
    fj_run_get(&run, &p->memo, state->s_dtype);
    fj_run_get(&run, &p->memo, dtype);
    fj_run_get(&run, &p->memo, state->s_allow_mmap);
    fj_run_bytes(&run, &mmap, 1);
    fj_run_get(&run, &p->memo, state->s_alignment);
    if (aligned) {
        fj_run_bytes(&run, alignment, 2);
    }
    else {
        fj_run_bytes(&run, &none, 1);
    }
    fj_run_bytes(&run, finish, 2);
    saver->tail_nbytes = (unsigned char)(run.dst - saver->tail);
    return run.complete;
}

/* Ensures that `saver` holds the runs for arrays like this one; false if that
 * cannot be. */
static bool
prepare_runs(fj_pickler *p, PyArrayObject *array, bool aligned)
{
    fj_array_saver *saver = p->hook_data;
    PyTypeObject *type = Py_TYPE(array);
    PyObject *dtype = (PyObject *)PyArray_DESCR(array);
    bool fortran = fj_array_is_fortran(array);
    if (saver->type == type && saver->dtype == dtype &&
        saver->fortran == fortran && saver->aligned == aligned) {
        return true;
    }
    saver->type = NULL;
    if (!prepare_head(p, saver, type) ||
        !prepare_tail(p, saver, dtype, fortran, aligned)) {
        return false;
    }
    saver->type = type;
    saver->dtype = dtype; // kept alive by the memo
    saver->fortran = fortran;
    saver->aligned = aligned;
    return true;
}

/* 1 if the array was written, 0 if it must be written object by object, -1. */
static int
save_small(fj_pickler *p, PyArrayObject *array, bool aligned)
{
    fj_array_saver *saver = p->hook_data;
    fj_output *out = p->out;
    bool may_end_frame = out->boundary - out->len < FJ_SMALL_HEAD_NBYTES;
    if (p->proto < 4 || !fj_array_is_small(array) || may_end_frame ||
        !prepare_runs(p, array, aligned)) {
        return 0;
    }
    char *dst = fj_output_reserve(out, FJ_SMALL_HEAD_NBYTES);
    if (dst == NULL) {
        return -1;
    }
    memcpy(dst, saver->head, saver->head_nbytes);
    dst = fj_array_put_shape(dst + saver->head_nbytes, array);
    memcpy(dst, saver->tail, saver->tail_nbytes);
    dst += saver->tail_nbytes;
    out->len = (size_t)(dst - out->data);
    p->memo.next_index += PyArray_NDIM(array) > 0 ? 3 : 2;
    return resume(p, (PyObject *)array) < 0 ? -1 : 1;
}

/* Writes wrapper_type under the name of joblib's class. */
static int
save_class(fj_pickler *p, PyObject *cls)
{
    const fj_array_state *state = p->state->array;
    Py_ssize_t index = fj_memo_find(&p->memo, cls);
    int ret = index >= 0 ? fj_write_get(p, (size_t)index)
                         : fj_save_global_as(p, cls, state->s_wrapper_module,
                                             state->s_wrapper_name);
    return ret < 0 ? -1 : 1;
}

static int
save(fj_pickler *p, PyObject *obj)
{
    const fj_array_state *state = p->state->array;
    const PyTypeObject *type = Py_TYPE(obj);
    if (type != &PyArray_Type && type != state->matrix_type &&
        type != state->memmap_type) {
        return obj == (PyObject *)state->wrapper_type ? save_class(p, obj) : 0;
    }
    const fj_array_saver *saver = p->hook_data;
    Py_ssize_t index = saver->share ? fj_memo_find(&p->memo, obj) : -1;
    if (index >= 0) {
        return fj_write_get(p, (size_t)index) < 0 ? -1 : 1;
    }
    PyArrayObject *array = (PyArrayObject *)obj;
    uint64_t position;
    int aligned = fj_output_position(p->out, &position);
    if (aligned < 0) {
        return -1;
    }
    int saved = save_small(p, array, aligned);
    if (saved != 0) {
        return saved;
    }
    if (fj_push_hook(p, obj) < 0 || save_wrapper(p, array, aligned) < 0) {
        return -1;
    }
    return 1;
}

const fj_save_hook fj_array_save_hook = {
    .save = save,
    .resume = resume,
    .element = fj_array_element,
};
