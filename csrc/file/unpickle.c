/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/unpickle.h"

#include "array/array.h"
#include "file/sniff.h"
#include "pickle/unpickler.h"
#include "py/errors.h"

/* How much of suspected text a message shows. */
enum { SHOWN_NBYTES = 32 };

/* Loads with the policy that the restrictions ask for. */
static PyObject *
load_restricted(fj_unpickler *u, const fj_restrictions *restrictions,
                int64_t file_nbytes)
{
    fj_policy policy;
    PyObject *value = NULL;
    const fj_limits *limits = &restrictions->limits;
    if (fj_policy_init(&policy, u->state, &restrictions->trust, limits,
                       file_nbytes) == 0) {
        u->policy = &policy;
        u->in->most = fj_limits_data(limits, file_nbytes);
        value = fj_unpickler_load(u);
        if (value != NULL && fj_policy_finish(&policy, u->in) < 0) {
            fj_clear_in_error(&value);
        }
    }
    u->policy = NULL;
    fj_policy_clear(&policy);
    return value;
}

PyObject *
fj_unpickle(fj_state *state, fj_input *in, const fj_load_options *options)
{
    fj_unpickler unpickler;
    fj_array_loader loader = {
        .native_byte_order = options->native_byte_order,
        .mapping = {.mapper = options->mapper,
                    .descriptor = options->descriptor},
        .side_files = options->side_files,
    };
    PyObject *value = NULL;
    if (fj_unpickler_init(&unpickler, state, in, NULL) == 0) {
        unpickler.hook = &fj_array_load_hook;
        unpickler.hook_data = &loader;
        unpickler.names_are_utf8 = true;
        unpickler.rename = options->rename;
        value = options->restrictions == NULL
                    ? fj_unpickler_load(&unpickler)
                    : load_restricted(&unpickler, options->restrictions,
                                      options->file_nbytes);
    }
    fj_unpickler_clear(&unpickler);
    fj_array_memory_clear(&loader.memory);
    fj_mapping_clear(&loader.mapping);
    /* Exceptions raised by report() or a signal handler are not explained. */
    if (value == NULL && !options->progress->stopped) {
        fj_explain_load_error(options->filename);
    }
    return value;
}

/* The same for data that does not begin like a pickle of protocol 2 or
 * higher. */
static PyObject *
read_or_suspect(fj_state *state, fj_input *in, const fj_load_options *options)
{
    char start[SHOWN_NBYTES];
    size_t nbytes = (size_t)(in->filled - in->pos);
    if (nbytes > sizeof start) {
        nbytes = sizeof start;
    }
    memcpy(start, in->pos, nbytes);
    PyObject *value = options->read(state, in, options);
    if (value == NULL && !options->progress->stopped) {
        fj_suspect_text(state, start, nbytes);
    }
    return value;
}

PyObject *
fj_read_plain(fj_state *state, fj_input *in, const fj_load_options *options)
{
    int is_pickle = fj_begins_as_pickle(in);
    if (is_pickle > 0) {
        return options->read(state, in, options);
    }
    if (is_pickle < 0 || fj_refuse_foreign(in) < 0) {
        return NULL;
    }
    return read_or_suspect(state, in, options);
}
