# SPDX-License-Identifier: BSD-3-Clause
"""What a restricted load has checked does not change afterwards."""

import io
import pickle
import pickletools

import numpy as np
import pytest
from fastjoblib import UntrustedError, safe_load


def refused(data, says):
    with pytest.raises(UntrustedError, match=says):
        safe_load(io.BytesIO(data))


def parts(value):
    """The opcodes that make an array, up to its state, and those that push the state."""
    data = pickletools.optimize(pickle.dumps(value, 3))[2:-1]
    assert data.endswith(b"tb")
    end = data.index(b"R") + 1
    return data[:end], data[end:-1]


def test_an_array_gets_its_data_once():
    make, state = parts(np.arange(3, dtype="i4"))
    assert list(safe_load(io.BytesIO(b"\x80\x03" + make + state + b"b."))) == [0, 1, 2]
    refused(b"\x80\x03" + make + state + b"b" + state + b"b.", "expects the state of an array without data")


def test_an_array_of_another_that_is_gone():
    """Even where one takes the place of one that never got its data."""
    make, state = parts(np.zeros(0, dtype="i1"))
    whole = make + state + b"b"
    for count in (1, 10):
        refused(b"\x80\x03" + (make + b"0") * count + whole + state + b"b.", "without data")


@pytest.mark.parametrize("place", ["data", "indices", "indptr"])
def test_a_matrix_of_an_array_without_data(place):
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.csr_matrix(np.eye(2))
    setattr(matrix, place, Unbuilt())
    refused(pickle.dumps(matrix), "of a csr_matrix matrix")


class Unbuilt:
    """Pickles as an array that is still to get its data."""

    def __reduce__(self):
        return np.empty(0).__reduce__()[:2]


def test_rows_of_other_lengths():
    """A dict of attributes that is changed after BUILD does not change the object."""
    sparse = pytest.importorskip("scipy.sparse")
    data = pickle.dumps(sparse.csr_matrix(np.eye(2)), 2)
    get = data[data.rindex(b"}q") + 1 :][:2].replace(b"q", b"h")
    more = get + b"X\x06\x00\x00\x00indptr" + b"K\x07" + b"s0."
    loaded = safe_load(io.BytesIO(data[:-1] + more))
    assert (loaded.toarray() == np.eye(2)).all()
