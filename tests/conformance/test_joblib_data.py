# SPDX-License-Identifier: BSD-3-Clause
"""All files that joblib ships for its own tests, written by joblib 0.8.4 to 0.11: they load as in joblib."""

import pathlib
import re
import sys
import warnings

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.compare import assert_same
from helpers.control import error_of

DATA = pathlib.Path(joblib.__file__).parent / "test" / "data"
# Side files are part of their main file.
FILES = sorted(path for path in DATA.glob("joblib_0.*") if not re.search(r"_\d\d\.npy(\.z)?$", path.name))


def load(library, path, **kwargs):
    """Result, error and joblib's warnings: what NumPy says of dtypes that old files hold is not the subject."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result, error = error_of(library.load, path, **kwargs)
    said = [(w.category, str(w.message)) for w in caught if re.search("joblib|mmap_mode", str(w.message))]
    return result, error, said, caught


def assert_alike(ours, theirs):
    """The same, but for matrices: where joblib gives one or gives an array depends on NumPy's version."""
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        if np.matrix in (type(a), type(b)):
            a, b = np.asarray(a), np.asarray(b)
        assert_same(a, b)


def names_of_file(error):
    return str(error) + "".join(getattr(error, "__notes__", ()))


@pytest.mark.skipif(not FILES, reason="this build of joblib ships no test data")
@pytest.mark.parametrize("mode", [None, "r", "c"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file(path, mode):
    theirs, their_error, their_warnings, _ = load(joblib, path, mmap_mode=mode)
    ours, our_error, our_warnings, caught = load(fastjoblib, path, mmap_mode=mode)
    assert our_warnings == their_warnings
    for warning in caught:
        if "joblib version less than 0.10" in str(warning.message):
            assert warning.filename == error_of.__code__.co_filename, "not the caller of load"
    if their_error is None:
        assert our_error is None, repr(our_error)
        assert_alike(ours, theirs)
        return
    assert type(our_error) is type(their_error) is ValueError
    assert str(our_error) == str(their_error)
    assert "generated with python 2" in str(our_error)
    if sys.version_info >= (3, 11):  # before, exceptions have no notes, and the message is joblib's
        assert repr(str(path)) in names_of_file(our_error)


@pytest.mark.skipif(not FILES, reason="this build of joblib ships no test data")
def test_matrices_stay():
    """Both ways in which joblib 0.9 saved them."""
    for name in ("joblib_0.9.2_pickle_py35_np19.pkl", "joblib_0.9.2_compressed_pickle_py35_np19.gz"):
        result, error, _, _ = load(fastjoblib, DATA / name)
        assert error is None
        assert type(result[4]) is np.matrix
        assert np.asarray(result[4]).tolist() == [[0, 1, 2]]
