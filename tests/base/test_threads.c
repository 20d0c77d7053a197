/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What base/platform.h promises on every system: threads, conditions, the clock, and
 * pages of memory.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/platform.h"

#include "check.h"

enum { MS = 1000 * 1000 };

static void
test_pages(void)
{
    enum { NBYTES = 3 << 20, PAGE = 4096 };
    char *pages = fj_map_pages(NBYTES, (size_t)2 << 20);
    CHECK(pages != NULL && (uintptr_t)pages % PAGE == 0);
    fj_populate(pages, NBYTES);
    for (size_t i = 0; i < NBYTES; i++) {
        CHECK(pages[i] == 0);
        pages[i] = 'x';
    }
    fj_discard_pages(pages + PAGE, PAGE);
    CHECK(pages[PAGE - 1] == 'x' && pages[2 * PAGE] == 'x');
    memset(pages, 'y', NBYTES); // all are still there
    fj_offer_pages(pages, NBYTES);
    memset(pages, 'z', NBYTES);
    fj_unmap_pages(pages, NBYTES);
    CHECK(fj_map_pages(SIZE_MAX / 2, PAGE) == NULL);
    CHECK(fj_physical_nbytes() >= (uint64_t)64 << 20);
}

typedef struct {
    fj_mutex mutex;
    fj_cond changed;
    int turn; // guarded by the mutex
} table;

/* Takes every odd turn. */
static void *
play(void *arg)
{
    table *t = arg;
    fj_mutex_lock(&t->mutex);
    while (t->turn < 1000) {
        if (t->turn % 2 == 1) {
            t->turn++;
            fj_cond_broadcast(&t->changed);
        }
        else {
            fj_cond_wait(&t->changed, &t->mutex);
        }
    }
    fj_mutex_unlock(&t->mutex);
    return NULL;
}

static void *
set_flag(void *arg)
{
    atomic_store((atomic_bool *)arg, true);
    return NULL;
}

static void
test_threads(void)
{
    table t = {.turn = 0};
    fj_thread thread;
    fj_mutex_init(&t.mutex);
    fj_cond_init(&t.changed);
    CHECK(fj_thread_start(&thread, 256 * 1024, play, &t));
    fj_mutex_lock(&t.mutex);
    while (t.turn < 1000) {
        int64_t until = fj_monotonic() + (int64_t)10000 * MS;
        if (t.turn % 2 == 0) {
            t.turn++;
            fj_cond_signal(&t.changed);
        }
        else {
            CHECK(fj_cond_wait_until(&t.changed, &t.mutex, until));
        }
    }
    fj_cond_broadcast(&t.changed);
    fj_mutex_unlock(&t.mutex);
    fj_thread_join(thread);

    int64_t start = fj_monotonic();
    fj_mutex_lock(&t.mutex);
    while (fj_cond_wait_until(&t.changed, &t.mutex, start + 30 * MS)) {
    }
    fj_mutex_unlock(&t.mutex);
    CHECK(fj_monotonic() - start >= 30 * MS);
    fj_cond_destroy(&t.changed);
    fj_mutex_destroy(&t.mutex);

    static atomic_bool flag;
    CHECK(fj_thread_start(&thread, 0, set_flag, &flag));
    fj_thread_detach(thread);
    for (start = fj_monotonic(); !atomic_load(&flag);) {
        CHECK(fj_monotonic() - start < (int64_t)10000 * MS);
    }
}

int
main(void)
{
    test_pages();
    test_threads();
    printf("threads and pages: all right\n");
    return 0;
}
