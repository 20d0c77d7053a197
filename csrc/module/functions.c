/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/functions.h"

#include "array/array.h"
#include "file/pyfile.h"
#include "module/arguments.h"
#include "module/options.h"

static int
is_true(PyObject *value, bool *truth_ret)
{
    int truth = value == NULL ? 1 : PyObject_IsTrue(value);
    *truth_ret = truth > 0;
    return truth < 0 ? -1 : 0;
}

/* Pickles with the keyword arguments of dump and dumps, from `protocol` on. */
static int
dump_to_output(fj_state *state, PyObject *obj, fj_output *out,
               PyObject *const *options)
{
    fj_pickler p;
    fj_buffer_saver saver = {0};
    bool fix_imports;
    PyObject *callback = options[2] == Py_None ? NULL : options[2];
    int proto =
        fj_read_protocol(state, options[0] == NULL ? Py_None : options[0]);
    if (proto < 0 || is_true(options[1], &fix_imports) < 0) {
        return -1;
    }
    int ret = fj_pickler_init(&p, state, out, proto);
    if (ret == 0) {
        ret = fj_pickle_as_c(&p, fix_imports, callback);
    }
    if (ret == 0) {
        p.hook = callback == NULL ? &fj_buffer_save_hook : NULL;
        p.hook_data = &saver;
        ret = fj_pickler_dump(&p, obj);
    }
    if (ret == 0) {
        ret = fj_output_flush(out);
    }
    fj_pickler_clear(&p);
    return ret;
}

/* What dump and dumps have in common. */
#define DUMP_KEYWORDS_DOC \
    "protocol : int, optional\n" \
    "    0 to 5; negative for the highest.  By default\n" \
    "    `pickle.DEFAULT_PROTOCOL`.\n" \
    "fix_imports : bool, default=True\n" \
    "    Write the names of Python 2, below protocol 3.\n" \
    "buffer_callback : callable, optional\n" \
    "    Called with each `PickleBuffer`: where it returns a false value the\n" \
    "    buffer stays out of the pickle, and belongs to the ``buffers`` of\n" \
    "    whoever loads it.  Needs protocol 5.\n"

#define DUMP_RAISES_DOC \
    "\n" \
    "Raises\n" \
    "------\n" \
    "PicklingError, TypeError, AttributeError\n" \
    "    If the object, or one in it, cannot be pickled."

PyDoc_STRVAR(
    dump_doc,
    "dump($module, /, obj, file, protocol=None, *, fix_imports=True,\n"
    "     buffer_callback=None)\n"
    "--\n"
    "\n"
    "Write a pickle of an object to a file object.\n"
    "\n"
    "Parameters\n"
    "----------\n"
    "obj : object\n"
    "file : file object\n"
    "    Anything that has a ``write`` method.\n" DUMP_KEYWORDS_DOC
        DUMP_RAISES_DOC);

