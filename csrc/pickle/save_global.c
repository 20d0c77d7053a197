/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Classes, functions and other objects that are written by name.
 */
#include "pickle/names.h"
#include "pickle/save.h"
#include "py/errors.h"

/* Looks up the parts of a name, starting at `module`.  Returns the object and,
 * in *parent_ret, the object whose attribute it is (a new reference too); or
 * NULL, without an exception if the name is one of a function's own. */
static PyObject *
follow_name(fj_state *state, PyObject *module, PyObject *parts,
            PyObject **parent_ret)
{
    PyObject *parent = NULL;
    PyObject *obj = Py_NewRef(module);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(parts); i++) {
        PyObject *part = PyList_GET_ITEM(parts, i);
        PyObject *next = NULL;
        if (PyUnicode_Compare(part, state->s_locals) != 0) {
            next = PyObject_GetAttr(obj, part);
        }
        Py_XSETREF(parent, obj);
        obj = next;
        if (obj == NULL) {
            Py_DECREF(parent);
            return NULL;
        }
    }
    *parent_ret = parent;
    return obj;
}

/* Raises PicklingError in place of what `importing` the module, or else looking
 * up the name in it, has raised, if that says that there is none.  Before 3.14
 * pickle does not tell the two from each other, nor what was raised. */
static int
not_found(fj_pickler *p, PyObject *obj, PyObject *module_name, PyObject *name,
          bool importing)
{
    bool no_name =
        !PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_AttributeError);
    bool no_module =
        PyErr_ExceptionMatches(PyExc_ImportError) ||
        PyErr_ExceptionMatches(PyExc_KeyError) ||
        (FJ_SINCE_3_14 && PyErr_ExceptionMatches(PyExc_ValueError));
    if (FJ_SINCE_3_14 ? !(importing ? no_module : no_name)
                      : !(no_module || no_name)) {
        return -1;
    }
    PyObject *raised = PyErr_Occurred() ? fj_take_exception() : NULL;
    if (FJ_SINCE_3_14 && importing) {
        PyErr_Format(p->state->pickling_error, "Can't pickle %R: %S", obj,
                     raised);
    }
    else {
        PyErr_Format(p->state->pickling_error,
                     "Can't pickle %R: it's not found as %S.%S", obj,
                     module_name, name);
    }
    if (FJ_SINCE_3_14 && raised != NULL) {
        fj_set_context_steal(Py_NewRef(raised));
    }
    Py_XDECREF(raised);
    return -1;
}

/* A fast path for module-level objects: 1 with *module_ret set (a new
 * reference) if `obj` is found under its name; 0 if that is not certain; -1.
 * PyImport_GetModule waits for imports that are running in other threads,
 * which takes three times as long as the rest, and is not needed if the object
 * is there already. */
