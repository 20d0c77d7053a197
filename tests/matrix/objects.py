# SPDX-License-Identifier: BSD-3-Clause
"""The objects that the matrix writes: equal wherever they are built, from the standard library and NumPy alone.

Every environment of the matrix imports this file, so it keeps to what Python 3.10, NumPy 1.25 and joblib 1.0 know.
Only generators whose streams are frozen (`random.Random.random` and `getrandbits`, `numpy.random.RandomState`) feed it.
"""

import collections
import datetime
import decimal
import fractions
import functools
import random
import uuid

import numpy as np

# What some environments cannot read, for the reasons in limits.py: in files of their own, and in no other.
UNPORTABLE = (
    *("aligned_dtype", "axes_moved", "big_endian", "object_array", "ragged"),
    *("records_array", "matrix", "random_state", "generator"),
)
# What would make every compressed file slow to write and read.
LARGE = ("large", "many", "lists", "several_blocks")


class Record:
    """An instance with attributes, of a module that all environments can import."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    """An instance that sets its own state."""

    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left = left
        self.right = right

    def __getstate__(self):
        return (self.left, self.right)

    def __setstate__(self, state):
        self.left, self.right = state


def build(seed):
    """Return the objects by name; "everything" holds all that is small and can be read everywhere."""
    rng = random.Random(seed)
    numbers = np.random.RandomState(seed)
    objects = {}
    objects.update(scalars(rng))
    objects.update(containers(rng))
    objects.update(instances(rng, numbers))
    objects.update(arrays(numbers))
    objects.update(special_arrays(numbers))
    objects["everything"] = {name: value for name, value in objects.items() if name not in (*UNPORTABLE, *LARGE)}
    return objects


def scalars(rng):
    bits = rng.getrandbits
    return {
        "constants": [None, True, False, Ellipsis, NotImplemented],
        "integers": [0, 1, -1, 255, 256, -(2**31), 2**31, 2**63, bits(200), -bits(3000), bits(31)],
        "floats": [0.0, -0.0, 1.5, float("inf"), float("-inf"), float("nan"), 5e-324, rng.random(), complex(1, -0.0)],
        "strings": ["", "plain", "größe", "\u20ac \U0001f600", "a\nb\0c", "\ud800", "x" * 300, "y" * 70000],
        "bytes": [b"", b"abc", bytes(range(256)), bytes(bits(8) for _ in range(1000)), bytearray(b"mutable")],
        "types": [int, dict, Record, np.float64, np.ndarray, collections.OrderedDict],
    }


def containers(rng):
    shared = [1, 2]
    recursive = [0]
    recursive.append(recursive)
    knot = {}
    knot["self"] = (knot, [knot])
    deep = []
    for _ in range(150):
        deep = [deep]
    words = [f"w{rng.getrandbits(40)}" for _ in range(50)]
    return {
        "lists": [[], [[]], list(range(1500)), [rng.random() for _ in range(100)]],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), tuple(range(10)), ((), ((),))],
        "dicts": [{}, {"a": 1, 2: "b", None: (), (1, 2): [3]}, {word: i for i, word in enumerate(words)}],
        "sets": [set(), {1, 2, 3}, frozenset(), frozenset("abc"), set(words)],
        "shared": [shared, shared, {"again": shared}, (shared,)],
        "recursive": [recursive, knot],
        "deep": deep,
    }


def instances(rng, numbers):
    record = Record(name="one", weights=numbers.normal(size=7), parts=[Slotted(1, "a")])
    record.itself = record
    counts = collections.defaultdict(list)
    counts["k"].append(1)
    return {
        "records": [record, Slotted(record, numbers.randint(0, 9, 3)), Record()],
        "collections": [collections.OrderedDict([("b", 1), ("a", 2)]), counts, collections.deque([1, 2, 3], 5)],
        "dates": [
            datetime.date(2024, 2, 29),
            datetime.datetime(2024, 2, 29, 12, 30, 1, 5, datetime.timezone.utc),
            datetime.timedelta(days=-1, microseconds=7),
        ],
        "numbers": [decimal.Decimal("1.10"), fractions.Fraction(1, 3), range(1, 10, 2), slice(1, None, 2)],
        "uuid": uuid.UUID(int=rng.getrandbits(128)),
        "partial": functools.partial(sorted, reverse=True),
        "functions": [len, np.add, np.log1p],
    }


SIMPLE_DTYPES = (
    *("?", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"),
    *("S1", "S10", "<U1", "<U7", "V5", "<M8[ns]", "<M8[D]", "<m8[s]", "<m8[25us]"),
)
BIG_ENDIAN_DTYPES = (">i2", ">u4", ">i8", ">f4", ">f8", ">c16", ">U4", ">M8[ms]", ">m8[h]")
STRUCTURED_DTYPES = (
    [("a", "i1"), ("b", "<f8"), ("c", "S3")],
    [("outer", [("x", "<f4"), ("y", [("z", "<i2")])]), ("n", "u1")],
    [("m", "<f8", (2, 3)), ("v", "<i4", 3)],
    [(("Title", "name"), "<i4"), ("other", "u2")],
    [("a", ">i4"), ("b", "<f8")],
    [("größe", "<f8")],
)


def fill(numbers, shape, dtype):
    """An array of `dtype` full of bytes that are valid for it."""
    dtype = np.dtype(dtype)
    array = np.zeros(shape, dtype)
    if dtype.names is not None:
        for name in dtype.names:
            array[name] = fill(numbers, array[name].shape, dtype[name].base)
    elif dtype.kind == "V":
        array[...] = np.frombuffer(numbers.bytes(array.nbytes), dtype).reshape(shape)
    elif dtype.kind in "US":
        texts = [f"{number:x}" for number in numbers.randint(0, 2**28, array.size)]
        array[...] = np.array(texts, dtype).reshape(shape)
    elif dtype.kind in "fc":
        array[...] = numbers.normal(size=shape)
        array.flat[: min(array.size, 1)] = np.nan
    else:
        array[...] = numbers.randint(0, 100, shape).astype(dtype)
    return array


def arrays(numbers):
    return {
        "dtypes": [np.dtype(spec) for spec in (*SIMPLE_DTYPES, *BIG_ENDIAN_DTYPES, *STRUCTURED_DTYPES)],
        "aligned_dtype": np.dtype([("a", "i1"), ("b", "<f8")], align=True),
        "simple": [fill(numbers, 5, spec) for spec in SIMPLE_DTYPES],
        "big_endian": [fill(numbers, (2, 3), spec) for spec in BIG_ENDIAN_DTYPES],
        "structured": [fill(numbers, (2, 3), spec) for spec in STRUCTURED_DTYPES],
        "c_order": fill(numbers, (3, 4, 5), "<f8"),
        "f_order": np.asfortranarray(fill(numbers, (3, 4, 5), "<f4")),
        "strided": fill(numbers, (6, 8), "<i4")[::2, ::-3],
        "axes_moved": fill(numbers, (4, 3, 2), "<i2").transpose(1, 0, 2),
        "broadcast": np.broadcast_to(np.arange(4), (3, 4)),
        "zero_d": [fill(numbers, (), spec) for spec in ("<f8", "i1", "<i4", "S3")],
        "empty": [np.zeros(shape, "<f8") for shape in (0, (0, 3), (3, 0), (2, 0, 2))],
        "many": [fill(numbers, 3, "<f4") for _ in range(60)],
        "paddings": [(b"x" * size, np.arange(3, dtype="u1")) for size in range(20)],
        "medium": np.arange(20000, dtype="<i4").reshape(100, 200),
        "large": fill(numbers, (256, 512), "<f8"),
        "several_blocks": [
            fill(numbers, (300, 1000), "<f4"),
            [Record(number=i, text=f"{i:05}" * 300) for i in range(500)],
            fill(numbers, (1000, 100), "<i8").T,
        ],
        "large_f_order": np.asfortranarray(fill(numbers, (64, 100), "<i8")),
    }


def special_arrays(numbers):
    objects = np.empty((2, 3), object)
    objects[...] = [[None, 1, "two"], [(3, 4), [5.0], np.arange(6)]]
    ragged = np.empty(2, object)
    ragged[:] = [np.arange(2), np.arange(3)]
    random_state = np.random.RandomState(5)
    random_state.normal()  # leaves a cached second value
    return {
        "object_array": objects,
        "ragged": ragged,
        "object_fields": np.array([(1, "one"), (2, None)], [("n", "<i4"), ("o", "O")]),
        "numpy_scalars": [fill(numbers, (), spec)[()] for spec in SIMPLE_DTYPES],
        "record_scalar": fill(numbers, (), STRUCTURED_DTYPES[0])[()],
        "masked": np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0], fill_value=-9.0),
        "masked_constant": np.ma.masked,
        "records_array": np.rec.array([(1, 2.5), (2, 3.5)], dtype=[("a", "<i4"), ("b", "<f8")]),
        "matrix": np.arange(4.0).reshape(2, 2).view(np.matrix),
        "random_state": random_state,
        "generator": np.random.default_rng(3),
    }
