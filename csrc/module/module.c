/* SPDX-License-Identifier: BSD-3-Clause
 *
 * fastjoblib._core: what python/fastjoblib/_files.py calls.  Argument rules,
 * names and defaults are Python's; here arguments are only unpacked.
 */
#include "py/state.h"

#include <errno.h>

#include "array/array.h"
#include "base/hidden.h"
#include "file/convert.h"
#include "file/dump.h"
#include "file/inspect.h"
#include "file/load.h"
#include "module/find_unpicklable.h"
#include "module/hash.h"
#include "file/seal_reading.h"
#include "file/unpickle.h"
#include "module/types.h"
#include "module/versions.h"

/* A converter of PyArg_Parse*: the name of a codec. */
static int
read_codec(PyObject *name, void *codec_ret)
{
    const char *text = PyUnicode_AsUTF8(name);
    const fj_codec *codec = text == NULL ? NULL : fj_codec_find(text);
    if (codec == NULL && text != NULL) {
        PyErr_Format(PyExc_ValueError, "there is no codec %R", name);
    }
    *(const fj_codec **)codec_ret = codec;
    return codec != NULL;
}

/* A converter for (codec, level, n_threads), or None for no compression. */
static int
read_compression(PyObject *arg, void *compression_ret)
{
    fj_compression *compression = compression_ret;
    *compression = (fj_compression){NULL, 0, 1};
    return arg == Py_None ||
           PyArg_ParseTuple(arg,
                            "O&iI;a codec, a level and a number of "
                            "threads were expected",
                            read_codec, &compression->codec,
                            &compression->level, &compression->n_threads);
}

/* None, or the reducer_override and the dispatch_table of the dump. */
static bool
read_rules(PyObject *rules, fj_dump_options *options)
{
    return rules == Py_None ||
           PyArg_ParseTuple(rules, "OO;a function and a mapping were expected",
                            &options->reducer_override,
                            &options->dispatch_table);
}

PyDoc_STRVAR(
    dump_path_doc,
    "dump_path(value, filename, protocol, share_arrays, compression, atomic,\n"
    "          fsync, threads, progress, seal, rules, /)\n--\n\n"
    "Write an object to the file of that name, a str.\n\n"
    "compression is None or (codec, level, n_threads).  threads(), if not\n"
    "None, returns how many threads may copy elements of arrays.\n\n"
    "progress(done, total), if not None, is told how many bytes of the pickle\n"
    "have been written; total is None until all have.\n\n"
    "seal(globals, pieces, digest, data_nbytes, file_nbytes, check), if not None,\n"
    "returns the bytes of a seal for what has been written.\n\n"
    "rules is None or (reducer_override, dispatch_table), which mean what they\n"
    "mean to pickle.Pickler.");

