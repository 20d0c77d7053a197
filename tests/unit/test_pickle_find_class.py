# SPDX-License-Identifier: BSD-3-Clause
"""find_class, overridden or not, and its audit event: each scenario runs with CPython's pickle too."""

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


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name):
    assert_as_in_cpython(SCENARIOS[name])


def test_scenarios_do_what_they_say():
    """The comparison above would hold if both did nothing."""
    assert len(find_class_calls(tested)) > 40
    assert find_class_of_an_extension(tested)[0] == ("helpers.classes", "Plain")


# sys.addaudithook is for ever, hence the process of its own
AUDIT = r"""
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
