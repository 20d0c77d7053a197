# SPDX-License-Identifier: BSD-3-Clause
"""Errors of the caller's own code come through as they are; what cannot be pickled fails as in joblib."""

import copyreg
import gc
import pickle
import sys
import threading

import fastjoblib
import numpy as np
import pytest
from helpers import classes
from helpers.cases_object_arrays import objects
from helpers.control import PROTOCOLS, error_of, stock_dumps, stock_loads
from helpers.streams import FailingReader, FailingWriter, GivesText, GivesTooMuch


class Boom(Exception):
    pass


def boom(*args):
    raise Boom("from the caller's code")


UNPICKLABLE = {
    "lambda": lambda: lambda: None,
    "lock": threading.Lock,
    "open file": lambda: open(__file__),
    "generator": lambda: (i for i in ()),
    "module": lambda: sys,
    "frame": sys._getframe,
    "local class": lambda: type("Local", (), {}),
    "local function": lambda: boom_maker(),
    "memoryview": lambda: memoryview(b""),
    "socket-like": threading.Event,
}


def boom_maker():
    def inner():
        pass

    return inner


@pytest.fixture
def close():
    opened = []
    yield opened.append
    for value in opened:
        getattr(value, "close", lambda: None)()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [1, {"k": (2, x)}, 3], lambda x: classes.Plain(a=x), objects])
@pytest.mark.parametrize("make", UNPICKLABLE.values(), ids=UNPICKLABLE)
def test_unpicklable(make, wrap, protocol, close):
    part = make()
    close(part)
    value = wrap(part)
    _, theirs = error_of(stock_dumps, value, protocol)
    _, ours = error_of(fastjoblib.dumps, value, protocol=protocol)
    assert theirs is not None
    # some versions of C pickle, which writes joblib's object arrays, say AttributeError of local objects
    allowed = {type(theirs), pickle.PicklingError} if wrap is objects else {type(theirs)}
    assert type(ours) in allowed, f"ours: {ours!r}; theirs: {theirs!r}"


HOOKS = ["__reduce__", "__reduce_ex__", "__getstate__", "__getnewargs__", "__getnewargs_ex__"]


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [[x]], objects])
def test_errors_while_dumping_come_through(hook, wrap):
    kind = type("Exploding", (), {hook: boom})
    with pytest.raises(Boom, match="from the caller's code"):
        fastjoblib.dumps(wrap(kind()))


def test_second_instance_with_wrong_arguments():
    """From the second on, instances are asked for less than the first; what they answer is checked all the same."""

    class Changing:
        answers = iter([(copyreg.__newobj__, (classes.Plain,), {}, None, None)])
        __class__ = classes.Plain

        def __reduce_ex__(self, protocol):
            return next(self.answers, (copyreg.__newobj__, object(), {}, None, None))

    with pytest.raises(pickle.PicklingError, match="must be a tuple"):
        fastjoblib.dumps([Changing(), Changing()])


def lazily():
    yield 1
    boom()


@pytest.mark.parametrize("position", [3, 4])
def test_errors_of_iterators_come_through(position):
    rv = [list, (), None, None, None]
    rv[position] = lazily()
    with pytest.raises((Boom, TypeError)):  # 1 is no pair: TypeError may come first
        fastjoblib.dumps(classes.Reduce(tuple(rv)))


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [[x]], objects])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_errors_while_loading_come_through(wrap, protocol):
    data = fastjoblib.dumps(wrap(classes.Reduce((classes.explode, (1,)))), protocol=protocol)
    with pytest.raises(ZeroDivisionError, match="exploded on purpose") as caught:
        fastjoblib.loads(data)
    assert "explode" in [entry.name for entry in caught.traceback]


@pytest.mark.parametrize("hook", ["__setstate__", "append", "extend", "__setitem__"])
def test_errors_of_hooks_while_loading(hook, monkeypatch):
    kind = {"__setstate__": classes.Getstate, "__setitem__": classes.SetitemOnly}.get(hook, classes.AppendOnly)
    value = kind(a=1) if hook == "__setstate__" else kind([(1, 2)] * 3)
    data = fastjoblib.dumps(value)
    monkeypatch.setattr(kind, hook, boom, raising=False)
    with pytest.raises(Boom):
        fastjoblib.loads(data)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError, RecursionError])
def test_grave_errors_come_through_unchanged(error):
    def reduce(self):
        raise error("grave")

    with pytest.raises(error, match="grave"):
        fastjoblib.dumps([type("Grave", (), {"__reduce__": reduce})()])


