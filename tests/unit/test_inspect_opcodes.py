# SPDX-License-Identifier: BSD-3-Clause
"""Each opcode on every kind of stack: inspecting refuses what loading refuses, for the same reason."""

import io
import pickle
import pickletools
import zoneinfo

import fastjoblib
import pytest
from attacks import assemble as a
from helpers.control import error_of
from helpers.refusals import check_refusals

from tests.unit.test_opcodes import SAMPLES, STACKS

AFTER = (b".", b"t.", b"\x86.", b"", b"0.", b"a.", b")R.", b"}b.", b"q\x01h\x01\x86.")


@pytest.mark.parametrize("opcode", SAMPLES)
def test_opcode_on_every_stack(opcode):
    for stack in STACKS.values():
        for after in AFTER:
            check_refusals(stack + opcode + after)
            error = check_refusals(b"\x80\x04" + stack + opcode + after)
            if error is not None:
                # no objects are there to be shown
                report = fastjoblib.inspect(io.BytesIO(b"\x80\x04" + stack + opcode + after))
                assert report.error == str(error).replace(", not an object of type list", "")


def test_the_samples_are_of_all_opcodes():
    names = {sample.id.partition(" ")[0] for sample in SAMPLES}
    assert names == {opcode.name for opcode in pickletools.opcodes}


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x06N.",
        b"\x80\x04\x95\x02" + bytes(7) + b"N.",
        b"\x80\x04\x95\x01" + bytes(7) + b"N.",
        b"\x80\x04\x95\x05" + bytes(7) + b"K\x01\x95\x01" + bytes(7) + b"N.",  # a frame in a frame
        b"\x80\x04\x95\x01" + bytes(7) + b"K\x01.",  # a frame that ends within an argument
        b"\x80\x04\x95\x08\x10" + bytes(6) + b"B\xd0\x07\0\0" + bytes(4100) + b".",  # one that ends within bytes
        b"\x80\x04\x95\x08\x10" + bytes(6) + b"X\xd0\x07\1\0" + b"a" * 70_000 + b".",  # or within text
        b"\x95" + b"\xff" * 8 + b"N.",
        b"\x80\x04\x8e" + b"\xff" * 8 + b"N.",
        b"\x80\x04\x8d" + b"\xff" * 8 + b"N.",
        b"(K\x01r\x00\x00\x01\x00K\x02q\x05j\x00\x00\x01\x00h\x05t.",  # memo indices with gaps
        b"(K\x01p70000\nK\x02g70000\nt.",
        b"(K\x01p70000\nK\x02g70001\nt.",
        b"\x80\x04(K\x01q\x05K\x02\x94K\x03\x94h\x05h\x01h\x02t.",
        b"K\x01p18446744073709551615\n0g18446744073709551615\n.",
        b"K\x01p18446744073709551616\n.",
        b"(K\x01r\x00\x00\x01\x00" + b"".join(b"r%c\x00\x02\x00" % i for i in range(256)) + b"j\x07\x00\x02\x00t.",
    ],
    ids=repr,
)
def test_frames_lengths_and_memo(data):
    check_refusals(data)


@pytest.mark.parametrize("text", ["é" * 40_000, "a" + "é" * 100_000, "\U0001f600" * 30_000, "\ud800" * 50_000])
@pytest.mark.parametrize("shift", range(4))
def test_long_text(text, shift):
    """It is read in pieces, between characters; invalid ones are refused as by a load."""
    data = ("x" * shift + text).encode("utf-8", "surrogatepass")
    whole = b"\x80\x04X" + len(data).to_bytes(4, "little") + data + b"."
    assert check_refusals(whole) is None
    for at in (1, 65_536, len(data) - 1):
        for byte in (b"\xff", b"\x80", b"\xf0"):
            broken = data[:at] + byte + data[at + 1 :]
            opcodes = b"\x80\x04X" + len(broken).to_bytes(4, "little") + broken + b"."
            _, error = error_of(fastjoblib.loads, opcodes)
            assert error is not None or byte == b"\x80" or broken == data  # they may be what was there
            assert fastjoblib.inspect(io.BytesIO(opcodes)).error == (None if error is None else str(error))


