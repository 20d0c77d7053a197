# SPDX-License-Identifier: BSD-3-Clause
"""What a load could do with a state or with arguments is noted, whatever their names are good for."""

import argparse
import io
from collections import Counter, OrderedDict, defaultdict

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


MEMMAP = a.named("numpy", "memmap")
LIST = a.named("builtins", "list")
SPACE = a.instance("argparse", "Namespace")
GIVEN = {
    "directly": a.call(LIST, MEMMAP),
    "keyword": LIST + b")" + a.dict_of(x=MEMMAP) + b"\x92",
    "class": LIST + a.tuple_of(MEMMAP) + b"\x81",
    "obj": a.tuple_of(LIST, MEMMAP)[:-1] + b"o",
    "inst": b"(" + MEMMAP + b"ibuiltins\nlist\n",
    "tuples": a.call(LIST, a.tuple_of(MEMMAP + b"\x85" * 100)),
    "key": a.call(LIST, b"}" + MEMMAP + b"Ns"),
    "set": a.call(LIST, b"\x8f(" + MEMMAP + b"\x90"),
    "state": a.call(LIST, SPACE + a.dict_of(x=MEMMAP) + b"b"),
    "later": b"]q\x09" + a.call(LIST, b"h\x09") + b"0" + MEMMAP + b"a",
    "state later": SPACE + b"q\x09" + a.call(LIST, b"h\x09") + b"0" + a.dict_of(x=b"]" + MEMMAP + b"a") + b"b",
    "append": SPACE + a.dict_of(append=MEMMAP) + b"bNa",
    "appends": SPACE + b"(" + a.text("extend") + MEMMAP + b"u(Ne",
    "add": SPACE + a.dict_of(add=MEMMAP) + b"b(N\x90",
    "masked": a.call(a.named("numpy.ma.core", "_mareconstruct"), MEMMAP, b"N", b"N", b"N"),
}


@pytest.mark.parametrize("case", GIVEN)
def test_what_a_call_is_given_counts_as_called(case):
    report = inspect(GIVEN[case], a.STOP)
    (row,) = [row for row in report.globals if row.name == "memmap"]
    assert "called" in row.uses
    assert report.verdict == "dangerous"


def test_wrappers_of_another_base_are_no_wrappers():
    """What its __new__ returns may be something else."""
    make = a.named("copyreg", "_reconstructor")
    for base, notes in ((a.named("builtins", "object"), 0), (LIST, 1)):
        made = a.call(make, a.named(*WRAPPER), base, b"N")
        assert len(inspect(made, a.dict_of(**state()), b"b", DATA).notes) == notes


def test_what_is_only_kept_is_not_called():
    functions = (a.named("numpy", "dtype"), a.named("numpy._core.multiarray", "_reconstruct"))
    for data in (b"]" + MEMMAP + b"a", SPACE + a.dict_of(x=MEMMAP) + b"b", *(a.call(f, MEMMAP) for f in functions)):
        (row,) = [row for row in inspect(data, a.STOP).globals if row.name == "memmap"]
        assert row.uses == ("value",)


def test_calls_with_what_is_large_take_no_longer():
    """Each of them is given all of a long list."""
    n = 100_000
    data = b"](" + b"K\x01" * n + b"eq\x09(" + (LIST + b"q\x080" + b"h\x08h\x09\x85R" * n) + b"t."
    report = inspect(data)
    assert report.error is None
    assert [row.count for row in report.globals] == [n + 1]


INTERFACE = dict(__array_interface__=b"}")
NAME = a.run("numpy", "str_", "__class__")
KEYWORDS = a.named("copyreg", "__newobj_ex__")
NAMES = {
    "state": SPACE + a.dict_of(**INTERFACE) + b"b",
    "slots": SPACE + b"N" + a.dict_of(__class__=LIST) + b"\x86b",
    "item": SPACE + a.text("__dict__") + b"}s",
    "items": SPACE + b"(K\x01N" + a.text("__reduce__") + b"Nu",
    "keywords": LIST + b")" + a.dict_of(**INTERFACE) + b"\x92",
    "keywords of a call": a.call(KEYWORDS, LIST, b")", a.dict_of(**INTERFACE)),
    "ordered": SPACE + a.instance("collections", "OrderedDict") + a.dict_of(**INTERFACE)[1:] + b"b",
}


