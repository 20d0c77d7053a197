/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to pickle/: the tasks of the pickler's stack and the functions that
 * the save_*.c files share.
 *
 * All return 0, or -1 with an exception set.  Object arguments are borrowed;
 * the caller keeps them alive during the call.
 */
#ifndef FJ_PICKLE_SAVE_H
#define FJ_PICKLE_SAVE_H

#include "pickle/pickler.h"

typedef enum {
    FJ_TASK_SAVE,   // save obj
    FJ_TASK_EMIT,   // write `op`, and `op2` and `op3` where not 0; obj is what
                    // BUILD, or what stands for it, gives a state
    FJ_TASK_PERSID, // obj's persistent id is written: write BINPERSID
    FJ_TASK_GLOBAL, // write the GLOBAL `held` of the module `obj`
    FJ_TASK_HOOK,   // hook->resume(obj)
    FJ_TASK_LIST,   // items of a list from `pos` on
    FJ_TASK_DICT,   // items of a dict from `pos` on
    FJ_TASK_TUPLE,  // items of a tuple from `pos` on, then the tuple
    FJ_TASK_SET,    // `obj` is a set with `pos` items to go, `held` iterates
    FJ_TASK_FROZENSET, // `obj` is the frozenset, `held` iterates
    FJ_TASK_APPENDS,   // `obj` iterates over the list items of a reduce
    FJ_TASK_SETITEMS,  // the same for dict items, or `obj` is a list of them
    FJ_TASK_ITEMS_OF, // below these two: obj has the items; `held`: the key that
                      // is being written, or whose value is
    FJ_TASK_MEMOIZE,   // write `op` if not 0, memoize obj
    FJ_TASK_REDUCED,   // write `op`, then memoize obj, or get it if recursive
    FJ_TASK_LEAVE,     // obj has been written: see fj_enter_fast()
    FJ_TASK_BYTEARRAY, // write the call that makes a bytearray of its bytes
} fj_task_kind;

struct fj_task {
    uint8_t kind;
    uint8_t op, op2, op3;
    uint8_t closing; // containers: opcode that closes the open batch, or 0
    bool own;        // obj is FJ_OWN
    uint16_t batch;  // containers: items left in the open batch
    PyObject *obj;   // owned
    PyObject *held;  // owned: the dict value or item that comes next
    Py_ssize_t pos;
    Py_ssize_t done; // dict, appends, setitems: items begun
    Py_ssize_t size; // dict: its size when the walk began; setitems: how many
                     // of the list have been read
};

/* Pushes an empty task; the pointer is valid until the next push. */
fj_task *fj_push(fj_pickler *p, fj_task_kind kind, PyObject *obj);
int fj_push_emit(fj_pickler *p, PyObject *obj, int op, int op2, int op3);
void fj_pop(fj_pickler *p);

static inline fj_task *
fj_top(fj_pickler *p)
{
    return &p->tasks[p->ntasks - 1];
}

/* save_failure.c: remembers what could not be saved; returns -1 */
int fj_fail_with(fj_pickler *p, PyObject *obj);

/* save_failure.c: adds notes to the exception that is set, which say where in
 * the object it was raised */
void fj_note_failure(fj_pickler *p);

/* save_failure.c: reports the exception that is set, clears it, and returns 0
 * where the walk is to go on; else -1 */
int fj_pass_over(fj_pickler *p);

/* pickler.c: fj_save() without asking for a persistent id */
int fj_save_object(fj_pickler *p, PyObject *obj, fj_sharing sharing);

/* save_custom.c: 1 if the caller's function has handled the object, 0, -1 */
int fj_save_persistent(fj_pickler *p, PyObject *obj);
int fj_save_override(fj_pickler *p, PyObject *obj);

/* save_custom.c: 1 with the type's registered reducer (owned), 0, or -1 */
int fj_find_reducer(fj_pickler *p, PyTypeObject *type, PyObject **reducer_ret);

/* save_custom.c: to be called by a fast pickler before and after an object
 * that may contain itself */
int fj_enter_fast(fj_pickler *p, PyObject *obj);
int fj_leave_fast(fj_pickler *p, PyObject *obj);

/* save_scalars.c */
int fj_save_int(fj_pickler *p, PyObject *obj);
int fj_save_float(fj_pickler *p, PyObject *obj);
int fj_save_str(fj_pickler *p, PyObject *obj, bool unshared);
int fj_save_bytes(fj_pickler *p, PyObject *obj, bool unshared);
int fj_save_bytearray(fj_pickler *p, PyObject *obj, bool own);
int fj_run_bytearray(fj_pickler *p, const fj_task *task);
int fj_save_picklebuffer(fj_pickler *p, PyObject *obj);

/* pickler.c: PUT for an object that needs no entry, or not if it is the
 * pickler's own */
int fj_count_memo(fj_pickler *p);
int fj_memoize_unless(fj_pickler *p, PyObject *obj, bool own);

/* save_containers.c: each pair begins an object, and runs its task */
int fj_save_list(fj_pickler *p, PyObject *obj, bool own);
int fj_save_dict(fj_pickler *p, PyObject *obj, bool own);
int fj_save_tuple(fj_pickler *p, PyObject *obj, bool own);
int fj_save_set(fj_pickler *p, PyObject *obj);
int fj_save_frozenset(fj_pickler *p, PyObject *obj);
int fj_run_list(fj_pickler *p);
int fj_run_dict(fj_pickler *p);
int fj_run_tuple(fj_pickler *p);

/* save_iterators.c */
int fj_push_items(fj_pickler *p, PyObject *obj, PyObject *listitems,
                  PyObject *dictitems);
int fj_push_sorted_dict(fj_pickler *p, PyObject *dict); // where canonical
int fj_run_set(fj_pickler *p);
int fj_run_frozenset(fj_pickler *p);
int fj_run_appends(fj_pickler *p);
int fj_run_setitems(fj_pickler *p);

/* save_global.c: GLOBAL with two lines of text, for protocols 0 to 3 */
int fj_write_global(fj_pickler *p, PyObject *module_name, PyObject *name);

/* save_global.c; `name` NULL: the object's own */
int fj_save_global(fj_pickler *p, PyObject *obj, PyObject *name);
int fj_save_type(fj_pickler *p, PyObject *obj);

/* save_checks.c: an element of a reduce value, borrowed; NULL for None or if
 * there are too few */
PyObject *fj_reduced_item(PyObject *reduced, Py_ssize_t i);

/* save_checks.c: each raises PicklingError for what pickle cannot write: a reduce
 * value that is no str, and what it calls __newobj__ or __newobj_ex__ with */
int fj_check_reduced(fj_pickler *p, PyObject *reduced);
int fj_check_newobj(fj_pickler *p, PyObject *obj, PyObject *args);
int fj_check_newobj_ex(fj_pickler *p, PyObject *obj, PyObject *args);

/* save_reduce.c */
int fj_save_by_reduce(fj_pickler *p, PyObject *obj);
int fj_save_call(fj_pickler *p, PyObject *obj, PyObject *func,
                 PyObject *args_steal);

#endif
