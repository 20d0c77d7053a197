/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the unpickler reads from: a window of bytes, refilled from a source.
 *
 * This is the one place where lengths meet data.  Every length that a file
 * claims is checked here against the bytes that are left, or, where a stream
 * does not say how many are left, memory grows only as data arrives.
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
     * at most `nbytes`.  Returns the number, or -1 with an exception set.
     * May let the GIL go. */
    Py_ssize_t (*read)(fj_source *self, char *dst, size_t at_least,
                       size_t nbytes);
    /* Passes over bytes that are known to be there; NULL where `left` is -1. */
    int (*skip)(fj_source *self, uint64_t nbytes);
    /* Bytes not yet given, or -1 where only reading can tell. */
    int64_t left;
    /* Where that is -1: for how many bytes memory may be asked for on the word
     * of the data, since there is reason to believe it. */
    uint64_t plausible;
    /* Nothing may be read ahead: what the pickle does not consume belongs to
     * the stream's next reader. */
    bool exact;
    /* What is read ahead is read once more, by the stream's next reader:
     * where pickles are small and many that adds up. */
    bool shared;
    /* Bytes given, and whom to tell, within a long read, that there are
     * more: what a read returns its caller counts. */
    uint64_t given;
    fj_progress *progress; // borrowed; NULL: nobody
};

typedef struct {
    const char *pos;    // next byte
    const char *end;    // of what may be used: of the window, or of the frame
    const char *filled; // end of the window
    char *window;       // owned; NULL: the window is the caller's memory
    size_t capacity;
    size_t ahead;        // how much a refill may read; all that there is room
                         // for, but for a while after a skip
    fj_source *source;   // NULL: there is nothing behind the window
    uint64_t window_end; // bytes that came before `filled`, in all
    bool in_frame;
    uint64_t frame_end;    // position; in a frame only
    fj_state *state;       // borrowed
    PyObject *filename;    // borrowed; for messages, "" where there is none
    fj_progress *progress; // borrowed; NULL: nobody asks
} fj_input;

void fj_input_init_memory(fj_input *in, fj_state *state, const char *data,
                          size_t nbytes, PyObject *filename);
int fj_input_init_source(fj_input *in, fj_state *state, fj_source *source,
                         PyObject *filename);
void fj_input_clear(fj_input *in);

/* To be called before anything is read, where these bytes are those of the
 * file: sets the total, and tells how many have been consumed. */
void fj_input_report_to(fj_input *in, fj_progress *progress);

/* Bytes consumed since the beginning. */
static inline uint64_t
fj_input_position(const fj_input *in)
{
    return in->window_end - (uint64_t)(in->filled - in->pos);
}

/* Bytes left: exact, or -1 where only reading can tell. */
int64_t fj_input_left(const fj_input *in);

/* Whether memory for `nbytes` may be asked for before they have arrived. */
bool fj_input_believes(const fj_input *in, uint64_t nbytes);

/* Cold half of fj_input_need. */
int fj_input_refill(fj_input *in, size_t nbytes);

/* Makes sure that the next `nbytes` are in the window.  -1 with
 * TruncatedFileError where the data ends before. */
static inline int
fj_input_need(fj_input *in, size_t nbytes)
{
    if (FJ_UNLIKELY((size_t)(in->end - in->pos) < nbytes)) {
        return fj_input_refill(in, nbytes);
    }
    return 0;
}

/* Has `nbytes` in the window, or as many as there are: how many, or -1 with an
 * exception set. */
Py_ssize_t fj_input_show(fj_input *in, size_t nbytes);

/* Consumes the next `nbytes`: where they stand, good until the next call, or
 * NULL with an exception set. */
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

/* Raises TruncatedFileError where `nbytes` are known not to be there. */
int fj_input_check_left(fj_input *in, uint64_t nbytes);

/* Copies or reads the next `nbytes` to `dst`. */
int fj_input_read(fj_input *in, char *dst, size_t nbytes);

/* Passes over the next `nbytes`.  Only for sources that can skip. */
int fj_input_skip(fj_input *in, uint64_t nbytes);

/* A frame of `nbytes` begins here.  Until its end nothing may reach across
 * it, and no other frame may begin. */
int fj_input_begin_frame(fj_input *in, uint64_t nbytes);

/* What follows is in no frame: refuses to begin it within one. */
int fj_input_leave_frame(fj_input *in);

/* The next line without its '\n', in the window; it is consumed.  Good until
 * the next call. */
int fj_input_line(fj_input *in, const char **line_ret, size_t *nbytes_ret);

/* The next `nbytes`, however many are claimed, as a bytes or bytearray
 * object. */
PyObject *fj_input_bytes(fj_input *in, uint64_t nbytes);
PyObject *fj_input_bytearray(fj_input *in, uint64_t nbytes);

/* Raises TruncatedFileError: `missing` bytes beyond what is left. */
void fj_input_truncated(fj_input *in, uint64_t nbytes);

/* Raises InvalidFileError: the message, the position and the file. */
void fj_input_invalid(fj_input *in, const char *format, ...);

#endif
