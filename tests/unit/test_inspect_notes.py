# SPDX-License-Identifier: BSD-3-Clause
"""What a load could do with a state or with arguments is noted, whatever their names are good for."""

import io

import fastjoblib
import pytest
from attacks import assemble as a
from attacks.tester import SIZE, WRAPPER, state, wrapper

DATA = bytes(SIZE) + a.STOP
OLD_WRAPPER = a.instance("joblib.numpy_pickle", "NDArrayWrapper")


def inspect(*parts):
    return fastjoblib.inspect(io.BytesIO(b"\x80\x04" + b"".join(parts)))


def old_state(**changed):
    return a.dict_of(**{"filename": a.text("x.npy"), "subclass": a.named("numpy", "ndarray"), **changed}) + b"b"


ATTRIBUTES = {
    "read": wrapper(read=a.named("collections", "ChainMap")) + DATA,
    "another": wrapper(x=b"N") + DATA,
    "not text": a.instance(*WRAPPER) + a.dict_of(**state())[:-1] + b"K\x01Nub" + DATA,
    "arguments": a.instance(*WRAPPER, b"N") + a.dict_of(**state()) + b"b" + DATA,
    "twice": a.instance(*WRAPPER) + b"q\x09" + (a.dict_of(**state()) + b"b" + bytes(SIZE) + b"0h\x09") * 2 + a.STOP,
    "old": OLD_WRAPPER + old_state(read=a.named("builtins", "str")) + a.STOP,
}


@pytest.mark.parametrize("case", ATTRIBUTES)
def test_attributes_that_wrappers_do_not_have(case):
    report = inspect(ATTRIBUTES[case])
    assert any("attributes that it does not have" in note for note in report.notes)
    assert (report.verdict, report.error) == ("suspicious", None)


@pytest.mark.parametrize(
    "data", [wrapper() + DATA, OLD_WRAPPER + old_state() + a.STOP, OLD_WRAPPER + old_state(allow_mmap=b"\x88") + a.STOP]
)
def test_wrappers_as_joblib_writes_them(data):
    assert inspect(data).verdict == "clean"
