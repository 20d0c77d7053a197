# SPDX-License-Identifier: BSD-3-Clause
"""`python -m fastjoblib convert`: a file is compressed anew, and not unpickled."""

import gzip
import os
import pathlib
import stat

import fastjoblib
import joblib
import numpy as np
import pytest
from fastjoblib._convert import convert
from helpers.compression import ALL_METHODS, COMPRESS, decompressed, lz4_readers_are_left, method_of

WAYS = [None, *ALL_METHODS]
IN_C = (None, "zlib", "gzip", "lz4")  # of which several blocks are another matter than one


def small():
    return {"array": np.arange(1000.0), "text": "word " * 300, "objects": [{"n": i} for i in range(200)]}


def large():
    """2.6 MiB: several blocks, so that zlib and gzip files have a table."""
    return {"array": np.arange(300_000) % 1009, "bytes": bytes(range(256)) * 1000}


CONTENT = {"small": fastjoblib.dumps(small()), "large": fastjoblib.dumps(large())}


def compress_argument(method, level=None):
    return 0 if method is None else (method, level)


def content_of(path):
    return decompressed(path.read_bytes())


@pytest.fixture
def folder(tmp_path):
    """Where nothing may be left but what a test knows of."""
    yield tmp_path
    assert [name for name in os.listdir(tmp_path) if "tmp" in name or name.startswith(".")] == []


@pytest.mark.parametrize("target", WAYS)
@pytest.mark.parametrize("source", WAYS)
def test_each_to_each(folder, source, target):
    values = {"small": small(), "large": large()} if source in IN_C and target in IN_C else {"small": small()}
    for name, value in values.items():
        fastjoblib.dump(value, folder / "in", compress_argument(source, 1))
        before = (folder / "in").read_bytes()
        assert convert(str(folder / "in"), str(folder / "out"), compress_argument(target, 1)) == len(CONTENT[name])
        fastjoblib.dump(value, folder / "expected", compress_argument(target, 1))
        assert (folder / "out").read_bytes() == (folder / "expected").read_bytes()
        assert (folder / "in").read_bytes() == before
    assert sorted(os.listdir(folder)) == ["expected", "in", "out"]


@pytest.mark.parametrize("target", WAYS)
def test_in_place(folder, target):
    path = folder / "file"
    for source in WAYS:
        name, value = ("large", large()) if source in IN_C and target in IN_C else ("small", small())
        fastjoblib.dump(value, path, compress_argument(source, 1))
        os.chmod(path, 0o640)
        convert(str(path), str(path), compress_argument(target, 1))
        assert method_of(path.read_bytes()) == target
        assert fastjoblib.dumps(fastjoblib.load(path)) == CONTENT[name]
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(folder) == ["file"]


def test_in_place_through_a_link(folder):
    fastjoblib.dump(large(), folder / "file", "zlib")
    (folder / "link").symlink_to("file")
    convert(str(folder / "link"), str(folder / "link"), "gzip")
    assert (folder / "link").is_symlink() and method_of((folder / "file").read_bytes()) == "gzip"


@lz4_readers_are_left
def test_tables_do_not_pile_up(folder):
    path = folder / "file"
    fastjoblib.dump(large(), path, ("zlib", 1))
    sizes = set()
    for _ in range(3):
        for compress in (("gzip", 1), ("lz4", 1), ("zlib", 3), ("zlib", 1)):
            assert convert(str(path), str(path), compress) == len(CONTENT["large"])
            assert joblib.load(path).keys() == large().keys()
        sizes.add(path.stat().st_size)
    fastjoblib.dump(large(), folder / "expected", ("zlib", 1))
    assert sizes == {(folder / "expected").stat().st_size}
    convert(str(path), str(path), 0)
    assert path.read_bytes() == CONTENT["large"]


@pytest.mark.parametrize("method", ALL_METHODS)
def test_several_streams(folder, method):
    """All that they hold comes into one."""
    content = CONTENT["large"]
    pieces = [content[:1], content[1:100_000], b"", content[100_000:]]
    (folder / "in").write_bytes(b"".join(map(COMPRESS[method], pieces)))
    assert convert(str(folder / "in"), str(folder / "out"), ("zlib", 1)) == len(content)
    assert fastjoblib.dumps(fastjoblib.load(folder / "out")) == content
    if method in ("zlib", "gzip"):  # of which each has a table, but only the last one's is known as one
        fastjoblib.dump(large(), folder / "part", (method, 1))
        (folder / "in").write_bytes((folder / "part").read_bytes() * 2)
        nbytes = convert(str(folder / "in"), str(folder / "out"), 0)
        assert (folder / "out").read_bytes()[: len(content)] == content
        assert len(content) * 2 <= nbytes <= len(content) * 2 + 200


