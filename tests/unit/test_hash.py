# SPDX-License-Identifier: BSD-3-Clause
"""hash: joblib's digest of everything, and its errors."""

import collections
import datetime
import decimal
import pickle
import sys
import threading
import warnings

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.run import run_python

ARRAY = np.arange(24.0).reshape(2, 3, 4)
RECURSIVE = []
RECURSIVE.append(RECURSIVE)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    MATRIX = np.matrix([[1, 2], [3, 4]])


class Point:
    def __init__(self, x):
        self.x = x
        self.parts = {"b": {3, 1, 2}, "a": np.arange(3)}

    def move(self):
        pass

    @classmethod
    def make(cls):
        pass


class Text(str):
    pass


POINT = Point(1)

VALUES = {
    "numbers": [1, -1, 2**40, 2**100, 1.5, 2j, True, None, ...],
    "text": ["a", "ä", "", "a" * 300, b"x", b"", bytearray(b"x"), Text("t"), [Text("t")] * 2],
    "the same text twice": ["aa", "aa", b"aa", b"aa"],
    "dict": {"b": 1, "a": [1, 2, {"z": 1, "y": 2}]},
    "dict of 2,500": {i: str(i) for i in range(2500)},
    "dict of 3,000 texts": {str(i): [i] for i in range(3000)},
    "dict of keys that cannot be compared": {1: 2, "a": 3, None: 4},
    "dict of tuples that cannot be compared": {(1, 2): 1, (1, "a"): 2},
    "dict of sets": {frozenset([1]): 1, frozenset([2]): 2},
    "ordered dict": collections.OrderedDict(b=1, a=2),
    "counter": collections.Counter("abracadabra"),
    "default dict": collections.defaultdict(list, b=[1], a=[2]),
    "set": {1, 2, 3},
    "set of texts": set(map(str, range(2000))),
    "set of what cannot be compared": {1, "a", None},
    "set of decimals": {decimal.Decimal("NaN"), decimal.Decimal(1)},
    "sets in sets": {frozenset([1, 2]), frozenset([3])},
    "frozenset": frozenset([1]),
    "recursive": RECURSIVE,
    "instance": POINT,
    "instance twice": [POINT, POINT],
    "method": POINT.move,
    "methods": [POINT.move, Point.make, POINT.__init__],
    "function": Point.move,
    "built-in": [len, [].append, "".join, dict.fromkeys, np.sin],
    "class": [Point, int, np.float64],
    "date": datetime.datetime(2026, 1, 1),
    "array": ARRAY,
    "array in Fortran's order": np.asfortranarray(ARRAY),
    "array, transposed": ARRAY.T,
    "array, sliced": ARRAY[:, ::2],
    "array, reversed": ARRAY[::-1],
    "array, repeated": np.broadcast_to(np.arange(3), (4, 3)),
    "array without axes": np.array(3),
    "array without items": [np.zeros((3, 0)), np.zeros(0)],
    "array of items without bytes": np.zeros(3, []),
    "array of times": np.zeros(3, "M8[ns]"),
    "array of structures": np.zeros(3, [("a", "i4"), ("b", "f8", (2,))]),
    "array of another byte order": ARRAY.astype(">f4"),
    "array of objects": np.array(["a", None, {"b": 1, "a": 2}], dtype=object),
    "array twice": [ARRAY, ARRAY],
    "matrix": MATRIX,
    "record array": np.rec.array([(1, 2.0)], names="a,b"),
    "scalars": [np.float64(1.5), np.int8(3), np.str_("x"), np.datetime64("2026-01-01")],
    "dtypes": [np.dtype("f4"), pickle.loads(pickle.dumps(np.dtype("f4"))), np.dtype([("a", "i4")])],
    "random generator": np.random.RandomState(0),
}
# What joblib cannot hash, and the reason.
FAILURES = {
    "lambda": (lambda: 0),  # has no name
    "type of None": type(None),  # has none either
    "masked array": np.ma.masked_array([1, 2], [0, 1]),  # cannot be viewed as bytes
    "lock": [threading.Lock()],
}


