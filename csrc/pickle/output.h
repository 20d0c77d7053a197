/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the pickler writes to: a growable buffer that is divided into frames
 * (protocol 4 and up), and whose finished parts go to a sink.
 *
 * Framing follows pickle.py to the byte: a frame ends when an object begins
 * after at least 64 KiB, before a large str or bytes, and before array data.
 * One of less than four bytes is written without a frame.
 */
#ifndef FJ_PICKLE_OUTPUT_H
#define FJ_PICKLE_OUTPUT_H

#include "py/compat.h"

#include "base/bytes.h"
#include "py/progress.h"
#include "pickle/opcodes.h"

enum {
    FJ_FRAME_HEADER = 9, // FRAME and eight bytes of length
    FJ_FRAME_TARGET = 64 * 1024,
    FJ_FRAME_MIN = 4,
    /* A buffer of this size goes to the sink.  Larger writes save system
     * calls, but beyond a few hundred KiB there is nothing left to save, and
     * the buffer no longer stays in the second-level cache. */
    FJ_FLUSH_SIZE = 256 * 1024,
};

/* Where the bytes go.  Implemented in file/; called with the GIL held. */
typedef struct fj_sink fj_sink;
struct fj_sink {
    /* Writes all `nbytes`.  May release the GIL meanwhile; the caller keeps
     * `data` alive and unchanged.  0, or -1 with an exception set. */
    int (*write)(fj_sink *self, const char *data, size_t nbytes);
    /* The position in the target at which this dump began: 1 and the position,
     * 0 if the target has none, -1 with an exception set.  Called once, before
     * the first array. */
    int (*start)(fj_sink *self, uint64_t *position_ret);
    /* Called before the data of each array, which will be the `nbytes` from
     * position `begin` of this dump on; NULL if the sink does not care. */
    int (*expect_array)(fj_sink *self, uint64_t begin, uint64_t nbytes);
    /* Bytes written, counted by the sink, and where it reports them. */
    uint64_t written;
    fj_progress *progress; // borrowed, or NULL
};

typedef struct {
    PyObject *buffer; // bytes object, owned; its size is the capacity
    char *data;       // its contents
    size_t len;
    size_t capacity;
    size_t boundary;    // when an object begins at or after this offset, the
                        // frame ends or the buffer is flushed
    size_t frame_start; // offset of the open frame's header
    bool in_frame;
    bool stopped;      // by its sink, a signal or a lack of memory: no object
                       // is to blame
    fj_sink *sink;     // NULL if everything stays in the buffer
    size_t flush_size; // FJ_FLUSH_SIZE at first; 0: each frame by itself
    uint64_t flushed;  // bytes given to the sink
    uint64_t start;    // the sink's first position, once asked
    int start_known;   // -1: not asked, 0: has none, 1: known
} fj_output;

int fj_output_init(fj_output *out, fj_sink *sink);
void fj_output_clear(fj_output *out);

/* Begin a frame here; end the open one, after which no frame is open. */
int fj_output_begin_frame(fj_output *out);
int fj_output_end_frame(fj_output *out);

/* Writes everything to the sink, if there is one.  No frame may be open. */
int fj_output_flush(fj_output *out);

/* Appends data that is in no frame, without a copy if that pays.  No frame may
 * be open. */
int fj_output_raw(fj_output *out, const char *data, size_t nbytes);

/* The next `nbytes` are an array's. */
static inline int
fj_output_expect_array(fj_output *out, size_t nbytes)
{
    fj_sink *sink = out->sink;
    return sink == NULL || sink->expect_array == NULL
               ? 0
               : sink->expect_array(sink, out->flushed + out->len, nbytes);
}

/* Appends a large str or bytes: ends the open frame, writes opcode and data
 * outside of frames, begins a new frame. */
int fj_output_large(fj_output *out, const char *head, size_t head_nbytes,
                    const char *data, size_t nbytes);

/* The position of the next byte in the target: 1, 0 or -1 as sink->start. */
int fj_output_position(fj_output *out, uint64_t *position_ret);

/* Returns the buffer as a bytes object, and leaves the output empty. */
PyObject *fj_output_take_bytes(fj_output *out);

/* The slow paths of the inline functions below. */
int fj_output_grow(fj_output *out, size_t nbytes);
int fj_output_cross_boundary(fj_output *out);

/* Makes room for `nbytes` and returns where they go, or NULL. */
static inline char *
fj_output_reserve(fj_output *out, size_t nbytes)
{
    if (FJ_UNLIKELY(out->capacity - out->len < nbytes) &&
        fj_output_grow(out, nbytes) < 0) {
        return NULL;
    }
    return out->data + out->len;
}

static inline int
fj_output_write(fj_output *out, const char *data, size_t nbytes)
{
    char *dst = fj_output_reserve(out, nbytes);
    if (dst == NULL) {
        return -1;
    }
    memcpy(dst, data, nbytes);
    out->len += nbytes;
    return 0;
}

static inline int
fj_output_byte(fj_output *out, int byte)
{
    char *dst = fj_output_reserve(out, 1);
    if (dst == NULL) {
        return -1;
    }
    *dst = (char)byte;
    out->len++;
    return 0;
}

/* To be called where an object begins, the only places where a frame may
 * end. */
static inline int
fj_output_object(fj_output *out)
{
    if (FJ_UNLIKELY(out->len >= out->boundary)) {
        return fj_output_cross_boundary(out);
    }
    return 0;
}

#endif
