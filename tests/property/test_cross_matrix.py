# SPDX-License-Identifier: BSD-3-Clause
"""Whoever wrote a pickle, everybody reads the same from it: fastjoblib, C pickle, pickle in Python, joblib."""

import io
import pickle
import pickletools

import fastjoblib
import pytest
from helpers.compare import assert_same
from helpers.control import assert_same_bytes, error_of, stock_dumps, stock_loads
from helpers.pickle_module import tested
from helpers.strategies import graphs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

# These write arrays as NumPy reduces them, so what they write is plain pickle.
PLAIN_WRITERS = {
    "fastjoblib.pickle": tested.dumps,
    "C pickle": pickle.dumps,
    "Python pickle": pickle._dumps,
}
JOBLIB_WRITERS = {
    "joblib": stock_dumps,
    "fastjoblib": lambda value, protocol: fastjoblib.dumps(value, protocol=protocol),
}
READERS = {
    "fastjoblib.pickle": tested.loads,
    "C pickle": pickle.loads,
    "Python pickle": pickle._loads,
    "joblib": stock_loads,
    "fastjoblib": fastjoblib.loads,
}

protocols = st.integers(0, pickle.HIGHEST_PROTOCOL)


def check_matrix(value, protocol, writers):
    """Each of `writers` can write `value` if C pickle can, and each reader reads from all what C pickle reads."""
    control, control_error = error_of(pickle.dumps, value, protocol)
    written = {name: error_of(write, value, protocol) for name, write in writers.items()}
    for writer, (_, error) in written.items():
        assert (error is None) == (control_error is None), f"{writer}: {error!r}; C pickle: {control_error!r}"
    assume(control_error is None)
    expected, expected_error = error_of(pickle.loads, control)
    readers_of = {}  # most write the same bytes, which need not be read twice
    for writer, (data, _) in written.items():
        readers_of.setdefault(data, writer)
    for data, writer in readers_of.items():
        for reader, read in READERS.items():
            found, error = error_of(read, data)
            # some cycles (a set in itself below protocol 4) cannot be read by anyone
            assert (error is None) == (expected_error is None), f"{writer} to {reader}: {error!r}; {expected_error!r}"
            if error is None:
                assert_same(found, expected, sharing=True)


@settings(max_examples=300)
@given(graphs(with_arrays=False), protocols)
def test_every_reader_reads_every_writer(graph, protocol):
    check_matrix(graph.value, protocol, {**PLAIN_WRITERS, **JOBLIB_WRITERS})


@settings(max_examples=300)
@given(graphs(), protocols)
def test_every_reader_reads_arrays_in_plain_pickles(graph, protocol):
    writers = dict(PLAIN_WRITERS)
    if protocol == 5:
        # pickle.py takes the contents of empty arrays, which are all the one b"", for one object (up to 3.13 at least)
        del writers["Python pickle"]
    check_matrix(graph.value, protocol, writers)


@settings(max_examples=300)
@given(graphs(), protocols)
def test_bytes_are_those_of_c_pickle(graph, protocol):
    theirs, their_error = error_of(pickle.dumps, graph.value, protocol)
    ours, our_error = error_of(tested.dumps, graph.value, protocol)
    assert type(our_error) is type(their_error), f"ours: {our_error!r}; theirs: {their_error!r}"
    if their_error is None:
        assert_same_bytes(ours, theirs)


@settings(max_examples=200)
@given(graphs(), protocols)
def test_pickletools_understand_what_we_write(graph, protocol):
    data, error = error_of(tested.dumps, graph.value, protocol)
    assume(error is None)
    listing = io.StringIO()
    pickletools.dis(data, listing)
    assert listing.getvalue().rstrip().endswith(f"highest protocol among opcodes = {highest_protocol(data)}")

    optimized = pickletools.optimize(data)
    expected, error = error_of(pickle.loads, data)
    assume(error is None)
    assert_same(tested.loads(optimized), expected, sharing=True)


def highest_protocol(data):
    return max(opcode.proto for opcode, _, _ in pickletools.genops(data))


@settings(max_examples=200)
@given(st.lists(graphs(max_steps=8, with_arrays=False), min_size=1, max_size=3), protocols)
@pytest.mark.parametrize("pickler", (tested.Pickler, pickle._Pickler), ids=("ours", "Python"))
@pytest.mark.parametrize("unpickler", (tested.Unpickler, pickle._Unpickler), ids=("ours", "Python"))
def test_one_memo_for_several_dumps(pickler, unpickler, several, protocol):
    """One Pickler writes several objects into a stream, one Unpickler reads them; what they share is shared."""
    values = [graph.value for graph in several]
    values.append(values[0])
    assume(error_of(lambda: pickle.loads(pickle.dumps(values, protocol)))[1] is None)
    stream = io.BytesIO()
    writer = pickler(stream, protocol)
    for value in values:
        writer.dump(value)
    stream.seek(0)
    reader = unpickler(stream)
    found = [reader.load() for _ in values]
    assert found[-1] is found[0]
    assert_same(found, pickle.loads(pickle.dumps(values, protocol)), sharing=True)
    assert stream.read() == b""
