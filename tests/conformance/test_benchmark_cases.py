# SPDX-License-Identifier: BSD-3-Clause
"""Every case of benchmarks/data.py, small: real models and tables are joblib's bytes in a file, and load alike."""

import fastjoblib
import joblib
import pytest
from helpers.compare import assert_same
from helpers.control import PROTOCOLS, assert_same_bytes, check_bytes

from benchmarks.data import CASES

pytest.importorskip("sklearn", reason="the models of benchmarks/data.py need scikit-learn")
pytest.importorskip("pandas", reason="the tables of benchmarks/data.py need pandas")


@pytest.fixture(scope="module", params=CASES)
def value(request):
    return CASES[request.param].build(0.003)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_bytes(value, protocol):
    assert check_bytes(lambda: value, protocol) is not None


def test_each_reads_the_other(value, tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    fastjoblib.dump(value, ours)
    joblib.dump(value, theirs)
    assert_same_bytes(ours.read_bytes(), theirs.read_bytes())
    assert_same(fastjoblib.load(theirs), joblib.load(ours))