def test_files_of_joblib_and_others(folder):
    joblib.dump(large(), folder / "in", ("zlib", 1))
    convert(str(folder / "in"), str(folder / "out"), 0)
    assert (folder / "out").read_bytes() == CONTENT["large"]
    (folder / "in").write_bytes(gzip.compress(b"no pickle"))
    assert convert(str(folder / "in"), str(folder / "out"), "lz4") == 9
    assert content_of(folder / "out") == b"no pickle"
    (folder / "in").write_bytes(b"neither compressed nor a pickle")
    convert(str(folder / "in"), str(folder / "out"), "xz")
    assert content_of(folder / "out") == b"neither compressed nor a pickle"


def test_a_pickle_that_looks_like_a_table(folder):
    """What only looks like a table is data, and stays."""
    fastjoblib.dump(large(), folder / "with", ("zlib", 1))
    content = content_of(folder / "with")
    assert content.endswith(b"fjbt")
    for method in (None, "lz4", "xz", "zlib"):
        (folder / "in").write_bytes(content if method is None else COMPRESS[method](content))
        convert(str(folder / "in"), str(folder / "out"), 0)
        assert (folder / "out").read_bytes() == content


class Runs:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return pathlib.Path.touch, (pathlib.Path(self.path),)


@pytest.mark.parametrize("source", WAYS)
def test_nothing_is_unpickled(folder, source):
    fastjoblib.dump([Runs(folder / "marker"), bytes(2_000_000)], folder / "in", compress_argument(source, 1))
    for target in WAYS:
        convert(str(folder / "in"), str(folder / "out"), compress_argument(target, 1))
    assert not (folder / "marker").exists()
    fastjoblib.load(folder / "out")
    assert (folder / "marker").exists()


@pytest.mark.parametrize("target", WAYS)
@pytest.mark.parametrize("source", ALL_METHODS)
def test_damage_leaves_the_target_alone(folder, source, target):
    whole = COMPRESS[source](CONTENT["small"] + os.urandom(20_000))
    (folder / "out").write_bytes(b"as it was")
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0x55
    damaged[len(whole) // 2 + 1000] ^= 0x55
    wrong = {"cut": whole[:-3], "cut early": whole[: len(whole) // 3], "followed": whole + b"something else"}
    if source not in ("lz4", "lzma"):  # of which joblib writes no check value
        wrong["damaged"] = bytes(damaged)
    for what, data in wrong.items():
        for out in ("out", "in"):
            (folder / "in").write_bytes(data)
            with pytest.raises((fastjoblib.TruncatedFileError, fastjoblib.InvalidFileError)) as caught:
                convert(str(folder / "in"), str(folder / out), compress_argument(target, 1))
            assert str(folder / "in") in str(caught.value), what
            assert (folder / "in").read_bytes() == data
        assert (folder / "out").read_bytes() == b"as it was"
    assert sorted(os.listdir(folder)) == ["in", "out"]


def test_what_cannot_be_converted(folder):
    (folder / "empty").write_bytes(b"")
    with pytest.raises(fastjoblib.TruncatedFileError):
        convert(str(folder / "empty"), str(folder / "out"), "zlib")
    with pytest.raises(FileNotFoundError):
        convert(str(folder / "missing"), str(folder / "out"), "zlib")
    fastjoblib.dump(1, folder / "in")
    with pytest.raises(FileNotFoundError):
        convert(str(folder / "in"), str(folder / "no folder" / "out"), "zlib")
    with pytest.raises(IsADirectoryError):
        convert(str(folder), str(folder / "out"), "zlib")
    for compress in (("zlib", 10), ("zlib", -1), "wrong", ("wrong", 3), 11):
        with pytest.raises(ValueError, match="Non valid compress"):
            convert(str(folder / "in"), str(folder / "out"), compress)
    assert sorted(os.listdir(folder)) == ["empty", "in"]