@pytest.mark.parametrize("case", NAMES)
def test_special_attributes_are_noted(case):
    report = inspect(NAMES[case], a.STOP)
    assert any("it sets the attribute '__" in note for note in report.notes)


def test_computed_attributes_are_noted():
    pairs = b"](" + a.text("__class__") + LIST + b"\x86e"
    ordered = a.call(a.named("collections", "OrderedDict"), pairs)
    for data in (b"}" + NAME + b"Ns", b"N}" + NAME + b"Ns\x86", ordered, b"N" + ordered + b"\x86"):
        assert any("computed" in note for note in inspect(SPACE + data + b"b", a.STOP).notes)
    assert inspect(SPACE + a.instance("collections", "OrderedDict") + b"b", a.STOP).notes == ()


def test_words_with_underscores_are_no_attributes():
    """They may be what a text consists of, or private."""
    words = {word: 1 for word in ("__init__", "_x", "__", "____", "__x", "x__")}
    values = [words, Counter(words), OrderedDict(words), defaultdict(int, words)]
    for value in (*values, argparse.Namespace(**{word: 1 for word in words if word != "__init__"})):
        for protocol in range(6):
            report = fastjoblib.inspect(io.BytesIO(fastjoblib.dumps(value, protocol=protocol)))
            assert report.notes == ()


@pytest.mark.parametrize("name", ["/x.npy", "../x.npy", "..", "a/x.npy", "a\\x.npy", "c:x.npy"])
def test_side_files_in_other_folders(name):
    report = inspect(OLD_WRAPPER, old_state(filename=a.text(name)), a.STOP)
    assert report.notes == (f"an array is in another folder: {name}",)
    assert report.verdict == "suspicious"


STOPS = {
    "dtype": wrapper(dtype=SPACE + a.dict_of(hasobject=b"\x88", itemsize=b"K\x08") + b"b"),
    "shape": wrapper(shape=a.run("numpy", "int64", 25) + b"\x85"),
    "alignment": wrapper(numpy_array_alignment_bytes=b"K\0"),
    "description": a.instance(*WRAPPER) + a.dict_of(**state()) + b"}\x86b",
    "without 'shape'": wrapper(shape=b""),
    "side file": OLD_WRAPPER + old_state(filename=NAME),
    "without 'filename'": OLD_WRAPPER + b"}b",
}


@pytest.mark.parametrize("case", STOPS)
def test_where_an_array_stops_the_machine_another_reader_may_go_on(case):
    report = inspect(STOPS[case], DATA)
    assert case in report.error
    assert any("an array cannot be followed" in note for note in report.notes)
    assert report.verdict == "suspicious"


def test_data_before_the_end_of_the_frame():
    """joblib takes the data from behind the frame, and then runs the rest of the frame."""
    report = inspect(a.framed(wrapper() + bytes(SIZE) + a.STOP))
    assert "before the end of the frame" in report.error
    assert report.verdict == "suspicious"
    assert inspect(a.framed(wrapper()), DATA).verdict == "clean"


@pytest.mark.parametrize(
    "line", [b"I" + b"x" * 3_000_000, b"L" + b"1" * 3_000_000 + b"x", b"F" + b"y" * 3_000_000, b"S'" + b"z" * 3_000_000]
)
def test_long_lines_are_cut_in_messages(line):
    report = inspect(b"N" + line + b"\n" + a.STOP)
    assert "cannot be loaded" in report.error
    assert len(report.error) < 510


def test_long_names_are_cut_in_notes():
    report = inspect(a.named("x" * 10_000, "y") + b"}b" + a.STOP)
    (note,) = report.notes
    assert note.startswith("it sets the state of the global xxx")
    assert note.endswith("xx.y")
    assert len(note) < 510


def test_only_notes_count_for_more_than_an_error():
    assert inspect(b"N").verdict == "unreadable"
    assert inspect(b"]}b").verdict == "suspicious"
