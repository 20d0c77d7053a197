# SPDX-License-Identifier: BSD-3-Clause
"""joblib's six methods and zstd, as something else than fastjoblib writes and reads them."""

import bz2
import gzip
import importlib
import lzma
import sys
import zlib

import lz4.frame
import pytest

from helpers.control import assert_same_bytes

# joblib leaves its readers to the collector, after the file is closed: that of lz4 then fails, which is shown from
# Python 3.13 on, and in other words from 3.14 on.
lz4_readers_are_left = pytest.mark.filterwarnings(
    r"ignore:Exception ignored (in.|while finalizing file) <_io.BufferedReader:pytest.PytestUnraisableExceptionWarning"
)

zstd = importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")

COMPRESS = {
    "zlib": lambda data: zlib.compress(data, 3),
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "xz": lzma.compress,
    "lz4": lz4.frame.compress,
    "zstd": lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}),
}
DECOMPRESS = {
    "zlib": zlib.decompress,
    "gzip": gzip.decompress,
    "bz2": bz2.decompress,
    "lzma": lzma.decompress,
    "xz": lzma.decompress,
    "lz4": lz4.frame.decompress,
    "zstd": zstd.decompress,
}
METHODS = ["zlib", "gzip", "bz2", "lzma", "xz", "lz4"]  # joblib's
CORE_METHODS = ["zlib", "gzip", "lz4"]  # of which C does everything
ALL_METHODS = [*METHODS, "zstd"]
EXTENSIONS = {"zlib": ".z", "gzip": ".gz", "bz2": ".bz2", "lzma": ".lzma", "xz": ".xz", "lz4": ".lz4"}
PREFIXES = {
    "zlib": b"x",
    "gzip": b"\x1f\x8b",
    "bz2": b"BZ",
    "lzma": b"\x5d\x00",
    "xz": b"\xfd7zXZ",
    "lz4": b"\x04\x22\x4d\x18",
    "zstd": b"\x28\xb5\x2f\xfd",
}


def method_of(data):
    """The method by which data is compressed, or None."""
    return next((name for name, prefix in PREFIXES.items() if data.startswith(prefix)), None)


def decompressed(data):
    method = method_of(data)
    return data if method is None else DECOMPRESS[method](data)


def assert_same_compressed(ours, theirs):
    """The same data by the same method; where C compresses, our file may be a little larger than joblib's."""
    method = method_of(theirs)
    assert method_of(ours) == method
    if method in CORE_METHODS:
        assert_same_bytes(decompressed(ours), decompressed(theirs))
        assert len(ours) <= max(1.02 * len(theirs), len(theirs) + 5)
    else:
        assert_same_bytes(ours, theirs)