static PyObject *
pickle_dump(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
            PyObject *kwnames)
{
    static const char *const names[] = {
        "obj", "file", "protocol", "fix_imports", "buffer_callback", NULL};
    static const fj_signature signature = {"dump", names, 0, 3, 2};
    fj_state *state = fj_state_of(module);
    PyObject *values[5] = {NULL};
    fj_file_sink sink;
    fj_output out;
    if (fj_parse_arguments(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    int ret = fj_pickle_open_sink(&sink, state, values[1]);
    if (ret == 0) {
        ret = fj_output_init(&out, &sink.base);
        if (ret == 0) {
            out.flush_size = 0;
            ret = dump_to_output(state, values[0], &out, values + 2);
        }
        fj_output_clear(&out);
    }
    fj_file_sink_clear(&sink);
    if (ret < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(dumps_doc,
             "dumps($module, /, obj, protocol=None, *, fix_imports=True,\n"
             "      buffer_callback=None)\n"
             "--\n"
             "\n"
             "Return a pickle of an object.\n"
             "\n"
             "Parameters\n"
             "----------\n"
             "obj : object\n" DUMP_KEYWORDS_DOC "\n"
             "Returns\n"
             "-------\n"
             "bytes\n" DUMP_RAISES_DOC);

static PyObject *
pickle_dumps(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
             PyObject *kwnames)
{
    static const char *const names[] = {"obj", "protocol", "fix_imports",
                                        "buffer_callback", NULL};
    static const fj_signature signature = {"dumps", names, 0, 2, 1};
    PyObject *values[4] = {NULL}, *bytes = NULL;
    fj_output out;
    if (fj_parse_arguments(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    if (fj_output_init(&out, NULL) == 0 &&
        dump_to_output(fj_state_of(module), values[0], &out, values + 1) ==
            0) {
        bytes = fj_output_take_bytes(&out);
    }
    fj_output_clear(&out);
    return bytes;
}

/* The keywords of load and loads: fix_imports, encoding, errors, buffers. */
static int
set_options(fj_unpickler *u, PyObject *const *options)
{
    for (int i = 1; i <= 2; i++) {
        if (options[i] != NULL && !PyUnicode_Check(options[i])) {
            PyErr_Format(PyExc_TypeError, "%s must be str, not %R",
                         i == 1 ? "encoding" : "errors",
                         (PyObject *)Py_TYPE(options[i]));
            return -1;
        }
    }
    if (is_true(options[0], &u->fix_imports) < 0 ||
        fj_unpickle_strings(u, options[1], options[2]) < 0) {
        return -1;
    }
    if (options[3] != NULL && options[3] != Py_None) {
        u->buffers = PyObject_GetIter(options[3]);
        return u->buffers == NULL ? -1 : 0;
    }
    return 0;
}

static PyObject *
load_from_input(fj_state *state, fj_input *in, PyObject *const *options)
{
    fj_unpickler u;
    PyObject *obj = NULL;
    if (fj_unpickler_init(&u, state, in, NULL) == 0 &&
        set_options(&u, options) == 0) {
        u.hook = &fj_buffer_load_hook;
        obj = fj_unpickler_load(&u);
    }
    Py_XDECREF(u.buffers);
    fj_unpickler_clear(&u);
    return obj;
}

/* What load and loads have in common. */
#define LOAD_KEYWORDS_DOC \
    "fix_imports : bool, default=True\n" \
    "    Take names of Python 2 for those of Python 3, below protocol 3.\n" \
    "encoding : str, default='ASCII'\n" \
    "    Of the strings of Python 2; 'bytes' leaves them bytes.\n" \
    "errors : str, default='strict'\n" \
    "    What to do where they are not in that encoding, as `bytes.decode`.\n" \
    "buffers : iterable, default=()\n" \
    "    The buffers that ``buffer_callback`` has taken, in the same order.\n" \
    "\n" \
    "Returns\n" \
    "-------\n" \
    "object\n" \
    "\n" \
    "Raises\n" \
    "------\n" \
    "TruncatedFileError\n" \
    "    If the data ends before the object does (an `EOFError` and\n" \
    "    `UnpicklingError`).\n" \
    "InvalidFileError\n" \
    "    If the data is no pickle (an `UnpicklingError`).\n" \
    "ImportError, AttributeError\n" \
    "    If a global is missing."

PyDoc_STRVAR(
    load_doc,
    "load($module, /, file, *, fix_imports=True, encoding='ASCII',\n"
    "     errors='strict', buffers=())\n"
    "--\n"
    "\n"
    "Read a pickle from a file object, and leave the file right behind it.\n"
    "\n"
    "As unsafe as pickle: only for data that you trust.\n"
    "\n"
    "Parameters\n"
    "----------\n"
    "file : file object\n"
    "    Anything that has ``read`` and ``readline`` methods.\n" LOAD_KEYWORDS_DOC);

static PyObject *
pickle_load(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
            PyObject *kwnames)
{
    static const char *const names[] = {"file",   "fix_imports", "encoding",
                                        "errors", "buffers",     NULL};
    static const fj_signature signature = {"load", names, 0, 1, 1};
    fj_state *state = fj_state_of(module);
    PyObject *values[5] = {NULL};
    fj_pyfile file;
    fj_input in;
    if (fj_parse_arguments(&signature, args, nargs, kwnames, values) < 0 ||
        fj_unpickle_check_file(state, values[0]) < 0 ||
        fj_pyfile_open(&file, &in, state, values[0], state->s_empty, false,
                       NULL) < 0) {
        return NULL;
    }
    return fj_pyfile_end(&file, &in, load_from_input(state, &in, values + 1));
}

PyDoc_STRVAR(
    loads_doc,
    "loads($module, data, /, *, fix_imports=True, encoding='ASCII',\n"
    "      errors='strict', buffers=())\n"
    "--\n"
    "\n"
    "Return the object of a pickle in bytes.  What follows it is ignored.\n"
    "\n"
    "As unsafe as pickle: only for data that you trust.\n"
    "\n"
    "Parameters\n"
    "----------\n"
    "data : bytes-like\n" LOAD_KEYWORDS_DOC);

static PyObject *
pickle_loads(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
             PyObject *kwnames)
{
    static const char *const names[] = {"data",   "fix_imports", "encoding",
                                        "errors", "buffers",     NULL};
    static const fj_signature signature = {"loads", names, 1, 1, 1};
    fj_state *state = fj_state_of(module);
    PyObject *values[5] = {NULL};
    Py_buffer view;
    fj_input in;
    if (fj_parse_arguments(&signature, args, nargs, kwnames, values) < 0 ||
        PyObject_GetBuffer(values[0], &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    fj_input_init_memory(&in, state, view.buf, (size_t)view.len,
                         state->s_empty);
    PyObject *obj = load_from_input(state, &in, values + 1);
    PyBuffer_Release(&view);
    return obj;
}

#define VECTORCALL(function) \
    (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS

static PyMethodDef functions[] = {
    {"dump", VECTORCALL(pickle_dump), dump_doc},
    {"dumps", VECTORCALL(pickle_dumps), dumps_doc},
    {"load", VECTORCALL(pickle_load), load_doc},
    {"loads", VECTORCALL(pickle_loads), loads_doc},
    {NULL, NULL, 0, NULL},
};

/* The functions get the module name fastjoblib.pickle, where users, and
 * pickle, find them. */
int
fj_add_pickle_functions(PyObject *module)
{
    int ret = -1;
    PyObject *home = PyUnicode_FromString("fastjoblib.pickle");
    for (PyMethodDef *def = functions; home != NULL; def++) {
        if (def->ml_name == NULL) {
            ret = 0;
            break;
        }
        char name[32];
        PyOS_snprintf(name, sizeof name, "pickle_%s", def->ml_name);
        PyObject *function = PyCFunction_NewEx(def, module, home);
        if (function == NULL ||
            PyModule_AddObjectRef(module, name, function) < 0) {
            Py_XDECREF(function);
            break;
        }
        Py_DECREF(function);
    }
    Py_XDECREF(home);
    return ret;
}
