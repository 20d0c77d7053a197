# SPDX-License-Identifier: BSD-3-Clause
"""Any graph of objects and arrays, any protocol: joblib's bytes, and each reads what the other wrote."""

import io

import fastjoblib
import joblib
import pytest
from helpers.compare import assert_same
from helpers.control import PROTOCOLS, assert_same_bytes, check_bytes, error_of, stock_dumps, stock_loads
from helpers.strategies import arrays, graphs, hashable, leaves, strided_gaps
from helpers.streams import OnlyRead, ShortReader
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

protocols = st.sampled_from(PROTOCOLS)


@given(graphs(), protocols)
def test_bytes_and_values(graph, protocol):
    value = graph.value
    data = check_bytes(lambda: value, protocol)
    if data is None:
        return
    theirs, their_error = error_of(stock_loads, data)
    ours, our_error = error_of(fastjoblib.loads, data)
    # some cycles (a set in itself below protocol 4) cannot be read by anyone
    assert (our_error is None) == (their_error is None), (our_error, their_error)
    if their_error is None:
        assert_same(ours, theirs, sharing=True)


@given(graphs(cycles=False), protocols)
def test_without_cycles_everything_comes_back(graph, protocol):
    value = graph.value
    data, error = error_of(fastjoblib.dumps, value, protocol=protocol)
    assume(error is None)
    assert_same(stock_loads(data), fastjoblib.loads(stock_dumps(value, protocol)), sharing=True)


@given(st.one_of(leaves, st.lists(leaves), st.dictionaries(hashable, leaves), st.sets(hashable)), protocols)
def test_plain_values_come_back_equal(value, protocol):
    data = fastjoblib.dumps(value, protocol=protocol)
    assert_same(fastjoblib.loads(data), stock_loads(data))
    assert_same_bytes(data, stock_dumps(value, protocol))


@given(arrays(), protocols)
def test_arrays(array, protocol):
    if strided_gaps(array):
        assert len(fastjoblib.dumps(array, protocol=protocol)) == len(stock_dumps(array, protocol))
        data = stock_dumps(array, protocol)
    else:
        data = check_bytes(lambda: array, protocol)
    assert_same(fastjoblib.loads(data), stock_loads(data))


@settings(max_examples=40)
@given(st.lists(graphs(max_steps=8), max_size=3), protocols, st.integers(1, 64))
def test_streams_of_several(several, protocol, most):
    """Written one after another, read one after another, by whatever reader, to the last byte and no further."""
    target = io.BytesIO()
    written = []
    for value in [graph.value for graph in several]:
        data, error = error_of(fastjoblib.dumps, value, protocol=protocol)
        if error is None:
            written.append(value)
            fastjoblib.dump(value, target, protocol=protocol)
    content = target.getvalue()
    for stream in (OnlyRead(content + b"rest"), ShortReader(content + b"rest", most)):
        for value in written:
            _, expected_error = error_of(stock_loads, stock_dumps(value, protocol))
            if expected_error is not None:
                return  # where reading stopped is nobody's promise
            assert_same(fastjoblib.load(stream), stock_loads(stock_dumps(value, protocol)))
        assert stream.rest == b"rest"


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graphs(), protocols)
def test_files(tmp_path, graph, protocol):
    value = graph.value
    _, error = error_of(fastjoblib.dump, value, tmp_path / "file", protocol=protocol)
    if error is not None:
        assert not (tmp_path / "file").exists()
        return
    assert_same_bytes((tmp_path / "file").read_bytes(), stock_dumps(value, protocol))
    for mode in (None, "r"):
        ours, our_error = error_of(fastjoblib.load, tmp_path / "file", mmap_mode=mode)
        theirs, their_error = error_of(joblib.load, tmp_path / "file", mmap_mode=mode)
        assert (our_error is None) == (their_error is None), (our_error, their_error)
        if our_error is None:
            assert_same(ours, theirs)
    (tmp_path / "file").unlink()


@given(st.binary(max_size=60))
def test_random_bytes_never_crash(data):
    _, error = error_of(fastjoblib.loads, data)
    assert not isinstance(error, (SystemError, MemoryError)), repr(error)


@given(graphs(max_steps=6), protocols, st.data())
def test_truncated_anywhere(graph, protocol, data):
    content, error = error_of(fastjoblib.dumps, graph.value, protocol=protocol)
    assume(error is None and error_of(stock_loads, content)[1] is None)
    size = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(fastjoblib.TruncatedFileError) as caught:
        fastjoblib.loads(content[:size])
    assert caught.value.actual == size < caught.value.expected <= len(content)
