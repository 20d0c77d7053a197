/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory that is given back all at once, taken in steps of a limited size:
 * many small pieces (the arena), an array whose items never move (segments),
 * and a map from numbers to numbers (the trie).  Plain C11.
 */
#ifndef FJ_BASE_ARENA_H
#define FJ_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most that one piece may take, and the size of the largest step. */
enum { FJ_ARENA_PIECE = 64 * 1024, FJ_ARENA_STEP = 256 * 1024 };

typedef struct fj_arena_step fj_arena_step;

/* All zero at the start. */
typedef struct {
    fj_arena_step *steps; // owned
    char *pos, *end;      // what is free in the last of them
    size_t step_nbytes;
} fj_arena;

/* The slow path of fj_arena_take(). */
void *fj_arena_grow(fj_arena *arena, size_t nbytes);

/* Up to FJ_ARENA_PIECE bytes, aligned for every type here; NULL: no memory.
 * They are not cleared. */
static inline void *
fj_arena_take(fj_arena *arena, size_t nbytes)
{
    nbytes = (nbytes + 7) & ~(size_t)7;
    if ((size_t)(arena->end - arena->pos) < nbytes) {
        return fj_arena_grow(arena, nbytes);
    }
    void *piece = arena->pos;
    arena->pos += nbytes;
    return piece;
}

/* Gives back all of it; the arena may be used again. */
void fj_arena_clear(fj_arena *arena);

/* An array that grows and shrinks at its end.  Set item_nbytes, and the rest
 * to zero. */
enum { FJ_SEGMENT_ITEMS = 1024 };

typedef struct {
    size_t item_nbytes;
    size_t count;
    char **segments; // owned, and each of them
    size_t n_segments, capacity;
} fj_segments;

static inline void *
fj_segments_at(const fj_segments *s, size_t i)
{
    return s->segments[i / FJ_SEGMENT_ITEMS] +
           i % FJ_SEGMENT_ITEMS * s->item_nbytes;
}

/* Makes room for one item more.  False: no memory. */
bool fj_segments_grow(fj_segments *s);

/* Adds an item, which is not cleared; NULL: no memory. */
static inline void *
fj_segments_add(fj_segments *s)
{
    if (s->count == s->n_segments * FJ_SEGMENT_ITEMS && !fj_segments_grow(s)) {
        return NULL;
    }
    return fj_segments_at(s, s->count++);
}

void fj_segments_clear(fj_segments *s);

/* A map in an arena.  However its keys are chosen, finding one takes at most a
 * few dozen steps. */
typedef struct fj_trie fj_trie;
struct fj_trie {
    uint64_t key, value;
    fj_trie *children[4];
};

/* The entry of the key.  If there is none, one with the value 0 is made, or
 * without an arena NULL returned.  NULL also: no memory. */
fj_trie *fj_trie_find(fj_trie **root, uint64_t key, fj_arena *arena);

#endif
