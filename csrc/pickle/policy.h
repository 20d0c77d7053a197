/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Restricted loading: what a file may name, and what may be done with it.
 *
 * An unpickler with a policy asks it before every step that could run code.
 * All rules come from the policy's `find`; none comes from the file.  What is
 * not allowed raises UntrustedError before it happens.
 */
#ifndef FJ_PICKLE_POLICY_H
#define FJ_PICKLE_POLICY_H

#include "pickle/input.h"
#include "pickle/memo.h"

typedef struct fj_unpickler fj_unpickler;
typedef struct fj_policy fj_policy;

/* The flags of fastjoblib._safe.rules.Rule. */
enum {
    FJ_MAY_NEW = 1,         // NEWOBJ without arguments
    FJ_MAY_CALL = 2,        // REDUCE
    FJ_MAY_BUILD = 4,       // BUILD, with a dict of attributes
    FJ_ANY_STATE = 8,       // BUILD, with anything
    FJ_MAY_HAVE_SLOTS = 16, // BUILD, with a dict of slots too
    FJ_MAY_APPEND = 32,
    FJ_MAY_SET_ITEMS = 64,
    FJ_ANY_ARGUMENTS = 128, // NEWOBJ and REDUCE with arguments
    FJ_MAY_HIDE = 512,      // attributes may hide what its class has
    FJ_MAY_BE_KEY = 256,    // its instances hash and compare harmlessly
};

/* What may be done with one global, or with the instances of one class. */
typedef struct {
    PyObject *obj; // borrowed from the policy's table
    unsigned flags;
    /* Owned, or NULL: functions that raise for what is refused.  check_final
     * gets, at the end, a list of all that the class or function has made. */
    PyObject *check_call, *check_state, *check_final;
    /* Owned, or NULL: what the instances' attributes must be, at the end; see
     * policy_final.c. */
    PyObject *roles;
    /* Owned, or NULL: a dict of names that attributes may have, with the
     * version that the class had when they were looked up in it; it stays for
     * other loads. */
    PyObject *names;
    PyObject *made; // owned: that list, or NULL while it is empty
} fj_rule;

/* Integers without limit are UINT64_MAX. */
typedef struct {
    double ratio;    // of the pickle's bytes to the file's
    uint64_t memory; // bytes that all objects may take, as estimated;
                     // FJ_BY_SIZE: as many as suit the file's size
    uint64_t objects;
    uint64_t depth;    // of MARKs, and of pickles within pickles
    double gc_seconds; // the cyclic garbage collector may be paused for
} fj_limits;

#define FJ_BY_SIZE UINT64_C(0)

/* What a caller trusts, all borrowed: find(module, name) -> (object, flags,
 * check_call, check_state, check_final, roles, names), with None for no check;
 * or None for what is refused.  find_type(type): the same for what a function has
 * made.  The dicts have what was found before: by (module, name), by type. */
typedef struct {
    PyObject *find, *find_type;
    PyObject *found, *found_types;
} fj_trust;

/* What is to be remembered of an object. */
typedef struct {
    uint32_t depth; // see policy_depth.c
    bool unbuilt; // an array that NumPy has made without its data, which BUILD
                  // is to give it
} fj_note;

enum { FJ_RULE_CACHE = 64, FJ_NAMES_CACHE = 256 };

/* What this load knows of the attributes of a class that have a name. */
typedef struct {
    PyTypeObject *type; // borrowed from the policy's table
    PyObject *name;     // owned, as an object of the file
    bool is_good;       // a state may have it, with any value
    bool has_types;     // `types` has been looked up
    PyObject *types;    // borrowed from the rule's roles, or NULL
} fj_known_name;

struct fj_policy {
    fj_state *state; // borrowed
    fj_trust trust;
    fj_limits limits;

    fj_memo table; // object -> index into `rules`; owns the objects
    fj_rule *rules;
    size_t capacity;
    size_t cache[FJ_RULE_CACHE];         // indices + 1, by address
    fj_known_name names[FJ_NAMES_CACHE]; // by both addresses

    uint64_t objects, memory; // used so far
    size_t depth;             // of pickles within pickles
    int64_t gc_since;         // when the garbage collector was still on, as
                              // fj_monotonic() has it

    /* object -> index into `notes`, while these are not NULL; owns the
     * objects, so that no other gets the address of one. */
    fj_memo noted;
    fj_note *notes;
    size_t notes_capacity;
    size_t nunbuilt; // of the objects that are noted

    uint32_t *collisions; // owned, or NULL: see policy_keys.c
};

/* These return 0, or -1 with an exception set. */

/* `file_nbytes`: -1 if not known. */
int fj_policy_init(fj_policy *policy, fj_state *state, const fj_trust *trust,
                   const fj_limits *limits, int64_t file_nbytes);
void fj_policy_clear(fj_policy *policy);

/* policy_limits.c: how many bytes the pickle may have, of a file of that size,
 * or 0: any number; and its objects. */
uint64_t fj_limits_data(const fj_limits *limits, int64_t file_nbytes);
uint64_t fj_limits_memory(int64_t file_nbytes);

/* policy_final.c: runs the final checks. */
int fj_policy_finish(fj_policy *policy, fj_input *in);

