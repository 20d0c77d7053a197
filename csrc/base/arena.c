/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_STEP = 4 * 1024 };

struct fj_arena_step {
    fj_arena_step *before;
    uint64_t data[];
};

void *
fj_arena_grow(fj_arena *arena, size_t nbytes)
{
    size_t size = arena->step_nbytes == 0 ? FIRST_STEP : arena->step_nbytes;
    if (size < FJ_ARENA_STEP && arena->steps != NULL) {
        size *= 2;
    }
    while (size < nbytes) {
        size *= 2;
    }
    fj_arena_step *step = malloc(sizeof *step + size);
    if (step == NULL) {
        return NULL;
    }
    step->before = arena->steps;
    arena->steps = step;
    arena->step_nbytes = size;
    arena->pos = (char *)step->data + nbytes;
    arena->end = (char *)step->data + size;
    return step->data;
}

void
fj_arena_clear(fj_arena *arena)
{
    while (arena->steps != NULL) {
        fj_arena_step *step = arena->steps;
        arena->steps = step->before;
        free(step);
    }
    *arena = (fj_arena){0};
}

bool
fj_segments_grow(fj_segments *s)
{
    if (s->n_segments == s->capacity) {
        size_t capacity = s->capacity == 0 ? 4 : s->capacity * 2;
        char **segments = realloc(s->segments, capacity * sizeof *segments);
        if (segments == NULL) {
            return false;
        }
        s->segments = segments;
        s->capacity = capacity;
    }
    char *segment = malloc(FJ_SEGMENT_ITEMS * s->item_nbytes);
    if (segment == NULL) {
        return false;
    }
    s->segments[s->n_segments++] = segment;
    return true;
}

void
fj_segments_clear(fj_segments *s)
{
    for (size_t i = 0; i < s->n_segments; i++) {
        free(s->segments[i]);
    }
    free(s->segments);
    *s = (fj_segments){.item_nbytes = s->item_nbytes};
}

/* Different keys give different values, since this can be undone: they part
 * within 32 steps of two bits each. */
static uint64_t
scatter(uint64_t key)
{
    key ^= key >> 32;
    key *= UINT64_C(0x9e3779b97f4a7c15);
    return key ^ (key >> 32);
}

fj_trie *
fj_trie_find(fj_trie **root, uint64_t key, fj_arena *arena)
{
    fj_trie **place = root;
    for (uint64_t path = scatter(key); *place != NULL; path <<= 2) {
        if ((*place)->key == key) {
            return *place;
        }
        place = &(*place)->children[path >> 62];
    }
    fj_trie *entry =
        arena == NULL ? NULL : fj_arena_take(arena, sizeof *entry);
    if (entry != NULL) {
        memset(entry, 0, sizeof *entry);
        entry->key = key;
        *place = entry;
    }
    return entry;
}
