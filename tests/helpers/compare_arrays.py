# SPDX-License-Identifier: BSD-3-Clause
"""The array half of assert_same: dtypes, flags and values, the latter bit by bit where all bits count."""

import numpy as np

FLAGS = ("C_CONTIGUOUS", "F_CONTIGUOUS", "WRITEABLE", "ALIGNED")


def compare_array(work, path, a, b):
    compare_dtype(work, (path, "dtype"), a.dtype, b.dtype)
    work.check(a.shape == b.shape, path, f"shape {a.shape} is not {b.shape}")
    for flag in FLAGS:
        work.check(a.flags[flag] == b.flags[flag], path, f"flag {flag} is {a.flags[flag]} and {b.flags[flag]}")
    if isinstance(a, np.memmap):
        for name in ("mode", "offset", "filename"):
            x, y = getattr(a, name), getattr(b, name)
            work.check(x == y, path, f"memmap {name} differs", x, y)
    if isinstance(a, np.ma.MaskedArray):
        compare_masked(work, path, a, b)
        return
    compare_values(work, path, a.view(np.ndarray), b.view(np.ndarray))


def compare_masked(work, path, a, b):
    for name in ("_data", "_mask", "_fill_value"):
        work.push(path, name, getattr(a, name), getattr(b, name))
    work.check(a.hardmask == b.hardmask, path, "hardmask differs")


def compare_dtype(work, path, a, b):
    work.check(a == b, path, "dtypes differ", a, b)
    for name in ("byteorder", "itemsize", "alignment", "isalignedstruct", "names", "type", "hasobject"):
        x, y = getattr(a, name), getattr(b, name)
        work.check(x == y, path, f"dtype {name} differs", x, y)
    if a.subdtype is not None:
        work.check(a.shape == b.shape, path, "subarray shapes differ", a, b)
        compare_dtype(work, (path, "base"), a.base, b.base)
    for name in a.names or ():
        compare_dtype(work, (path, name), a.fields[name][0], b.fields[name][0])
        work.check(a.fields[name][1:] == b.fields[name][1:], path, f"field {name}: offset or title differs", a, b)


def compare_values(work, path, a, b):
    if a.dtype.names is not None:
        for name in a.dtype.names:
            compare_values(work, (path, name), a[name], b[name])
    elif a.dtype.kind == "O":
        compare_references(work, path, a, b)
    elif a.dtype.kind == "c" and a.dtype.itemsize > 16:
        compare_values(work, (path, "real"), a.real, b.real)
        compare_values(work, (path, "imag"), a.imag, b.imag)
    elif a.dtype.kind == "f" and a.dtype.itemsize > 8:
        # long double has padding bytes that mean nothing
        same = ((a == b) & (np.signbit(a) == np.signbit(b))) | (np.isnan(a) & np.isnan(b))
        work.check(bool(same.all()), path, "values differ", a, b)
    else:
        work.check(a.tobytes() == b.tobytes(), path, "values differ", a, b)


def compare_references(work, path, a, b):
    left, right = list(a.flat), list(b.flat)
    work.kept_alive.append((left, right))
    for i, (x, y) in enumerate(zip(left, right, strict=True)):
        work.push(path, i, x, y)
