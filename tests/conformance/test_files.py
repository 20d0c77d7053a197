# SPDX-License-Identifier: BSD-3-Clause
"""File identity: what lands on disk is what joblib puts there; each loads the other's file."""

import bz2
import gzip
import lzma

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.cases import TEXT
from helpers.cases_arrays import MANY
from helpers.cases_object_arrays import OBJECT_ARRAYS
from helpers.classes import Plain
from helpers.compare import assert_same
from helpers.control import PROTOCOLS, assert_same_bytes, stock_loads
from helpers.streams import NoTell, PositionUnsupported


def mixed():
    return {
        "array": np.arange(1000.0).reshape(10, 100),
        "objects": np.array([1, "two", [3]], object),
        "instance": Plain(a=[1], b="text"),
        "large": "x" * 100_000,
        "strided": np.arange(120_000)[::3],
    }


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("atomic", [True, False])
def test_files_are_identical(tmp_path, protocol, atomic):
    value, ours, theirs = mixed(), tmp_path / "ours", tmp_path / "theirs"
    assert fastjoblib.dump(value, ours, protocol=protocol, atomic=atomic) == [str(ours)]
    joblib.dump(value, theirs, protocol=protocol)
    assert_same_bytes(ours.read_bytes(), theirs.read_bytes())
    assert_same(fastjoblib.load(theirs), joblib.load(ours), sharing=True)


@pytest.mark.parametrize("case", TEXT[::9] + MANY + OBJECT_ARRAYS[::9], ids=str)
def test_file_is_what_dumps_gives(tmp_path, case):
    value = case.build()
    fastjoblib.dump(value, tmp_path / "file")
    joblib.dump(value, tmp_path / "theirs")
    assert_same_bytes((tmp_path / "file").read_bytes(), fastjoblib.dumps(value))
    assert_same_bytes((tmp_path / "file").read_bytes(), (tmp_path / "theirs").read_bytes())


@pytest.mark.parametrize("protocol", (None, 2))
@pytest.mark.parametrize("opener", [open, gzip.open, bz2.open, lzma.open, lambda p, m: open(p, m, buffering=0)])
def test_file_objects_hold_the_same(tmp_path, opener, protocol):
    value = mixed()
    for library in (fastjoblib, joblib):
        with opener(tmp_path / library.__name__, "wb") as file:
            assert library.dump(value, file, protocol=protocol) is None
    contents = []
    for library in (fastjoblib, joblib):
        with opener(tmp_path / library.__name__, "rb") as file:
            contents.append(file.read())
    assert_same_bytes(*contents)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", [NoTell, PositionUnsupported])
def test_streams_without_a_position_are_written_without_padding(kind, protocol):
    """joblib knows UnsupportedOperation only; an object without `tell` at all is written in the same way."""
    ours, theirs = kind(), PositionUnsupported()
    fastjoblib.dump(mixed(), ours, protocol=protocol)
    joblib.dump(mixed(), theirs, protocol=protocol)
    assert_same_bytes(ours.content, theirs.content)
    assert_same(fastjoblib.loads(ours.content), stock_loads(theirs.content), sharing=True)
