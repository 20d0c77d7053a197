# SPDX-License-Identifier: BSD-3-Clause
"""functools.partial: harmless of one function only, however a file gets there."""

import functools
import io
import pickle

import fastjoblib
import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: E402
from sklearn.utils.validation import check_array, column_or_1d  # noqa: E402

GOOD = functools.partial(check_array, dtype=None, ensure_all_finite=False)


def verdict_of(data, name="functools.partial"):
    report = fastjoblib.inspect(io.BytesIO(data))
    return report.verdict, {f"{found.module}.{found.name}": found.verdict for found in report.globals}.get(name)


@pytest.mark.parametrize("protocol", range(6))
def test_a_partial_of_check_array(protocol):
    assert verdict_of(pickle.dumps(GOOD, protocol)) == ("clean", "safe")
    assert verdict_of(pickle.dumps([GOOD, {"again": GOOD}], protocol)) == ("clean", "safe")


def test_a_model_of_categories(tmp_path):
    rng = np.random.default_rng(0)
    X = np.c_[rng.normal(size=100), rng.integers(0, 4, 100)]
    model = HistGradientBoostingClassifier(max_iter=3, categorical_features=[1]).fit(X, X[:, 0] > 0)
    path = tmp_path / "model.joblib"
    for compress in (0, 3):
        fastjoblib.dump(model, path, compress=compress)
        assert fastjoblib.inspect(path).verdict == "clean"
    assert fastjoblib.safe_load(path).predict(X).shape == (100,)


@pytest.mark.parametrize(
    "value",
    [
        functools.partial(column_or_1d),
        functools.partial(check_array, np.zeros(3)),
        functools.partial(print),
        [GOOD, functools.partial(column_or_1d)],
        functools.partial,
        {"as": functools.partial(np.ndarray.sort)},
    ],
    ids=["another", "with arguments", "a built-in", "one of two", "partial itself", "a method"],
)
def test_other_partials(value):
    assert verdict_of(pickle.dumps(value))[1] == "dangerous"


@pytest.mark.parametrize(
    "opcodes",
    [
        b"cfunctools\npartial\n(csklearn.utils.validation\ncheck_array\nt\x81.",
        b"(csklearn.utils.validation\ncheck_array\nifunctools\npartial\n.",
        b"(cfunctools\npartial\ncsklearn.utils.validation\ncheck_array\no.",
    ],
)
def test_the_same_by_other_opcodes(opcodes):
    assert verdict_of(b"\x80\x02" + opcodes) == ("clean", "safe")


CALL = b"cfunctools\npartial\n(csklearn.utils.validation\ncheck_array\ntR"


@pytest.mark.parametrize(
    "opcodes",
    [
        # A state with another function, or with none that can be seen.
        CALL + b"(cnumpy\nsum\n)NNtb.",
        CALL + b"(csklearn.utils.validation\ncheck_array\n(I1\ntNNtb.",
        CALL + b"}b.",
        CALL + b"(csklearn.utils.validation\ncheck_array\n)NI1\ntb.",
        # Made without a function, or by others.
        b"cfunctools\npartial\n)R.",
        b"cfunctools\npartial\n)\x81.",
        b"cfunctools\npartial\n(csklearn.utils.validation\ncheck_array\nI1\ntR.",
        b"ccopyreg\n_reconstructor\n(cfunctools\npartial\nc__builtin__\nobject\nNtR.",
        b"ccollections\ndefaultdict\n(cfunctools\npartial\ntR.",
    ],
)
def test_by_hand(opcodes):
    assert verdict_of(b"\x80\x02" + opcodes)[0] in ("dangerous", "suspicious")
    assert verdict_of(b"\x80\x02" + CALL + b"0" + opcodes)[1] == "dangerous"


def test_a_call_of_what_a_partial_is():
    """The machine does not follow calls of what calls have returned."""
    assert verdict_of(b"\x80\x02" + CALL + b")R.")[0] in ("dangerous", "suspicious")


def test_check_array_that_is_called():
    assert verdict_of(b"\x80\x02csklearn.utils.validation\ncheck_array\n(]tR.", "sklearn.utils.validation.check_array")[
        1
    ] in ("unknown", "dangerous")