/* The global of that name: a new reference, or NULL. */
PyObject *fj_policy_global(fj_unpickler *u, PyObject *module_name,
                           PyObject *name);

/* Before NEWOBJ, NEWOBJ_EX (else `kwargs` is NULL), REDUCE. */
int fj_policy_check_new(fj_unpickler *u, PyObject *cls, PyObject *args,
                        PyObject *kwargs);
int fj_policy_check_call(fj_unpickler *u, PyObject *func, PyObject *args);

/* After them: `func` has made an object. */
int fj_policy_note_made(fj_unpickler *u, PyObject *func, PyObject *obj);

/* The same, and before BUILD: it was given these arguments, or this state. */
int fj_policy_note_parts(fj_unpickler *u, PyObject *obj, PyObject *parts);

/* Before BUILD. */
int fj_policy_check_state(fj_unpickler *u, PyObject *inst, PyObject *state);

/* Before APPEND(S), SETITEM(S) and ADDITEMS of what is no exact list, dict or
 * set. */
int fj_policy_check_container(fj_unpickler *u, PyObject *container,
                              unsigned flag);

/* Before an item of that name is put into what is no exact dict: some classes
 * show their items as attributes, and Python's own names mean something there. */
int fj_policy_check_item_name(fj_unpickler *u, PyObject *key);

/* Before `key` is hashed as one of a container, which is told from others by
 * any number. */
int fj_policy_check_key(fj_unpickler *u, uint64_t container, PyObject *key);

/* Before an opcode that is never allowed; returns -1. */
int fj_policy_refuse_opcode(fj_unpickler *u, int opcode);

/* Charges the memory of an object that takes more than its opcodes say. */
int fj_policy_take_memory(fj_unpickler *u, uint64_t nbytes);

/* Charges what a call, or a state that is no dict, is given, which it may copy,
 * and a check look at: the same object may be given again and again. */
int fj_policy_take_copy(fj_unpickler *u, PyObject *value);

/* For policy*.c: the same in two steps, for a dict of attributes: what the
 * entry of a value takes, and charging for all. */
uint64_t fj_policy_entry_nbytes(const fj_unpickler *u, PyObject *value);
int fj_policy_take_copied(fj_unpickler *u, uint64_t nbytes);

/* Before that much of the data is read at once, which will be charged as the
 * data is. */
int fj_policy_expect_data(fj_unpickler *u, uint64_t nbytes);

/* Before a MARK is put upon `depth` others, or a pickle read that is within as
 * many. */
int fj_policy_check_depth(fj_unpickler *u, size_t depth);

/* Called by the unpickler after each FJ_FUEL opcodes: charges the budgets. */
enum { FJ_FUEL = 16 * 1024 };
int fj_policy_spend(fj_unpickler *u);

/* For array/: an array that NumPy has made without its data, and BUILD, which
 * gives it some.  The second one tells whether it was unbuilt. */
int fj_policy_note_unbuilt(fj_policy *policy, PyObject *array);
bool fj_policy_take_unbuilt(fj_policy *policy, PyObject *array);

/* For policy*.c: whether it is a plain number or None: small, and nothing is in
 * it.  Most attributes are. */
static inline bool
fj_is_atom(PyObject *obj)
{
    return PyLong_CheckExact(obj) || PyFloat_CheckExact(obj) ||
           obj == Py_None || PyBool_Check(obj);
}

/* For policy*.c: what is known of the name, in the table until the next. */
static inline fj_known_name *
fj_policy_known_name(fj_policy *policy, PyTypeObject *type, PyObject *name)
{
    size_t i = (((size_t)name >> 4) ^ ((size_t)type >> 6)) % FJ_NAMES_CACHE;
    fj_known_name *known = &policy->names[i];
    if (FJ_UNLIKELY(known->name != name || known->type != type)) {
        PyObject *before = known->name;
        *known = (fj_known_name){.type = type, .name = Py_NewRef(name)};
        Py_XDECREF(before);
    }
    return known;
}

/* For policy*.c: what is known of the object, borrowed until the next one is
 * added; NULL, from fj_policy_add_note() with an exception set. */
fj_note *fj_policy_find_note(const fj_policy *policy, PyObject *obj);
fj_note *fj_policy_add_note(fj_policy *policy, PyObject *obj);
void fj_policy_clear_notes(fj_policy *policy);

/* For policy*.c: calls check(first[, second]), which raises for what is
 * refused. */
int fj_policy_run_check(fj_input *in, PyObject *check, PyObject *first,
                        PyObject *second);

/* For policy*.c: refuses a tuple or dict with an array that has no data yet:
 * a check would judge it by what it is not. */
int fj_policy_check_built(fj_unpickler *u, PyObject *value);

/* For policy*.c: the rule of a global, or of an object's class, borrowed; NULL
 * without an exception where there is none. */
fj_rule *fj_policy_rule(fj_policy *policy, PyObject *obj);
fj_rule *fj_policy_rule_of_type(fj_policy *policy, PyTypeObject *type);

/* For policy*.c: the rule of a class method of a compiled class, borrowed;
 * NULL where there is none, or with an exception set. */
fj_rule *fj_policy_rule_of_method(fj_policy *policy, PyObject *func);

#endif
