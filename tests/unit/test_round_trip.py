# SPDX-License-Identifier: BSD-3-Clause
"""What dumps gives, loads turns back into what was saved: types, values, order, sharing. No control needed."""

import io

import fastjoblib
import pytest
from helpers.cases import BYTES, SCALARS, TEXT
from helpers.cases_containers import BIG, CONTAINERS
from helpers.cases_objects import ANYTHING, OBJECTS
from helpers.compare import assert_same
from helpers.control import PROTOCOLS, for_each_protocol


def check_round_trip(case, protocol):
    if (4 if protocol is None else protocol) < case.least_protocol:
        return  # pickle cannot do this, or not so: conformance/ tests what it does
    value = case.build()
    loaded = fastjoblib.loads(fastjoblib.dumps(value, protocol=protocol))
    expected = value if case.loads_as is None else case.loads_as(value)
    if expected is not ANYTHING:
        assert_same(loaded, expected, sharing=case.loads_as is None)


@pytest.mark.parametrize("case", SCALARS + TEXT + BYTES + CONTAINERS, ids=str)
def test_builtin_types(case):
    for_each_protocol(check_round_trip, case)


@pytest.mark.parametrize("case", OBJECTS, ids=str)
def test_objects(case):
    for_each_protocol(check_round_trip, case)


@pytest.mark.parametrize("case", BIG, ids=str)
def test_frames_and_memo(case):
    for_each_protocol(check_round_trip, case, (1, 3, 5))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_dump_and_load_of_a_stream_agree_with_dumps_and_loads(protocol):
    value = {"list": [1, (2, "three")], "set": {4.5}, "none": None}
    stream = io.BytesIO()
    assert fastjoblib.dump(value, stream, protocol=protocol) is None
    assert stream.getvalue() == fastjoblib.dumps(value, protocol=protocol)
    stream.seek(0)
    assert_same(fastjoblib.load(stream), value)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda b: memoryview(bytearray(b))])
def test_loads_takes_any_bytes(kind):
    data = fastjoblib.dumps(["text", 1.5])
    assert_same(fastjoblib.loads(kind(data)), ["text", 1.5])


def test_what_is_loaded_does_not_hold_on_to_the_data():
    import numpy as np

    data = bytearray(fastjoblib.dumps([np.arange(10), b"bytes" * 100, bytearray(10)]))
    loaded = fastjoblib.loads(data)
    data[:] = b"\0" * len(data)
    data.clear()  # BufferError if anything still looks at it
    assert_same(loaded, [np.arange(10), b"bytes" * 100, bytearray(10)])


def test_bytes_after_the_object_are_ignored():
    assert fastjoblib.loads(fastjoblib.dumps([1, 2]) + b"trailing") == [1, 2]


@pytest.mark.parametrize("protocol", (2, 3, 4, 5))
def test_equal_keys_become_one_object(protocol):
    """Saved as many strings, as a JSON reader makes them; loaded as one, but for the first few."""
    records = [{"".join(["a key ", "of its own"]): i} for i in range(1000)]
    loaded = fastjoblib.loads(fastjoblib.dumps(records, protocol=protocol))
    assert loaded == records
    assert len({id(key) for record in loaded for key in record}) < 50


@pytest.mark.parametrize("protocol", range(6))
def test_sharing_keys_does_not_part_what_was_one(protocol):
    """A key that is also a value stays the same object, though an equal key has been met before."""
    before = [{"".join(["equal ", "texts"]): i} for i in range(100)]
    other = "".join(["equal ", "texts"])
    loaded = fastjoblib.loads(fastjoblib.dumps([*before, {other: other}, other], protocol=protocol))
    assert len({id(key) for record in loaded[50:100] for key in record}) == 1  # sharing is on by then
    ((key, value),) = loaded[100].items()
    assert key is value is loaded[101]


def test_attribute_names_are_interned():
    import sys

    from helpers.classes import Plain

    loaded = fastjoblib.loads(fastjoblib.dumps(Plain(an_attribute=1)))
    (name,) = loaded.__dict__
    assert name is sys.intern("an_attr" + "ibute")
