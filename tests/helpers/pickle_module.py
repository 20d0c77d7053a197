# SPDX-License-Identifier: BSD-3-Clause
"""The module under test, `fastjoblib.pickle`, and its control: CPython's own `pickle`, whose C half it stands in for.

    FASTJOBLIB_TEST_PICKLE=pickle pytest tests/unit/test_pickle_module.py

runs the same tests against the control, which shows that what they expect is what CPython does.
"""

import importlib
import os

import pytest

NAME = os.environ.get("FASTJOBLIB_TEST_PICKLE", "fastjoblib.pickle")
IS_CONTROL = NAME == "pickle"

tested = importlib.import_module(NAME)

ours_only = pytest.mark.skipif(IS_CONTROL, reason="a difference from CPython's pickle, on purpose")
