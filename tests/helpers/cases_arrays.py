# SPDX-License-Identifier: BSD-3-Clause
"""Cases of arrays: every dtype, every layout, every kind that joblib writes raw, and those that it leaves to pickle."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from helpers import kinds
from helpers.cases import Case

STRUCTURED = {
    "packed": [("a", "i1"), ("b", "<f8"), ("c", "S3")],
    "nested": [("outer", [("x", "<f4"), ("y", [("z", "<i2")])]), ("n", "u1")],
    "with subarray": [("m", "<f8", (2, 3)), ("v", "i4", 3)],
    "with title": [(("Title", "name"), "<i4"), ("other", "u2")],
    "big-endian with title": [(("Title", "name"), ">i4"), ("other", ">u2")],
    "big-endian": [("a", ">i4"), ("b", ">f8")],
    "mixed byte order": [("a", ">i4"), ("b", "<f8")],
    "with text": [("u", "<U5"), ("s", "S7"), ("v", "V4")],
    "one field": [("only", "<f8")],
    "non-ASCII name": [("größe", "<f8")],
}
SIMPLE = [
    *(
        "?",
        "i1",
        "u1",
        "<i2",
        "<u2",
        "<i4",
        "<u4",
        "<i8",
        "<u8",
        "<f2",
        "<f4",
        "<f8",
        "<c8",
        "<c16",
        "S1",
        "S10",
        "<U1",
        "<U7",
    ),
    *(
        "V1",
        "V13",
        "<M8[ns]",
        "<M8[D]",
        "<M8",
        "<m8[s]",
        "<m8[25us]",
        "<m8",
        "g",
        "G",
        "l",
        "L",
        "q",
        "Q",
        "i",
        "p",
        "P",
    ),
    *(">i2", ">u4", ">i8", ">f2", ">f4", ">f8", ">c16", ">U4", ">M8[ms]", ">m8[h]", ">g"),
]
DTYPES = {name: np.dtype(name) for name in SIMPLE}
DTYPES.update({f"structured {name}": np.dtype(spec) for name, spec in STRUCTURED.items()})
DTYPES["structured aligned"] = np.dtype([("a", "i1"), ("b", "<f8"), ("c", "i2")], align=True)
DTYPES["structured with offsets"] = np.dtype(
    {"names": ["a", "b"], "formats": ["<i4", "<f8"], "offsets": [4, 16], "itemsize": 40}
)
DTYPES["structured overlapping"] = np.dtype({"names": ["a", "b"], "formats": ["<i4", "<i2"], "offsets": [0, 2]})
DTYPES["structured record"] = np.dtype((np.record, [("a", "<i4"), ("b", "<f8")]))
DTYPES["with metadata"] = np.dtype("<f8", metadata={"unit": "m"})
EMPTY_ITEMS = {"S0": np.dtype("S0"), "U0": np.dtype("U0"), "V0": np.dtype("V0"), "no fields": np.dtype([])}


def fill(shape, dtype, order="C"):
    """An array whose items are all different, made of bytes that are valid for every dtype."""
    dtype = np.dtype(dtype)
    rng = np.random.default_rng(7)
    array = np.zeros(shape, dtype, order)
    if dtype.names is not None:
        for name in dtype.names:
            array[name] = fill(array[name].shape, array.dtype[name].base)
        return array
    size = array.size
    if dtype.kind in "US":
        values = [
            "".join(map(chr, rng.integers(33, 127, max(dtype.itemsize // (4 if dtype.kind == "U" else 1), 1))))
            for _ in range(size)
        ]
    elif dtype.kind == "V":
        values = np.frombuffer(rng.bytes(size * dtype.itemsize), dtype)
    elif dtype.kind == "b":
        values = rng.integers(0, 2, size)
    elif dtype.kind in "fc":
        values = rng.normal(size=size) + (1j * rng.normal(size=size) if dtype.kind == "c" else 0)
        values[size // 2 : size // 2 + 1] = np.nan
    else:
        values = rng.integers(0, 100, size)
        if dtype.kind in "mM":
            values = values.astype("<i8").view(dtype.newbyteorder("<"))
    array[...] = np.asarray(values).astype(dtype).reshape(shape)
    return array


def frozen(array):
    array.flags.writeable = False
    return array


def unaligned():
    return np.frombuffer(bytes(range(81)), np.uint8)[1:].view("<f8")


def with_attributes(array):
    array.unit = "m"
    return array


LAYOUTS = {
    "C": lambda d: fill((3, 4, 5), d),
    "F": lambda d: fill((3, 4, 5), d, "F"),
    "1-d": lambda d: fill(7, d),
    "0-d": lambda d: fill((), d),
    "empty": lambda d: fill(0, d),
    "strided": lambda d: fill((6, 8), d)[::2, ::3],
}
SHAPES = [
    (0, 3),
    (3, 0),
    (0, 0),
    (1,),
    (1, 1),
    (1, 5),
    (5, 1),
    (2, 1, 3),
    (2, 3, 4, 5),
    (2, 1, 2, 1, 2),
    (1,) * 6,
    (2,) * 8,
    (1,) * 32,
    (2, 0) * 8,
]
VIEWS = {
    "transposed": lambda: fill((3, 4, 5), "<f8").T,
    "axes moved": lambda: fill((3, 4, 5), "<f8").transpose(1, 0, 2),
    "negative strides": lambda: fill((6, 4), "<i4")[::-1, ::-2],
    "reversed": lambda: np.arange(10)[::-1],
    "broadcast scalar": lambda: np.broadcast_to(np.float64(3.5), (3, 4)),
    "broadcast row": lambda: np.broadcast_to(np.arange(4), (3, 4)),
    "broadcast column": lambda: np.broadcast_to(np.arange(3)[:, None], (3, 4)),
    "overlapping windows": lambda: as_strided(np.arange(10), (4, 3), (16, 8)),
    "field of a structured array": lambda: fill(5, STRUCTURED["packed"])["b"],
    "several fields": lambda: fill(5, STRUCTURED["packed"])[["a", "c"]],
    "imaginary part": lambda: fill((3, 3), "<c16").imag,
    "diagonal": lambda: fill((4, 4), "<f8").diagonal(),
    "slice with contiguous rows": lambda: fill((6, 8), "<f8")[:, 2:5],
    "slice of a Fortran array": lambda: fill((6, 8), "<f8", "F")[1:4],
    "empty strided": lambda: fill((6, 8), "<f8")[:, ::2][:, 3:3],
    "read-only": lambda: frozen(fill(5, "<f8")),
    "unaligned": unaligned,
    "over bytes": lambda: np.frombuffer(b"read-only bytes!", "u1"),
    "over memoryview": lambda: np.asarray(memoryview(bytearray(24)).cast("d")),
}
# Of these joblib writes uninitialised memory between the fields: no two of its files are alike. See test_arrays.py.
WITH_GAPS = {(dtype, "strided") for dtype in ("structured aligned", "structured with offsets")}
ARRAYS = [
    *(
        Case(f"{dtype}, {layout}", lambda d=d, f=f: f(d))
        for dtype, d in DTYPES.items()
        for layout, f in LAYOUTS.items()
        if (dtype, layout) not in WITH_GAPS
    ),
    *(Case(f"shape {s} {o}", lambda s=s, o=o: fill(s, "<f8", o)) for s in SHAPES for o in "CF"),
    *(Case(f"view: {name}", build) for name, build in VIEWS.items()),
]
# joblib and numpy.array_equal agree on these; what loading gives is contiguous, writable, aligned
EMPTY_ITEM_ARRAYS = [
    Case(f"{name}, shape {shape}", lambda d=d, shape=shape: np.zeros(shape, d))
    for name, d in EMPTY_ITEMS.items()
    for shape in ((), 0, 3, (2, 2))
]

MANY = [
    Case("one array twice", lambda: [np.arange(3)] * 2),
    Case("arrays of one shape", lambda: [np.full(8, i, "<f8") for i in range(300)]),
    Case(
        "arrays sharing shape and dtype objects",
        lambda: [a := np.zeros((2, 3)), a.T, a[:, ::2], {"a": a}, a.dtype, a.shape],
    ),
    Case("all dtypes in one list", lambda: [fill(3, d) for d in DTYPES.values()]),
    Case("dtypes alone", lambda: [*DTYPES.values(), *EMPTY_ITEMS.values()]),
    Case("dtype before and after", lambda: [np.dtype("<f8"), np.zeros(2), np.dtype("<f8"), np.float64]),
    Case("equal but distinct dtypes", lambda: [np.zeros(1, np.dtype(STRUCTURED["packed"])) for _ in range(3)]),
    # NumPy tells a title from a name by the identity of the strings in the dtype's dict of fields
    Case(
        "a title that was a name before",
        lambda: [fill(1, [("title", "?")]), fill(2, [(("".join("title"), "n"), ">i2")])],
    ),
    Case("arrays of every padding", lambda: [(b"x" * i, np.arange(3, dtype="u1")) for i in range(40)]),
    Case("arrays among frames", lambda: [("x" * 30_000, np.arange(10)) for _ in range(5)]),
    Case("array larger than joblib's buffer", lambda: np.arange(300_000, dtype="<f8").reshape(600, 500)),
    Case(
        "strided array larger than joblib's buffer", lambda: np.arange(600_000, dtype="<f8").reshape(600, 1000)[:, ::2]
    ),
    Case("Fortran-strided, larger than joblib's buffer", lambda: np.asfortranarray(np.ones((700, 900)))[::2]),
    Case("array keys and attributes", lambda: {("k", 1): np.arange(2), 2: {3: np.arange(3)}}),
]

SUBCLASSES = [
    Case("memmap", lambda: in_memory_map()),
    Case("masked array", lambda: np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0], fill_value=-9.0)),
    Case("masked array without mask", lambda: np.ma.array([[1, 2], [3, 4]])),
    Case("masked hard", lambda: np.ma.array([1, 2], mask=[True, False], hard_mask=True)),
    Case("masked constant", lambda: np.ma.masked),
    Case("masked structured", lambda: np.ma.array(fill(3, STRUCTURED["packed"]))),
    Case("recarray", lambda: np.rec.array([(1, 2.5, "x"), (2, 3.5, "y")], names="a,b,c")),
    Case("record", lambda: np.rec.array([(1, 2.5)], names="a,b")[0]),
    Case("subclass", lambda: with_attributes(fill((2, 3), "<f8").view(kinds.Array))),
    Case("subclass, Fortran", lambda: fill((2, 3), "<f8", "F").view(kinds.Array)),
    Case("subclass, strided", lambda: fill((6, 3), "<f8")[::2].view(kinds.Array)),
]


def in_memory_map():
    """An anonymous memmap: what np.memmap gives without a file of its own."""
    import tempfile

    with tempfile.TemporaryFile() as file:
        array = np.memmap(file, "<i4", "w+", shape=(2, 3))
    array[...] = np.arange(6).reshape(2, 3)
    return array


NUMPY_SCALARS = [
    *(Case(f"scalar {name}", lambda d=d: fill((), d)[()]) for name, d in DTYPES.items() if name != "with metadata"),
    Case(
        "scalars thrice",
        lambda: [np.float64(1.5)] * 2 + [np.float64(1.5), np.int32(7), np.bool_(True), np.float64(1.5)],
    ),
    Case("scalar types", lambda: [np.float64, np.int8, np.str_, np.void, np.datetime64]),
    Case("ufuncs and functions", lambda: [np.add, np.log1p, np.mean, np.linalg.norm]),
    Case("generators", lambda: [np.random.default_rng(3), np.random.RandomState(3)]),
]
