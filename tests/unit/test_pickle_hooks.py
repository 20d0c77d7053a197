# SPDX-License-Identifier: BSD-3-Clause
"""What subclasses and tables of fastjoblib.pickle may change: each scenario runs with CPython's pickle too."""

import collections
import copyreg
import io
import pickle

import pytest
from helpers import classes, kinds
from helpers.pickle_module import assert_as_in_cpython, tested
from helpers.run import run_python

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
def find_class_calls(m):
    """find_class is asked once for each time that a name stands in the stream, never from a cache."""
    calls = []

    class Finder(m.Unpickler):
        def find_class(self, module, name):
            calls.append((module, name))
            return super().find_class(module, name)

    value = [classes.Plain(a=1), classes.Plain(a=2), kinds.Color.RED, len, collections.OrderedDict(a=1)]
    streams = [pickle.dumps(value, protocol) for protocol in PROTOCOLS]
    streams.append(b"chelpers.classes\nPlain\nchelpers.classes\nPlain\n\x86.")
    streams.append(b"(ihelpers.classes\nPlain\n(ihelpers.classes\nPlain\n\x86.")
    streams.append(b"c__builtin__\nxrange\n.")
    streams.append(b"\x80\x04\x8c\x0fhelpers.classes\x8c\x0bOuter.Inner\x93.")
    for stream in streams:
        Finder(io.BytesIO(stream)).load()
        calls.append("end of stream")
    return calls


@scenario
def find_class_substitutes(m):
    class Finder(m.Unpickler):
        def find_class(self, module, name):
            return {"Plain": collections.Counter, "make_plain": lambda *args: ["called with", *args]}[name]

    streams = [
        b"chelpers.classes\nPlain\n.",
        b"\x80\x04\x8c\x01m\x8c\x05Plain\x93.",
        b"\x80\x04\x8c\x01m\x8c\x0amake_plain\x93K\x05\x85R.",
        b"(I5\nihelpers.classes\nmake_plain\n.",
        b"\x80\x02chelpers.classes\nPlain\n)\x81.",
    ]
    return [repr(Finder(io.BytesIO(stream)).load()) for stream in streams]


@scenario
def find_class_of_an_instance(m):
    class Finder(m.Unpickler):
        pass

    finder = Finder(io.BytesIO(b"chelpers.classes\nPlain\n."))
    finder.find_class = lambda module, name: (module, name)
    return finder.load()


@scenario
def find_class_of_an_extension(m):
    """Asked for the first time, then the registry's own cache answers."""
    calls = []

    class Finder(m.Unpickler):
        def find_class(self, module, name):
            calls.append((module, name))
            return super().find_class(module, name)

    copyreg.add_extension("helpers.classes", "Plain", 0x77)
    try:
        for _ in range(3):
            calls.append(Finder(io.BytesIO(b"\x80\x02\x82\x77\x83\x77\0\x86.")).load())
    finally:
        copyreg.remove_extension("helpers.classes", "Plain", 0x77)
        copyreg.clear_extension_cache()
    return calls


@scenario
def find_class_that_refuses(m):
    class Finder(m.Unpickler):
        def find_class(self, module, name):
            raise m.UnpicklingError(f"global '{module}.{name}' is forbidden")

    return Finder(io.BytesIO(pickle.dumps([classes.Plain()]))).load()


@scenario
def find_class_maps_names_of_python_2(m):
    names = (
        b"c__builtin__\nxrange\n.",
        b"ccopy_reg\n_reconstructor\n.",
        b"cUserDict\nUserDict\n.",
        b"cexceptions\nOSError\n.",
    )
    calls = []

    class Finder(m.Unpickler):
        def find_class(self, module, name):
            calls.append((module, name))

    for name in names:
        for fix_imports in (True, False):
            Finder(io.BytesIO(name), fix_imports=fix_imports).load()
    return calls, [m.loads(name) for name in names]


@scenario
def names_of_python_2_without_fix_imports(m):
    return m.loads(b"c__builtin__\nxrange\n.", fix_imports=False)


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
    assert len(find_class_calls(tested)) > 40
    assert find_class_of_an_extension(tested)[0] == ("helpers.classes", "Plain")
    assert persistent_ids_of_a_class(tested)[1][5] == [("loaded", "id-1"), {"k": (("loaded", "id-two"),)}, "text"]
    assert tested.loads(dispatch_tables(tested)[0])[0] == "from the table"
    assert "from copyreg" not in repr(copyreg_table(tested)[2])


# sys.addaudithook is for ever, hence the process of its own
AUDIT = """
import importlib, io, pickle, sys
from helpers.classes import Plain
m = importlib.import_module({name!r})
seen, veto = [], []

def hook(event, arguments):
    if event == "pickle.find_class":
        seen.append(arguments)
        if arguments[1] in veto:
            raise PermissionError(arguments[1])

sys.addaudithook(hook)
value = [Plain(a=1), len, Plain(a=2)]
for protocol in range(6):
    m.loads(pickle.dumps(value, protocol))
    m.load(io.BytesIO(pickle.dumps(value, protocol)))
m.loads(b"(ihelpers.classes\nPlain\n.")
m.loads(b"c__builtin__\nxrange\n.")
m.Unpickler(io.BytesIO()).find_class("math", "sqrt")
try:
    m.loads(b"cno_such_module\nname\n.")
except ImportError:
    pass

class Finder(m.Unpickler):
    def find_class(self, module, name):
        return Plain

Finder(io.BytesIO(pickle.dumps(value))).load()
print(len(seen), seen)
veto += ["Plain", "system"]
for data in (pickle.dumps(value, 0), pickle.dumps(value, 4), b"cos\nsystem\n(S'exit 1'\ntR."):
    try:
        m.loads(data)
    except PermissionError as error:
        print("vetoed", error)
"""


def test_audit_events():
    """pickle.find_class, with the names as they are looked up, once for each time that find_class is called."""
    ours = run_python(AUDIT.format(name=tested.__name__))
    assert ours == run_python(AUDIT.format(name="pickle"))
    assert ours.count("vetoed") == 3 and "('os', 'system')" not in ours
