# SPDX-License-Identifier: BSD-3-Clause
"""Persistent ids, reducers, tables and buffers of fastjoblib.pickle: each scenario runs with CPython's pickle too."""

import copyreg
import io
import pickle

import pytest
from helpers import classes, kinds
from helpers.pickle_module import assert_as_in_cpython, tested

PROTOCOLS = range(6)
SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


def dumped(pickler_class, value, *args, **kwargs):
    target = io.BytesIO()
    pickler_class(target, *args, **kwargs).dump(value)
    return target.getvalue()


@scenario
def persistent_ids_of_a_class(m):
    class Writer(m.Pickler):
        def persistent_id(self, obj):
            return f"id-{obj.a}" if isinstance(obj, classes.Plain) else None

    class Reader(m.Unpickler):
        def persistent_load(self, pid):
            return ("loaded", pid)

    value = [classes.Plain(a=1), {"k": (classes.Plain(a="two"),)}, "text"]
    written = [dumped(Writer, value, protocol) for protocol in PROTOCOLS]
    return written, [Reader(io.BytesIO(data)).load() for data in written]


@scenario
def persistent_id_is_asked_for_everything(m):
    asked = []

    class Writer(m.Pickler):
        def persistent_id(self, obj):
            asked.append(type(obj).__name__)

    shared = ["shared"]
    value = [
        1,
        1.5,
        "s",
        b"b",
        None,
        True,
        (),
        (1,),
        {"k": 2},
        {3},
        shared,
        shared,
        len,
        classes.Plain(a=5),
        kinds.Color.RED,
    ]
    return [dumped(Writer, value, protocol) for protocol in PROTOCOLS], asked


@scenario
def persistent_id_set_on_an_instance(m):
    class Writer(m.Pickler):
        def __init__(self, *args):
            self.persistent_id = lambda obj: "id" if obj == 5 else None
            super().__init__(*args)

    class Reader(m.Unpickler):
        def __init__(self, *args):
            self.persistent_load = lambda pid: f"loaded {pid}"
            super().__init__(*args)

    data = dumped(Writer, [5, 6], 2)
    return data, Reader(io.BytesIO(data)).load()


@scenario
def persistent_id_that_is_no_text_in_protocol_0(m):
    class Writer(m.Pickler):
        def persistent_id(self, obj):
            return 5 if obj == "number" else "\xe9"

    return dumped(Writer, "number", 0), dumped(Writer, "text", 0)


@scenario
def persistent_id_that_raises(m):
    class Writer(m.Pickler):
        def persistent_id(self, obj):
            return 1 / obj

    return dumped(Writer, 0)


@scenario
def persistent_load_that_raises(m):
    class Reader(m.Unpickler):
        def persistent_load(self, pid):
            raise ZeroDivisionError(pid)

    return Reader(io.BytesIO(b"NQ.")).load()


@scenario
def dispatch_tables(m):
    """A dispatch_table of its own hides copyreg's, on the instance and on the class."""
    table = {complex: lambda z: (str, ("from the table",)), classes.Plain: lambda obj: (classes.make_plain, (obj.a,))}

    class Writer(m.Pickler):
        dispatch_table = table

    values = [1j, classes.Plain(a=1), classes.StateSetter(b=2)]
    target = io.BytesIO()
    pickler = m.Pickler(target, 2)
    pickler.dispatch_table = table
    pickler.dump(values)
    assert pickler.dispatch_table is table
    return target.getvalue(), dumped(Writer, values, 2)


@scenario
def table_that_is_no_dict(m):
    asked = []

    class Table:
        def __getitem__(self, key):
            asked.append(key)
            if key is complex:
                return lambda z: (str, ("from the table",))
            raise KeyError(key)

    class Writer(m.Pickler):
        dispatch_table = Table()

    return dumped(Writer, [1, "s", [1j], {classes.Plain(a=1)}, range(3), len, kinds.Color.RED], 4), asked