static int
found_at_once(PyObject *obj, PyObject *module_name, PyObject *parts,
              PyObject **module_ret)
{
    PyObject *modules = PyImport_GetModuleDict(); // borrowed
    PyObject *module = NULL, *found = NULL;
    if (PyList_GET_SIZE(parts) == 1 && PyDict_CheckExact(modules)) {
        module = PyDict_GetItemWithError(modules, module_name);
    }
    if (module == NULL || !PyModule_CheckExact(module)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    found = PyDict_GetItemWithError(PyModule_GetDict(module),
                                    PyList_GET_ITEM(parts, 0));
    if (found != obj) {
        return PyErr_Occurred() ? -1 : 0;
    }
    *module_ret = Py_NewRef(module);
    return 1;
}

/* Checks that `obj` is found under its name; *parent_ret (new reference) is
 * the object whose attribute it is: the module, or a class for a nested
 * name. */
static int
check_name(fj_pickler *p, PyObject *obj, PyObject *module_name, PyObject *name,
           PyObject *parts, PyObject **parent_ret, PyObject **module_ret)
{
    int at_once = found_at_once(obj, module_name, parts, module_ret);
    if (at_once != 0) {
        *parent_ret = at_once > 0 ? Py_NewRef(*module_ret) : NULL;
        return at_once > 0 ? 0 : -1;
    }
    PyObject *module = fj_import_module(module_name);
    if (module == NULL) {
        return not_found(p, obj, module_name, name, true);
    }
    PyObject *found = follow_name(p->state, module, parts, parent_ret);
    if (found == NULL) {
        Py_DECREF(module);
        return not_found(p, obj, module_name, name, false);
    }
    Py_DECREF(found);
    if (found != obj) {
        Py_DECREF(module);
        Py_CLEAR(*parent_ret);
        PyErr_Format(p->state->pickling_error,
                     "Can't pickle %R: it's not the same object as %S.%S", obj,
                     module_name, name);
        return -1;
    }
    *module_ret = module;
    return 0;
}

/* Writes an EXT opcode for a registered global: 1, 0 if it has no code, -1. */
static int
save_extension(fj_pickler *p, PyObject *module_name, PyObject *name)
{
    if (PyDict_GET_SIZE(p->state->extension_registry) == 0) {
        return 0;
    }
    PyObject *key = PyTuple_Pack(2, module_name, name);
    if (key == NULL) {
        return -1;
    }
    PyObject *value =
        PyDict_GetItemWithError(p->state->extension_registry, key);
    Py_DECREF(key);
    if (value == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    long code = PyLong_AsLong(value);
    if (code == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (code <= 0 || code > INT32_MAX) {
        PyErr_Format(PyExc_RuntimeError, "extension code %ld is out of range",
                     code);
        return -1;
    }
    char head[5];
    size_t nbytes;
    fj_store_le32(head + 1, (uint32_t)code);
    if (code <= 0xff) {
        head[0] = (char)OP_EXT1;
        nbytes = 2;
    }
    else if (code <= 0xffff) {
        head[0] = (char)OP_EXT2;
        nbytes = 3;
    }
    else {
        head[0] = (char)OP_EXT4;
        nbytes = 5;
    }
    return fj_output_write(p->out, head, nbytes) < 0 ? -1 : 1;
}

/* What cannot be encoded is refused since 3.14, in this protocol. */
static void
refuse_text(fj_pickler *p, const char *what, PyObject *text)
{
    if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
        PyObject *raised = fj_take_exception();
        PyErr_Format(p->state->pickling_error,
                     "can't pickle %s identifier %R using pickle protocol %d",
                     what, text, p->proto);
        fj_set_context_steal(raised);
    }
}

static int
write_line(fj_pickler *p, PyObject *text, const char *what)
{
    PyObject *encoded = PyUnicode_AsEncodedString(
        text, p->proto >= 3 ? "utf-8" : "ascii", "strict");
    if (encoded == NULL) {
        if (FJ_SINCE_3_14) {
            refuse_text(p, what, text);
        }
        return -1;
    }
    int ret = fj_output_write(p->out, PyBytes_AS_STRING(encoded),
                              (size_t)PyBytes_GET_SIZE(encoded));
    Py_DECREF(encoded);
    return ret < 0 ? -1 : fj_output_byte(p->out, '\n');
}

/* Replaces Python 3's names by Python 2's if they differ; all are borrowed.  1
 * if replaced, 0 if not, -1. */
static int
map_to_python2(fj_state *state, PyObject **module_name, PyObject **name)
{
    PyObject *key = PyTuple_Pack(2, *module_name, *name);
    if (key == NULL) {
        return -1;
    }
    PyObject *pair = PyDict_GetItemWithError(state->reverse_name_mapping, key);
    Py_DECREF(key);
    if (pair != NULL) {
        return PyArg_ParseTuple(pair, "UU", module_name, name) ? 1 : -1;
    }
    PyObject *module = NULL;
    if (!PyErr_Occurred()) {
        module = PyDict_GetItemWithError(state->reverse_import_mapping,
                                         *module_name);
    }
    if (module == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    *module_name = module;
    return 1;
}

int
fj_write_global(fj_pickler *p, PyObject *module_name, PyObject *name)
{
    if (p->fix_imports && map_to_python2(p->state, &module_name, &name) < 0) {
        return -1;
    }
    if (!FJ_SINCE_3_14 && p->proto < 3 &&
        (!PyUnicode_IS_ASCII(module_name) || !PyUnicode_IS_ASCII(name))) {
        PyErr_Format(p->state->pickling_error,
                     "can't pickle global identifier '%S.%S' using "
                     "pickle protocol %d",
                     module_name, name, p->proto);
        return -1;
    }
    if (fj_output_byte(p->out, OP_GLOBAL) < 0) {
        return -1;
    }
    return write_line(p, module_name, "module") < 0
               ? -1
               : write_line(p, name, "global");
}

/* The two names and STACK_GLOBAL: protocols 4 and up. */
static int
save_stack_global(fj_pickler *p, PyObject *obj, PyObject *module_name,
                  PyObject *name)
{
    fj_task *task = fj_push(p, FJ_TASK_MEMOIZE, obj);
    if (task == NULL) {
        return -1;
    }
    task->op = OP_STACK_GLOBAL;
    if (fj_push_save(p, name) < 0) {
        return -1;
    }
    return fj_save(p, module_name, FJ_SHARED);
}

#if FJ_NESTED_NAME_FROM_TOP
/* getattr(getattr(top, part), part)...: the tasks in reverse. */
static int
save_nested_name(fj_pickler *p, PyObject *obj, PyObject *module_name,
                 PyObject *parts, PyObject *parent)
{
    (void)parent;
    Py_ssize_t nparts = PyList_GET_SIZE(parts);
    fj_task *task = fj_push(p, FJ_TASK_MEMOIZE, obj);
    if (task == NULL) {
        return -1;
    }
    for (Py_ssize_t i = nparts - 1; i >= 1; i--) {
        int tuple_op = p->proto < 2 ? OP_TUPLE : OP_TUPLE2;
        if (fj_push_emit(p, NULL, tuple_op, OP_REDUCE, 0) < 0 ||
            fj_push_save(p, PyList_GET_ITEM(parts, i)) < 0) {
            return -1;
        }
    }
    task = fj_push(p, FJ_TASK_GLOBAL, module_name);
    if (task == NULL) {
        return -1;
    }
    task->held = Py_NewRef(PyList_GET_ITEM(parts, 0));
    for (Py_ssize_t i = 1; i < nparts; i++) {
        if ((p->proto < 2 && fj_push_emit(p, NULL, OP_MARK, 0, 0) < 0) ||
            fj_push_save(p, p->state->builtin_getattr) < 0) {
            return -1;
        }
    }
    return 0;
}
#else
/* getattr(parent, last part) */
static int
save_nested_name(fj_pickler *p, PyObject *obj, PyObject *module_name,
                 PyObject *parts, PyObject *parent)
{
    (void)module_name;
    PyObject *last = PyList_GET_ITEM(parts, PyList_GET_SIZE(parts) - 1);
    PyObject *args = PyTuple_Pack(2, parent, last);
    if (args == NULL) {
        return -1;
    }
    int ret = -1;
    fj_task *task = fj_push(p, FJ_TASK_MEMOIZE, obj);
    if (task != NULL) {
        task->op = OP_REDUCE;
        if (fj_push_save(p, args) == 0) {
            ret = fj_save(p, p->state->builtin_getattr, FJ_SHARED);
        }
    }
    Py_DECREF(args);
    return ret;
}
#endif

static bool
is_nested(PyObject *parts, PyObject *parent, PyObject *module)
{
    return FJ_NESTED_NAME_FROM_TOP ? PyList_GET_SIZE(parts) > 1
                                   : parent != module;
}

int
fj_save_global_as(fj_pickler *p, PyObject *obj, PyObject *module_name,
                  PyObject *name)
{
    if (p->proto >= 4) {
        return save_stack_global(p, obj, module_name, name);
    }
    if (fj_write_global(p, module_name, name) < 0) {
        return -1;
    }
    return fj_memoize(p, obj);
}

/* Objects that were defined within a function.  Before 3.14 C pickle raises
 * AttributeError, and pickle.py treats them like all others that it cannot
 * find. */
static int
refuse_local(fj_pickler *p, PyObject *obj, PyObject *name, PyObject *parts)
{
    int local = FJ_SINCE_3_14 || p->as_c_pickle
                    ? PySequence_Contains(parts, p->state->s_locals)
                    : 0;
    if (local > 0) {
        PyErr_Format(
            FJ_SINCE_3_14 ? p->state->pickling_error : PyExc_AttributeError,
            "Can't pickle local object %R", FJ_SINCE_3_14 ? obj : name);
    }
    return local == 0 ? 0 : -1;
}

/* Tells the caller's set and function of a global. */
static int
note_global(fj_pickler *p, PyObject *obj, PyObject *module_name,
            PyObject *name)
{
    if (p->globals != NULL) {
        PyObject *pair = PyTuple_Pack(2, module_name, name);
        int ret = pair == NULL ? -1 : PySet_Add(p->globals, pair);
        Py_XDECREF(pair);
        return ret;
    }
    if (p->judge != NULL) {
        PyObject *result = PyObject_CallFunctionObjArgs(
            p->judge, obj, module_name, name, NULL);
        Py_XDECREF(result);
        return result == NULL ? -1 : 0;
    }
    return 0;
}

static int
save_checked(fj_pickler *p, PyObject *obj, PyObject *module_name,
             PyObject *name, PyObject *parts)
{
    PyObject *parent = NULL, *module = NULL;
    if (refuse_local(p, obj, name, parts) < 0 ||
        check_name(p, obj, module_name, name, parts, &parent, &module) < 0) {
        return -1;
    }
    if (note_global(p, obj, module_name, name) < 0) {
        Py_DECREF(parent);
        Py_DECREF(module);
        return -1;
    }
    int ret = p->proto >= 2 ? save_extension(p, module_name, name) : 0;
    if (ret == 0) {
        bool nested = is_nested(parts, parent, module);
        if (parent == module) {
            name = PyList_GET_ITEM(parts, PyList_GET_SIZE(parts) - 1);
        }
        ret = p->proto < 4 && nested
                  ? save_nested_name(p, obj, module_name, parts, parent)
                  : fj_save_global_as(p, obj, module_name, name);
    }
    Py_DECREF(parent);
    Py_DECREF(module);
    return ret < 0 ? -1 : 0;
}

/* The module that `obj` names as its own, else the one that pickle finds it
 * in. */
static PyObject *
module_name_of(fj_pickler *p, PyObject *obj, PyObject *name)
{
    PyObject *module_name;
    int found = fj_lookup_attr(obj, p->state->s_module, &module_name);
    if (found < 0) {
        return NULL;
    }
    if (found && module_name != Py_None) {
        return module_name;
    }
    Py_XDECREF(module_name);
    return PyObject_CallFunctionObjArgs(p->state->whichmodule, obj, name,
                                        NULL);
}

static PyObject *
name_of(fj_pickler *p, PyObject *obj)
{
    PyObject *name;
    int found = fj_lookup_attr(obj, p->state->s_qualname, &name);
    if (found < 0 || (found && name != Py_None)) {
        return name;
    }
    Py_XDECREF(name);
    return PyObject_GetAttr(obj, p->state->s_name);
}

int
fj_save_global(fj_pickler *p, PyObject *obj, PyObject *name)
{
    int ret = -1;
    PyObject *module_name = NULL, *parts = NULL;
    name = name != NULL ? Py_NewRef(name) : name_of(p, obj);
    if (name == NULL) {
        return -1;
    }
    module_name = module_name_of(p, obj, name);
    if (module_name == NULL) {
        goto done;
    }
    if (!PyUnicode_Check(name) || !PyUnicode_Check(module_name)) {
        PyErr_Format(p->state->pickling_error,
                     "Can't pickle %R: its module %R and name %R must be "
                     "strings",
                     obj, module_name, name);
        goto done;
    }
    parts = fj_split_name(name);
    if (parts != NULL) {
        ret = save_checked(p, obj, module_name, name, parts);
    }
done:
    Py_XDECREF(parts);
    Py_XDECREF(module_name);
    Py_DECREF(name);
    return ret;
}

int
fj_save_type(fj_pickler *p, PyObject *obj)
{
    /* The types of the singletons have no importable name: type(singleton). */
    PyObject *singleton =
        obj == (PyObject *)Py_TYPE(Py_None)             ? Py_None
        : obj == (PyObject *)Py_TYPE(Py_NotImplemented) ? Py_NotImplemented
        : obj == (PyObject *)Py_TYPE(Py_Ellipsis)       ? Py_Ellipsis
                                                        : NULL;
    if (singleton != NULL) {
        return fj_save_call(p, obj, (PyObject *)&PyType_Type,
                            PyTuple_Pack(1, singleton));
    }
    return fj_save_global(p, obj, NULL);
}
