/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the unpickler reads from: a window of bytes, refilled from a source.
 *
 * Every length that a file claims is checked here, and only here, against the
 * bytes that are left.  If it is not known how many are left, as for a pipe,
 * memory grows only as data arrives.
 */
#ifndef FJ_PICKLE_INPUT_H
#define FJ_PICKLE_INPUT_H

#include "py/state.h"

#include "base/bytes.h"
#include "py/progress.h"

/* Where bytes come from.  Implemented in file/; called with the GIL held. */
typedef struct fj_source fj_source;
struct fj_source {
    /* Reads at least `at_least` bytes, fewer only at the end of the data, and
     * at most `nbytes`.  Returns the number, or -1 with an exception set.  May
     * release the GIL. */
    Py_ssize_t (*read)(fj_source *self, char *dst, size_t at_least,
                       size_t nbytes);
    /* Skips bytes that are known to be there; NULL if `left` is -1. */
    int (*skip)(fj_source *self, uint64_t nbytes);
    /* Bytes left to read, or -1 if not known. */
    int64_t left;
    /* If that is -1: up to this many bytes a claimed length is plausible, and
     * memory may be allocated for it at once. */
    uint64_t plausible;
    /* Nothing may be read ahead, since what follows the pickle belongs to the
     * stream's next reader. */
    bool exact;
    /* What is read ahead is read again by the stream's next reader, which adds
     * up if there are many small pickles. */
    bool shared;
    /* Bytes read so far, and where a long read reports its progress before it
     * returns. */
    uint64_t given;
    fj_progress *progress; // borrowed, or NULL
};

typedef struct {
    const char *pos;    // next byte
    const char *end;    // of what may be used now: of the window or of the
                        // frame
    const char *filled; // end of the window
    char *window;       // owned; NULL if the data is in the caller's memory
    size_t capacity;
    size_t ahead;        // how much a refill may read; less than the capacity
                         // for a while after a skip
    fj_source *source;   // NULL if all data is in the window
    uint64_t window_end; // the position of `filled`
    bool in_frame;
    uint64_t frame_end;    // position, if in a frame
    bool tolerant;         // goes on where only some readers refuse the data
    const char *oddity;    // what it went on behind, or NULL
    uint64_t most;         // bytes of data that are allowed; 0: any number
    fj_state *state;       // borrowed
    PyObject *filename;    // borrowed; for messages, "" if there is none
    fj_progress *progress; // borrowed, or NULL
} fj_input;

void fj_input_init_memory(fj_input *in, fj_state *state, const char *data,
                          size_t nbytes, PyObject *filename);
int fj_input_init_source(fj_input *in, fj_state *state, fj_source *source,
                         PyObject *filename);
void fj_input_clear(fj_input *in);

/* To be called before anything is read, if the bytes of this input are the
 * file's: sets the total, and reports the bytes that are consumed. */
void fj_input_report_to(fj_input *in, fj_progress *progress);

/* Bytes consumed since the beginning. */
static inline uint64_t
fj_input_position(const fj_input *in)
{
    return in->window_end - (uint64_t)(in->filled - in->pos);
}

/* How many bytes are left, or -1 if not known. */
int64_t fj_input_left(const fj_input *in);

/* Whether memory for `nbytes` may be allocated before they have arrived. */
bool fj_input_believes(const fj_input *in, uint64_t nbytes);

/* The slow path of fj_input_need(). */
int fj_input_refill(fj_input *in, size_t nbytes);

/* Ensures that the next `nbytes` are in the window.  0, or -1 with
 * TruncatedFileError if the data ends before. */
static inline int
fj_input_need(fj_input *in, size_t nbytes)
{
    if (FJ_UNLIKELY((size_t)(in->end - in->pos) < nbytes)) {
        return fj_input_refill(in, nbytes);
    }
    return 0;
}

/* Tries to get `nbytes` into the window: returns how many are there, or -1
 * with an exception set. */
Py_ssize_t fj_input_show(fj_input *in, size_t nbytes);

/* Consumes the next `nbytes`, and returns a pointer to them that is valid
 * until the next call, or NULL with an exception set. */
static inline const char *
fj_input_take(fj_input *in, size_t nbytes)
{
    if (fj_input_need(in, nbytes) < 0) {
        return NULL;
    }
    const char *data = in->pos;
    in->pos += nbytes;
    return data;
}

/* 0, or -1 with TruncatedFileError if it is known that fewer than `nbytes` are
 * left. */
int fj_input_check_left(fj_input *in, uint64_t nbytes);

/* Copies or reads the next `nbytes` to `dst`. */
int fj_input_read(fj_input *in, char *dst, size_t nbytes);

/* 0, or -1 with an exception if the next `nbytes` reach across the end of the
 * frame, or it is known that fewer are left.  For what is then read in
 * pieces. */
int fj_input_expect(fj_input *in, uint64_t nbytes);

/* Skips the next `nbytes`; where the source cannot skip, reads them. */
int fj_input_skip(fj_input *in, uint64_t nbytes);

/* A frame of `nbytes` begins here.  No read may cross its end, and no other
 * frame may begin before it. */
int fj_input_begin_frame(fj_input *in, uint64_t nbytes);

/* What some readers refuse and others do not: -1 with an error, or 0 if this
 * input is tolerant; then the frame that was open is none any more. */
int fj_input_odd(fj_input *in, const char *what);

/* To be called before data that is in no frame: an error within one. */
int fj_input_leave_frame(fj_input *in);

/* Consumes the next line, and returns it in the window without its '\n'.
 * Valid until the next call. */
int fj_input_line(fj_input *in, const char **line_ret, size_t *nbytes_ret);

/* The next `nbytes`, however many are claimed, as a bytes or bytearray
 * object. */
PyObject *fj_input_bytes(fj_input *in, uint64_t nbytes);
PyObject *fj_input_bytearray(fj_input *in, uint64_t nbytes);

/* Raises TruncatedFileError: `missing` bytes beyond what is left. */
void fj_input_truncated(fj_input *in, uint64_t nbytes);

/* Raises InvalidFileError: the message, the position and the file. */
void fj_input_invalid(fj_input *in, const char *format, ...);

/* Raises UntrustedError likewise; returns -1. */
int fj_input_refuse(fj_input *in, const char *format, ...);

#endif
