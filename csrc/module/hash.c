/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/hash.h"

#include "array/array.h"

/* joblib's choice, which must not change. */
enum { PROTOCOL = 3 };

/* Writes the pickle, and gives it to `update` behind what the hook has
 * given. */
static int
run(fj_pickler *p, fj_output *out, PyObject *obj)
{
    fj_hash_saver *saver = p->hook_data;
    if (fj_pickler_dump(p, obj) < 0 || fj_hash_saver_finish(saver) < 0) {
        return -1;
    }
    PyObject *pickle = fj_output_take_bytes(out);
    PyObject *result =
        pickle == NULL ? NULL : PyObject_CallOneArg(saver->update, pickle);
    Py_XDECREF(pickle);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

int
fj_hash(fj_state *state, PyObject *obj, PyObject *update, PyObject *hash,
        bool coerce_mmap)
{
    fj_pickler p;
    fj_output out;
    int ret = -1;
    fj_hash_saver *saver = PyMem_Calloc(1, sizeof *saver);
    if (saver == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    saver->update = update;
    saver->coerce_mmap = coerce_mmap;
    if (fj_output_init(&out, NULL) == 0) {
        if (fj_pickler_init(&p, state, &out, PROTOCOL) == 0) {
            p.canonical = hash;
            p.hook = &fj_hash_save_hook;
            p.hook_data = saver;
            ret = run(&p, &out, obj);
        }
        fj_pickler_clear(&p);
    }
    fj_output_clear(&out);
    fj_hash_saver_clear(saver);
    PyMem_Free(saver);
    return ret;
}
