/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/input.h"

#include "pickle/bulk_copy.h"

/* The final size of a stream's window.  Large enough that a refill's system
 * call costs nothing next to parsing its data, small enough to stay in the
 * second-level cache meanwhile. */
enum { WINDOW_CAPACITY = 256 * 1024 };

/* It begins smaller, since array data in the window must be copied once more;
 * and smaller still if what is left in it at the end will be read again. */
enum {
    FIRST_CAPACITY = 16 * 1024,
    SHARED_CAPACITY = 4 * 1024,
    WINDOW_GROWTH = 4
};

/* How much is read after skipping data: probably the wrapper of another array
 * that is skipped too.  If not, each later read is larger. */
enum { AHEAD_OF_SKIP = 4 * 1024 };

/* How much data in memory is used between two checks for signals, which
 * streams do at each refill. */
enum { STRIDE = 256 * 1024 };

/* If a length cannot be checked beforehand, memory is allocated in steps:
 * first this much, then each time as much as has arrived so far. */
enum { GROWTH_STEP = 1024 * 1024 };

/* Sets `end`, up to which the window may be used before the next check for
 * signals: at least `nbytes`, if they are there. */
static void
limit(fj_input *in, size_t nbytes)
{
    in->end = in->filled;
    size_t have = (size_t)(in->filled - in->pos);
    if (in->source == NULL && have > STRIDE && have - STRIDE > nbytes) {
        in->end = in->pos + nbytes + STRIDE;
    }
    if (in->in_frame) {
        uint64_t left = in->frame_end - fj_input_position(in);
        if (left < (uint64_t)(in->end - in->pos)) {
            in->end = in->pos + left;
        }
    }
}

void
fj_input_init_memory(fj_input *in, fj_state *state, const char *data,
                     size_t nbytes, PyObject *filename)
{
    memset(in, 0, sizeof *in);
    in->pos = data;
    in->filled = data + nbytes;
    in->window_end = nbytes;
    in->state = state;
    in->filename = filename;
    limit(in, 0);
}

