/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/retire.h"

#include <errno.h>
#include <stdlib.h>

#include "base/fileio.h"
#include "base/hidden.h"
#include "base/paths.h"

/* How long finish() waits for the disk: enough for some 50 MB. */
enum { GRACE = 100 * 1000 * 1000 }; // ns

/* Written to the disk at a time; the end of the process may have to wait for
 * the thread to finish one piece. */
#define PIECE ((int64_t)8 << 20)

/* More old files do not wait: each takes three descriptors, and its space. */
enum { MOST_WAITING = 16 };

struct fj_retired {
    fj_retired *next;
    int dir;    // the directory; its path may lead elsewhere later
    char *name; // in that directory
    char *kept; // its name if it has to stay
    int old;    // holds the lock that tells others that it is in use
    int new;
    int newer; // replaces `new`; -1: none
};

struct fj_retirement {
    int64_t pid;
    fj_mutex mutex;
    fj_cond idle; // the thread has ended
    /* Guarded by the mutex: */
    fj_retired *first;
    fj_retired **end;
    size_t n_waiting;
    fj_thread thread;
    bool started; // there is a thread to join
    bool running; // and will look at the list again
    bool ending;
    bool forking;
};

fj_retirement *
fj_retirement_new(void)
{
    fj_retirement *all = calloc(1, sizeof *all);
    if (all == NULL) {
        return NULL;
    }
    all->pid = fj_process_id();
    all->end = &all->first;
    fj_mutex_init(&all->mutex);
    fj_cond_init(&all->idle);
    return all;
}

/* Unlinks the old file, unless another file has its name by now. */
static void
remove_old(const fj_retired *r)
{
    if (fj_leads_to(r->dir, r->name, r->old)) {
        fj_remove_at(r->dir, r->name);
    }
}

/* The old file is all that is sure to be on the disk: the next dump must not
 * take it for left over. */
static void
keep_old(const fj_retired *r)
{
    if (fj_leads_to(r->dir, r->name, r->old)) {
        fj_rename_at(r->dir, r->name, r->kept);
    }
}

static void
forget(fj_retired *r)
{
    if (r->newer >= 0) {
        fj_close(r->newer);
    }
    fj_close(r->new);
    fj_close(r->old); // the last reference: its blocks are freed here
    fj_close(r->dir);
    free(r->name);
    free(r->kept);
    free(r);
}

static void
forget_all(fj_retirement *all)
{
    while (all->first != NULL) {
        fj_retired *r = all->first;
        all->first = r->next;
        forget(r);
    }
    all->n_waiting = 0;
    all->end = &all->first;
}

static bool
is_ending(fj_retirement *all)
{
    fj_mutex_lock(&all->mutex);
    bool ending = all->ending;
    fj_mutex_unlock(&all->mutex);
    return ending;
}

/* 0, or -errno; -ECANCELED if the process is ending. */
static int
bring_to_disk(fj_retirement *all, int fd)
{
    fj_file_info info;
    int64_t nbytes = fj_get_info(fd, &info) == 0 ? info.nbytes : 0;
    for (int64_t start = 0; start < nbytes; start += PIECE) {
        if (is_ending(all)) {
            return -ECANCELED;
        }
        int ret = fj_write_out(fd, start, PIECE);
        if (ret < 0) {
            return ret;
        }
    }
    return is_ending(all) ? -ECANCELED : fj_sync(fd);
}

static void *
work(void *arg)
{
    fj_retirement *all = arg;
    fj_mutex_lock(&all->mutex);
    while (all->first != NULL && !all->ending) {
        fj_retired *r = all->first;
        int new = r->new;
        fj_mutex_unlock(&all->mutex);
        int error = bring_to_disk(all, new);
        fj_mutex_lock(&all->mutex);
        if (error == -ECANCELED) {
            break;
        }
        if (r->newer >= 0) {
            r->new = r->newer;
            r->newer = -1;
            fj_mutex_unlock(&all->mutex);
            fj_close(new);
            fj_mutex_lock(&all->mutex);
            continue;
        }
        if (error == 0) {
            remove_old(r);
        }
        else {
            keep_old(r);
        }
        all->n_waiting--;
        all->first = r->next;
        if (all->first == NULL) {
            all->end = &all->first;
        }
        fj_mutex_unlock(&all->mutex);
        forget(r);
        fj_mutex_lock(&all->mutex);
    }
    all->running = false;
    fj_cond_signal(&all->idle);
    fj_mutex_unlock(&all->mutex);
    return NULL;
}

