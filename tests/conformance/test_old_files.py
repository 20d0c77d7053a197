# SPDX-License-Identifier: BSD-3-Clause
"""The files that joblib ships for its own tests: those of joblib 0.10 and later load as in joblib."""

import pathlib
import warnings

import fastjoblib
import joblib
import pytest
from helpers.compare import assert_same
from helpers.control import error_of

DATA = pathlib.Path(joblib.__file__).parent / "test" / "data"
FILES = sorted(path for path in DATA.glob("joblib_0.1*"))


def load(library, path, **kwargs):
    with warnings.catch_warnings():
        # what old files make NumPy and joblib warn of is not the subject
        warnings.simplefilter("ignore")
        return error_of(library.load, path, **kwargs)


@pytest.mark.skipif(not FILES, reason="this build of joblib ships no test data")
@pytest.mark.parametrize("mode", [None, "r", "c"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_old_file(path, mode):
    theirs, their_error = load(joblib, path, mmap_mode=mode)
    ours, our_error = load(fastjoblib, path, mmap_mode=mode)
    if their_error is not None:
        assert type(our_error) is type(their_error)
        assert str(our_error) == str(their_error)
    else:
        assert our_error is None, repr(our_error)
        assert_same(without_matrices(ours), without_matrices(theirs))


def without_matrices(value):
    """joblib gives a matrix back as an ndarray with NumPy 2, ours as a matrix."""
    import numpy as np

    return [np.asarray(v) if isinstance(v, np.matrix) else v for v in value] if isinstance(value, list) else value
