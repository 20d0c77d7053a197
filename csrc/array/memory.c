/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/memory.h"

#include "array/region.h"
#include "array/state.h"
#include "base/bytes.h"

/* Smaller arrays are left to malloc, which lets them share pages with other
 * objects. */
#define LEAST_NBYTES ((size_t)16 << 10)

/* A load of less could waste a good part of a huge page. */
#define WORTHWHILE_NBYTES ((uint64_t)4 << 20)

/* The name of the capsule that holds the fj_region_store. */
#define STORE "fastjoblib.region_store"

/* The context of a handler.  NumPy calls it with the GIL held. */
typedef struct {
    PyDataMem_Handler handler;
    fj_heap heap;
    PyObject *store; // owned: the capsule of the heap's store
} context;

static void *
handler_malloc(void *ctx, size_t nbytes)
{
    return fj_heap_alloc(&((context *)ctx)->heap, nbytes);
}

static void *
handler_calloc(void *ctx, size_t n, size_t size)
{
    size_t nbytes;
    void *data =
        fj_size_mul(n, size, &nbytes) ? handler_malloc(ctx, nbytes) : NULL;
    return data == NULL ? NULL : memset(data, 0, nbytes);
}

static void
handler_free(void *Py_UNUSED(ctx), void *data, size_t Py_UNUSED(nbytes))
{
    if (data != NULL) {
        fj_heap_free(data);
    }
}

static void *
handler_realloc(void *ctx, void *data, size_t nbytes)
{
    void *moved = handler_malloc(ctx, nbytes);
    if (moved != NULL && data != NULL) {
        size_t old = fj_heap_nbytes(data);
        memcpy(moved, data, old < nbytes ? old : nbytes);
        fj_heap_free(data);
    }
    return moved;
}

static void
destroy(PyObject *capsule)
{
    context *c = PyCapsule_GetPointer(capsule, "mem_handler");
    fj_heap_close(&c->heap);
    Py_DECREF(c->store);
    PyMem_Free(c);
}

static void
destroy_store(PyObject *capsule)
{
    fj_region_store *store = PyCapsule_GetPointer(capsule, STORE);
    fj_region_store_clear(store);
    PyMem_Free(store);
}

static PyObject *
new_store(void)
{
    fj_region_store *store = PyMem_Calloc(1, sizeof *store);
    if (store == NULL) {
        return PyErr_NoMemory();
    }
    PyObject *capsule = PyCapsule_New(store, STORE, destroy_store);
    if (capsule == NULL) {
        PyMem_Free(store);
    }
    return capsule;
}

static PyObject *
new_handler(PyObject *store, size_t expected)
{
    if (store == NULL) {
        return NULL;
    }
    context *c = PyMem_Malloc(sizeof *c);
    if (c == NULL) {
        return PyErr_NoMemory();
    }
    *c = (context){
        .handler = {.name = "fastjoblib",
                    .version = 1,
                    .allocator = {.ctx = c,
                                  .malloc = handler_malloc,
                                  .calloc = handler_calloc,
                                  .realloc = handler_realloc,
                                  .free = handler_free}},
        .heap = {.store = PyCapsule_GetPointer(store, STORE),
                 .expected = expected},
    };
    PyObject *capsule = PyCapsule_New(c, "mem_handler", destroy);
    if (capsule == NULL) {
        PyMem_Free(c);
        return NULL;
    }
    c->store = Py_NewRef(store);
    return capsule;
}

/* 1 with memory->handler set, 0 if NumPy's own handler is as good or the
 * caller has installed another, -1 with an exception set. */
static int
prepare(const fj_state *state, fj_array_memory *memory, size_t nbytes,
        int64_t expected)
{
    if (nbytes < LEAST_NBYTES) {
        return 0;
    }
    memory->nbytes += nbytes;
    if (memory->handler != NULL) {
        return 1;
    }
    if (memory->nbytes < WORTHWHILE_NBYTES &&
        expected < (int64_t)WORTHWHILE_NBYTES) {
        return 0;
    }
    PyObject *present = PyDataMem_GetHandler();
    Py_XDECREF(present);
    if (present != PyDataMem_DefaultHandler) {
        return present == NULL ? -1 : 0;
    }
    if (state->array->memory_store == NULL) {
        state->array->memory_store = new_store();
    }
    /* With what blocks of LEAST_NBYTES take besides: less than a 64th. */
    size_t wanted =
        expected < 0 ? SIZE_MAX : (size_t)expected + (size_t)expected / 64;
    memory->handler = new_handler(state->array->memory_store, wanted);
    return memory->handler == NULL ? -1 : 1;
}

PyObject *
fj_array_memory_new_array(const fj_state *state, fj_array_memory *memory,
                          PyArray_Descr *descr_steal, int ndim, npy_intp *dims,
                          bool fortran, size_t nbytes, int64_t expected)
{
    int own = prepare(state, memory, nbytes, expected);
    PyObject *before = own > 0 ? PyDataMem_SetHandler(memory->handler) : NULL;
    if (own < 0 || (own > 0 && before == NULL)) {
        Py_DECREF(descr_steal);
        return NULL;
    }
    PyObject *array =
        PyArray_NewFromDescr(&PyArray_Type, descr_steal, ndim, dims, NULL,
                             NULL, fortran ? NPY_ARRAY_F_CONTIGUOUS : 0, NULL);
    if (before != NULL) {
        PyObject *ours = PyDataMem_SetHandler(before);
        Py_DECREF(before);
        if (ours == NULL) {
            Py_CLEAR(array);
        }
        Py_XDECREF(ours);
    }
    return array;
}

void
fj_array_memory_clear(fj_array_memory *memory)
{
    Py_CLEAR(memory->handler);
}
