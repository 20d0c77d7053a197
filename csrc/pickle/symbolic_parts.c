/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The parts of an object and their sizes, as rows.  The row of each part that
 * is taken apart further stands before those of its own parts.
 */
#include "pickle/symbolic_run.h"

enum {
    MAX_PARTS = 64,    // of one part
    MAX_ROWS = 16384,  // in all: the parts nearest to the root come first
    MAX_DEPTH = 24,    // steps from the root
    SMALL_NBYTES = 64, // smaller strings count to the part that holds them
};

/* A row that may be taken apart. */
typedef struct {
    fj_node *node; // NULL: it cannot
    int depth;
} open_row;

/* The largest parts of a node, the largest first, and the sum of the rest. */
typedef struct {
    fj_node *nodes[MAX_PARTS];
    size_t n;
    uint64_t other_parts, other_nbytes, other_count;
} ranking;

static void
leave_out(ranking *r, const fj_node *node)
{
    r->other_parts++;
    r->other_nbytes += node->nbytes;
    r->other_count += node->count;
}

static void
rank(ranking *r, fj_node *node)
{
    size_t i = r->n;
    if (r->n == MAX_PARTS) {
        if (node->nbytes <= r->nodes[MAX_PARTS - 1]->nbytes) {
            leave_out(r, node);
            return;
        }
        leave_out(r, r->nodes[MAX_PARTS - 1]);
        i--;
    }
    else {
        r->n++;
    }
    for (; i > 0 && r->nodes[i - 1]->nbytes < node->nbytes; i--) {
        r->nodes[i] = r->nodes[i - 1];
    }
    r->nodes[i] = node;
}

static bool
is_small_string(const fj_node *node)
{
    return fj_is_string(node) && node->nbytes < SMALL_NBYTES;
}

/* Ranks the nodes that have their place in this one.  What is transparent is
 * passed through: it stands at most three deep, so this recursion ends. */
static void
rank_parts(ranking *r, const fj_node *node)
{
    const fj_block *block = fj_is_string(node) ? NULL : node->first;
    for (; block != NULL; block = block->next) {
        for (uint64_t i = 0; i < block->n; i++) {
            fj_node *part = fj_as_node(block->values[i]);
            if (part == NULL || part->parent != node || part->block != block ||
                part->place != i || fj_symbolic_is_hidden(part)) {
                continue;
            }
            if (fj_symbolic_is_transparent(part)) {
                rank_parts(r, part);
            }
            else if (!is_small_string(part)) {
                rank(r, part);
            }
        }
    }
}

PyObject *
fj_symbolic_kind_name(fj_value value)
{
    static const char *const names[] = {
        [FJ_TUPLE] = "tuple",         [FJ_LIST] = "list",
        [FJ_DICT] = "dict",           [FJ_SET] = "set",
        [FJ_FROZENSET] = "frozenset", [FJ_LONG_STR] = "str",
        [FJ_BYTES] = "bytes",         [FJ_BYTEARRAY] = "bytearray",
        [FJ_OBJECT] = "object",       [FJ_ARRAY] = "array",
        [FJ_UNKNOWN] = "unknown",     [FJ_PICKLE] = "nothing",
    };
    static const char *const constants[] = {"NoneType", "bool", "bool",
                                            "float",    "int",  "tuple"};
    const fj_node *node = fj_as_node(value);
    if (node != NULL && node->kind == FJ_OBJECT && node->global != NULL) {
        return Py_NewRef(node->global->label);
    }
    if (node != NULL) {
        return PyUnicode_FromString(names[node->kind]);
    }
    switch (fj_tag_of(value)) {
    case FJ_TEXT:
        return PyUnicode_FromString("str");
    case FJ_INT:
        return PyUnicode_FromString("int");
    case FJ_CONSTANT:
        return PyUnicode_FromString(constants[value >> FJ_TAG_BITS]);
    default:
        return PyUnicode_FromString("global");
    }
}

static int
add_row(PyObject *rows, fj_segments *opened, Py_ssize_t parent,
        PyObject *name_steal, PyObject *kind_steal, uint64_t nbytes,
        uint64_t count, open_row open)
{
    PyObject *row = NULL;
    open_row *slot = fj_segments_add(opened);
    if (slot == NULL) {
        PyErr_NoMemory();
    }
    else if (name_steal != NULL && kind_steal != NULL) {
        *slot = open;
        row = Py_BuildValue("nOOKK", parent, name_steal, kind_steal,
                            (unsigned long long)nbytes,
                            (unsigned long long)count);
    }
    Py_XDECREF(name_steal);
    Py_XDECREF(kind_steal);
    int ret = row == NULL ? -1 : PyList_Append(rows, row);
    Py_XDECREF(row);
    return ret;
}

/* Adds rows for the parts of a row. */
static int
take_apart(PyObject *rows, fj_segments *opened, Py_ssize_t parent)
{
    open_row of = *(open_row *)fj_segments_at(opened, (size_t)parent);
    ranking r;
    r.n = 0;
    r.other_parts = r.other_nbytes = r.other_count = 0;
    if (of.node == NULL || of.depth == MAX_DEPTH) {
        return 0;
    }
    rank_parts(&r, of.node);
    for (size_t i = 0; i < r.n; i++) {
        fj_node *node = r.nodes[i];
        if (add_row(rows, opened, parent,
                    fj_symbolic_step(node->parent, node->block, node->place),
                    fj_symbolic_kind_name(fj_node_value(node)), node->nbytes,
                    node->count, (open_row){node, of.depth + 1}) < 0) {
            return -1;
        }
    }
    return r.other_parts == 0
               ? 0
               : add_row(
                     rows, opened, parent,
                     PyUnicode_FromFormat("and %llu more",
                                          (unsigned long long)r.other_parts),
                     PyUnicode_FromString(""), r.other_nbytes, r.other_count,
                     (open_row){NULL, 0});
}

/* The kind of the object that a pickle is. */
static PyObject *
root_kind(const fj_node *root)
{
    return fj_symbolic_kind_name(root->first == NULL
                                     ? fj_node_value((fj_node *)root)
                                     : root->first->values[0]);
}

/* An object has counted as its pickle has; a number has not. */
static uint64_t
root_count(const fj_node *root)
{
    bool is_node =
        root->first != NULL && fj_as_node(root->first->values[0]) != NULL;
    return is_node ? root->count : root->count - 1;
}

static PyObject *
make_rows(const fj_symbolic *m, fj_segments *opened)
{
    PyObject *rows = PyList_New(0);
    if (rows != NULL &&
        add_row(rows, opened, -1, PyUnicode_FromString("model"),
                root_kind(m->root), m->root->nbytes, root_count(m->root),
                (open_row){m->root, 0}) < 0) {
        Py_CLEAR(rows);
    }
    for (Py_ssize_t i = 0; rows != NULL && i < PyList_GET_SIZE(rows) &&
                           PyList_GET_SIZE(rows) < MAX_ROWS;
         i++) {
        if (take_apart(rows, opened, i) < 0) {
            Py_CLEAR(rows);
        }
    }
    return rows;
}

PyObject *
fj_symbolic_parts(fj_symbolic *m)
{
    fj_segments opened = {.item_nbytes = sizeof(open_row)};
    PyObject *rows = fj_symbolic_walk(m) < 0 ? NULL : make_rows(m, &opened);
    fj_segments_clear(&opened);
    fj_arena_clear(&m->arena);
    m->root = NULL;
    return rows;
}