int
fj_input_init_source(fj_input *in, fj_state *state, fj_source *source,
                     PyObject *filename)
{
    memset(in, 0, sizeof *in);
    in->state = state;
    in->source = source;
    in->filename = filename;
    in->capacity = source->shared ? SHARED_CAPACITY : FIRST_CAPACITY;
    if (source->left >= 0 && (uint64_t)source->left < in->capacity) {
        in->capacity = (size_t)source->left + 1; // one more byte, to notice a
                                                 // file that grows
    }
    in->window = PyMem_Malloc(in->capacity);
    if (in->window == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    in->pos = in->end = in->filled = in->window;
    in->ahead = WINDOW_CAPACITY;
    return 0;
}

void
fj_input_clear(fj_input *in)
{
    PyMem_Free(in->window);
    in->window = NULL;
}

void
fj_input_report_to(fj_input *in, fj_progress *progress)
{
    progress->total = fj_input_left(in);
    in->progress = progress;
    if (in->source != NULL) {
        in->source->progress = progress;
    }
}

int64_t
fj_input_left(const fj_input *in)
{
    int64_t in_window = in->filled - in->pos;
    if (in->source == NULL) {
        return in_window;
    }
    return in->source->left < 0 ? -1 : in_window + in->source->left;
}

bool
fj_input_believes(const fj_input *in, uint64_t nbytes)
{
    return nbytes <= GROWTH_STEP || fj_input_left(in) >= 0 ||
           nbytes <= in->source->plausible;
}

/* Whether that much more is allowed. */
static int
check_most(fj_input *in, uint64_t nbytes)
{
    if (in->most == 0 ||
        (nbytes <= in->most && fj_input_position(in) <= in->most - nbytes)) {
        return 0;
    }
    return fj_input_refuse(in,
                           "its data is longer than the %llu bytes that "
                           "limits.ratio allows for a file of its size",
                           (unsigned long long)in->most);
}

int
fj_input_check_left(fj_input *in, uint64_t nbytes)
{
    int64_t left = fj_input_left(in);
    if (left >= 0 && nbytes > (uint64_t)left) {
        fj_input_truncated(in, nbytes);
        return -1;
    }
    return check_most(in, nbytes);
}

static int
grow_window(fj_input *in, size_t capacity)
{
    size_t used = (size_t)(in->filled - in->window);
    size_t consumed = (size_t)(in->pos - in->window);
    char *window = PyMem_Realloc(in->window, capacity);
    if (window == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    in->window = window;
    in->capacity = capacity;
    in->pos = window + consumed;
    in->filled = window + used;
    return 0;
}

/* Reads until the window holds `nbytes`, or to the end of the source. */
static int
fill_window(fj_input *in, size_t nbytes)
{
    size_t have = (size_t)(in->filled - in->pos);
    if (in->pos > in->window) { // not for each refill of a long line
        memmove(in->window, in->pos, have);
        in->pos = in->window;
        in->filled = in->window + have;
    }
    if (in->window_end > 0 && in->capacity < WINDOW_CAPACITY &&
        grow_window(in, in->capacity * WINDOW_GROWTH) < 0) {
        return -1;
    }
    while (have < nbytes) {
        if (have == in->capacity) {
            size_t step = have < GROWTH_STEP ? GROWTH_STEP : have;
            size_t missing = nbytes - have;
            if (grow_window(in, have + (missing < step ? missing : step)) <
                0) {
                return -1;
            }
        }
        size_t room = in->capacity - have;
        size_t at_least = nbytes - have < room ? nbytes - have : room;
        if (in->source->exact) {
            room = at_least;
        }
        else if (in->ahead < WINDOW_CAPACITY) {
            size_t ahead = in->ahead > at_least ? in->ahead : at_least;
            room = ahead < room ? ahead : room;
            in->ahead *= WINDOW_GROWTH;
        }
        Py_ssize_t n =
            in->source->read(in->source, in->window + have, at_least, room);
        if (n < 0) {
            return -1;
        }
        have += (size_t)n;
        in->filled += n;
        in->window_end += (uint64_t)n;
        in->source->given = in->window_end;
        if ((size_t)n < at_least) {
            return 0;
        }
    }
    return 0;
}

int
fj_input_odd(fj_input *in, const char *what)
{
    if (!in->tolerant) {
        fj_input_invalid(in, "%s", what);
        return -1;
    }
    if (in->oddity == NULL) {
        in->oddity = what;
    }
    in->in_frame = false;
    limit(in, 0);
    return 0;
}

/* Ends a frame that is used up; refuses to read across its end. */
static int
pass_frame(fj_input *in, uint64_t nbytes)
{
    if (!in->in_frame) {
        return 0;
    }
    uint64_t left = in->frame_end - fj_input_position(in);
    if (left == 0) {
        in->in_frame = false;
        return 0;
    }
    if (nbytes > left) {
        return fj_input_odd(in, "pickle exhausted before end of frame");
    }
    return 0;
}

int
fj_input_expect(fj_input *in, uint64_t nbytes)
{
    if (nbytes <= (size_t)(in->end - in->pos)) {
        return 0;
    }
    return pass_frame(in, nbytes) < 0 ? -1 : fj_input_check_left(in, nbytes);
}

/* Every long load comes here regularly: checks for signals. */
static int
report(fj_input *in)
{
    return fj_progress_report(in->progress, fj_input_position(in));
}

int
fj_input_refill(fj_input *in, size_t nbytes)
{
    if (pass_frame(in, nbytes) < 0 || fj_input_check_left(in, nbytes) < 0) {
        return -1;
    }
    if ((size_t)(in->filled - in->pos) < nbytes && in->source != NULL &&
        fill_window(in, nbytes) < 0) {
        return -1;
    }
    if (report(in) < 0) {
        return -1;
    }
    limit(in, nbytes);
    if ((size_t)(in->filled - in->pos) < nbytes) {
        fj_input_truncated(in, nbytes);
        return -1;
    }
    return 0;
}

Py_ssize_t
fj_input_show(fj_input *in, size_t nbytes)
{
    size_t have = (size_t)(in->filled - in->pos);
    if (have < nbytes && in->source != NULL && fill_window(in, nbytes) < 0) {
        return -1;
    }
    limit(in, 0);
    have = (size_t)(in->filled - in->pos);
    return (Py_ssize_t)(have < nbytes ? have : nbytes);
}

int
fj_input_leave_frame(fj_input *in)
{
    if (!in->in_frame) {
        return 0;
    }
    if (fj_input_position(in) != in->frame_end) {
        return fj_input_odd(in, "array data before the end of the frame");
    }
    in->in_frame = false;
    limit(in, 0);
    return 0;
}

/* False if the end of the data is known to be before the frame's. */
static bool
frame_fits(const fj_input *in, uint64_t nbytes)
{
    int64_t left = fj_input_left(in);
    return nbytes <= (left < 0 ? PY_SSIZE_T_MAX / 2 : (uint64_t)left);
}

int
fj_input_begin_frame(fj_input *in, uint64_t nbytes)
{
    uint64_t position = fj_input_position(in);
    if (in->in_frame && position != in->frame_end &&
        fj_input_odd(in, "beginning of a new frame before end of current "
                         "frame") < 0) {
        return -1;
    }
    in->in_frame = false;
    limit(in, 0);
    if (in->tolerant && !frame_fits(in, nbytes)) {
        return fj_input_odd(in, "a frame that is longer than the data");
    }
    if (nbytes > PY_SSIZE_T_MAX / 2) {
        fj_input_truncated(in, nbytes);
        return -1;
    }
    /* Reads the whole frame at once from streams that are otherwise read ahead
     * little or not at all, and so in small pieces. */
    bool at_once = !in->tolerant && in->source != NULL &&
                   (in->source->exact || in->source->shared);
    int ret = at_once ? fj_input_need(in, (size_t)nbytes)
                      : fj_input_check_left(in, nbytes);
    in->in_frame = true;
    in->frame_end = position + nbytes;
    limit(in, 0);
    return ret < 0 ? -1 : report(in);
}

int
fj_input_read(fj_input *in, char *dst, size_t nbytes)
{
    if (nbytes <= (size_t)(in->end - in->pos)) {
        memcpy(dst, in->pos, nbytes);
        in->pos += nbytes;
        return 0;
    }
    if (pass_frame(in, nbytes) < 0 || fj_input_check_left(in, nbytes) < 0) {
        return -1;
    }
    size_t have = (size_t)(in->filled - in->pos);
    size_t from_window = have < nbytes ? have : nbytes;
    if (fj_bulk_copy(dst, in->pos, from_window) < 0) {
        return -1;
    }
    in->pos += from_window;
    size_t missing = nbytes - from_window;
    if (missing > 0 && in->source != NULL) {
        Py_ssize_t n =
            in->source->read(in->source, dst + from_window, missing, missing);
        if (n < 0) {
            return -1;
        }
        in->window_end += (uint64_t)n;
        in->source->given = in->window_end;
        missing -= (size_t)n;
    }
    limit(in, 0);
    if (missing > 0) {
        fj_input_truncated(in, missing);
        return -1;
    }
    return report(in);
}

/* Reads bytes of a source that cannot skip into the empty window, which is
 * then empty again. */
static int
read_through(fj_input *in, uint64_t nbytes)
{
    if (in->capacity < WINDOW_CAPACITY &&
        grow_window(in, WINDOW_CAPACITY) < 0) {
        return -1;
    }
    in->pos = in->filled = in->window;
    while (nbytes > 0) {
        size_t piece = nbytes < in->capacity ? (size_t)nbytes : in->capacity;
        Py_ssize_t n = in->source->read(in->source, in->window, piece, piece);
        if (n < 0) {
            return -1;
        }
        nbytes -= (uint64_t)n;
        in->window_end += (uint64_t)n;
        in->source->given = in->window_end;
        if ((size_t)n < piece) {
            fj_input_truncated(in, nbytes);
            return -1;
        }
        if (report(in) < 0) {
            return -1;
        }
    }
    return 0;
}

int
fj_input_skip(fj_input *in, uint64_t nbytes)
{
    if (nbytes > PY_SSIZE_T_MAX / 2) {
        fj_input_truncated(in, nbytes);
        return -1;
    }
    if (fj_input_expect(in, nbytes) < 0) {
        return -1;
    }
    size_t have = (size_t)(in->filled - in->pos);
    size_t from_window = have < nbytes ? have : (size_t)nbytes;
    uint64_t missing = nbytes - from_window;
    in->pos += from_window;
    if (missing > 0 && in->source != NULL && in->source->left < 0) {
        if (read_through(in, missing) < 0) {
            return -1;
        }
    }
    else if (missing > 0) {
        in->window_end += missing;
        in->ahead = AHEAD_OF_SKIP;
        if (in->source->skip(in->source, missing) < 0) {
            return -1;
        }
        in->source->given = in->window_end;
    }
    limit(in, 0);
    return report(in);
}

/* Doubles a window that is full with one line; a refill would make room only
 * for the single byte that is requested. */
static int
grow_for_line(fj_input *in)
{
    if (grow_window(in, in->capacity * 2) < 0) {
        return -1;
    }
    in->end = in->filled;
    return 0;
}

int
fj_input_line(fj_input *in, const char **line_ret, size_t *nbytes_ret)
{
    size_t searched = 0;
    for (;;) {
        size_t have = (size_t)(in->end - in->pos);
        const char *newline =
            have > searched ? memchr(in->pos + searched, '\n', have - searched)
                            : NULL;
        if (newline != NULL) {
            *line_ret = in->pos;
            *nbytes_ret = (size_t)(newline - in->pos);
            in->pos = newline + 1;
            return 0;
        }
        searched = have;
        if (have == in->capacity && in->source != NULL &&
            grow_for_line(in) < 0) {
            return -1;
        }
        if (fj_input_need(in, have + 1) < 0) {
            return -1;
        }
    }
}

/* A bytes or bytearray object that is being filled. */
static char *
data_of(PyObject *obj)
{
    return PyBytes_Check(obj) ? PyBytes_AS_STRING(obj)
                              : PyByteArray_AS_STRING(obj);
}

/* 0, or -1 and the object freed if there is no memory. */
static int
resize(PyObject **obj, size_t size)
{
    if (PyBytes_Check(*obj)) {
        return _PyBytes_Resize(obj, (Py_ssize_t)size);
    }
    int ret = PyByteArray_Resize(*obj, (Py_ssize_t)size);
    if (ret < 0) {
        Py_CLEAR(*obj);
    }
    return ret;
}

/* Fills the object with the next `nbytes`.  It already has that size if they
 * are known to be there; else it grows as they arrive. */
static PyObject *
fill(fj_input *in, PyObject *obj, size_t size, uint64_t nbytes)
{
    size_t have = 0;
    while (obj != NULL) {
        if (fj_input_read(in, data_of(obj) + have, size - have) < 0) {
            Py_CLEAR(obj);
            break;
        }
        have = size;
        if (have == nbytes) {
            break;
        }
        size = nbytes - have < have ? (size_t)nbytes : have * 2;
        if (resize(&obj, size) < 0) {
            break;
        }
    }
    return obj;
}

/* The initial size of an object of `nbytes`.  0, or -1 with
 * TruncatedFileError. */
static int
first_size(fj_input *in, uint64_t nbytes, size_t *size_ret)
{
    if (nbytes > PY_SSIZE_T_MAX / 2) {
        fj_input_truncated(in, nbytes);
        return -1;
    }
    *size_ret = (size_t)nbytes;
    if (!fj_input_believes(in, nbytes)) {
        *size_ret = GROWTH_STEP;
    }
    return fj_input_check_left(in, nbytes);
}

PyObject *
fj_input_bytes(fj_input *in, uint64_t nbytes)
{
    size_t size;
    if (first_size(in, nbytes, &size) < 0) {
        return NULL;
    }
    return fill(in, PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size), size,
                nbytes);
}

PyObject *
fj_input_bytearray(fj_input *in, uint64_t nbytes)
{
    size_t size;
    if (first_size(in, nbytes, &size) < 0) {
        return NULL;
    }
    return fill(in, PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)size),
                size, nbytes);
}
