/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Restricted loading: the budgets of memory, objects, depth and time.
 */
#include "pickle/load.h"
#include "pickle/policy.h"

/* What one opcode adds to the memory, roughly: an object of the smallest kind,
 * and its place in stack, memo and container. */
enum { OPCODE_NBYTES = 80 };

int
fj_policy_expect_data(fj_unpickler *u, uint64_t nbytes)
{
    const fj_policy *policy = u->policy;
    size_t used = 0;
    bool fits = fj_size_add(policy->memory, fj_input_position(u->in), &used) &&
                fj_size_add(used, nbytes, &used);
    return fits && used <= policy->limits.memory
               ? 0
               : fj_input_refuse(
                     u->in,
                     "its objects take more than the %llu bytes that "
                     "limits.memory allows",
                     (unsigned long long)policy->limits.memory);
}

int
fj_policy_take_memory(fj_unpickler *u, uint64_t nbytes)
{
    fj_policy *policy = u->policy;
    policy->memory = UINT64_MAX - policy->memory < nbytes
                         ? UINT64_MAX
                         : policy->memory + nbytes;
    return fj_policy_expect_data(u, 0);
}

int
fj_policy_spend(fj_unpickler *u)
{
    fj_policy *policy = u->policy;
    int64_t now = fj_progress_clock();
    policy->objects += FJ_FUEL;
    if (policy->objects > policy->limits.objects) {
        return fj_input_refuse(u->in,
                               "it has more than the %llu opcodes that "
                               "limits.objects allows",
                               (unsigned long long)policy->limits.objects);
    }
    if (!u->gc_paused) {
        policy->gc_since = now;
    }
    else if ((double)(now - policy->gc_since) >
             1e9 * policy->limits.gc_seconds) {
        /* What comes now may be garbage in cycles, of which no end is in
         * sight. */
        fj_resume_gc(u);
    }
    return fj_policy_take_memory(u, (uint64_t)FJ_FUEL * OPCODE_NBYTES);
}

int
fj_policy_check_depth(fj_unpickler *u, size_t depth)
{
    const fj_policy *policy = u->policy;
    return depth < policy->limits.depth
               ? 0
               : fj_input_refuse(
                     u->in,
                     "it is nested deeper than the %llu levels that "
                     "limits.depth allows",
                     (unsigned long long)policy->limits.depth);
}
