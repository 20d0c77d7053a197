/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/checking_sink.h"

#include "py/errors.h"
#include "py/threads.h"

int
fj_raise_checksum_status(fj_status status)
{
    if (status == FJ_FORKED) {
        fj_raise_forked();
    }
    else if (status != FJ_STOPPED) { // for which an exception is set
        PyErr_NoMemory();
    }
    return -1;
}

static int
pass_on(fj_checking_sink *sink, const char *data, size_t nbytes)
{
    sink->inner->progress = sink->base.progress;
    int ret = sink->inner->write(sink->inner, data, nbytes);
    sink->base.written = sink->inner->written;
    return ret;
}

static fj_status
check_pieces(fj_pieces *pieces, const uint8_t *data, size_t nbytes)
{
    fj_status status;
    if (nbytes < FJ_WORTH_RELEASING_GIL) {
        return fj_pieces_check(pieces, data, nbytes);
    }
    Py_BEGIN_ALLOW_THREADS
        status = fj_pieces_check(pieces, data, nbytes);
    Py_END_ALLOW_THREADS
    return status;
}

static int
write_and_check(fj_sink *base, const char *data, size_t nbytes)
{
    fj_checking_sink *sink = (fj_checking_sink *)base;
    fj_status status =
        check_pieces(sink->pieces, (const uint8_t *)data, nbytes);
    return status == FJ_OK ? pass_on(sink, data, nbytes)
                           : fj_raise_checksum_status(status);
}

/* Waits for what others hash in the caller's memory.  `failed`: an exception
 * is set already. */
static int
settle(fj_checking_sink *sink, bool failed)
{
    fj_unlocked *unlocked = &sink->unlocked;
    fj_status status;
    fj_unlocked_begin(unlocked, NULL, 0);
    status = fj_checksums_end(sink->checksums, failed,
                              failed ? NULL : &unlocked->watch);
    fj_unlocked_end(unlocked);
    return failed || status == FJ_OK ? 0 : fj_raise_checksum_status(status);
}

/* The checksums are other threads' work while this one writes; then it
 * helps. */
static int
write_and_hash(fj_sink *base, const char *data, size_t nbytes)
{
    fj_checking_sink *sink = (fj_checking_sink *)base;
    fj_status status;
    Py_BEGIN_ALLOW_THREADS
        status =
            fj_checksums_begin(sink->checksums, (const uint8_t *)data, nbytes);
    Py_END_ALLOW_THREADS
    int ret = status == FJ_OK ? pass_on(sink, data, nbytes)
                              : fj_raise_checksum_status(status);
    return settle(sink, ret < 0) < 0 ? -1 : ret;
}

static int
start(fj_sink *base, uint64_t *position_ret)
{
    fj_sink *inner = ((fj_checking_sink *)base)->inner;
    return inner->start(inner, position_ret);
}

static int
expect_array(fj_sink *base, uint64_t begin, uint64_t nbytes)
{
    fj_checking_sink *sink = (fj_checking_sink *)base;
    fj_status status = fj_pieces_expect(sink->pieces, begin, nbytes);
    return status == FJ_OK ? 0 : fj_raise_checksum_status(status);
}

void
fj_checking_sink_init(fj_checking_sink *sink, fj_sink *inner,
                      fj_pieces *pieces, fj_checksums *checksums)
{
    *sink = (fj_checking_sink){
        .base = {.write = checksums == NULL ? write_and_check : write_and_hash,
                 .start = start,
                 .expect_array = pieces == NULL ? NULL : expect_array},
        .inner = inner,
        .pieces = pieces,
        .checksums = checksums,
    };
}