/* With the mutex held. */
static bool
start_thread(fj_retirement *all)
{
    if (all->running) {
        return true;
    }
    if (all->started) { // it has ended, or does not need the mutex any more
        fj_thread_join(all->thread);
    }
    all->started = fj_thread_start(&all->thread, 0, work, all);
    all->running = all->started;
    return all->started;
}

void
fj_retirement_finish(fj_retirement *all)
{
    if (all->pid != fj_process_id()) {
        return;
    }
    int64_t until = fj_monotonic() + GRACE;
    fj_mutex_lock(&all->mutex);
    while (all->running &&
           fj_cond_wait_until(&all->idle, &all->mutex, until)) {
    }
    all->ending = true;
    for (fj_retired *r = all->first; r != NULL; r = r->next) {
        remove_old(r);
    }
    fj_mutex_unlock(&all->mutex);
    if (all->started) {
        fj_thread_join(all->thread);
        all->started = false;
    }
    forget_all(all);
}

void
fj_retirement_free(fj_retirement *all)
{
    if (all == NULL) {
        return;
    }
    fj_retirement_finish(all);
    if (all->pid == fj_process_id()) {
        fj_cond_destroy(&all->idle);
        fj_mutex_destroy(&all->mutex);
    }
    free(all);
}

bool
fj_retirement_begin(fj_retirement *all)
{
    if (all->pid != fj_process_id()) {
        return false;
    }
    fj_mutex_lock(&all->mutex);
    if (all->ending || all->n_waiting >= MOST_WAITING) {
        fj_mutex_unlock(&all->mutex);
        return false;
    }
    return true;
}

void
fj_retirement_end(fj_retirement *all)
{
    fj_mutex_unlock(&all->mutex);
}

bool
fj_retire(fj_retirement *all, const char *path, int old, int new)
{
    const char *name = fj_name_of(path);
    fj_retired *r = malloc(sizeof *r);
    char *hidden = fj_hidden_beside(name, "old");
    char *kept = fj_hidden_beside(name, "kept");
    int dir = fj_open_directory(path, false);
    if (r == NULL || hidden == NULL || kept == NULL || dir < 0 ||
        !start_thread(all)) {
        if (dir >= 0) {
            fj_close(dir);
        }
        free(kept);
        free(hidden);
        free(r);
        return false;
    }
    *r = (fj_retired){.dir = dir,
                      .name = hidden,
                      .kept = kept,
                      .old = old,
                      .new = new,
                      .newer = -1};
    *all->end = r;
    all->end = &r->next;
    all->n_waiting++;
    return true;
}

fj_retired *
fj_retirement_find(fj_retirement *all, const char *path)
{
    fj_retired *r = all->first;
    while (r != NULL && !fj_leads_to(FJ_HERE, path, r->old)) {
        r = r->next;
    }
    return r;
}

void
fj_retire_later(fj_retired *r, int new)
{
    if (r->newer >= 0) {
        fj_close_later(r->newer);
    }
    r->newer = new;
}

void
fj_retirement_before_fork(fj_retirement *all)
{
    if (all->pid != fj_process_id()) {
        return; // forked without our handlers, perhaps with the mutex locked
    }
    fj_mutex_lock(&all->mutex);
    all->forking = true;
}

void
fj_retirement_after_fork(fj_retirement *all, bool in_child)
{
    if (!all->forking) {
        return;
    }
    all->forking = false;
    if (in_child) {
        forget_all(all);
        all->pid = fj_process_id();
        all->started = all->running = false; // threads stay with the parent
        /* Workers of multiprocessing end without a word: nothing may wait. */
        all->ending = true;
        fj_cond_init(&all->idle);
    }
    fj_mutex_unlock(&all->mutex);
}
