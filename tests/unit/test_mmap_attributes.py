# SPDX-License-Identifier: BSD-3-Clause
"""Mapped arrays of ours beside joblib's: attributes, flags, what is made of them, and what joblib makes of them."""

import copy
import mmap
import pickle

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.cases_arrays import DTYPES, EMPTY_ITEMS, SHAPES, fill, frozen
from helpers.compare import assert_same
from hypothesis import given
from hypothesis import strategies as st
from joblib import _memmapping_reducer as reducer

MODES = ["r", "r+", "c"]
FLAGS = ["C_CONTIGUOUS", "F_CONTIGUOUS", "OWNDATA", "WRITEABLE", "ALIGNED", "WRITEBACKIFCOPY"]
ATTRIBUTES = ["filename", "offset", "mode", "shape", "strides", "nbytes", "ndim", "size", "itemsize"]
NUMPY_1 = np.lib.NumpyVersion(np.__version__) < "2.0.0"


def describe(array):
    """All there is to see of an array but its address."""
    return {
        "type": type(array),
        "dtype": array.dtype,
        "byte order": array.dtype.byteorder,
        "flags": {name: array.flags[name] for name in FLAGS},
        "attributes": {name: getattr(array, name, "none") for name in ATTRIBUTES},
        "names": sorted(vars(array)) if hasattr(array, "__dict__") else None,
        "mapped": isinstance(getattr(array, "_mmap", None), mmap.mmap),
        "base": base_types(array),
        "contents": array.tobytes(),
    }


def base_types(array):
    """The types of what an array stands on; of memory, what it is an instance of."""
    types = []
    while (array := getattr(array, "base", None)) is not None:
        types.append(mmap.mmap if isinstance(array, mmap.mmap) else type(array))
    return types


def both(path, mode):
    return fastjoblib.load(path, mmap_mode=mode), joblib.load(path, mmap_mode=mode)


