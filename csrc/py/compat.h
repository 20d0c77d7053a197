/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The one place that looks at the Python version.
 */
#ifndef FJ_PY_COMPAT_H
#define FJ_PY_COMPAT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h> // before 3.12 Python.h leaves out PyMemberDef's

#include <stdbool.h>

#if PY_VERSION_HEX < 0x030A0000
#error "fastjoblib needs CPython 3.10 or newer"
#endif

#if defined(__GNUC__)
#define FJ_LIKELY(x) __builtin_expect(!!(x), 1)
#define FJ_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define FJ_NOINLINE __attribute__((noinline))
#define FJ_ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define FJ_LIKELY(x) (x)
#define FJ_UNLIKELY(x) (x)
#define FJ_NOINLINE
#define FJ_ALWAYS_INLINE inline
#endif

/* A reference count of one means "nobody else can see this object" only where
 * counts are exact. */
#ifdef Py_GIL_DISABLED
#define FJ_EXACT_REFCOUNTS 0
#else
#define FJ_EXACT_REFCOUNTS 1
#endif

/* Releasing and reacquiring the GIL costs about as much as copying this many
 * bytes. */
enum { FJ_WORTH_RELEASING_GIL = 32 * 1024 };

/* Since 3.11 object.__getstate__ exists. */
#if PY_VERSION_HEX >= 0x030B0000
#define FJ_HAVE_OBJECT_GETSTATE 1
#else
#define FJ_HAVE_OBJECT_GETSTATE 0
#endif

/* Since 3.13 pickle.py writes a nested name below protocol 4 as a chain of
 * getattr calls on its top-level name; before, as getattr(parent, name). */
#if PY_VERSION_HEX >= 0x030D0000
#define FJ_NESTED_NAME_FROM_TOP 1
#else
#define FJ_NESTED_NAME_FROM_TOP 0
#endif

/* Since 3.14 pickle's exceptions have notes that say which parts of the object
 * it was writing, and other texts. */
#define FJ_SINCE_3_14 (PY_VERSION_HEX >= 0x030E0000)

/* The dict of a class: a new reference, or NULL without an exception. */
static inline PyObject *
fj_type_dict(PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyType_GetDict(type);
#else
    return Py_XNewRef(type->tp_dict);
#endif
}

/* Whether the dict is of an instance, and other instances of the class may have
 * the same keys: then one reference to a key stands for all of theirs. */
static inline bool
fj_dict_shares_keys(PyObject *dict)
{
    return ((PyDictObject *)dict)->ma_values != NULL;
}

/* Looks up an attribute that may be missing: 1 and a new reference, 0 and
 * NULL, or -1 with an exception set. */
static inline int
fj_lookup_attr(PyObject *obj, PyObject *name, PyObject **value_ret)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyObject_GetOptionalAttr(obj, name, value_ret);
#else
    /* Its name before 3.13.  Unlike PyObject_GetAttr(), it does not create an
     * exception just to discard it. */
    return _PyObject_LookupAttr(obj, name, value_ret);
#endif
}

#endif
