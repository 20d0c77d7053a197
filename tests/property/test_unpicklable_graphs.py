# SPDX-License-Identifier: BSD-3-Clause
"""Graphs with parts that cannot be pickled: find_unpicklable agrees with dump."""

import sys
import threading
import types

import fastjoblib
from fastjoblib import find_unpicklable
from helpers import classes
from helpers.control import error_of
from helpers.strategies import MAKERS, Graph, leaves, steps
from hypothesis import given
from hypothesis import strategies as st


class Failing(classes.Plain):
    def __getstate__(self):
        raise ValueError("no state")


class NoClass(classes.Plain):
    pass


NoClass.__qualname__ = "Gone"

bad = st.sampled_from([threading.Lock(), lambda: 1, sys, types, (i for i in ()), threading.Event()])
made_bad = st.builds(lambda cls, part: cls(a=part), st.sampled_from([Failing, NoClass]), st.one_of(bad, leaves))

# Functions, since an iterator can be walked once only.
VALUES = [
    lambda part: 5,
    lambda part: (5, ()),
    lambda part: (list, (part,)),
    lambda part: (list, (), part),
    lambda part: (list, (), None, iter([part])),
    lambda part: (list, (), None, None, iter([(part, 1), (2, part)])),
]
reduced = st.builds(
    lambda part, value: classes.Reduce(lambda: value(part)), st.one_of(bad, leaves), st.sampled_from(VALUES)
)
edges = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4)
graphs = st.builds(
    Graph, st.lists(steps(sorted(MAKERS), leaves, st.one_of(bad, made_bad, reduced)), min_size=1, max_size=15), edges
)


@given(graphs, st.sampled_from([None, 0, 1, 2, 3, 4, 5]))
def test_it_agrees_with_dump(graph, protocol):
    value = graph.value
    found = find_unpicklable(value, protocol=protocol)
    data, error = error_of(fastjoblib.dumps, value, protocol=protocol)
    assert (error is None) == (not found), (error, found)
    if error is not None:
        assert found[0].reason.startswith(type(error).__name__)
        note = getattr(error, "__notes__", [f"in `{found[0].path}`: "])[0]
        assert note.startswith(f"in `{found[0].path}`: ")
    else:
        assert fastjoblib.dumps(value, protocol=protocol) == data
