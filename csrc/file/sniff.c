/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/sniff.h"

#include "pickle/opcodes.h"

#define FOUND(what) "expected a pickle, found " what

/* No pickle begins with any of these: '{', '[', '<', '%', 'v', 'A', NUL,
 * 0x7f and bytes above 0xe0 are no opcodes, nor are the bytes after '(' and
 * 0x89 here; 0x93 needs a stack, 'S' a quote, and 'P' a persistent_load
 * function. */
static const struct {
    unsigned char nbytes;
    const char *prefix;
    const char *what;
} signatures[] = {
    {2, "\0\0",
     FOUND("zeros: the file was probably never written in full (a "
           "full disk, an interrupted copy or download)")},
    {1, "<",
     FOUND("text that looks like an HTML or XML page: was a login or "
           "error page saved in place of the file?")},
    {19, "version https://git",
     FOUND("text that looks like a Git LFS "
           "pointer: fetch the real file with "
           "`git lfs pull`")},
    {1, "{",
     FOUND("what looks like JSON: read it with the json module, or "
           "with the library that wrote it")},
    {1, "[",
     FOUND("what looks like JSON: read it with the json module, or "
           "with the library that wrote it")},
    {4, "PK\x03\x04",
     FOUND("a zip archive: numpy.load reads .npz files, torch.load PyTorch's, "
           "skops.io.load .skops files, Keras .keras files")},
    {6, "\x93NUMPY",
     FOUND("one array in NumPy's .npy format: read it with numpy.load; or, "
           "where joblib before 0.10 wrote it (.pkl_01.npy), load the main "
           "file that it belongs to (.pkl)")},
    {4, "\x89HDF",
     FOUND("an HDF5 file: Keras reads its own models, h5py or "
           "pandas.read_hdf everything else")},
    {4, "PAR1", FOUND("a Parquet file: read it with pandas.read_parquet")},
    {6, "ARROW1", FOUND("an Arrow file: read it with pandas.read_feather")},
    {15, "SQLite format 3",
     FOUND("an SQLite database: read it with the "
           "sqlite3 module")},
    {4, "%PDF", FOUND("a PDF document")},
    {4, "\x89PNG", FOUND("a PNG image")},
    {4,
     "\x7f"
     "ELF",
     FOUND("a program or shared library (ELF)")},
    {3, "\xef\xbb\xbf", FOUND("text (UTF-8 with a byte order mark)")},
    {2, "\xff\xfe", FOUND("text (UTF-16)")},
};

int
fj_begins_as_pickle(fj_input *in)
{
    /* Every pickle has at least two bytes ("N."), so reading two takes nothing
     * from the stream's next reader. */
    if (fj_input_need(in, 2) < 0) {
        return -1;
    }
    return (unsigned char)in->pos[0] == OP_PROTO &&
           (unsigned char)in->pos[1] <= FJ_HIGHEST_PROTOCOL;
}

int
fj_refuse_foreign(fj_input *in)
{
    size_t nbytes = (size_t)(in->filled - in->pos);
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        if (nbytes >= signatures[i].nbytes &&
            memcmp(in->pos, signatures[i].prefix, signatures[i].nbytes) == 0) {
            fj_input_invalid(in, "%s", signatures[i].what);
            return -1;
        }
    }
    return 0;
}

void
fj_suspect_text(fj_state *state, const char *start, size_t nbytes)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    PyObject *explained = PyObject_CallFunction(
        state->explain_text, "Oy#", error, start, (Py_ssize_t)nbytes);
    if (explained == NULL || explained == error) {
        Py_XDECREF(explained);
        PyErr_Clear();
        PyErr_Restore(type, error, traceback);
        return;
    }
    PyErr_SetObject((PyObject *)Py_TYPE(explained), explained);
    Py_DECREF(explained);
    Py_DECREF(type);
    Py_DECREF(error);
    Py_XDECREF(traceback);
}
