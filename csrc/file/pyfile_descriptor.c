/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/pyfile_kinds.h"

#include <errno.h>

#include "base/fileio.h"

static Py_ssize_t
raise_errno(const fj_pyfile *file, int error)
{
    errno = error;
    PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, file->filename);
    return -1;
}

static Py_ssize_t
read_pipe(fj_source *source, char *dst, size_t at_least, size_t nbytes)
{
    fj_pyfile *file = (fj_pyfile *)source;
    size_t have = 0;
    while (have < at_least) {
        ssize_t n;
        Py_BEGIN_ALLOW_THREADS
            n = fj_read_once(file->fd, dst + have, nbytes - have);
        Py_END_ALLOW_THREADS
        if (n < 0 && n != -EINTR) {
            return raise_errno(file, (int)-n);
        }
        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        if (n == 0) {
            break;
        }
        have += n > 0 ? (size_t)n : 0;
    }
    return (Py_ssize_t)have;
}

static Py_ssize_t
read_regular(fj_source *source, char *dst, size_t at_least, size_t nbytes)
{
    fj_pyfile *file = (fj_pyfile *)source;
    if (nbytes > (uint64_t)source->left) {
        size_t left = (size_t)source->left; // saves a read() at the end of the
                                            // file
        nbytes = left < at_least ? at_least : left;
    }
    Py_ssize_t n;
    if (nbytes < FJ_WORTH_RELEASING_GIL) {
        n = fj_pread_full(file->fd, dst, nbytes, file->offset);
        if (n < 0) {
            return raise_errno(file, (int)-n);
        }
    }
    else {
        /* What is read ahead has not been used yet, so it is not reported. */
        fj_progress *progress = nbytes == at_least ? source->progress : NULL;
        n = fj_bulk_read(&file->bulk, file->fd, dst, nbytes, file->offset,
                         file->filename, progress, source->given);
        if (n < 0) {
            return -1;
        }
    }
    file->offset += (uint64_t)n;
    source->left = (size_t)n < at_least || n > source->left
                       ? 0 // the file was truncated or has grown meanwhile
                       : source->left - n;
    return n;
}

static int
skip_regular(fj_source *source, uint64_t nbytes)
{
    ((fj_pyfile *)source)->offset += nbytes;
    source->left -= (int64_t)nbytes;
    return 0;
}

int
fj_pyfile_use_descriptor(fj_pyfile *file, int fd, PyObject *threads)
{
    fj_file_info info;
    int ret = fj_get_info(fd, &info);
    if (ret == 0 && info.kind == FJ_FILE_DIRECTORY) {
        ret = -EISDIR;
    }
    if (ret < 0) {
        return (int)raise_errno(file, -ret);
    }
    file->fd = fd;
    file->bulk.threads = threads;
    /* Files in /proc claim to be regular and empty, and are neither. */
    if (info.kind != FJ_FILE_REGULAR || info.nbytes == 0) {
        file->kind = FJ_PYFILE_PIPE;
        file->source.read = read_pipe;
        file->source.left = -1;
        return 0;
    }
    uint64_t size = (uint64_t)info.nbytes;
    file->kind = FJ_PYFILE_REGULAR;
    file->offset = file->start;
    file->size = size > file->start ? size - file->start : 0;
    file->source.read = read_regular;
    file->source.skip = skip_regular;
    file->source.left = (int64_t)file->size;
    return 0;
}
