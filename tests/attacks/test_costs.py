# SPDX-License-Identifier: BSD-3-Clause
"""Small files that would take long, or much memory, or that hide what compiled code relies on."""

import collections
import fractions
import io
import pickle
import re

import numpy as np
import pytest
from fastjoblib import Limits, UntrustedError, safe_load

pd = pytest.importorskip("pandas")
sparse = pytest.importorskip("scipy.sparse")
pytest.importorskip("sklearn")
from scipy.interpolate import UnivariateSpline  # noqa: E402
from sklearn.neighbors import KNeighborsClassifier  # noqa: E402

X = np.random.default_rng(0).random((40, 3))


class Call:
    """Pickles as a call."""

    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __reduce__(self):
        return self.function, self.args


def new_index(**arguments):
    return Call(pd.core.indexes.base._new_Index, pd.Index, arguments)


def with_attributes(value, **attributes):
    vars(value).update(attributes)
    return value


def doubled(levels):
    value = ()
    for _ in range(levels):
        value = (value, value)
    return value


def neighbors(**attributes):
    return with_attributes(KNeighborsClassifier(algorithm="kd_tree").fit(X, np.arange(40) % 2), **attributes)


LONG = {
    "fraction of a power": lambda: Call(fractions.Fraction, "1e3000000"),
    "pattern of wide ranges": lambda: Call(re._compile, "[ -\uffff]" * 500, int(re.I)),
    "pattern of escaped ranges": lambda: Call(re._compile, r"[\u0100-\uffff]" * 300, 0),
    "long pattern": lambda: Call(re._compile, "a" * 10_000, 0),
    "index of a range": lambda: new_index(data=pd.RangeIndex(10**9), dtype=np.dtype("f8")),
    "index of larger items": lambda: new_index(data=np.zeros(10, "i1"), dtype=np.dtype("f8")),
}
HIDDEN = {
    "format of a matrix": lambda: with_attributes(sparse.csr_matrix((2, 3000)), _format="csc"),
    "degree of a spline": lambda: with_attributes(
        UnivariateSpline(np.arange(9.0), np.ones(9)), _eval_args=(np.arange(500.0), np.ones(500), 100)
    ),
    "no neighbours": lambda: neighbors(n_neighbors=0),
    "matrix of a metric": lambda: neighbors(effective_metric_params_={"VI": np.eye(2)}),
    "month of a fiscal year": lambda: Call(pd.offsets.FY5253, 1, False, 0, 2**31 - 1, "nearest"),
}


@pytest.mark.parametrize("name", [*LONG, *HIDDEN])
def test_refused(name):
    value = (LONG | HIDDEN)[name]()
    with pytest.raises(UntrustedError):
        safe_load(io.BytesIO(pickle.dumps(value)))


def test_a_dtype_as_a_key():
    """It hashes what it holds, here without end; so the dict is put together from opcodes."""
    dtype = pickle.dumps(with_attributes(pd.Int64Dtype(), _metadata=("x",), x=doubled(40)), 2)[2:-1]
    with pytest.raises(UntrustedError):
        safe_load(io.BytesIO(b"\x80\x02}" + dtype + b"K\x01s."))


@pytest.mark.parametrize(
    "call",
    [
        (collections.deque, list(range(1000))),
        (frozenset, list(range(1000))),
        (collections.Counter, dict.fromkeys(range(1000), 1)),
        (bytearray, bytes(100_000)),
    ],
)
def test_one_argument_for_many_calls(call):
    """Each call copies it, and takes a few bytes of the file."""
    function, argument = call
    data = pickle.dumps([Call(function, argument) for _ in range(1000)])
    with pytest.raises(UntrustedError, match="limits.memory"):
        safe_load(io.BytesIO(data), limits=Limits(memory=20_000_000))


def test_one_array_for_many_matrices():
    """Each of which is checked."""
    matrix = sparse.csr_matrix(np.ones((300, 300)))
    state = matrix.__dict__
    many = [with_attributes(sparse.csr_matrix((1, 1)), **state) for _ in range(2000)]
    with pytest.raises(UntrustedError, match="limits.memory"):
        safe_load(io.BytesIO(pickle.dumps(many)), limits=Limits(memory=200_000_000))


def test_what_is_not_shared_is_not_charged_twice():
    data = pickle.dumps([collections.deque(range(1000)) for _ in range(100)])
    assert len(safe_load(io.BytesIO(data), limits=Limits(memory=60_000_000))) == 100
