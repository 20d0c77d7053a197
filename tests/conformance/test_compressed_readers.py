# SPDX-License-Identifier: BSD-3-Clause
"""What we write compressed is what all other programs read: zlib, gzip, lz4 and their tools, and stock joblib."""

import gzip
import io
import shutil
import subprocess
import zlib

import fastjoblib
import joblib
import lz4.frame
import numpy as np
import pytest
from helpers.classes import Plain
from helpers.compression import lz4_readers_are_left
from helpers.control import assert_same_bytes, stock_dumps
from helpers.tables import BLOCK, WBITS, serial

pytestmark = lz4_readers_are_left

LEVELS = [
    *(("zlib", level) for level in range(1, 10)),
    *(("gzip", level) for level in range(1, 10)),
    *(("lz4", level) for level in (None, 1, 3, 9)),
]
FAST = [("zlib", 1), ("zlib", 3), ("gzip", 6), ("lz4", None), ("lz4", 3)]
FAST_OF_OBJECTS = [("zlib", 3), ("lz4", None)]  # stock joblib takes long for them


def bytes_of_pickle(nbytes):
    """A bytes object of which the pickle has this size; half of it cannot be compressed."""
    room = nbytes - (len(stock_dumps(bytes(nbytes))) - nbytes)
    return np.random.default_rng(0).bytes(room // 2) + (b"words " * (room // 6))[: room - room // 2]


def object_rich():
    random = np.random.default_rng(1)
    return [
        {"name": f"object {i}", "x": x, "children": [Plain(id=i, parent=None), (i, str(i * 7919))], "text": str(x) * 12}
        for i, x in enumerate(random.random(30_000).round(3).tolist())
    ]


def array_rich():
    random = np.random.default_rng(2)
    return {
        "normal": random.normal(size=200_000),
        "counts": random.poisson(3, 300_000),
        "sparse": np.where(random.random(100_000) < 0.9, 0, random.random(100_000)),
        "f order": np.asfortranarray(random.integers(0, 50, (300, 400), dtype="i4")),
        "small": [np.arange(i, dtype="f4") for i in range(200)],
    }


SMALL = {
    "None": lambda: None,
    "b''": lambda: b"",
    "one byte": lambda: b"x",
    "an array of none": lambda: np.zeros(0),
    "100 bytes": lambda: "text " * 20,
    "64 KiB": lambda: bytes_of_pickle(65536),
}
BOUNDARY = {
    "1 MiB - 1": lambda: bytes_of_pickle(BLOCK - 1),
    "1 MiB": lambda: bytes_of_pickle(BLOCK),
    "1 MiB + 1": lambda: bytes_of_pickle(BLOCK + 1),
    "2 MiB": lambda: bytes_of_pickle(2 * BLOCK),
}
LARGE = {"objects": object_rich, "arrays": array_rich}
_built = {}


def built(name):
    """The value and what stock joblib writes of it, made once."""
    if name not in _built:
        value = {**SMALL, **BOUNDARY, **LARGE}[name]()
        _built[name] = value, stock_dumps(value)
    return _built[name]


def cases(*groups):
    """Every method and level for these values; most of those of the large ones are slow."""
    for group in groups:
        for name in group:
            for method, level in LEVELS:
                fast = FAST_OF_OBJECTS if name == "objects" else FAST
                slow = group is not SMALL and (method, level) not in fast
                marks = [pytest.mark.slow] if slow else []
                yield pytest.param(name, method, level, marks=marks, id=f"{name}-{method}-{level}")


def size_of_joblibs(content, method, level):
    """The size of joblib's file: it gives its data to the same compressors, piece by piece."""
    if method == "lz4":
        target = io.BytesIO()
        options = {} if level is None else {"compression_level": level}
        with lz4.frame.LZ4FrameFile(target, "wb", **options) as file:
            for start in range(0, len(content), 65536):
                file.write(content[start : start + 65536])
        return len(target.getvalue())
    encoder = zlib.compressobj(level, wbits=WBITS[method])
    return len(encoder.compress(content)) + len(encoder.flush())


def by_modules(data, method):
    """The data, as each of the modules reads it."""
    if method == "lz4":
        yield lz4.frame.decompress(data)
        yield lz4.frame.LZ4FrameFile(io.BytesIO(data)).read()
    else:
        content, rest = serial(data, method)
        assert rest == b""
        yield content
    if method == "zlib":
        yield zlib.decompress(data)
    if method == "gzip":
        yield gzip.decompress(data)
        yield gzip.GzipFile(fileobj=io.BytesIO(data)).read()


def check_content(content, expected, to_path, method):
    """All that follows the pickle is the block table of a zlib or gzip file of several blocks."""
    n_blocks = -(-len(expected) // BLOCK)
    with_table = to_path and method != "lz4" and n_blocks > 1
    assert_same_bytes(content[: len(expected)], expected)
    assert len(content) == len(expected) + (4 * n_blocks + 24 if with_table else 0)


@pytest.mark.parametrize("name, method, level", list(cases(SMALL, BOUNDARY, LARGE)))
def test_modules_and_joblib(tmp_path, name, method, level):
    value, expected = built(name)
    path = tmp_path / "file"
    files = set()
    for n_threads in (1, 2, 3):
        target = io.BytesIO()
        fastjoblib.dump(value, path, (method, level), n_threads=n_threads)
        fastjoblib.dump(value, target, (method, level), n_threads=n_threads)
        files.add((path.read_bytes(), target.getvalue()))
    ((written, streamed),) = files  # whatever the number of threads
    for to_path, data in ((True, written), (False, streamed)):
        for content in by_modules(data, method):
            check_content(content, expected, to_path, method)
        limit = size_of_joblibs(expected, method, level)
        assert len(data) <= max(limit * 1.02, limit + 5)
    if len(expected) <= BLOCK:
        assert written == streamed
    # An array of objects would be given as a copy of itself: what counts is what its pickle is.
    assert_same_bytes(fastjoblib.dumps(joblib.load(path)), expected)
    assert_same_bytes(fastjoblib.dumps(joblib.load(io.BytesIO(streamed))), expected)
    assert_same_bytes(fastjoblib.dumps(fastjoblib.load(path)), expected)


@pytest.mark.parametrize("tool", ["gzip", "lz4", "zcat"])
@pytest.mark.parametrize("name", [*SMALL, *BOUNDARY, *LARGE])
def test_tools(tmp_path, name, tool):
    if shutil.which(tool) is None:
        pytest.skip(f"the {tool} tool is not installed")
    value, expected = built(name)
    method = "lz4" if tool == "lz4" else "gzip"
    path = tmp_path / ("file.lz4" if tool == "lz4" else "file.gz")
    for level in (1, 9) if name in SMALL else (1,):
        fastjoblib.dump(value, path, (method, level))
        for file in (path, None):
            command = [tool, *([] if tool == "zcat" else ["-dc"]), *([file] if file else [])]
            with open(path, "rb") as stdin:
                done = subprocess.run(command, stdin=stdin, capture_output=True, timeout=60, check=True)
            assert done.stderr == b""
            check_content(done.stdout, expected, True, method)
        if tool != "zcat":
            subprocess.run([tool, "-t", "-q", path], check=True, timeout=60)


def test_several_dumps_into_one_file(tmp_path):
    """Which a reader takes one after another, and gzip and lz4 as one."""
    values = [built(name)[0] for name in ("None", "objects", "1 MiB", "arrays")]
    contents = [built(name)[1] for name in ("None", "objects", "1 MiB", "arrays")]
    for method in ("zlib", "gzip", "lz4"):
        target = io.BytesIO()
        for value in values:
            fastjoblib.dump(value, target, (method, 1))
        if method == "gzip":
            assert_same_bytes(gzip.decompress(target.getvalue()), b"".join(contents))
        if method == "lz4":
            assert_same_bytes(lz4.frame.decompress(target.getvalue()), contents[0])
            assert_same_bytes(lz4.frame.LZ4FrameFile(io.BytesIO(target.getvalue())).read(), b"".join(contents))
        target.seek(0)
        for content in contents:
            assert_same_bytes(fastjoblib.dumps(fastjoblib.load(target)), content)
        with pytest.raises(fastjoblib.TruncatedFileError):
            fastjoblib.load(target)
