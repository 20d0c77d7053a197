# SPDX-License-Identifier: BSD-3-Clause
"""The digest of any graph of objects is joblib's."""

import os
import warnings

import joblib
import pytest
from fastjoblib._hash import hash as ours
from helpers.strategies import graphs
from hypothesis import given, settings
from hypothesis import strategies as st

names = st.sampled_from(["md5", "sha1"])


def outcome(function, *arguments):
    """The digest, or the type of the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(*arguments)
        except RecursionError:
            return "RecursionError"
        except Exception as error:
            return type(error).__name__


def check(graph, name, coerce_mmap):
    theirs = outcome(joblib.hash, graph.value, name, coerce_mmap)
    if theirs != "RecursionError":  # ours does not mind depth
        assert outcome(ours, graph.value, name, coerce_mmap) == theirs


@settings(max_examples=500)
@given(graphs(), names, st.booleans())
def test_graphs(graph, name, coerce_mmap):
    check(graph, name, coerce_mmap)


@pytest.mark.slow
@settings(max_examples=int(os.environ.get("EXAMPLES", "10000")))
@given(graphs(), names, st.booleans())
def test_10000_graphs(graph, name, coerce_mmap):
    check(graph, name, coerce_mmap)
