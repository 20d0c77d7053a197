/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A dump that writes nothing and goes on after failures.
 */
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

/* `judge` may be NULL. */
static int
dump_to_nowhere(fj_state *state, PyObject *value, int protocol,
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

const char fj_find_unpicklable_doc[] =
    "find_unpicklable(value, protocol, report, judge, /)\n--\n\n"
    "Pickle an object to nowhere, and go on after each failure.\n\n"
    "report(path, obj, exception) is told of each; obj is None where it is not\n"
    "known.  judge(obj, module, name), if not None, is called with what is written\n"
    "by name, and raises where that is to be a failure.";

PyObject *
fj_find_unpicklable(PyObject *module, PyObject *args)
{
    fj_state *state = fj_state_of(module);
    PyObject *value, *protocol, *report, *judge;
    if (!PyArg_ParseTuple(args, "OOOO:find_unpicklable", &value, &protocol,
                          &report, &judge)) {
        return NULL;
    }
    int proto = fj_read_protocol(state, protocol);
    if (proto < 0 || dump_to_nowhere(state, value, proto, report,
                                     judge == Py_None ? NULL : judge) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}
