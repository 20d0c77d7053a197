# SPDX-License-Identifier: BSD-3-Clause
"""Compressed files of a gigabyte, of one array and of a million objects: stock joblib reads them, of each version.

Needs 4 GB of memory, up to 2 GB of disk and some minutes for each file.
"""

import os
import pathlib

import fastjoblib
import pytest
from matrix.environments import CACHE, RUNNING, Environment, install

pytestmark = [pytest.mark.slow, pytest.mark.matrix]

READERS = ("1.2", "1.4", "1.5", "1.6")
COMPRESSIONS = [("zlib", 1), ("zlib", 3), ("gzip", 1), ("lz4", 1), ("bz2", 1), ("xz", 1), ("lzma", 1)]


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    home = tmp_path_factory.mktemp("fastjoblib")
    (home / "fastjoblib").symlink_to(pathlib.Path(fastjoblib.__file__).parent)
    CACHE.mkdir(parents=True, exist_ok=True)
    return install(Environment(RUNNING, "2", "fastjoblib"), {"PYTHONPATH": str(home)})


@pytest.mark.parametrize("kind", ["array", "objects"])
@pytest.mark.parametrize("method, level", COMPRESSIONS)
def test_gigabyte(tmp_path, writer, method, level, kind):
    path = tmp_path / "file"
    try:
        writer.run("large.py", "write", "fastjoblib", path, kind, method, level)
        writer.run("large.py", "read", "fastjoblib", path, kind)
        for version in READERS:
            reader = install(Environment(RUNNING, "2", "joblib", version))
            reader.run("large.py", "read", "joblib", path, kind)
    finally:
        if path.exists():
            os.remove(path)  # pytest would keep it
