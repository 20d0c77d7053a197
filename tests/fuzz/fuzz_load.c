/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A fuzzer of load, inspect and safe_load: Python embedded, and the extension
 * built with sanitizers.  It is linked with libFuzzer, or, for a bounded
 * number of cases without clang, with drive_fuzzer.c.
 *
 * The first byte of an input says which function reads it and from what, the
 * rest is the file; load_entries.py has the table.  A finding ends the
 * process: what the sanitizers see, an exception that should not be, an
 * allocation that is too large for the file, and, in inspect and safe_load,
 * any event that only code from the file could cause.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "fuzz_load.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unwind.h>

enum {
    SMALLEST_LIMIT = 3 * 1024 * 1024, // bytes that any file may allocate
    RAW_FACTOR = 4,
    COMPRESSED_LIMIT = 256 * 1024 * 1024,
    DEEPEST_FRAME = 6, // at which an allocation still counts as the caller's
};

/* What runs, as load_entries.py says with begin(). */
typedef enum { IDLE, LOAD, INSPECT, SAFE_LOAD } running;

static running mode;
static size_t allocation_limit;
static PyObject *run_entry, *tell_entry, *importable;

static void
find(const char *what, const char *detail)
{
    fprintf(stderr, "fuzz_load: %s: %s\n", what, detail);
    abort();
}

/* Names that start an event which no file may cause. */
static const char *const dangerous[] = {
    "os.",     "subprocess.", "socket.",   "ctypes.",       "shutil.",
    "compile", "exec",        "function.", "code.__new__",  "marshal.",
    "urllib.", "webbrowser.", "import",    "sys.addaudit",  "fcntl.",
    "ftplib.", "http.",       "smtplib.",  "signal.",       "tempfile.",
    "winreg.", "pty.",        "sys.set",   "syslog.",       "sqlite3.",
    "glob.",   "builtins.in", "resource.", "mmap.__new__w", "pdb.",
};