@scenario
def table_that_raises(m):
    class Table:
        def __getitem__(self, key):
            raise ZeroDivisionError

    class Writer(m.Pickler):
        dispatch_table = Table()

    return dumped(Writer, classes.Plain())


@scenario
def copyreg_table(m):
    """Read anew in each dump: what is registered later counts."""
    before = m.dumps(kinds.Frozen(1), 2)
    copyreg.pickle(kinds.Frozen, lambda obj: (str, ("from copyreg",)))
    try:
        after = m.dumps(kinds.Frozen(1), 2)
    finally:
        del copyreg.dispatch_table[kinds.Frozen]
    return before, after, m.dumps(kinds.Frozen(1), 2)


@scenario
def reducer_override_order(m):
    """Asked before the tables, for all but the plain types; NotImplemented goes on to them."""
    asked = []

    class Writer(m.Pickler):
        dispatch_table = {complex: lambda z: (str, ("from the table",))}

        def reducer_override(self, obj):
            asked.append(type(obj).__name__)
            return (str, ("overridden",)) if isinstance(obj, range) else NotImplemented

    value = [
        1,
        "s",
        (2,),
        {"k": b"v"},
        {5},
        frozenset([6]),
        bytearray(b"b"),
        None,
        ...,
        1j,
        range(3),
        len,
        classes.Plain,
    ]
    value += [classes.Plain(a=1), kinds.ListChild([1]), kinds.Color.RED, type(None), int, classes.make_plain]
    return [dumped(Writer, value, protocol) for protocol in PROTOCOLS], asked


@scenario
def reducer_override_raises(m):
    class Writer(m.Pickler):
        def reducer_override(self, obj):
            raise ZeroDivisionError

    return dumped(Writer, classes.Plain(a=1))


@scenario
def reducer_override_of_an_instance(m):
    class Writer(m.Pickler):
        pass

    target = io.BytesIO()
    pickler = Writer(target)
    pickler.reducer_override = lambda obj: (str, ("overridden",))
    pickler.dump(classes.Plain(a=1))
    return target.getvalue()


@scenario
def buffer_callback_raises(m):
    return m.dumps(pickle.PickleBuffer(b"x"), 5, buffer_callback=lambda buffer: 1 / 0)


@scenario
def answer_without_truth(m):
    class Answer:
        def __bool__(self):
            raise ZeroDivisionError

    return m.dumps(pickle.PickleBuffer(b"x"), 5, buffer_callback=lambda buffer: Answer())


@scenario
def buffers_iterator_raises(m):
    return m.loads(b"\x80\x05\x97.", buffers=(1 / 0 for _ in range(1)))


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name):
    assert_as_in_cpython(SCENARIOS[name])


@pytest.mark.parametrize(
    "value", (5, None, "no such name", (), (list,), (list, 5), (list, (), None, 5), (5, ()), [list])
)
def test_wrong_answer_of_reducer_override(value):
    def scenario(m):
        class Writer(m.Pickler):
            def reducer_override(self, obj):
                return value

        return dumped(Writer, classes.Plain(a=1))

    assert_as_in_cpython(scenario)


@pytest.mark.parametrize("answer", (None, False, 0, "", True, 1, "yes"))
def test_buffer_callback_says_whether_the_buffer_stays_in_the_stream(answer):
    def scenario(m):
        seen = []

        def callback(buffer):
            seen.append(bytes(buffer.raw()))
            return answer

        value = [
            pickle.PickleBuffer(b"read-only"),
            pickle.PickleBuffer(bytearray(b"writable")),
            pickle.PickleBuffer(b""),
        ]
        return m.dumps(value, 5, buffer_callback=callback), seen

    assert_as_in_cpython(scenario)


def test_scenarios_do_what_they_say():
    """The comparison above would hold if both did nothing."""
    assert persistent_ids_of_a_class(tested)[1][5] == [("loaded", "id-1"), {"k": (("loaded", "id-two"),)}, "text"]
    assert tested.loads(dispatch_tables(tested)[0])[0] == "from the table"
    assert "from copyreg" not in repr(copyreg_table(tested)[2])
