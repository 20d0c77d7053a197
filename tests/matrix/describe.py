# SPDX-License-Identifier: BSD-3-Clause
"""Describe an object in JSON that is the same under every Python and NumPy, so that two processes can compare objects.

A description says all that a user can see and that joblib keeps: types, values bit by bit, dtypes, shapes, whether an
array is in Fortran order, and which mutable objects are one object. It does not say whether arrays are one object
(joblib saves them twice), whether an array is mapped from a file, nor the byte order of an array's items (joblib 1.0
keeps it, later ones load what is not the machine's own as the machine's own).
"""

import collections
import hashlib
import json

import numpy as np

PRINTED = ("date", "datetime", "timedelta", "Decimal", "Fraction", "range", "slice", "UUID")


class Description:
    """One walk over one object. `seen` numbers the mutable objects in the order in which the walk meets them."""

    def __init__(self):
        self.seen = {}
        self.kept_alive = []

    def of(self, value):
        kind = type(value)
        if value is None or kind in (bool, type(...), type(NotImplemented), int):
            return [kind.__name__, hex(value) if kind is int else str(value)]
        if kind is float:
            return ["float", value.hex()]
        if kind is complex:
            return ["complex", value.real.hex(), value.imag.hex()]
        if kind is str:
            return ["str", shorten(value.encode("utf-8", "surrogatepass"))]
        if kind is bytes:
            return ["bytes", shorten(value)]
        if kind is tuple:
            return ["tuple", *map(self.of, value)]
        if kind is frozenset:
            return ["frozenset", *self.of_set(value)]
        if isinstance(value, np.dtype):
            return ["dtype", dtype_of(value)]
        if value is np.ma.masked:
            return ["masked"]
        if isinstance(value, np.generic):
            return ["scalar", kind is np.record, dtype_of(value.dtype), self.of_items(np.asarray(value))]
        if isinstance(value, np.ndarray):
            return self.of_array(value)
        if isinstance(value, type):
            return ["class", value.__module__ + "." + value.__qualname__]
        if kind.__name__ in PRINTED:
            return [kind.__name__, str(value)]
        if isinstance(value, (np.ufunc, type(len))):
            return ["function", value.__name__]
        return self.of_mutable(value)

    def of_mutable(self, value):
        number = self.seen.get(id(value))
        if number is not None:
            return ["seen", number]
        self.seen[id(value)] = len(self.seen)
        self.kept_alive.append(value)
        return [type(value).__name__, *self.parts(value)]

    def parts(self, value):
        kind = type(value)
        if kind is bytearray:
            return [shorten(value)]
        if kind is set:
            return self.of_set(value)
        if kind in (list, collections.deque):
            return [getattr(value, "maxlen", None), *map(self.of, value)]
        if isinstance(value, dict):
            factory = self.of(getattr(value, "default_factory", None))
            return [factory, *([self.of(key), self.of(item)] for key, item in value.items())]
        if kind.__name__ == "partial":
            return [self.of(part) for part in (value.func, value.args, value.keywords)]
        if isinstance(value, np.random.RandomState):
            return [self.of(value.get_state(legacy=True))]
        if isinstance(value, np.random.Generator):
            return [self.of(value.bit_generator.state)]
        if hasattr(value, "__dict__"):
            return [self.of(dict(value.__dict__))]
        return [self.of(getattr(value, name)) for name in kind.__slots__]

    def of_set(self, value):
        """Elements in an order of their own: that of a set depends on the interpreter."""
        return sorted(map(self.of, value), key=json.dumps)

    def of_array(self, value):
        kind = "ndarray" if type(value) is np.memmap else type(value).__name__
        if isinstance(value, np.ma.MaskedArray):
            return [kind, *map(self.of, (value.data, value.mask, value.fill_value))]
        value = value.astype(value.dtype.newbyteorder("<"), copy=False)
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        return [kind, dtype_of(value.dtype), list(value.shape), order, self.of_items(value.view(np.ndarray))]

    def of_items(self, array):
        if array.dtype.hasobject:
            return [self.of(item) for item in array.ravel("K").tolist()]
        return shorten(array.tobytes())


def shorten(data):
    """Short data as it is; of long data the length and a checksum."""
    if len(data) <= 64:
        return bytes(data).hex()
    return f"{len(data)} bytes of SHA-256 {hashlib.sha256(data).hexdigest()}"


def dtype_of(dtype):
    if dtype.subdtype is not None:
        return ["subarray", dtype_of(dtype.base), list(dtype.shape)]
    if dtype.names is None:
        return dtype.str
    fields = []
    for name in dtype.names:
        inner, offset, *title = dtype.fields[name]
        fields.append([name, dtype_of(inner), offset, *title])
    return ["record" if dtype.type is np.record else "fields", dtype.itemsize, dtype.isalignedstruct, *fields]


def describe(value):
    """Return the description of `value`: lists, strings and numbers that JSON keeps as they are."""
    return Description().of(value)


def difference(found, expected, place="value"):
    """Say where two descriptions first differ, or return None."""
    if found == expected:
        return None
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for index, (left, right) in enumerate(zip(found, expected, strict=True)):
            deeper = difference(left, right, f"{place}[{index}]")
            if deeper:
                return deeper
    return f"at {place} of the description: found {json.dumps(found):.200}, expected {json.dumps(expected):.200}"