NOTES = {
    "computed": b"\x80\x04cbuiltins\nstr\nX\x02\0\0\0os\x85RX\x06\0\0\0system\x93.",
    "longer than": b"\x80\x04X\x02\0\0\0osX\x01\x04\0\0" + b"a" * 1025 + b"\x93.",
    "an earlier call has returned": b"\x80\x04cfunctools\npartial\ncos\nsystem\n\x85RX\x02\0\0\0id\x85R.",
    "arguments of a call are computed": b"\x80\x04cbuiltins\nlist\ncbuiltins\nlist\n)RR.",
    "but a number": b"\x80\x04cbuiltins\nlist\nK\x01R.",
    "added to an object": b"\x80\x04K\x01K\x02a.",
    "state of the global helpers.classes.Plain": b"\x80\x04chelpers.classes\nPlain\n}X\x01\0\0\0aK\x01sb.",
    "state of an object that has none": b"\x80\x04]}b.",
    "persistent ids": b"\x80\x04K\x01Q.",
    "that are not in the file": b"\x80\x05\x97.",
    "extension codes": b"\x80\x04\x82\xf0.",
    "no class of the file": b"ccopyreg\n_reconstructor\n(K\x01K\x02Nt\x52.",
    "not ASCII": b"\x80\x02U\x02\xe9\xe8.",
    "used as an ordinary object": b"\x80\x04]cjoblib.numpy_pickle\nNumpyArrayWrapper\na.",
}


@pytest.mark.parametrize("text", NOTES)
def test_what_cannot_be_followed_is_noted(text):
    report = fastjoblib.inspect(io.BytesIO(NOTES[text]))
    assert any(text in note for note in report.notes), report
    assert report.verdict in ("suspicious", "dangerous")
    assert report.error is None


def test_array_wrappers_are_followed_where_they_are_made():
    """Those of protocol 0 stand in a tuple, which is theirs alone."""
    args = b"(cjoblib.numpy_pickle\nNumpyArrayWrapper\nc__builtin__\nobject\nNtp0\n"
    call = b"ccopy_reg\n_reconstructor\n"
    assert fastjoblib.inspect(io.BytesIO(call + args + b"R.")).notes == ()
    for escape in (b"](h\x00h\x00e.", b"cos\nsystem\ng0\nR."):
        (note,) = fastjoblib.inspect(io.BytesIO(call + args + b"R0" + escape)).notes
        assert "ordinary object" in note


def test_registered_extension_codes():
    import copyreg

    copyreg.add_extension("helpers.classes", "Plain", 0xF1)
    try:
        report = fastjoblib.inspect(io.BytesIO(b"\x80\x04\x82\xf1)\x81."))
    finally:
        copyreg.remove_extension("helpers.classes", "Plain", 0xF1)
    (row,) = report.globals
    assert (row.module, row.name, row.uses) == ("helpers.classes", "Plain", ("instantiated",))


def test_buffers_are_unknown():
    report = fastjoblib.inspect(io.BytesIO(pickle.dumps([pickle.PickleBuffer(b"x")], 5, buffer_callback=[].append)))
    assert report.pickles[0].root.parts[0].kind == "unknown"


@pytest.mark.parametrize("protocol", range(6))
def test_time_zones(protocol):
    """CPython pickles the function that makes them as a call of getattr."""
    zones = [zoneinfo.ZoneInfo("UTC"), zoneinfo.ZoneInfo.no_cache("UTC")]
    rows = fastjoblib.inspect(io.BytesIO(pickle.dumps(zones, protocol))).globals
    assert {(row.module, row.name): row.uses for row in rows} == {
        ("zoneinfo", "ZoneInfo"): ("value",),
        ("zoneinfo", "ZoneInfo._unpickle"): ("called",),
    }


@pytest.mark.parametrize("again", [b"", b"2", b"q\x09"])
def test_other_calls_of_getattr(again):
    """What looks like a time zone does not hide them."""
    zone = a.named("zoneinfo", "ZoneInfo") + a.text("_unpickle")
    getattr_ = a.named("builtins", "getattr")
    for arguments in (
        zone.replace(b"_unpickle", b"_unpickl_"),
        zone + b"N",
        zone.replace(b"ZoneInfo", b"ZoneInf_"),
        a.text("_unpickle") + a.named("zoneinfo", "ZoneInfo"),
    ):
        get = {b"": getattr_, b"2": b"", b"q\x09": b"h\x09"}[again]
        data = b"\x80\x04" + getattr_ + again + b"(" + zone + b"tR0" + get + b"(" + arguments + b"tR."
        (row,) = [row for row in fastjoblib.inspect(io.BytesIO(data)).globals if row.name == "getattr"]
        assert (row.uses, row.verdict) == (("called",), "dangerous")
