# SPDX-License-Identifier: BSD-3-Clause
"""Which arrays a real load makes: joblib's and pickle's own unpicklers, in Python, that note each array they make."""

import contextlib
import io
import pickle
import re
import unittest.mock
import warnings

import joblib.numpy_pickle
import numpy as np

MADE_BY_A_CALL = {"_frombuffer"}


def tracing(dispatch, made):
    """An unpickler's table of opcodes that notes arrays in the order in which their data is in the file."""

    def noting(run, calls):
        def run_and_note(unpickler):
            name = getattr(unpickler.stack[-2], "__name__", "") if calls else ""
            run(unpickler)
            if isinstance(unpickler.stack[-1], np.ndarray) and (not calls or name in MADE_BY_A_CALL):
                made.append(unpickler.stack[-1])

        return run_and_note

    build, reduce = pickle.BUILD[0], pickle.REDUCE[0]
    return {**dispatch, build: noting(dispatch[build], False), reduce: noting(dispatch[reduce], True)}


def nested_unpickler(made):
    """For the nested pickle of an object array, which is noted before the arrays in it."""
    inner = []

    class Nested(pickle._Unpickler):
        dispatch = tracing(pickle._Unpickler.dispatch, inner)

        def load(self):
            value = super().load()
            made.extend([value, *(array for array in inner if array is not value)])
            inner.clear()
            return value

    return Nested


def traced_load(data):
    """Load bytes with stock joblib: the object, and the arrays of the file."""
    made = []
    base = joblib.numpy_pickle.NumpyUnpickler
    unpickler = type("Traced", (base,), {"dispatch": tracing(base.dispatch, made)})
    with contextlib.ExitStack() as stack, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stack.enter_context(unittest.mock.patch("joblib.numpy_pickle.NumpyUnpickler", unpickler))
        stack.enter_context(unittest.mock.patch("joblib.numpy_pickle.Unpickler", nested_unpickler(made)))
        value = joblib.load(io.BytesIO(data), ensure_native_byte_order=False)
    seen, arrays = set(), []
    for array in made:
        if id(array) not in seen:
            seen.add(id(array))
            arrays.append(array)
    return value, arrays


def text_of(dtype):
    """As Array.dtype in a report."""
    if dtype.fields is None or not dtype.names:
        return "O" if dtype.kind == "O" else dtype.str
    try:
        return str(dtype.descr)
    except ValueError:  # overlapping fields
        return dtype.str


def assert_lists(report, arrays):
    """The report lists exactly these arrays, in this order."""
    assert report.error is None
    assert [array.shape for array in report.arrays] == [array.shape for array in arrays]
    for ours, array in zip(report.arrays, arrays, strict=True):
        if ours.kind == "pickle":  # NumPy turns their data to the machine's byte order
            assert re.sub("[<>]", "", ours.dtype) == re.sub("[<>]", "", text_of(array.dtype))
        else:
            assert ours.dtype == text_of(array.dtype)
        if array.size > 1:
            assert not (ours.order == "C" and not array.flags.c_contiguous)
            assert not (ours.order == "F" and not array.flags.f_contiguous)
        if not array.dtype.hasobject:
            assert ours.nbytes == array.nbytes


PLAIN_PATH = re.compile(r"model(\.\w+|\[[^<].*?\])*")


def resolve(path, model):
    """What a path names, or None where it goes through a state that only its own class understands."""
    if not PLAIN_PATH.fullmatch(path):
        return None
    try:
        return eval(path, {"model": model})
    except (AttributeError, TypeError, LookupError):
        return None


def check_sizes(report):
    """Each part holds its parts; the root is its pickle."""
    for found in report.pickles:
        assert found.root.nbytes == found.end - found.start
        stack = [(found.root, 0)]
        while stack:
            part, depth = stack.pop()
            assert part.nbytes >= sum(inner.nbytes for inner in part.parts)
            assert len(part.parts) <= 65
            assert depth <= 24
            stack += [(inner, depth + 1) for inner in part.parts]