def outcome(function, value, *arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(value, *arguments)
        except Exception as error:
            return type(error)


@pytest.mark.parametrize("hash_name", ["md5", "sha1"])
@pytest.mark.parametrize("name", VALUES)
def test_digests(name, hash_name):
    digest = fastjoblib.hash(VALUES[name], hash_name)
    assert digest == joblib.hash(VALUES[name], hash_name)
    assert digest == fastjoblib.hash(VALUES[name], hash_name=hash_name)


@pytest.mark.parametrize("name", FAILURES)
def test_what_cannot_be_hashed(name):
    error = outcome(joblib.hash, FAILURES[name])
    assert outcome(fastjoblib.hash, FAILURES[name]) is error
    assert issubclass(error, Exception)


def test_messages():
    with pytest.raises(pickle.PicklingError) as caught:
        fastjoblib.hash(FAILURES["lambda"])
    assert caught.value.args[-1].startswith("PicklingError while hashing <function <lambda>")
    for function in (fastjoblib.hash, joblib.hash):
        with pytest.raises(ValueError, match=r"Valid options for 'hash_name' are .* Got hash_name='x' instead"):
            function(1, "x")


@pytest.mark.parametrize("coerce_mmap", [False, True])
def test_memory_maps(tmp_path, coerce_mmap):
    path = tmp_path / "array"
    ARRAY.tofile(path)
    mapped = np.memmap(path, float, "r", shape=ARRAY.shape)
    for value in (mapped, [mapped, ARRAY], mapped[:, 1:]):
        assert fastjoblib.hash(value, coerce_mmap=coerce_mmap) == joblib.hash(value, coerce_mmap=coerce_mmap)
    assert (fastjoblib.hash(mapped, coerce_mmap=coerce_mmap) == fastjoblib.hash(ARRAY)) is coerce_mmap


def test_frames():
    pd = pytest.importorskip("pandas")
    n = 5
    frame = pd.DataFrame(
        {
            "float": np.arange(n) / 3,
            "object": pd.Series(list("abcde"), dtype=object),
            "str": pd.Series(list("abcde"), dtype="string"),
            "category": pd.Categorical(list("aabbc")),
            "time": pd.date_range("2026-01-01", periods=n),
            "zone": pd.date_range("2026-01-01", periods=n, tz="Europe/Berlin"),
            "difference": pd.timedelta_range("1h", periods=n),
            "period": pd.period_range("2026-01", periods=n, freq="M"),
            "interval": pd.interval_range(0, n),
            "nullable": pd.array([1, 2, None, 4, 5], dtype="Int64"),
            "boolean": pd.array([True, None, False, True, True], dtype="boolean"),
            "sparse": pd.arrays.SparseArray([0, 0, 1, 0, 0]),
        }
    )
    values = [frame, frame.T, frame.set_index(["object", "category"]), frame.index, *(frame[name] for name in frame)]
    for value in values:
        assert fastjoblib.hash(value) == joblib.hash(value)


def test_fitted_models():
    pytest.importorskip("sklearn")
    from attacks.models import FEW, models

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, model in models(FEW):
            assert outcome(fastjoblib.hash, model) == outcome(joblib.hash, model), name


def test_depth_does_not_matter():
    value = []
    for _ in range(100_000):
        value = [value]
    assert len(fastjoblib.hash(value)) == 32


def test_classes_of_main():
    code = """
        import fastjoblib, joblib
        class Own:
            def __init__(self):
                self.value = {1, 2}
            def method(self):
                pass
        own = Own()
        for value in (own, Own, own.method, [own, Own]):
            assert fastjoblib.hash(value) == joblib.hash(value)
        print("same")
    """
    assert run_python(code) == "same\n"


def test_others_run_while_a_large_array_is_hashed():
    array = np.zeros(8_000_000)
    ticks = []
    done = threading.Event()

    def tick():
        while not done.wait(0.001):
            ticks.append(None)

    thread = threading.Thread(target=tick)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(10)  # the lock has to be given away
    thread.start()
    try:
        fastjoblib.hash(array)
    finally:
        done.set()
        sys.setswitchinterval(interval)
        thread.join()
    assert len(ticks) >= 5
