/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/output.h"

#include "pickle/bulk_copy.h"

/* Small pickles fit into the first buffer, which comes from Python's own
 * allocator.  Larger ones grow by four, then by two, and then by half, since
 * memory that is allocated but never touched still counts against limits. */
enum {
    INITIAL_CAPACITY = 448,
    GROWS_BY_FOUR = 16 * 1024,
    GROWS_BY_TWO = 64 * 1024 * 1024,
};

static size_t
next_capacity(size_t capacity)
{
    return capacity < GROWS_BY_FOUR  ? capacity * 4
           : capacity < GROWS_BY_TWO ? capacity * 2
                                     : capacity + capacity / 2;
}

int
fj_output_init(fj_output *out, fj_sink *sink)
{
    memset(out, 0, sizeof *out);
    out->sink = sink;
    out->start_known = -1;
    out->flush_size = FJ_FLUSH_SIZE;
    out->boundary = FJ_FLUSH_SIZE;
    out->buffer = PyBytes_FromStringAndSize(NULL, INITIAL_CAPACITY);
    if (out->buffer == NULL) {
        return -1;
    }
    out->data = PyBytes_AS_STRING(out->buffer);
    out->capacity = INITIAL_CAPACITY;
    return 0;
}

void
fj_output_clear(fj_output *out)
{
    Py_CLEAR(out->buffer);
}

static int
stop(fj_output *out)
{
    out->stopped = true;
    return -1;
}

static int
write_to_sink(fj_output *out, const char *data, size_t nbytes)
{
    return out->sink->write(out->sink, data, nbytes) < 0 ? stop(out) : 0;
}

static int
check_signals(fj_output *out)
{
    return PyErr_CheckSignals() < 0 ? stop(out) : 0;
}

int
fj_output_grow(fj_output *out, size_t nbytes)
{
    size_t needed;
    if (!fj_size_add(out->len, nbytes, &needed) ||
        needed > PY_SSIZE_T_MAX / 2) {
        PyErr_NoMemory();
        return stop(out);
    }
    size_t capacity = next_capacity(out->capacity);
    if (capacity < needed) {
        capacity = needed;
    }
    if (_PyBytes_Resize(&out->buffer, (Py_ssize_t)capacity) < 0) {
        return stop(out); // the buffer is freed, and `out` can only be cleared
    }
    out->data = PyBytes_AS_STRING(out->buffer);
    out->capacity = capacity;
    return 0;
}

int
fj_output_begin_frame(fj_output *out)
{
    assert(!out->in_frame);
    if (fj_output_reserve(out, FJ_FRAME_HEADER) == NULL) {
        return -1;
    }
    out->frame_start = out->len;
    out->len += FJ_FRAME_HEADER;
    out->boundary = out->len + FJ_FRAME_TARGET;
    out->in_frame = true;
    return 0;
}

int
fj_output_end_frame(fj_output *out)
{
    assert(out->in_frame);
    char *header = out->data + out->frame_start;
    size_t nbytes = out->len - out->frame_start - FJ_FRAME_HEADER;
    if (nbytes >= FJ_FRAME_MIN) {
        header[0] = (char)OP_FRAME;
        fj_store_le64(header + 1, nbytes);
    }
    else {
        memmove(header, header + FJ_FRAME_HEADER, nbytes);
        out->len -= FJ_FRAME_HEADER;
    }
    out->in_frame = false;
    out->boundary = FJ_FLUSH_SIZE;
    return 0;
}

int
fj_output_flush(fj_output *out)
{
    assert(!out->in_frame);
    if (out->sink == NULL || out->len == 0) {
        return 0;
    }
    if (write_to_sink(out, out->data, out->len) < 0) {
        return -1;
    }
    out->flushed += out->len;
    out->len = 0;
    return 0;
}

int
fj_output_cross_boundary(fj_output *out)
{
    bool framed = out->in_frame;
    if (framed && fj_output_end_frame(out) < 0) {
        return -1;
    }
    if (out->len >= out->flush_size) {
        if (out->sink == NULL) {
            out->boundary = out->len + FJ_FLUSH_SIZE;
        }
        else if (fj_output_flush(out) < 0) {
            return -1;
        }
    }
    if (framed && fj_output_begin_frame(out) < 0) {
        return -1;
    }
    /* Every long dump comes here regularly. */
    return check_signals(out);
}

int
fj_output_raw(fj_output *out, const char *data, size_t nbytes)
{
    assert(!out->in_frame);
    if (out->sink != NULL && out->len + nbytes >= out->flush_size) {
        /* Small data is written together with the buffer, larger data from its
         * own memory. */
        if (nbytes < FJ_FRAME_TARGET) {
            return fj_output_write(out, data, nbytes) < 0
                       ? -1
                       : fj_output_flush(out);
        }
        if (fj_output_flush(out) < 0 || write_to_sink(out, data, nbytes) < 0) {
            return -1;
        }
        out->flushed += nbytes;
        return check_signals(out);
    }
    char *dst = fj_output_reserve(out, nbytes);
    if (dst == NULL || fj_bulk_copy(dst, data, nbytes) < 0) {
        return -1;
    }
    out->len += nbytes;
    /* An array that is not contiguous comes in many pieces. */
    return nbytes < FJ_FRAME_TARGET ? 0 : check_signals(out);
}

int
fj_output_large(fj_output *out, const char *head, size_t head_nbytes,
                const char *data, size_t nbytes)
{
    bool framed = out->in_frame;
    if (framed && fj_output_end_frame(out) < 0) {
        return -1;
    }
    if (fj_output_write(out, head, head_nbytes) < 0 ||
        fj_output_raw(out, data, nbytes) < 0) {
        return -1;
    }
    return framed ? fj_output_begin_frame(out) : 0;
}

int
fj_output_position(fj_output *out, uint64_t *position_ret)
{
    if (out->start_known < 0) {
        if (out->sink == NULL) {
            out->start = 0;
            out->start_known = 1;
        }
        else {
            int known = out->sink->start(out->sink, &out->start);
            if (known < 0) {
                return stop(out);
            }
            out->start_known = known;
        }
    }
    *position_ret = out->start + out->flushed + out->len;
    return out->start_known;
}

PyObject *
fj_output_take_bytes(fj_output *out)
{
    assert(!out->in_frame);
    if (_PyBytes_Resize(&out->buffer, (Py_ssize_t)out->len) < 0) {
        return NULL;
    }
    PyObject *bytes = out->buffer;
    out->buffer = NULL;
    return bytes;
}