@pytest.mark.parametrize("room", [0, 1, 100, 70_000, 1_000_000])
@pytest.mark.parametrize("value", [[str(i) * 50_000 for i in range(40)], np.zeros(300_000), list(range(500_000))])
def test_errors_of_write_come_through(room, value):
    with pytest.raises(OSError, match="No space left"):
        fastjoblib.dump(value, FailingWriter(room))


@pytest.mark.parametrize("fail_at", [0, 1, 2, 10, 50, 1000])
def test_errors_of_read_come_through(fail_at):
    data = fastjoblib.dumps(["text", np.arange(1000.0), "more"])
    with pytest.raises(Boom):
        fastjoblib.load(FailingReader(data, fail_at, Boom("read")))


@pytest.mark.parametrize("kind", [GivesText, GivesTooMuch])
def test_read_that_breaks_its_contract(kind):
    data = fastjoblib.dumps(["text", np.arange(10)])
    with pytest.raises((TypeError, ValueError, OSError, fastjoblib.FastjoblibError)):
        fastjoblib.load(kind(data))


@pytest.mark.parametrize("name", ["read", "write"])
def test_file_object_whose_method_is_no_method(name):
    target = classes.Plain(**{name: 5})
    with pytest.raises(TypeError):
        fastjoblib.load(target) if name == "read" else fastjoblib.dump([1], target)


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_collector_is_left_as_it_was(enabled):
    data = fastjoblib.dumps([[i] for i in range(5000)])
    calls = [
        lambda: fastjoblib.loads(data),
        lambda: fastjoblib.loads(data[:-1]),
        lambda: fastjoblib.loads(b"garbage"),
        lambda: fastjoblib.loads(fastjoblib.dumps([[[]] * 5000, classes.Reduce((classes.explode, ()))])),
        lambda: fastjoblib.load(FailingReader(data, 5000, KeyboardInterrupt())),
        lambda: fastjoblib.dumps([[], lambda: None]),
        lambda: fastjoblib.dump(data, FailingWriter(3)),
    ]
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        for call in calls:
            try:
                call()
            except (Exception, KeyboardInterrupt):
                pass
            assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_partial_results_are_dropped():
    """Nothing that was built before an error survives it."""
    import weakref

    seen = []
    data = fastjoblib.dumps([classes.GetnewargsEx(1), classes.Reduce((classes.explode, ()))])
    original = classes.GetnewargsEx.__new__

    def remember(cls, *args, **kwargs):
        made = original(cls, *args, **kwargs)
        seen.append(weakref.ref(made))
        return made

    classes.GetnewargsEx.__new__ = remember
    try:
        _, error = error_of(fastjoblib.loads, data)
        assert isinstance(error, ZeroDivisionError)
        error.__traceback__ = None
    finally:
        classes.GetnewargsEx.__new__ = original
    gc.collect()
    assert len(seen) == 1 and seen[0]() is None


@pytest.mark.parametrize("data", [b"\x80\x04\x8c\x0bno_such_mod\x8c\x01x\x93.", b"cno_such_mod\nx\n."])
def test_missing_module(data):
    with pytest.raises(ModuleNotFoundError, match="no_such_mod"):
        fastjoblib.loads(data)
    assert isinstance(error_of(stock_loads, data)[1], ModuleNotFoundError)


@pytest.mark.parametrize("data", [b"\x80\x04\x8c\x0fhelpers.classes\x8c\x04Gone\x93.", b"chelpers.classes\nGone\n."])
def test_missing_class(data):
    with pytest.raises(AttributeError, match="Gone"):
        fastjoblib.loads(data)
    assert isinstance(error_of(stock_loads, data)[1], AttributeError)


def test_python_2_text():
    """joblib's wording: it is what people search for."""
    for data in (b"\x80\x02U\x05caf\xc3\xa9.", b"S'caf\\xe9'\n.", b"\x80\x02T\x05\0\0\0caf\xc3\xa9q\x00."):
        with pytest.raises(ValueError, match="python 3 a joblib pickle generated with python 2") as ours:
            fastjoblib.loads(data)
        with pytest.raises(ValueError, match="generated with python 2"):
            stock_loads(data)
        assert isinstance(ours.value.__cause__, UnicodeDecodeError)
    assert fastjoblib.loads(b"\x80\x02U\x04cafe.") == "cafe"
