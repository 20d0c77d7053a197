# SPDX-License-Identifier: BSD-3-Clause
"""A file cut at any byte: TruncatedFileError with the file and its sizes, from a path, from bytes, from any stream."""

import io
import os

import fastjoblib
import numpy as np
import pytest
from helpers.cases_object_arrays import objects, structured_with_objects
from helpers.classes import Plain, Slots
from helpers.control import PROTOCOLS, error_of, stock_dumps
from helpers.streams import OnlyRead, ShortReader

VALUES = {
    "none": lambda: None,
    "numbers": lambda: [0, 1, -1, 255, 65_536, 2**31, -(2**63), 2**70, 10**100, 1.5, True, None],
    "text": lambda: ["", "a", "text", "\u20ac" * 5, "x" * 300, b"bytes", b"y" * 300, bytearray(b"z")],
    "containers": lambda: [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), {}, {"k": [1]}, {5}, frozenset({6}), [[]]],
    "instance": lambda: [Plain(a=1, b=[2]), Plain(a=3)],
    "slots": lambda: Slots(1, "y"),
    "array": lambda: np.arange(6.0).reshape(2, 3),
    "arrays": lambda: [np.arange(3, dtype="u1"), "between", np.asfortranarray(np.eye(2))],
    "empty array": lambda: [np.zeros((0, 2))],
    "structured": lambda: np.zeros(2, [("a", "<i4"), ("b", "S3")]),
    "object array": lambda: objects(1, "two", [3.0], {4: 5}),
    "object array within": lambda: {"o": structured_with_objects([1, "x"]), "after": np.arange(2)},
    "global": lambda: [len, dict, np.float64(1.5), complex(1, 2)],
}


def check_error(error, size, whole, filename=""):
    assert type(error) is fastjoblib.TruncatedFileError, f"cut at {size} of {whole}: {error!r}"
    assert isinstance(error.actual, int) and isinstance(error.expected, int)
    assert error.actual == size
    assert size < error.expected <= whole, f"cut at {size} of {whole}: expects {error.expected}"
    assert error.filename == filename
    if size:
        assert str(error.expected) in str(error) and str(error.actual) in str(error)
    else:
        assert "empty" in str(error)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("make", VALUES.values(), ids=VALUES)
def test_bytes(make, protocol):
    if protocol in (0, 1) and make is VALUES["slots"]:
        protocol = 2  # pickle refuses slots below
    data = stock_dumps(make(), protocol)
    for size in range(len(data)):
        result, error = error_of(fastjoblib.loads, data[:size])
        assert error is not None, f"cut at {size} of {len(data)}: gives {result!r}"
        check_error(error, size, len(data))


@pytest.mark.parametrize("protocol", (0, 3, 5))
@pytest.mark.parametrize("name", ["text", "containers", "arrays", "object array within"])
def test_files(tmp_path, name, protocol):
    path = tmp_path / "file"
    data = stock_dumps(VALUES[name](), protocol)
    path.write_bytes(data)
    for size in reversed(range(0, len(data), 1 if protocol == 5 else 3)):
        os.truncate(path, size)
        _, error = error_of(fastjoblib.load, path)
        check_error(error, size, len(data), str(path))
        assert str(path) in str(error)


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_mapped_files(tmp_path, mode):
    path = tmp_path / "file"
    data = stock_dumps(VALUES["arrays"]())
    path.write_bytes(data)
    for size in reversed(range(len(data))):
        os.truncate(path, size)
        _, error = error_of(fastjoblib.load, path, mmap_mode=mode)
        check_error(error, size, len(data), str(path))
        assert path.stat().st_size == size, "mapping must not make the file longer"


KINDS = {
    "BytesIO": io.BytesIO,
    "buffered": lambda data: io.BufferedReader(io.BytesIO(data)),
    "read only": OnlyRead,
    "short reads": lambda data: ShortReader(data, 7),
}


@pytest.mark.parametrize("protocol", (0, 2, 5))
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("name", ["numbers", "text", "arrays", "object array"])
def test_streams(name, kind, protocol):
    data = stock_dumps(VALUES[name](), protocol)
    for size in range(len(data)):
        _, error = error_of(fastjoblib.load, kind(data[:size]))
        check_error(error, size, len(data))


@pytest.mark.parametrize("name", ["text", "array", "object array"])
def test_second_object_of_a_file(tmp_path, name):
    """The sizes are the file's, not the object's."""
    first, second = fastjoblib.dumps([1, 2, 3]), stock_dumps(VALUES[name]())
    path = tmp_path / "file"
    for size in range(0, len(second), 3):
        path.write_bytes(first + second[:size])
        with open(path, "rb") as file:
            fastjoblib.load(file)
            _, error = error_of(fastjoblib.load, file)
        assert type(error) is fastjoblib.TruncatedFileError
        assert error.actual < error.expected


@pytest.mark.parametrize("size", [0.1, 0.5, 0.99])
def test_large_arrays(tmp_path, size):
    path = tmp_path / "file"
    fastjoblib.dump([np.arange(1_000_000.0), "end"], path)
    whole = path.stat().st_size
    cut = int(whole * size)
    with open(path, "r+b") as file:
        file.truncate(cut)
    _, error = error_of(fastjoblib.load, path)
    check_error(error, cut, whole, str(path))


def test_empty_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EOFError) as caught:
        fastjoblib.load(tmp_path / "file")
    assert type(caught.value) is fastjoblib.TruncatedFileError
    assert caught.value.actual == 0
