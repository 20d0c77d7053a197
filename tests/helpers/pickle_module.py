# SPDX-License-Identifier: BSD-3-Clause
"""The module under test, `fastjoblib.pickle`, and its control: CPython's own `pickle`, whose C half it stands in for.

    FASTJOBLIB_TEST_PICKLE=pickle pytest tests/unit/test_pickle_module.py

runs the same tests against the control, which shows that what they expect is what CPython does.
"""

import importlib
import os
import pickle

import pytest

NAME = os.environ.get("FASTJOBLIB_TEST_PICKLE", "fastjoblib.pickle")
IS_CONTROL = NAME == "pickle"

tested = importlib.import_module(NAME)

ours_only = pytest.mark.skipif(IS_CONTROL, reason="a difference from CPython's pickle, on purpose")


def outcome(scenario, module):
    """What scenario(module) returns, or the exception that it raises."""
    try:
        return scenario(module), None
    except Exception as error:
        return None, error


def assert_as_in_cpython(scenario):
    """The scenario, a function of a pickle module, gives what it gives with CPython's, or an error of that type.

    Ours may be of a subclass, such as TruncatedFileError for EOFError: what catches CPython's catches ours. And where
    CPython has a SystemError, which is what it calls its own bugs, ours may be any other.
    """
    theirs, their_error = outcome(scenario, pickle)
    ours, our_error = outcome(scenario, tested)
    if isinstance(their_error, SystemError) and not IS_CONTROL:
        assert our_error is not None and not isinstance(our_error, SystemError), repr(our_error)
        return
    assert isinstance(our_error, type(their_error)), f"ours: {our_error!r}; theirs: {their_error!r}"
    assert ours == theirs
