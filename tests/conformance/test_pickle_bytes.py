# SPDX-License-Identifier: BSD-3-Clause
"""fastjoblib.pickle.dumps writes what C pickle of the same Python writes, and reads what it reads, for every case."""

import io
import pickle
import pickletools
import sys

import numpy as np
import pytest
from helpers import classes
from helpers.cases import BYTES, SCALARS, TEXT
from helpers.cases_arrays import ARRAYS
from helpers.cases_containers import BIG, CONTAINERS
from helpers.cases_object_arrays import OBJECT_ARRAYS
from helpers.cases_objects import OBJECTS
from helpers.compare import assert_same
from helpers.control import assert_same_bytes, error_of, for_each_protocol
from helpers.pickle_module import ours_only, tested

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
EVERY = SCALARS + TEXT + BYTES + CONTAINERS + OBJECTS


def check_bytes(build, protocol):
    value = build()
    theirs, their_error = error_of(pickle.dumps, value, protocol)
    ours, our_error = error_of(tested.dumps, value, protocol)
    assert type(our_error) is type(their_error), f"ours: {our_error!r}; theirs: {their_error!r}"
    if their_error is not None:
        return None
    assert_same_bytes(ours, theirs)
    return ours


def check_bytes_and_value(build, protocol):
    data = check_bytes(build, protocol)
    if data is None:
        return
    theirs, their_error = error_of(pickle.loads, data)
    ours, our_error = error_of(tested.loads, data)
    assert type(our_error) is type(their_error), f"ours: {our_error!r}; theirs: {their_error!r}"
    if their_error is None:
        assert_same(ours, theirs, sharing=True)


@pytest.mark.parametrize("case", EVERY + BIG, ids=str)
def test_bytes_and_value(case):
    for_each_protocol(check_bytes_and_value, case.build, PROTOCOLS)


@pytest.mark.parametrize("case", ARRAYS + OBJECT_ARRAYS, ids=str)
def test_arrays_are_reduced_as_numpy_says(case):
    """No NumpyArrayWrapper: what fastjoblib.pickle writes is plain pickle, and plain pickle reads it."""
    for_each_protocol(check_bytes_and_value, case.build, PROTOCOLS)


@pytest.fixture
def long_numbers():
    """Let pickletools print integers of any number of digits."""
    digits = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    yield
    sys.set_int_max_str_digits(digits)


@pytest.mark.usefixtures("long_numbers")
@pytest.mark.parametrize("case", EVERY, ids=str)
def test_pickletools_understand_it(case):
    for protocol in PROTOCOLS:
        data, error = error_of(tested.dumps, case.build(), protocol)
        if error is not None:
            continue
        listing = io.StringIO()
        if case.name == "name that is not ASCII" and protocol == 3:
            # GLOBAL's names are UTF-8 in protocol 3; before 3.14 pickletools wants ASCII.
            _, error = error_of(pickletools.dis, data, listing)
            assert error is None or isinstance(error, UnicodeDecodeError)
            continue
        pickletools.dis(data, listing)
        assert "highest protocol among opcodes" in listing.getvalue()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_file_gets_the_same_bytes(protocol):
    """dump and Pickler.dump write what dumps returns, in however many pieces."""
    value = ["small", "x" * 100_000, b"y" * 70_000, bytearray(70_000), list(range(20_000)), classes.Plain(a=1)]
    expected = pickle.dumps(value, protocol)
    assert_same_bytes(tested.dumps(value, protocol), expected)
    for write in (tested.dump, lambda value, file, protocol: tested.Pickler(file, protocol).dump(value)):
        target = io.BytesIO()
        write(value, target, protocol)
        assert_same_bytes(target.getvalue(), expected)


class Recorder:
    def __init__(self):
        self.sizes = []

    def write(self, data):
        self.sizes.append(len(data))


def sizes_of_writes(dump, protocol):
    value = [["text" * 5000 + str(i) for i in range(20)], b"y" * 200_000, "x" * 200_000, list(range(30_000))]
    recorder = Recorder()
    dump(value, recorder, protocol)
    return recorder.sizes


@pytest.mark.parametrize("protocol", (4, 5))
def test_pieces_are_those_of_c_pickle(protocol):
    """Each frame and each large object comes in a write of its own."""
    assert sizes_of_writes(tested.dump, protocol) == sizes_of_writes(pickle.dump, protocol)


@ours_only
@pytest.mark.parametrize("protocol", (0, 1, 2, 3))
def test_pieces_without_frames(protocol):
    """C pickle holds all but the large objects in memory until the end; ours writes as it goes."""
    ours, theirs = sizes_of_writes(tested.dump, protocol), sizes_of_writes(pickle.dump, protocol)
    assert sum(ours) == sum(theirs)
    assert len(ours) >= len(theirs) and max(ours) < 400_000


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("fix_imports", (True, False))
def test_python_2_names(protocol, fix_imports):
    value = [range(3), map, zip, OSError, ModuleNotFoundError, classes.Plain(a=b"bytes"), {1}, b"", np.float64(1)]
    for of in (*value, value):
        theirs = pickle.dumps(of, protocol, fix_imports=fix_imports)
        assert_same_bytes(tested.dumps(of, protocol, fix_imports=fix_imports), theirs)


def test_out_of_band_buffers():
    value = [np.arange(1000.0), np.eye(30, order="F"), pickle.PickleBuffer(bytearray(b"abc")), pickle.PickleBuffer(b"")]
    ours, theirs = [], []
    data = tested.dumps(value, 5, buffer_callback=ours.append)
    assert_same_bytes(data, pickle.dumps(value, 5, buffer_callback=theirs.append))
    assert [bytes(buffer.raw()) for buffer in ours] == [bytes(buffer.raw()) for buffer in theirs]
    loaded = tested.loads(data, buffers=ours)
    assert_same(loaded[:2], value[:2])
    assert loaded[2] is ours[2]
    loaded[0][0] = 77
    assert value[0][0] == 77  # the memory is shared, as PEP 574 says
