# SPDX-License-Identifier: BSD-3-Clause
"""fastjoblib.pickle is called as CPython's pickle is: names, defaults, and the errors of wrong calls."""

import inspect
import io
import pickle

import pytest
from helpers import classes
from helpers.pickle_module import assert_as_in_cpython, ours_only, tested

NONE = b"N."  # the pickle of None
TEXT_OF_PYTHON_2 = b"U\x01\xe9."
BUFFER, READONLY_BUFFER = b"\x80\x05\x97.", b"\x80\x05\x97\x98."


def sink():
    return io.BytesIO()


def source(data=NONE):
    return io.BytesIO(data)


class Without:
    """A file that lacks a method, or has one that raises."""

    def __init__(self, **methods):
        self.__dict__.update(methods)


class Refuses:
    @property
    def write(self):
        raise ZeroDivisionError

    read = readline = write


def written(module, *args, value=("a", 1), **kwargs):
    target = sink()
    module.Pickler(target, *args, **kwargs).dump(value)
    return target.getvalue()


CALLS = {
    # how it may be called
    "dumps": lambda m: m.dumps(("a", 1)),
    "dumps by name": lambda m: m.dumps(obj=("a", 1), protocol=2, fix_imports=False, buffer_callback=None),
    "dump by name": lambda m: m.dump(obj=1, file=sink(), protocol=2, fix_imports=False, buffer_callback=None),
    "load by name": lambda m: m.load(file=source(), fix_imports=True, encoding="ASCII", errors="strict", buffers=()),
    "loads by name": lambda m: m.loads(NONE, fix_imports=True, encoding="ASCII", errors="strict", buffers=None),
    "Pickler by place": lambda m: written(m, 2, True, None),
    "Pickler by name": lambda m: m.Pickler(file=sink(), protocol=2, fix_imports=True, buffer_callback=None).dump(1),
    "Unpickler by name": lambda m: m.Unpickler(
        file=source(), fix_imports=True, encoding="ASCII", errors="strict", buffers=()
    ).load(),
    "Pickler.dump returns": lambda m: m.Pickler(sink()).dump(1),
    "Pickler.clear_memo returns": lambda m: m.Pickler(sink()).clear_memo(),
    "Pickler.bin": lambda m: [m.Pickler(sink(), protocol).bin for protocol in (None, 0, 1, 2, 5)],
    "find_class": lambda m: m.Unpickler(source()).find_class("math", "sqrt"),
    "find_class with dots": lambda m: m.Unpickler(source(b"\x80\x04N.")).find_class("collections", "abc.Set"),
    # protocols
    **{
        f"protocol {protocol!r}": lambda m, protocol=protocol: (m.dumps(("a", 1), protocol), written(m, protocol))
        for protocol in (None, *range(6), -1, -5, -(2**40), True)
    },
    **{
        f"wrong protocol {protocol!r}": lambda m, protocol=protocol: m.dumps(1, protocol)
        for protocol in (6, 255, 2**40, 2**70, "x", 1.0, b"", [])
    },
    **{
        f"Pickler of wrong protocol {protocol!r}": lambda m, protocol=protocol: m.Pickler(sink(), protocol)
        for protocol in (6, 2**40, "x", 1.0)
    },
    # wrong calls
    "dumps of nothing": lambda m: m.dumps(),
    "dumps of too much": lambda m: m.dumps(1, 2, True),
    "dumps with an unknown name": lambda m: m.dumps(1, compress=3),
    "dump without a file": lambda m: m.dump(1),
    "dump of too much": lambda m: m.dump(1, sink(), 2, True),
    "loads of nothing": lambda m: m.loads(),
    "loads by a name": lambda m: m.loads(data=NONE),
    "loads of too much": lambda m: m.loads(NONE, "ASCII"),
    "loads of text": lambda m: m.loads("N."),
    "loads of None": lambda m: m.loads(None),
    "loads of a number": lambda m: m.loads(5),
    "loads of gaps": lambda m: m.loads(memoryview(b"N.N.")[::2]),
    "load of bytes": lambda m: m.load(NONE),
    "load of too much": lambda m: m.load(source(), "ASCII"),
    "Pickler of nothing": lambda m: m.Pickler(),
    "Pickler of too much": lambda m: m.Pickler(sink(), 2, True, None, 1),
    "Pickler of a number": lambda m: m.Pickler(5),
    "Pickler of a file that refuses": lambda m: m.Pickler(Refuses()),
    "Pickler of write that is no function": lambda m: m.Pickler(Without(write=5)).dump(1),
    "Pickler.dump of nothing": lambda m: m.Pickler(sink()).dump(),
    "Pickler.dump by name": lambda m: m.Pickler(sink()).dump(obj=1),
    "Pickler.dump of two": lambda m: m.Pickler(sink()).dump(1, 2),
    "Unpickler of nothing": lambda m: m.Unpickler(),
    "Unpickler of too much": lambda m: m.Unpickler(source(), True),
    "Unpickler of a number": lambda m: m.Unpickler(5),
    "Unpickler of a file without readline": lambda m: m.Unpickler(Without(read=len)),
    "Unpickler of a file without read": lambda m: m.Unpickler(Without(readline=len)),
    "Unpickler of a file that refuses": lambda m: m.Unpickler(Refuses()),
    "Unpickler of read that is no function": lambda m: m.Unpickler(Without(read=5, readline=5)).load(),
    "Unpickler of read that gives text": lambda m: m.Unpickler(io.StringIO("N.")).load(),
    "find_class by name": lambda m: m.Unpickler(source()).find_class(module_name="math", global_name="pi"),
    "find_class of one": lambda m: m.Unpickler(source()).find_class("math"),
    "find_class of a number": lambda m: m.Unpickler(source()).find_class(5, "pi"),
    "find_class of no module": lambda m: m.Unpickler(source()).find_class("no_such_module", "pi"),
    "find_class of no name": lambda m: m.Unpickler(source()).find_class("math", "no_such_name"),
    "dispatch_table that is not there": lambda m: m.Pickler(sink()).dispatch_table,
    "reducer_override that is not there": lambda m: m.Pickler(sink()).reducer_override,
    "deleting bin": lambda m: delattr(m.Pickler(sink()), "bin"),
    # never initialised
    "dump before __init__": lambda m: m.Pickler.__new__(m.Pickler).dump(1),
    "load before __init__": lambda m: m.Unpickler.__new__(m.Unpickler).load(),
    # encodings
    **{
        f"text of Python 2, {options}": lambda m, options=options: (
            m.loads(TEXT_OF_PYTHON_2, **options),
            m.load(source(TEXT_OF_PYTHON_2), **options),
            m.Unpickler(source(TEXT_OF_PYTHON_2), **options).load(),
        )
        for options in (
            {},
            {"encoding": "latin1"},
            {"encoding": "bytes"},
            {"encoding": "utf-8", "errors": "surrogateescape"},
            {"errors": "ignore"},
            {"errors": "no such handler"},
            {"encoding": "no such encoding"},
        )
    },
    "encoding that is not needed": lambda m: m.loads(NONE, encoding="no such encoding"),
    "encoding None": lambda m: m.loads(NONE, encoding=None),
    "encoding with a null": lambda m: m.loads(NONE, encoding="a\0b"),
    "errors 5": lambda m: m.loads(NONE, errors=5),
    # buffers
    "callback below protocol 5": lambda m: m.dumps(1, 4, buffer_callback=print),
    "callback that is no function": lambda m: m.dumps(pickle.PickleBuffer(b"x"), 5, buffer_callback=5),
    "callback that is not needed": lambda m: m.dumps(1, 5, buffer_callback=5),
    "buffers that cannot be iterated": lambda m: m.loads(NONE, buffers=5),
    "buffer without buffers": lambda m: m.loads(BUFFER),
    "buffer with buffers None": lambda m: m.loads(BUFFER, buffers=None),
    "buffer when there are no more": lambda m: m.loads(BUFFER, buffers=[]),
    "buffer that is none": lambda m: m.loads(BUFFER, buffers=[5]),
    "read-only buffer that is none": lambda m: m.loads(READONLY_BUFFER, buffers=[5]),
    "read-only buffer": lambda m: bytes(m.loads(READONLY_BUFFER, buffers=[bytearray(b"x")])),
    "more buffers than needed": lambda m: m.loads(BUFFER, buffers=iter([b"a", b"b"])),
    # what cannot be read
    **{
        f"loads of {data!r}": lambda m, data=data: m.loads(data)
        for data in (b"", b"\x80", b"\x80\x04K", b"\x80\x09N.", b"\x80\x04z.", b".", b"(.", b"N", b"Pid\n.", b"NQ.")
    },
    "load at the end": lambda m: m.load(source(b"")),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_call(call):
    assert_as_in_cpython(call)


@pytest.mark.parametrize("name", ("dump", "dumps", "load", "loads", "Pickler", "Unpickler"))
def test_signature(name):
    assert inspect.signature(getattr(tested, name)) == inspect.signature(getattr(pickle, name))
    assert getattr(tested, name).__doc__


def test_names():
    names = ("dump", "dumps", "load", "loads", "Pickler", "Unpickler", "PickleBuffer")
    constants = ("HIGHEST_PROTOCOL", "DEFAULT_PROTOCOL", "PickleError", "PicklingError", "UnpicklingError")
    assert {*names, *constants} <= set(tested.__all__)


@pytest.mark.parametrize("name", ("PickleError", "PicklingError", "UnpicklingError", "PickleBuffer"))
def test_what_is_pickles_own(name):
    """One class to catch, whoever raised; and one kind of buffer."""
    assert getattr(tested, name) is getattr(pickle, name)


def test_constants():
    assert tested.HIGHEST_PROTOCOL == pickle.HIGHEST_PROTOCOL
    assert tested.DEFAULT_PROTOCOL == pickle.DEFAULT_PROTOCOL


@ours_only
@pytest.mark.parametrize(
    "use",
    (
        lambda: tested.Pickler.__new__(tested.Pickler).clear_memo(),
        lambda: tested.Pickler.__new__(tested.Pickler).memo.copy(),
        lambda: tested.Unpickler.__new__(tested.Unpickler).memo.copy(),
        lambda: tested.Unpickler.__new__(tested.Unpickler).find_class("math", "pi"),
    ),
    ids=("clear_memo", "Pickler.memo", "Unpickler.memo", "find_class"),
)
def test_nothing_works_before_init(use):
    """CPython 3.10 to 3.13 crash when the memo is copied, which is a null pointer until __init__."""
    with pytest.raises(pickle.PickleError, match="__init__"):
        use()


def test_pickler_may_be_initialised_again():
    """The second __init__ counts: its file and protocol, with an empty memo."""
    first, second = sink(), sink()
    value = ["text", classes.Plain(a=1)]
    pickler = tested.Pickler(first, 2)
    pickler.dump(value)
    pickler.__init__(second, 4)
    pickler.dump(value)
    assert first.getvalue() == pickle.dumps(value, 2)
    assert second.getvalue() == pickle.dumps(value, 4)


def test_unpickler_may_be_initialised_again():
    unpickler = tested.Unpickler(source(TEXT_OF_PYTHON_2), encoding="latin1")
    assert unpickler.load() == "\xe9"
    unpickler.__init__(source(TEXT_OF_PYTHON_2), encoding="bytes")
    assert unpickler.load() == b"\xe9"


@pytest.mark.parametrize("arguments", [(), (5,), (sink(), 77)])
def test_wrong_init_of_what_was_initialised(arguments):
    """The attempt fails as the first would; what is left is the old state or an error, and no crash."""
    target = sink()
    pickler = tested.Pickler(target, 2)
    with pytest.raises((TypeError, ValueError)):
        pickler.__init__(*arguments)
    try:
        pickler.dump(["after"])
    except pickle.PicklingError:
        assert target.getvalue() == b""
    else:
        assert pickle.loads(target.getvalue()) == ["after"]


def test_types_are_final_and_cannot_be_pickled():
    for instance in (tested.Pickler(sink()), tested.Unpickler(source())):
        with pytest.raises(TypeError):
            pickle.dumps(instance)
        with pytest.raises(TypeError):
            type(instance).attribute = 5
