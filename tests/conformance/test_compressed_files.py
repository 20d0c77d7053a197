# SPDX-License-Identifier: BSD-3-Clause
"""Compressed files: the same arguments give the same data and errors as in joblib; each loads the other's."""

import bz2
import gzip
import io
import lzma
import re

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.classes import Plain
from helpers.compare import assert_same
from helpers.compression import (
    COMPRESS,
    DECOMPRESS,
    EXTENSIONS,
    METHODS,
    assert_same_compressed,
    decompressed,
    lz4_readers_are_left,
    method_of,
)
from helpers.control import PROTOCOLS, assert_same_bytes, error_of

pytestmark = lz4_readers_are_left


def mixed():
    return {
        "array": np.arange(1000.0).reshape(10, 100),
        "objects": np.array([1, "two", [3]], object),
        "instance": Plain(a=[1], b="text"),
        "large": "x" * 100_000,
        "random": np.random.default_rng(0).random(10_000),
        "big-endian": np.arange(5, dtype=">i8"),
        "strided": np.arange(30_000)[::3],
    }


class Text(str):
    pass


ARGUMENTS = [
    *(False, True, None, *range(-1, 12), 1.0, 2.5, 0.0, np.int64(3), np.int64(0), np.True_, np.False_, b"zlib", [], {}),
    *([("zlib", 3)], "", "zlib", "gzip", "bz2", "lzma", "xz", "lz4", "ZLIB", Text("gzip"), (), ("zlib",)),
    *(("zlib", 3, 1), ("zlib", "3"), ("zlib", None), ("zlib", True), ("gzip", False), ("wrong", 3), (None, 3), ([], 3)),
    *(("gzip", 10), ("bz2", -1), ("xz", 2.5), ("bz2", np.int64(3)), ("zlib", np.int64(3)), ("gzip", 2.0), ("bz2", 2.0)),
]
NAMES = ["file", "file.pkl", *("file" + extension for extension in EXTENSIONS.values()), "file.GZ", "a.gz.pkl", ".z"]


def same_outcome(ours, theirs, our_content, their_content):
    """Results, errors, methods and bytes, all of which are described when they differ."""
    assert type(ours[1]) is type(theirs[1]), f"ours: {ours!r}; theirs: {theirs!r}"
    if theirs[1] is not None:
        # joblib lists its compressors as objects at addresses
        assert str(ours[1]).split("Possible values")[0] == str(theirs[1]).split("Possible values")[0]
        return
    assert_same_compressed(our_content, their_content)


@pytest.mark.parametrize("compress", ARGUMENTS, ids=repr)
def test_arguments_for_file_objects(compress):
    contents, outcomes = [], []
    for library in (fastjoblib, joblib):
        target = io.BytesIO()
        outcomes.append(error_of(library.dump, [1, "text"], target, compress))
        contents.append(target.getvalue())
    same_outcome(*outcomes, *contents)
    result, error = error_of(fastjoblib.dumps, [1, "text"], compress)
    assert type(error) is type(outcomes[1][1]) and (error or result == contents[0])


@pytest.mark.parametrize("name", NAMES)
def test_arguments_for_paths(tmp_path, name):
    for compress in ARGUMENTS:
        contents, outcomes = [], []
        for library in (fastjoblib, joblib):
            folder = tmp_path / library.__name__
            folder.mkdir(exist_ok=True)
            outcomes.append(error_of(library.dump, [1, "text"], folder / name, compress))
            contents.append((folder / name).read_bytes() if outcomes[-1][1] is None else b"")
        same_outcome(*outcomes, *contents)
        if outcomes[0][1] is None:
            assert outcomes[0][0] == [str(tmp_path / "fastjoblib" / name)]


@pytest.mark.parametrize("compress", [True, 3, "xz", ("gzip", 3), ("zlib", 3, 3), 10, "no"])
@pytest.mark.parametrize("target", [None, 5.5, b"bytes"])
def test_wrong_targets(compress, target):
    _, theirs = error_of(joblib.dump, 1, target, compress)
    _, ours = error_of(fastjoblib.dump, 1, target, compress)
    assert type(ours) is type(theirs) is ValueError
    assert str(ours).split("Possible values")[0] == str(theirs).split("Possible values")[0]


