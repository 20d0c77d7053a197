# SPDX-License-Identifier: BSD-3-Clause
"""Files that are something else: one clear error that says what, where it can be told."""

import io
import zlib

import fastjoblib
import numpy as np
import pytest
from helpers.control import error_of

HTML = b"<!DOCTYPE html>\n<html><head><title>404</title></head><body>Not found</body></html>\n"
POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)
GARBAGE = {
    "text": b"hello world, this is no pickle\n",
    "csv": b"a,b,c\n1,2,3\n",
    "json": b'{"a": [1, 2, 3]}',
    "python": b"#!/usr/bin/env python\nprint('x')\n",
    "zip": b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(30),
    "npy": b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }" + b" " * 60 + b"\n",
    "png": b"\x89PNG\r\n\x1a\n" + bytes(30),
    "pdf": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n",
    "elf": b"\x7fELF\x02\x01\x01" + bytes(30),
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(30),
    "parquet": b"PAR1" + bytes(30) + b"PAR1",
    "zeros": bytes(100),
    "ones": b"\xff" * 100,
    "spaces": b" " * 100,
    "a newline": b"\n",
    "dots": b"....",
    "utf-16": "hello".encode("utf-16"),
    "PROTO twice, then nothing sensible": b"\x80\x04\x80\x04\xff",
    "a protocol of the future": b"\x80\x09N.",
    "random": np.random.default_rng(0).bytes(1000),
}
def everywhere(data, path):
    """Load from bytes, a path and streams; yield each error."""
    path.write_bytes(data)
    yield error_of(fastjoblib.loads, data)
    yield error_of(fastjoblib.load, path)
    yield error_of(fastjoblib.load, path, mmap_mode="r")
    yield error_of(fastjoblib.load, io.BytesIO(data))
    with open(path, "rb") as file:
        yield error_of(fastjoblib.load, file)


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE)
def test_garbage(tmp_path, data):
    for result, error in everywhere(data, tmp_path / "file"):
        assert isinstance(error, fastjoblib.FastjoblibError), f"gives {result!r} or {error!r}"
        assert isinstance(error, ValueError)


WORDS = {
    "text": "looks like text that begins with b'hello world",
    "csv": r"looks like text that begins with b'a,b,c\n1,2,3",
    "python": 'looks like text that begins with b"#!/usr/bin',
    "a newline": "looks like text",
    "letters that are a length": "looks like text that begins with b'Xgboost",
    "html": "HTML",
    "html in lower case": "HTML",
    "pointer": "git lfs pull",
    "json": "JSON",
    "json list": "JSON",
    "zip": "torch.load",
    "npy": "numpy.load",
    "hdf5": "h5py",
    "parquet": "pandas.read_parquet",
    "arrow": "pandas.read_feather",
    "sqlite": "sqlite3",
    "zeros": "never written in full",
    "png": "PNG",
    "pdf": "PDF",
    "elf": "ELF",
    "utf-16": "UTF-16",
    "utf-8 with a mark": "byte order mark",
}
MORE = {
    "html": HTML,
    "html in lower case": HTML.lower(),
    "pointer": POINTER,
    "json list": b"[1, 2, 3]",
    "a newline": b"\n\n",
    "letters that are a length": b"Xgboost model, in a format of its own\n",
    "arrow": b"ARROW1\0\0" + bytes(30),
    "sqlite": b"SQLite format 3\0" + bytes(30),
    "utf-8 with a mark": b"\xef\xbb\xbfa,b\n",
}


@pytest.mark.parametrize("kind", WORDS)
def test_what_it_is_and_what_to_do(tmp_path, kind):
    data = {**GARBAGE, **MORE}[kind]
    for _, error in everywhere(data, tmp_path / "file"):
        assert type(error) is fastjoblib.InvalidFileError
        assert WORDS[kind] in str(error)


def test_damaged_pickles_of_protocol_0_do_not_count_as_text():
    """They are text too: what is said of those that were cut off is that they were."""
    data = fastjoblib.dumps(["some text", 1, 2.5], protocol=0)
    for size in range(2, len(data)):
        _, error = error_of(fastjoblib.loads, data[:size])
        assert type(error) is fastjoblib.TruncatedFileError


def test_empty_files(tmp_path):
    for _, error in everywhere(b"", tmp_path / "file"):
        assert type(error) is fastjoblib.TruncatedFileError
        assert "is empty" in str(error)


def test_messages_name_the_file(tmp_path):
    for data in (HTML, POINTER, zlib.compress(b"not a pickle"), b"x" + HTML, GARBAGE["text"]):
        (tmp_path / "the name").write_bytes(data)
        with pytest.raises(fastjoblib.InvalidFileError, match="the name"):
            fastjoblib.load(tmp_path / "the name")


def test_pickles_that_look_compressed_to_no_one():
    """Protocol 0 and 1 have no signature: their first opcodes must not be taken for one."""
    for value in ([], {}, (), 5, "text", b"BZ", [b"x\x9c"], {"]": 0}, np.arange(3), -1, 1.5, None, True):
        for protocol in range(6):
            _, error = error_of(fastjoblib.loads, fastjoblib.dumps(value, protocol=protocol))
            assert error is None


def test_python_2_pickle_in_a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"\x80\x02}q\x00U\x01aq\x01U\x05caf\xc3\xa9q\x02s.")
    with pytest.raises(
        ValueError, match="You may be trying to read with python 3 a joblib pickle generated with python 2"
    ):
        fastjoblib.load(tmp_path / "file")
