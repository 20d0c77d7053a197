/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Globals: their names as the unpickler would look them up, without looking
 * them up.
 */
#include "pickle/names.h"
#include "pickle/operands.h"
#include "pickle/symbolic_run.h"

static bool
has_names(const fj_global *global, PyObject *module_name, PyObject *name)
{
    return PyUnicode_Compare(global->module, module_name) == 0 &&
           PyUnicode_Compare(global->name, name) == 0;
}

static int
fill(fj_symbolic *m, fj_global *global, PyObject *module_name, PyObject *name)
{
    global->module = module_name;
    global->name = name;
    global->paths = PyList_New(0);
    global->label = PyUnicode_FromFormat("%U.%U", module_name, name);
    PyObject *row =
        global->paths == NULL || global->label == NULL
            ? NULL
            : PyTuple_Pack(4, module_name, name, global->paths, global->label);
    Py_XDECREF(global->paths);
    Py_XDECREF(global->label);
    return fj_symbolic_keep(m, row);
}

static fj_global *
make_global(fj_symbolic *m, PyObject *module_name, PyObject *name)
{
    fj_global *global = fj_arena_take(&m->lasting_arena, sizeof *global);
    if (global == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    memset(global, 0, sizeof *global);
    if (fill(m, global, module_name, name) < 0) {
        return NULL;
    }
    global->known = m->hook->find_known(m, module_name, name);
    global->reconstructs =
        PyUnicode_CompareWithASCIIString(module_name, "copyreg") == 0 &&
        PyUnicode_CompareWithASCIIString(name, "_reconstructor") == 0;
    global->is_partial =
        PyUnicode_CompareWithASCIIString(module_name, "functools") == 0 &&
        PyUnicode_CompareWithASCIIString(name, "partial") == 0;
    global->next = m->globals;
    m->globals = global;
    return global;
}

/* The row of these names, which is made if it is not there. */
static fj_global *
find_row(fj_symbolic *m, PyObject *module_name, PyObject *name)
{
    uint64_t key = (uint64_t)PyObject_Hash(module_name) * 31 +
                   (uint64_t)PyObject_Hash(name);
    for (;; key++) { // other names may have the same hash
        fj_trie *entry =
            fj_trie_find(&m->global_index, key, &m->lasting_arena);
        if (entry == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        fj_global *global = (fj_global *)(uintptr_t)entry->value;
        if (global == NULL) {
            global = make_global(m, module_name, name);
            entry->value = (uintptr_t)global;
            return global;
        }
        if (has_names(global, module_name, name)) {
            return global;
        }
    }
}

/* The global that a load would look for under these names. */
static fj_global *
find_global(fj_symbolic *m, PyObject *module_name, PyObject *name)
{
    int confined =
        m->nested ? 0 : m->hook->find_confined(m, module_name, name);
    if (confined > 0) {
        fj_global *global = find_row(m, module_name, name);
        if (global != NULL) {
            global->known = confined;
            global->confined = true;
        }
        return global;
    }
    if (m->run->proto < 3 &&
        fj_map_from_python2(m->state, &module_name, &name) < 0) {
        return NULL;
    }
    PyObject *current = fj_current_module(m->state, module_name);
    if (current == NULL) {
        return NULL;
    }
    fj_global *global = find_row(m, current, name);
    Py_DECREF(current);
    return global;
}

static int
make_value(fj_symbolic *m, PyObject *module_name, PyObject *name,
           fj_value *value_ret)
{
    fj_global *global = find_global(m, module_name, name);
    if (global == NULL) {
        return -1;
    }
    global->count++;
    *value_ret = (uintptr_t)global | FJ_GLOBAL;
    return 0;
}

static bool
is_named(fj_value value, const char *module_name, const char *name)
{
    const fj_global *global = fj_as_global(value);
    return global != NULL &&
           PyUnicode_CompareWithASCIIString(global->name, name) == 0 &&
           PyUnicode_CompareWithASCIIString(global->module, module_name) == 0;
}

int
fj_symbolic_zone_method(fj_symbolic *m, fj_value func, fj_value args,
                        fj_value *value_ret)
{
    fj_value items[2];
    if (!is_named(func, "builtins", "getattr") || fj_count_items(args) != 2) {
        return 0;
    }
    fj_copy_items(args, 2, items);
    if (!is_named(items[0], "zoneinfo", "ZoneInfo") ||
        !fj_text_is(items[1], "_unpickle")) {
        return 0;
    }
    fj_global *getattr = fj_as_global(func);
    getattr->count -= fj_tag_of(func) == FJ_GLOBAL && getattr->count > 0;
    PyObject *name = PyUnicode_FromString("ZoneInfo._unpickle");
    int ret = name == NULL ? -1
                           : make_value(m, fj_as_global(items[0])->module,
                                        name, value_ret);
    Py_XDECREF(name);
    return ret < 0 ? -1 : 1;
}

int
fj_symbolic_global(fj_symbolic *m, fj_value *value_ret)
{
    PyObject *module_name, *name;
    if (fj_operand_names(m->in, true, &module_name, &name) < 0) {
        return -1;
    }
    int ret = make_value(m, module_name, name, value_ret);
    Py_DECREF(module_name);
    Py_DECREF(name);
    return ret;
}

int
fj_symbolic_load_global(fj_symbolic *m)
{
    fj_value value;
    return fj_symbolic_global(m, &value) < 0 ? -1
                                             : fj_symbolic_push(m, value, 0);
}

/* Pushes something of which only the file's reader would know what it is. */
static int
push_unknown(fj_symbolic *m, uint64_t nbytes)
{
    fj_node *node = fj_symbolic_node(m, FJ_UNKNOWN);
    return node == NULL ? -1
                        : fj_symbolic_push(m, fj_node_value(node), nbytes);
}

static PyObject *
decode(const fj_text *text)
{
    return PyUnicode_DecodeUTF8(text->bytes, (Py_ssize_t)text->nbytes,
                                "surrogatepass");
}

/* Whether it may turn out to be a str when the file is loaded. */
static bool
may_be_str(fj_value value)
{
    const fj_node *node = fj_as_node(value);
    return fj_as_text(value) != NULL || fj_as_global(value) != NULL ||
           (node != NULL &&
            (node->kind == FJ_LONG_STR || node->kind == FJ_OBJECT ||
             node->kind == FJ_UNKNOWN));
}

int
fj_symbolic_stack_global(fj_symbolic *m)
{
    fj_symbolic_run *run = m->run;
    if (fj_symbolic_check(m, 2) < 0) {
        return -1;
    }
    fj_entry name = *fj_top_entry(run);
    fj_entry module = *fj_entry_at(run, run->stack.count - 2);
    uint64_t nbytes = name.nbytes + module.nbytes;
    run->stack.count -= 2;
    if (!may_be_str(name.value) || !may_be_str(module.value)) {
        fj_input_invalid(m->in, "STACK_GLOBAL requires str");
        return -1;
    }
    const fj_text *name_text = fj_as_text(name.value);
    const fj_text *module_text = fj_as_text(module.value);
    if (name_text == NULL || module_text == NULL) {
        return fj_symbolic_note(m, "the name of a global is computed, or "
                                   "longer than 1024 bytes") < 0
                   ? -1
                   : push_unknown(m, nbytes);
    }
    PyObject *name_str = decode(name_text);
    PyObject *module_str = name_str == NULL ? NULL : decode(module_text);
    fj_value value;
    int ret =
        module_str == NULL ? -1 : make_value(m, module_str, name_str, &value);
    Py_XDECREF(name_str);
    Py_XDECREF(module_str);
    return ret < 0 ? -1 : fj_symbolic_push(m, value, nbytes);
}

int
fj_symbolic_extension(fj_symbolic *m, size_t code_nbytes)
{
    int32_t code;
    if (fj_operand_extension(m->in, code_nbytes, &code) < 0 ||
        fj_symbolic_note(m, "it refers to globals by extension codes, which "
                            "mean what the process that loads it has "
                            "registered with copyreg") < 0) {
        return -1;
    }
    PyObject *key = PyLong_FromLong(code);
    if (key == NULL) {
        return -1;
    }
    PyObject *pair = PyDict_GetItemWithError(m->state->inverted_registry, key);
    Py_DECREF(key);
    if (pair == NULL || !PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2 ||
        !PyUnicode_CheckExact(PyTuple_GET_ITEM(pair, 0)) ||
        !PyUnicode_CheckExact(PyTuple_GET_ITEM(pair, 1))) {
        return PyErr_Occurred() ? -1 : push_unknown(m, 0);
    }
    fj_value value;
    return make_value(m, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1),
                      &value) < 0
               ? -1
               : fj_symbolic_push(m, value, 0);
}