static bool
is_dangerous(const char *event, PyObject *args)
{
    if (strcmp(event, "open") == 0) {
        PyObject *how =
            PyTuple_GET_SIZE(args) > 1 ? PyTuple_GET_ITEM(args, 1) : Py_None;
        const char *text = PyUnicode_Check(how) ? PyUnicode_AsUTF8(how) : "r";
        return text == NULL || strpbrk(text, "wax+") != NULL;
    }
    for (size_t i = 0; i < sizeof dangerous / sizeof *dangerous; i++) {
        if (strncmp(event, dangerous[i], strlen(dangerous[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Lets load run nothing that is not harmless: the file would do as it likes.
 * In the others, that something runs is the finding. */
static int
audit(const char *event, PyObject *args, void *unused)
{
    (void)unused;
    if (mode == IDLE) {
        return 0;
    }
    bool looked_up = strcmp(event, "pickle.find_class") == 0;
    if (mode == LOAD && looked_up) {
        int found = PySet_Contains(importable, args);
        if (found == 0) {
            PyErr_SetString(PyExc_ImportError, "not in the fuzzer's table");
        }
        return found > 0 ? 0 : -1;
    }
    if (!is_dangerous(event, args)) {
        return 0;
    }
    if (mode == LOAD) {
        PyErr_SetString(PyExc_RuntimeError, "not allowed in the fuzzer");
        return -1;
    }
    if (mode == SAFE_LOAD && strcmp(event, "import") == 0) {
        return 0; // the policy imports what it trusts
    }
    mode = IDLE;
    PyObject_Print(args, stderr, 0);
    PyRun_SimpleString("import traceback; traceback.print_stack()");
    find("it ran what it must not", event);
    return -1;
}

/* begin(mode, allocation limit) and end() */
static PyObject *
begin(PyObject *module, PyObject *args)
{
    int new_mode;
    Py_ssize_t limit;
    (void)module;
    if (!PyArg_ParseTuple(args, "in", &new_mode, &limit)) {
        return NULL;
    }
    allocation_limit = (size_t)limit;
    mode = (running)new_mode;
    Py_RETURN_NONE;
}

static PyObject *
end(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    mode = IDLE;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"begin", begin, METH_VARARGS, NULL},
    {"end", end, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "fuzz_load",
    NULL,
    -1,
    methods,
    NULL,
    NULL,
    NULL,
    NULL,
};

static PyObject *
make_module(void)
{
    return PyModule_Create(&definition);
}

/* Counts frames from the allocation on, until one is of the extension. */
static _Unwind_Reason_Code
look_at_frame(struct _Unwind_Context *context, void *depth)
{
    Dl_info info;
    void *address = (void *)_Unwind_GetIP(context);
    if (dladdr(address, &info) != 0 && info.dli_fname != NULL &&
        strstr(info.dli_fname, "/_core.") != NULL) {
        return _URC_NORMAL_STOP;
    }
    return ++*(int *)depth > DEEPEST_FRAME ? _URC_END_OF_STACK
                                           : _URC_NO_REASON;
}

/* In plain load, objects of other packages may take what they like. */
static bool
is_ours(void)
{
    int depth = 0;
    _Unwind_Backtrace(look_at_frame, &depth);
    return depth <= DEEPEST_FRAME;
}

static void
after_malloc(const volatile void *memory, size_t nbytes)
{
    (void)memory;
    if (mode == IDLE || nbytes <= allocation_limit) {
        return;
    }
    running before = mode;
    mode = IDLE; // what follows allocates too
    if (before != LOAD || is_ours()) {
        char text[64];
        snprintf(text, sizeof text, "%zu bytes, more than %zu", nbytes,
                 allocation_limit);
        find("an allocation too large for the file", text);
    }
    mode = before;
}

static void
after_free(const volatile void *memory)
{
    (void)memory;
}

static bool
begins_with(const uint8_t *data, size_t size, const char *start)
{
    size_t nbytes = strlen(start);
    return size >= nbytes && memcmp(data, start, nbytes) == 0;
}

/* Of lzma and xz, a header may ask for a dictionary of any size: the library
 * reserves memory for it, and uses as much as there is data. */
static size_t
limit_of(const uint8_t *data, size_t size)
{
    static const char *const compressed[] = {"\x78", "\x1f\x8b", "BZ",
                                             "\x04\x22", "\x28\xb5"};
    if (begins_with(data, size, "\xfd\x37z") ||
        begins_with(data, size, "\x5d")) {
        return PY_SSIZE_T_MAX;
    }
    for (size_t i = 0; i < sizeof compressed / sizeof *compressed; i++) {
        if (begins_with(data, size, compressed[i])) {
            return COMPRESSED_LIMIT;
        }
    }
    size_t limit = RAW_FACTOR * size;
    return limit < SMALLEST_LIMIT ? SMALLEST_LIMIT : limit;
}

static PyObject *
attribute(PyObject *module, const char *name)
{
    PyObject *found =
        module == NULL ? NULL : PyObject_GetAttrString(module, name);
    if (found == NULL) {
        PyErr_Print();
        exit(2);
    }
    return found;
}

static void
start_python(void)
{
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.install_signal_handlers = 0;
    config.parse_argv = 0;
    config.use_hash_seed = 1; // findings can be reproduced
    config.hash_seed = 0;
    const char *python = getenv("FUZZ_PYTHON"); // of the virtual environment
    PyStatus status = PyConfig_SetBytesString(
        &config, &config.program_name, python == NULL ? "python3" : python);
    if (!PyStatus_Exception(status)) {
        status = Py_InitializeFromConfig(&config);
    }
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status)) {
        Py_ExitStatusException(status);
    }
}

/* libFuzzer leaves by exit(). */
static void
tell(void)
{
    mode = IDLE;
    PyObject *result = PyObject_CallNoArgs(tell_entry);
    if (result == NULL) {
        PyErr_Print();
    }
    Py_XDECREF(result);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    PyImport_AppendInittab("fuzz_load", make_module);
    start_python();
    PyObject *entries = PyImport_ImportModule("load_entries");
    run_entry = attribute(entries, "run");
    tell_entry = attribute(entries, "tell");
    importable = attribute(entries, "IMPORTABLE");
    if (PySys_AddAuditHook(audit, NULL) < 0) {
        PyErr_Print();
        exit(2);
    }
    atexit(tell);
    __sanitizer_install_malloc_and_free_hooks(after_malloc, after_free);
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    PyObject *result = PyObject_CallFunction(
        run_entry, "iy#n", data[0], data + 1, (Py_ssize_t)size - 1,
        (Py_ssize_t)limit_of(data + 1, size - 1));
    if (result == NULL) {
        mode = IDLE;
        PyErr_Print();
        find("an exception that should not be", "see above");
    }
    Py_DECREF(result);
    return 0;
}
