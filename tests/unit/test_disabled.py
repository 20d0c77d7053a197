# SPDX-License-Identifier: BSD-3-Clause
"""FASTJOBLIB_DISABLE: with any set of optional libraries the files are read by each other, to the same bytes."""

import itertools
import zlib

import fastjoblib
import numpy as np
import pytest
from helpers.compression import decompressed
from helpers.run import run_python

COMBINATIONS = ["", "isal", "libdeflate", "isal,libdeflate", "isal,libdeflate,bmi2"]
COMPRESSIONS = [("zlib", 1), ("zlib", 3), ("zlib", 6), ("gzip", 9), ("lz4", None)]


def values():
    """Of blocks that are easy, hard, and not at all to compress, and of arrays that make each encoder's choice."""
    random = np.random.default_rng(0)
    return {
        "small": [1, "text", {"a": None}],
        "normal": random.normal(size=200_000),
        "random": random.bytes(1_100_000),
        "zeros": np.zeros(300_000),
        "counts": random.poisson(2, 250_000),
        "texts": [f"the text number {i}" for i in range(60_000)],
    }


WRITE = """
import sys, fastjoblib
from unit.test_disabled import COMPRESSIONS, values
for name, value in values().items():
    for method, level in COMPRESSIONS:
        fastjoblib.dump(value, f"{sys.argv[1]}/{name}.{method}{level}", (method, level))
"""
READ = """
import os, sys, fastjoblib
from unit.test_disabled import values
expected = {name: fastjoblib.dumps(value) for name, value in values().items()}
for folder in sys.argv[1:]:
    for file in sorted(os.listdir(folder)):
        path = os.path.join(folder, file)
        for n_threads in (1, 2):
            assert fastjoblib.dumps(fastjoblib.load(path, n_threads=n_threads)) == expected[file.split(".")[0]], path
        print(file)
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """What each combination writes."""
    paths = []
    for combination in COMBINATIONS:
        path = tmp_path_factory.mktemp("disabled")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FASTJOBLIB_DISABLE", combination)
            run_python(WRITE, arguments=[path])
        paths.append(path)
    return paths


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_each_reads_what_all_write(folders, monkeypatch, combination):
    monkeypatch.setenv("FASTJOBLIB_DISABLE", combination)
    printed = run_python(READ, arguments=folders)
    assert len(printed.split()) == len(COMBINATIONS) * len(values()) * len(COMPRESSIONS)


def test_decoded_bytes_are_the_same(folders):
    """But for the block tables, which tell the sizes of blocks, and encoders differ in these."""
    expected = {name: fastjoblib.dumps(value) for name, value in values().items()}
    for folder, (name, (method, level)) in itertools.product(folders, itertools.product(expected, COMPRESSIONS)):
        content = decompressed((folder / f"{name}.{method}{level}").read_bytes())
        assert content[: len(expected[name])] == expected[name]
        table = content[len(expected[name]) :]
        assert table == b"" or (table.endswith(b"fjbt") and len(table) == 4 * -(-len(expected[name]) // 2**20) + 24)


def test_files_are_as_small_as_those_of_zlib(folders):
    """Which is what joblib's are, with whatever libraries."""
    for name, value in values().items():
        for method, level in COMPRESSIONS[:4]:
            theirs = len(zlib.compress(fastjoblib.dumps(value), level))
            for folder, combination in zip(folders, COMBINATIONS, strict=True):
                ours = (folder / f"{name}.{method}{level}").stat().st_size
                # a few bytes for each block, and those of gzip's head
                assert ours <= 1.02 * theirs + 32, (name, method, level, combination)


def test_other_names_mean_nothing(monkeypatch):
    """Neither those of other libraries nor parts of names."""
    value = list(values().values())
    monkeypatch.delenv("FASTJOBLIB_DISABLE", raising=False)
    expected = fastjoblib.dumps(value, ("zlib", 1))
    for text in ("zlib", "lz4", "isa", "isall", "libdeflat", "bmi", ",", " isal", "ISAL", "isal;libdeflate"):
        monkeypatch.setenv("FASTJOBLIB_DISABLE", text)
        assert fastjoblib.dumps(value, ("zlib", 1)) == expected