@pytest.mark.parametrize("level", [None, *range(10)])
@pytest.mark.parametrize("method", METHODS)
def test_each_reads_the_others(tmp_path, method, level):
    value = mixed()
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    fastjoblib.dump(value, ours, compress=(method, level))
    joblib.dump(value, theirs, compress=(method, level))
    assert_same_compressed(ours.read_bytes(), theirs.read_bytes())
    assert method_of(ours.read_bytes()) == (None if level == 0 else method)
    assert_same(fastjoblib.load(theirs), joblib.load(ours), sharing=True)
    assert_same(fastjoblib.loads(theirs.read_bytes()), fastjoblib.load(ours), sharing=True)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("method", METHODS)
def test_protocols(tmp_path, method, protocol):
    value = mixed()
    theirs = io.BytesIO()
    fastjoblib.dump(value, tmp_path / "ours", compress=method, protocol=protocol)
    joblib.dump(value, theirs, compress=method, protocol=protocol)
    content = decompressed(theirs.getvalue())
    assert_same_bytes(decompressed((tmp_path / "ours").read_bytes()), content)
    assert_same_bytes(decompressed(fastjoblib.dumps(value, method, protocol)), content)
    assert_same(fastjoblib.load(io.BytesIO(theirs.getvalue())), joblib.load(tmp_path / "ours"), sharing=True)


@pytest.mark.parametrize("method", METHODS)
def test_other_programs_files(tmp_path, method):
    """Compressed by hand, and decompressed by hand."""
    data = fastjoblib.dumps(mixed())
    (tmp_path / "file").write_bytes(COMPRESS[method](data))
    assert_same(fastjoblib.load(tmp_path / "file"), fastjoblib.loads(data), sharing=True)
    fastjoblib.dump(mixed(), tmp_path / "ours", compress=method)
    assert_same_bytes(DECOMPRESS[method]((tmp_path / "ours").read_bytes()), data)


OPENERS = {
    "plain": open,
    "raw": lambda path, mode: open(path, mode, buffering=0),
    "gzip": gzip.open,
    "bz2": bz2.open,
    "lzma": lzma.open,
    "joblib's": lambda path, mode: joblib.compressor.BinaryZlibFile(str(path), mode),
}


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 9), "bz2", "xz", "lzma", "lz4"], ids=repr)
@pytest.mark.parametrize("opener", OPENERS.values(), ids=OPENERS)
def test_file_objects(tmp_path, opener, compress):
    value, contents = mixed(), []
    for library in (fastjoblib, joblib):
        with opener(tmp_path / library.__name__, "wb") as file:
            assert library.dump(value, file, compress) is None
            assert not file.closed
        with opener(tmp_path / library.__name__, "rb") as file:
            contents.append(decompressed(file.read()))
    assert_same_bytes(*contents)
    expected = fastjoblib.loads(fastjoblib.dumps(value))
    for reader, writer in ((fastjoblib, "joblib"), (joblib, "fastjoblib"), (fastjoblib, "fastjoblib")):
        with opener(tmp_path / writer, "rb") as file:
            assert_same(reader.load(file), expected, sharing=True)


@pytest.mark.parametrize("mode", ["r", "r+", "w+", "c"])
@pytest.mark.parametrize("method", METHODS)
def test_compressed_data_is_not_mapped(tmp_path, method, mode):
    path = tmp_path / "file"
    value = [np.arange(10), np.arange(5, dtype=">i4")]
    joblib.dump(value, path, compress=method)
    sources = [lambda: path, lambda: open(path, "rb"), lambda: io.BytesIO(path.read_bytes()), lambda: gzip.open(path)]
    for make in sources[: 4 if method == "zlib" else 3]:
        if make is sources[3]:
            path.write_bytes(gzip.compress(path.read_bytes()))
        caught = []
        for library in (joblib, fastjoblib):
            source = make()
            with pytest.warns(UserWarning) as record:
                loaded = library.load(source, mmap_mode=mode)
            getattr(source, "close", lambda: None)()
            assert_same(loaded, value)
            assert not any(isinstance(array, np.memmap) for array in loaded)
            caught.append([(w.category, str(w.message)) for w in record])
            if library is fastjoblib:
                assert record[0].filename == __file__
        assert caught[0] == caught[1] and len(caught[0]) == 1


def test_uncompressed_file_objects_still_warn():
    with pytest.warns(UserWarning, match=re.escape('In memory persistence is not compatible with mmap_mode "r"')):
        fastjoblib.load(io.BytesIO(fastjoblib.dumps(1)), mmap_mode="r")
