/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the symbolic machine has on its stack in place of objects.
 *
 * A value fits into a word.  Numbers, short strings and globals are their own
 * values; everything else is a node.  A node keeps what the pickle put into
 * it, in blocks, each of which says what its values are to the node.  All are
 * in the machine's arena.
 */
#ifndef FJ_PICKLE_SYMBOLS_H
#define FJ_PICKLE_SYMBOLS_H

#include "base/arena.h"
#include "py/compat.h"

typedef uint64_t fj_value;

/* The lowest three bits of a value.  The rest is a pointer or a number. */
typedef enum {
    FJ_NODE,
    FJ_NODE_AGAIN, // that came from the memo
    FJ_TEXT,       // a str
    FJ_INT,        // of up to 61 bits
    FJ_CONSTANT,
    FJ_GLOBAL,
    FJ_GLOBAL_AGAIN, // that came from the memo
} fj_tag;

enum { FJ_TAG_BITS = 3, FJ_TAG_MASK = 7 };

#define FJ_MAKE_CONSTANT(n) (((fj_value)(n) << FJ_TAG_BITS) | FJ_CONSTANT)
#define FJ_NONE FJ_MAKE_CONSTANT(0)
#define FJ_FALSE FJ_MAKE_CONSTANT(1)
#define FJ_TRUE FJ_MAKE_CONSTANT(2)
#define FJ_FLOAT FJ_MAKE_CONSTANT(3)    // any
#define FJ_LONG_INT FJ_MAKE_CONSTANT(4) // an int that is none of FJ_INT
#define FJ_EMPTY_TUPLE FJ_MAKE_CONSTANT(5)

/* A str or bytes as it is in the file.  Longer ones keep only their length. */
enum { FJ_TEXT_KEPT = 1024 };

typedef struct {
    uint32_t nbytes;
    char bytes[]; // UTF-8 of a str
} fj_text;

typedef enum {
    FJ_TUPLE,
    FJ_LIST,
    FJ_DICT,
    FJ_SET,
    FJ_FROZENSET,
    FJ_LONG_STR, // longer than FJ_TEXT_KEPT
    FJ_BYTES,
    FJ_BYTEARRAY,
    FJ_OBJECT,  // made by a call
    FJ_ARRAY,   // of NumPy
    FJ_UNKNOWN, // that comes from outside the pickle, or cannot be followed
    FJ_PICKLE,  // a whole pickle, with its object as FJ_INNER
} fj_kind;

/* What the values of a block are to their node. */
typedef enum {
    FJ_ITEMS,
    FJ_PAIRS, // keys and values by turns
    FJ_CALL,  // of an object: the callable, its arguments, and perhaps a dict
              // of keyword arguments
    FJ_STATE, // what BUILD was given
    FJ_INNER, // another node that is a part of this one, without a name
} fj_role;

typedef struct fj_node fj_node;
typedef struct fj_block fj_block;
typedef struct fj_global fj_global;

enum { FJ_BLOCK_VALUES = 4096 };

struct fj_block {
    fj_block *next;
    uint16_t role;
    uint16_t n;
    uint64_t items_before; // in blocks of the role FJ_ITEMS before this one
    fj_value values[];
};

struct fj_node {
    uint8_t kind;
    bool confined;    // must not be put into another object: see fj_global
    bool seen;        // by the walk
    bool handed_over; // to a call, with all that is in it or comes into it
    uint32_t count;
    uint64_t nbytes; // of the pickle: its own, after the walk with all in it
    union {
        struct {
            fj_block *first, *last;
        };
        struct { // strings
            uint64_t length;
            uint64_t offset; // in the data; of bytes
        };
    };
    union {
        fj_global *global;   // OBJECT: its class or function, or NULL
        const fj_text *text; // BYTES, BYTEARRAY: NULL if it is not kept
        size_t index;        // ARRAY: among the arrays
        uint64_t total;      // PICKLE: its bytes
    };
    PyObject *note; // borrowed from the machine: what a hook knows of it
    /* Set by the walk: the node that holds it, and where. */
    fj_node *parent;
    fj_block *block;
    uint64_t place;
};

/* A global: a row for each name. */
struct fj_global {
    PyObject *module, *name; // owned by the machine, str
    PyObject *paths;         // owned by the machine: a list of str
    PyObject *label;         // the same: "module.name"
    uint64_t count;          // how often the file refers to it
    bool called, instantiated, stored;
    /* The machine knows what it does. */
    bool reconstructs; // copyreg._reconstructor
    bool is_partial;   // functools.partial
    bool strays;       // a partial: it is used with more than is known to be
                       // harmless, see symbolic_partial.c
    /* It and its instances may only be used where the machine can follow. */
    bool confined;
    int known; // what the hook says that it is; 0: nothing
    fj_global *next;
};

static inline fj_tag
fj_tag_of(fj_value value)
{
    return (fj_tag)(value & FJ_TAG_MASK);
}

static inline fj_value
fj_node_value(fj_node *node)
{
    return (uintptr_t)node;
}

static inline fj_value
fj_text_value(const fj_text *text)
{
    return (uintptr_t)text | FJ_TEXT;
}

/* The node, or NULL if it is none. */
static inline fj_node *
fj_as_node(fj_value value)
{
    return fj_tag_of(value) <= FJ_NODE_AGAIN
               ? (fj_node *)(uintptr_t)(value & ~(fj_value)FJ_TAG_MASK)
               : NULL;
}

/* The node if it is of that kind, else NULL. */
static inline fj_node *
fj_as_kind(fj_value value, fj_kind kind)
{
    fj_node *node = fj_as_node(value);
    return node != NULL && node->kind == kind ? node : NULL;
}

/* Whether it is a string, which has no blocks. */
static inline bool
fj_is_string(const fj_node *node)
{
    return node->kind == FJ_LONG_STR || node->kind == FJ_BYTES ||
           node->kind == FJ_BYTEARRAY;
}

static inline const fj_text *
fj_as_text(fj_value value)
{
    return fj_tag_of(value) == FJ_TEXT
               ? (const fj_text *)(uintptr_t)(value & ~(fj_value)FJ_TAG_MASK)
               : NULL;
}

static inline fj_global *
fj_as_global(fj_value value)
{
    return fj_tag_of(value) >= FJ_GLOBAL
               ? (fj_global *)(uintptr_t)(value & ~(fj_value)FJ_TAG_MASK)
               : NULL;
}

static inline bool
fj_text_is(fj_value value, const char *expected)
{
    const fj_text *text = fj_as_text(value);
    return text != NULL && text->nbytes == strlen(expected) &&
           memcmp(text->bytes, expected, text->nbytes) == 0;
}

/* Whether it is an int, or a bool as one; *n_ret is set. */
static inline bool
fj_as_int(fj_value value, int64_t *n_ret)
{
    bool is_bool = value == FJ_FALSE || value == FJ_TRUE;
    *n_ret = is_bool ? value == FJ_TRUE : (int64_t)value >> FJ_TAG_BITS;
    return is_bool || fj_tag_of(value) == FJ_INT;
}

/* How many items a tuple or list has, or -1 if it is neither. */
int64_t fj_count_items(fj_value sequence);

/* Copies the first `n` items of a tuple or list, which has as many. */
void fj_copy_items(fj_value sequence, size_t n, fj_value *items);

/* The value of a str key in a dict.  False if there is none. */
bool fj_find_item(const fj_node *dict, const char *key, fj_value *value_ret);

#endif