ARRAYS = {
    **{f"dtype {name}": lambda dtype=dtype: fill((2, 3), dtype) for name, dtype in DTYPES.items()},
    **{f"shape {shape} {order}": lambda s=shape, o=order: fill(s, "<f8", o) for shape in SHAPES for order in "CF"},
    "strided": lambda: fill((6, 4), "<f8")[::2, ::-1],
    "transposed": lambda: fill((2, 3, 4), "<i2").transpose(1, 0, 2),
    "read-only": lambda: frozen(fill(3, "<f8")),
    "over a page": lambda: fill((700, 3), "<f8"),
    "matrix": lambda: np.asmatrix(fill((3, 2), "<f8")),
    "big-endian": lambda: fill((3, 2), ">f8"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_array(tmp_path, name, mode):
    path = tmp_path / "file"
    joblib.dump(["x" * 5000, ARRAYS[name](), "between", ARRAYS[name]()], path)
    ours, theirs = both(path, mode)
    assert [describe(x) for x in ours[1::2]] == [describe(x) for x in theirs[1::2]]
    is_matrix = name == "matrix" and NUMPY_1
    assert type(ours[1]) is (np.matrix if is_matrix else np.memmap)


@pytest.mark.parametrize("name", EMPTY_ITEMS)
def test_items_of_no_bytes(tmp_path, name):
    """joblib cannot save them."""
    path = tmp_path / "file"
    field = np.zeros(3, [("a", "i4"), ("b", EMPTY_ITEMS[name])])["b"]
    fastjoblib.dump(field, path)
    loaded = fastjoblib.load(path, mmap_mode="r")
    assert type(loaded) is np.memmap
    assert (loaded.shape, loaded.dtype) == (field.shape, field.dtype)


def test_memmap_saved_again(tmp_path):
    fastjoblib.dump(fill((4, 5), "<f8", "F"), tmp_path / "one")
    for array in both(tmp_path / "one", "r"):
        for part in (array, array[1:3], array[:, ::2]):
            fastjoblib.dump(part, tmp_path / "ours")
            joblib.dump(part, tmp_path / "theirs")
            assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
            ours, theirs = both(tmp_path / "theirs", "r")
            assert describe(ours) == describe(theirs)


@pytest.mark.parametrize("allow_mmap", [True, False])
def test_arrays_that_may_not_be_mapped(tmp_path, allow_mmap):
    path = tmp_path / "file"
    fastjoblib.dump(fill(5, "<f8"), path)
    data = path.read_bytes()
    assert data.count(b"allow_mmap\x94\x88") == 1  # MEMOIZE, NEWTRUE
    if not allow_mmap:
        path.write_bytes(data.replace(b"allow_mmap\x94\x88", b"allow_mmap\x94\x89"))
    ours, theirs = both(path, "r")
    assert type(ours) is type(theirs) is (np.memmap if allow_mmap else np.ndarray)
    assert_same(ours, theirs)


DERIVED = {
    "slice": lambda a: a[1:3],
    "steps": lambda a: a[::2, ::-1],
    "one row": lambda a: a[1],
    "fancy": lambda a: a[[0, 2]],
    "mask": lambda a: a[a > 0],
    "ellipsis": lambda a: a[...],
    "transposed": lambda a: a.T,
    "reshaped": lambda a: a.reshape(-1),
    "view": lambda a: a.view("u1"),
    "ndarray": lambda a: a.view(np.ndarray),
    "asarray of a slice": lambda a: np.asarray(a[1:]),
    "view of a view": lambda a: a[1:][1:].T[1:],
    "copy": lambda a: a.copy(),
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "pickled": lambda a: pickle.loads(pickle.dumps(a)),
    "pickled slice": lambda a: pickle.loads(pickle.dumps(a[1:], 5)),
    "sum": lambda a: np.asarray(a + 1),
    "ufunc": lambda a: a * 2,
    "into another": lambda a: np.add(a, 1, out=a.copy()),
    "reduced": lambda a: np.asarray(a.sum(axis=0)),
    "scalar": lambda a: np.asarray(a.sum()),
    "astype": lambda a: a.astype("<f4"),
    "concatenated": lambda a: np.concatenate([a, a]),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", DERIVED)
def test_derived(tmp_path, name, mode):
    path = tmp_path / "file"
    joblib.dump([fill((1, 1), "<f8"), fill((4, 6), "<f8")], path)
    ours, theirs = (DERIVED[name](loaded[1]) for loaded in both(path, mode))
    assert describe(ours) == describe(theirs)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", [name for name in DERIVED if name != "view"])
def test_joblib_hands_them_over_alike(tmp_path, name, mode):
    """To a worker and back: by file name and offset, as far as they lie in the file."""
    path = tmp_path / "file"
    joblib.dump([fill((1, 1), "<f8"), fill((4, 6), "<f8", "F")], path)
    ours, theirs = (DERIVED[name](loaded[1]) for loaded in both(path, mode))
    assert reducer.has_shareable_memory(ours) == reducer.has_shareable_memory(theirs)
    reduced = [reducer.reduce_array_memmap_backward(array) for array in (ours, theirs)]
    assert str(reduced[0]) == str(reduced[1])
    assert_same(*(function(*args) for function, args in reduced))
    for coerce in (True, False):
        assert joblib.hash(ours, coerce_mmap=coerce) == joblib.hash(theirs, coerce_mmap=coerce)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["<f8", ">i4", "u1", "<c16", "S3", "<U2", "<M8[ns]"]),
            st.lists(st.integers(0, 4), max_size=4),
            st.sampled_from("CF"),
            st.integers(0, 5000),
        ),
        max_size=8,
    ),
    st.sampled_from(MODES),
    st.sampled_from([2, 4, 5]),
)
def test_any_arrays_anywhere(tmp_path_factory, specs, mode, protocol):
    path = tmp_path_factory.getbasetemp() / "any-arrays"
    value = [("x" * gap, fill(tuple(shape), dtype, order)) for dtype, shape, order, gap in specs]
    joblib.dump(value, path, protocol=protocol)
    ours, theirs = both(path, mode)
    assert [describe(x) for _, x in ours] == [describe(x) for _, x in theirs]
