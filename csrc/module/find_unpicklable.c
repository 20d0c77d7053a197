/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/find_unpicklable.h"

#include "array/array.h"

static int
write_nowhere(fj_sink *sink, const char *data, size_t nbytes)
{
    (void)data;
    sink->written += nbytes;
    return 0;
}

static int
start_at_zero(fj_sink *sink, uint64_t *position_ret)
{
    (void)sink;
    *position_ret = 0;
    return 1;
}

int
fj_find_unpicklable(fj_state *state, PyObject *value, int protocol,
                    PyObject *report, PyObject *judge)
{
    fj_pickler p;
    fj_output out;
    fj_sink nowhere = {.write = write_nowhere, .start = start_at_zero};
    fj_array_saver saver = {.allow_mmap = true};
    int ret = -1;
    if (fj_output_init(&out, &nowhere) == 0) {
        if (fj_pickler_init(&p, state, &out, protocol) == 0) {
            p.hook = &fj_array_save_hook;
            p.hook_data = &saver;
            p.report = report;
            p.judge = judge;
            ret = fj_pickler_dump(&p, value);
        }
        fj_pickler_clear(&p);
    }
    fj_output_clear(&out);
    return ret;
}