static PyObject *
dump_path(PyObject *module, PyObject *args)
{
    fj_state *state = fj_state_of(module);
    PyObject *value, *filename, *protocol, *threads, *report, *seal, *rules;
    int share_arrays, atomic, fsync;
    fj_compression compression;
    fj_progress progress;
    if (!PyArg_ParseTuple(args, "OUOpO&ppOOOO:dump_path", &value, &filename,
                          &protocol, &share_arrays, read_compression,
                          &compression, &atomic, &fsync, &threads, &report,
                          &seal, &rules)) {
        return NULL;
    }
    fj_progress_init(&progress, report);
    fj_dump_options options = {
        .protocol = fj_read_protocol(state, protocol),
        .allow_mmap = true,
        .share_arrays = share_arrays,
        .threads = threads == Py_None ? NULL : threads,
        .compression = compression,
        .seal = seal == Py_None ? NULL : seal,
        .progress = &progress,
    };
    if (options.protocol < 0 || !read_rules(rules, &options) ||
        fj_dump_to_path(state, value, filename, &options, atomic, fsync) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(
    dump_file_doc,
    "dump_file(value, file, protocol, share_arrays, compression, allow_mmap,\n"
    "          threads, progress, seal, rules, /)\n--\n\n"
    "Write an object to an object with a write method: the number of bytes of\n"
    "the pickle.\n\n"
    "progress is told of them as by dump_path(), but not that they are all.");

static PyObject *
dump_file(PyObject *module, PyObject *args)
{
    fj_state *state = fj_state_of(module);
    PyObject *value, *file, *protocol, *threads, *report, *seal, *rules;
    int share_arrays, allow_mmap;
    fj_compression compression;
    fj_progress progress;
    uint64_t nbytes;
    if (!PyArg_ParseTuple(args, "OOOpO&pOOOO:dump_file", &value, &file,
                          &protocol, &share_arrays, read_compression,
                          &compression, &allow_mmap, &threads, &report, &seal,
                          &rules)) {
        return NULL;
    }
    fj_progress_init(&progress, report);
    fj_dump_options options = {
        .protocol = fj_read_protocol(state, protocol),
        .allow_mmap = allow_mmap,
        .share_arrays = share_arrays,
        .threads = threads == Py_None ? NULL : threads,
        .compression = compression,
        .seal = seal == Py_None ? NULL : seal,
        .progress = &progress,
    };
    if (options.protocol < 0 || !read_rules(rules, &options) ||
        fj_dump_to_file(state, value, file, &options, &nbytes) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLongLong(nbytes);
}

PyDoc_STRVAR(dumps_doc, "dumps(value, protocol, /)\n--\n\n"
                        "Write an object to bytes.");

static PyObject *
dumps(PyObject *module, PyObject *args)
{
    fj_state *state = fj_state_of(module);
    PyObject *value, *protocol;
    if (!PyArg_ParseTuple(args, "OO:dumps", &value, &protocol)) {
        return NULL;
    }
    fj_dump_options options = {
        .protocol = fj_read_protocol(state, protocol),
        .allow_mmap = true,
    };
    return options.protocol < 0 ? NULL
                                : fj_dump_to_bytes(state, value, &options);
}

PyDoc_STRVAR(
    write_path_doc,
    "write_path(write, filename, atomic, fsync, named, /)\n--\n\n"
    "Call write(descriptor, path) on a new file, and then put it in place.\n\n"
    "The path may be opened if `named`; else it may be None.");

static PyObject *
write_path(PyObject *module, PyObject *args)
{
    PyObject *write, *filename;
    int atomic, fsync, named;
    if (!PyArg_ParseTuple(args, "OUppp:write_path", &write, &filename, &atomic,
                          &fsync, &named) ||
        fj_write_path(fj_state_of(module), write, filename, atomic, fsync,
                      named) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(
    convert_doc,
    "convert(origin, codec, filename, target, target_name, compression, /)\n"
    "--\n\n"
    "Compress what a file holds anew, without loading it; the number of bytes\n"
    "before compression.\n\n"
    "origin is a file object, target one or a descriptor; codec is what origin is\n"
    "compressed by, or None.");

static PyObject *
convert(PyObject *module, PyObject *args)
{
    PyObject *origin, *codec_name, *filename, *target, *target_name;
    const fj_codec *codec = NULL;
    fj_compression compression;
    if (!PyArg_ParseTuple(args, "OOUOUO&:convert", &origin, &codec_name,
                          &filename, &target, &target_name, read_compression,
                          &compression) ||
        (codec_name != Py_None && !read_codec(codec_name, &codec))) {
        return NULL;
    }
    return fj_convert(fj_state_of(module), origin, codec, filename, target,
                      target_name, &compression);
}

PyDoc_STRVAR(
    load_path_doc,
    "load_path(filename, native_byte_order, mapper, fallback, side_files, threads,\n"
    "          progress, sealed, restrictions, rename, /)\n--\n\n"
    "Read an object from the file of that name, a str.\n\n"
    "mapper, if not None, has open(descriptor, needed), which maps the file and\n"
    "returns (memory, filename, mode), and warn_unaligned(array).\n\n"
    "fallback(origin, start, taken), if not None, says what data is that does\n"
    "not begin as pickles do (see fastjoblib._compress.dump_load.Fallback).\n\n"
    "side_files(wrapper, position) returns each array that joblib before 0.10\n"
    "wrote into a file of its own.\n\n"
    "threads(), if not None, returns how many threads may read.\n\n"
    "progress(done, total), if not None, is told how many bytes of the file\n"
    "have been read; total is None where they are not known.\n\n"
    "sealed(seal), if not None, is called with the bytes of the file's seal.\n\n"
    "restrictions, if not None, are (find, find_type, found, found_types, nbytes,\n"
    "ratio, memory, objects, depth, gc_seconds): see fastjoblib._safe.policy and\n"
    ".limits; nbytes, of a file object, is -1 where it is not known.\n\n"
    "rename(module, name), if not None, returns both as they are to be looked up.");

/* Puts the argument into the options, if it is not None. */
static bool
read_restrictions(PyObject *value, fj_restrictions *restrictions,
                  fj_load_options *options)
{
    unsigned long long memory, objects, depth;
    long long nbytes;
    fj_trust *trust = &restrictions->trust;
    fj_limits *limits = &restrictions->limits;
    if (value == Py_None) {
        return true;
    }
    if (!PyArg_ParseTuple(value, "OOO!O!LdKKKd:restrictions", &trust->find,
                          &trust->find_type, &PyDict_Type, &trust->found,
                          &PyDict_Type, &trust->found_types, &nbytes,
                          &limits->ratio, &memory, &objects, &depth,
                          &limits->gc_seconds)) {
        return false;
    }
    limits->memory = memory;
    limits->objects = objects;
    limits->depth = depth;
    options->restrictions = restrictions;
    options->file_nbytes = nbytes;
    return true;
}

static PyObject *
load_path(PyObject *module, PyObject *args)
{
    PyObject *filename, *mapper, *fallback, *side_files, *threads, *report;
    PyObject *sealed, *restricted, *rename;
    int native;
    fj_progress progress;
    fj_restrictions restrictions;
    if (!PyArg_ParseTuple(args, "UpOOOOOOOO:load_path", &filename, &native,
                          &mapper, &fallback, &side_files, &threads, &report,
                          &sealed, &restricted, &rename)) {
        return NULL;
    }
    fj_progress_init(&progress, report);
    fj_load_options options = {
        .read = fj_unpickle,
        .rename = rename == Py_None ? NULL : rename,
        .filename = filename,
        .native_byte_order = native,
        .mapper = mapper == Py_None ? NULL : mapper,
        .fallback = fallback == Py_None ? NULL : fallback,
        .sealed = sealed == Py_None ? NULL : sealed,
        .side_files = side_files,
        .threads = threads == Py_None ? NULL : threads,
        .progress = &progress,
    };
    return read_restrictions(restricted, &restrictions, &options)
               ? fj_load_from_path(fj_state_of(module), &options)
               : NULL;
}

PyDoc_STRVAR(
    load_file_doc,
    "load_file(file, filename, native_byte_order, fallback, side_files, threads,\n"
    "          progress, restrictions, rename, /)\n--\n\n"
    "Read an object from an object with a read method.");

static PyObject *
load_file(PyObject *module, PyObject *args)
{
    PyObject *file, *filename, *fallback, *side_files, *threads, *report;
    PyObject *restricted, *rename;
    int native;
    fj_progress progress;
    fj_restrictions restrictions;
    if (!PyArg_ParseTuple(args, "OUpOOOOOO:load_file", &file, &filename,
                          &native, &fallback, &side_files, &threads, &report,
                          &restricted, &rename)) {
        return NULL;
    }
    fj_progress_init(&progress, report);
    fj_load_options options = {
        .read = fj_unpickle,
        .rename = rename == Py_None ? NULL : rename,
        .filename = filename,
        .native_byte_order = native,
        .fallback = fallback == Py_None ? NULL : fallback,
        .side_files = side_files,
        .threads = threads == Py_None ? NULL : threads,
        .progress = &progress,
    };
    return read_restrictions(restricted, &restrictions, &options)
               ? fj_load_from_file(fj_state_of(module), file, &options)
               : NULL;
}

PyDoc_STRVAR(loads_doc, "loads(data, fallback, side_files, /)\n--\n\n"
                        "Read an object from bytes.");

static PyObject *
loads(PyObject *module, PyObject *args)
{
    PyObject *data, *fallback, *side_files;
    if (!PyArg_ParseTuple(args, "OOO:loads", &data, &fallback, &side_files)) {
        return NULL;
    }
    fj_state *state = fj_state_of(module);
    fj_progress progress;
    fj_progress_init(&progress, Py_None);
    fj_load_options options = {
        .read = fj_unpickle,
        .filename = state->s_empty,
        .native_byte_order = true,
        .fallback = fallback == Py_None ? NULL : fallback,
        .side_files = side_files,
        .progress = &progress,
    };
    return fj_load_from_buffer(state, data, &options);
}

PyDoc_STRVAR(
    find_seal_doc,
    "find_seal(file, codec, /)\n--\n\n"
    "The seal at the end of a file object or buffer: (its bytes, where what it\n"
    "is in begins, counted from the file object's position, whether what follows\n"
    "it must), or None.\n\n"
    "codec is what the file is compressed by, or None.");

static PyObject *
find_seal(PyObject *module, PyObject *args)
{
    PyObject *object, *codec_name;
    const fj_codec *codec = NULL;
    if (!PyArg_ParseTuple(args, "OO:find_seal", &object, &codec_name) ||
        (codec_name != Py_None && !read_codec(codec_name, &codec))) {
        return NULL;
    }
    return fj_find_seal(fj_state_of(module), object, codec);
}

PyDoc_STRVAR(
    tree_hash_doc,
    "tree_hash(descriptor, offset, nbytes, n_threads, /)\n--\n\n"
    "The SHA-256 tree hash of a range of a file, in leaves of 64 KiB.");

static PyObject *
tree_hash(PyObject *module, PyObject *args)
{
    int fd;
    unsigned n_threads;
    unsigned long long offset, nbytes;
    (void)module;
    return PyArg_ParseTuple(args, "iKKI:tree_hash", &fd, &offset, &nbytes,
                            &n_threads)
               ? fj_tree_hash_of_file(fd, offset, nbytes, n_threads)
               : NULL;
}

PyDoc_STRVAR(
    open_left_over_doc,
    "open_left_over(directory, name, /)\n--\n\n"
    "Open and lock a file that a dead process left: its descriptor.\n"
    "BlockingIOError if it is in use.  The name is relative to the directory's\n"
    "descriptor, or to the current directory where that is -100.");

static PyObject *
open_left_over(PyObject *module, PyObject *args)
{
    int directory; // FJ_HERE is allowed
    PyObject *name;
    (void)module;
    if (!PyArg_ParseTuple(args, "iO&:open_left_over", &directory,
                          PyUnicode_FSConverter, &name)) {
        return NULL;
    }
    int fd = fj_open_left_over(directory, PyBytes_AS_STRING(name));
    Py_DECREF(name);
    if (fd < 0) {
        errno = -fd;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyLong_FromLong(fd);
}

PyDoc_STRVAR(physical_memory_doc,
             "physical_memory()\n--\n\n"
             "How many bytes of memory the machine has; 0: not known.");

static PyObject *
physical_memory(PyObject *module, PyObject *Py_UNUSED(args))
{
    (void)module;
    return PyLong_FromUnsignedLongLong(fj_physical_nbytes());
}

PyDoc_STRVAR(
    inspect_doc,
    "inspect(file, filename, found, describe, fallback, threads, /)\n--\n\n"
    "Find what a file has, as load_path and load_file would read it: that of\n"
    "the name, where file is None.\n\n"
    "found is a dict, which is filled also where an exception is raised (see\n"
    "csrc/file/inspect.h). describe(dtype, arguments) says what a dtype is (see\n"
    "fastjoblib._inspect.dtypes).");

static PyObject *
inspect(PyObject *module, PyObject *args)
{
    PyObject *file, *filename, *found, *describe, *fallback, *threads;
    fj_progress progress;
    if (!PyArg_ParseTuple(args, "OUO!OOO:inspect", &file, &filename,
                          &PyDict_Type, &found, &describe, &fallback,
                          &threads)) {
        return NULL;
    }
    fj_progress_init(&progress, Py_None);
    fj_inspection inspection = {found, describe};
    fj_load_options options = {
        .read = fj_inspect,
        .read_data = &inspection,
        .filename = filename,
        .fallback = fallback,
        .threads = threads,
        .progress = &progress,
    };
    fj_state *state = fj_state_of(module);
    return file == Py_None ? fj_load_from_path(state, &options)
                           : fj_load_from_file(state, file, &options);
}

PyDoc_STRVAR(hash_doc, "hash(obj, update, hash, coerce_mmap, /)\n--\n\n"
                       "Call update() with all that joblib.hash hashes of an "
                       "object.");

static PyObject *
hash(PyObject *module, PyObject *args)
{
    PyObject *obj, *update, *hash_of;
    int coerce_mmap;
    if (!PyArg_ParseTuple(args, "OOOp:hash", &obj, &update, &hash_of,
                          &coerce_mmap) ||
        fj_hash(fj_state_of(module), obj, update, hash_of, coerce_mmap) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(
    finish_doc,
    "finish()\n--\n\n"
    "Remove the old files that dumps have replaced and that are still there.");

static PyObject *
finish(PyObject *module, PyObject *Py_UNUSED(args))
{
    fj_state *state = fj_state_of(module);
    Py_BEGIN_ALLOW_THREADS
        fj_retirement_finish(state->retirement);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

PyDoc_STRVAR(
    before_fork_doc,
    "before_fork()\n--\n\n"
    "To be called before a fork, and then after_fork() in both processes.");

static PyObject *
before_fork(PyObject *module, PyObject *Py_UNUSED(args))
{
    fj_retirement_before_fork(fj_state_of(module)->retirement);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(after_fork_doc,
             "after_fork(in_child, /)\n--\n\n"
             "In a child, leave to the parent what is the parent's.");

static PyObject *
after_fork(PyObject *module, PyObject *in_child)
{
    fj_retirement_after_fork(fj_state_of(module)->retirement,
                             in_child == Py_True);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"dump_path", dump_path, METH_VARARGS, dump_path_doc},
    {"dump_file", dump_file, METH_VARARGS, dump_file_doc},
    {"dumps", dumps, METH_VARARGS, dumps_doc},
    {"find_unpicklable", fj_find_unpicklable, METH_VARARGS,
     fj_find_unpicklable_doc},
    {"write_path", write_path, METH_VARARGS, write_path_doc},
    {"convert", convert, METH_VARARGS, convert_doc},
    {"load_path", load_path, METH_VARARGS, load_path_doc},
    {"load_file", load_file, METH_VARARGS, load_file_doc},
    {"loads", loads, METH_VARARGS, loads_doc},
    {"find_seal", find_seal, METH_VARARGS, find_seal_doc},
    {"tree_hash", tree_hash, METH_VARARGS, tree_hash_doc},
    {"physical_memory", physical_memory, METH_NOARGS, physical_memory_doc},
    {"open_left_over", open_left_over, METH_VARARGS, open_left_over_doc},
    {"inspect", inspect, METH_VARARGS, inspect_doc},
    {"hash", hash, METH_VARARGS, hash_doc},
    {"finish", finish, METH_NOARGS, finish_doc},
    {"library_versions", fj_versions_of_libraries, METH_NOARGS,
     fj_versions_of_libraries_doc},
    {"before_fork", before_fork, METH_NOARGS, before_fork_doc},
    {"after_fork", after_fork, METH_O, after_fork_doc},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
    fj_state *state = fj_state_of(module);
    if (fj_state_init(state) < 0) {
        return -1;
    }
    if (fj_array_init(state, module) < 0) {
        return -1;
    }
    return fj_types_init(state, module);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    fj_state *state = fj_state_of(module);
    int ret = fj_state_traverse(state, visit, arg);
    return ret != 0 ? ret : fj_array_traverse(state, visit, arg);
}

static int
module_clear(PyObject *module)
{
    fj_state_clear(fj_state_of(module));
    fj_array_clear(fj_state_of(module));
    return 0;
}

static void
module_free(void *module)
{
    module_clear((PyObject *)module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
#if PY_VERSION_HEX >= 0x030C0000
    /* NumPy can be imported only once in a process. */
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = fj_module_name,
    .m_doc = "The walk, the reader and array I/O of fastjoblib, in C.",
    .m_size = sizeof(fj_state),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC
PyInit__core(void)
{
    return PyModuleDef_Init(&module_def);
}
