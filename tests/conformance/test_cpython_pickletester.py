# SPDX-License-Identifier: BSD-3-Clause
"""CPython's own tests of its C pickler and unpickler, with ours in their place.

The running interpreter brings the tests (test.pickletester) and says in test.test_pickle which of them its C types must
pass, and with which errors. Each class here is one of those, given our types.
"""

import inspect
import pickle
import pickletools
import sys
import unittest

import pytest
from helpers.pickle_module import tested

try:
    # Modules, not names: pytest would collect CPython's classes as ours.
    from test import pickletester, test_pickle, test_pickletools
except ImportError:
    reason = "this Python came without the `test` package (Debian has it in libpython3-testsuite)"
    pytest.skip(reason, allow_module_level=True)

pytestmark = pytest.mark.usefixtures("own_directory")


@pytest.fixture
def own_directory(tmp_path, monkeypatch):
    """The tests write files into the current directory, and import from it by a relative path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path_importer_cache", dict(sys.path_importer_cache))


class WithoutOurNote:
    """What assertRaises returns; CPython's tests do not expect our note that says where in the object the error is."""

    def __init__(self, raises):
        self.raises = raises

    def __enter__(self):
        return self.raises.__enter__()

    def __exit__(self, *raised):
        handled = self.raises.__exit__(*raised)
        notes = getattr(raised[1], "__notes__", [])
        notes[:] = [note for note in notes if not note.startswith("in `model")]
        return handled


class Checked:
    def assertRaises(self, *args, **kwargs):
        raises = super().assertRaises(*args, **kwargs)
        return raises if raises is None else WithoutOurNote(raises)


class Ours(Checked):
    """The attributes by which CPython's classes find what they test."""

    pickler = pickler_class = tested.Pickler
    unpickler = unpickler_class = tested.Unpickler


class InMemory(Ours):
    def dumps(self, arg, protocol=None, **kwargs):
        return tested.dumps(arg, protocol, **kwargs)

    def loads(self, buf, **kwds):
        return tested.loads(buf, **kwds)


class TestModule(Checked, test_pickle.CPickleTests):
    dump = staticmethod(tested.dump)
    dumps = staticmethod(tested.dumps)
    load = staticmethod(tested.load)
    loads = staticmethod(tested.loads)
    Pickler = tested.Pickler
    Unpickler = tested.Unpickler


class TestUnpickler(Ours, test_pickle.CUnpicklerTests):
    pass


class TestPickler(Ours, test_pickle.CPicklerTests):
    pass


class TestOurPicklerPythonUnpickler(Ours, test_pickle.CDumpPickle_LoadPickle):
    unpickler = pickle._Unpickler


class TestPythonPicklerOurUnpickler(Ours, test_pickle.DumpPickle_CLoadPickle):
    pickler = pickle._Pickler


class TestInMemory(InMemory, test_pickle.InMemoryPickleTests):
    """As CPython runs it; its tests of objects of several GiB are skipped as CPython skips them, for want of -M."""


class TestOptimized(InMemory, test_pickletools.OptimizedPickleTests):
    """pickletools.optimize understands what we write, and we read what it makes of it."""

    def dumps(self, arg, proto=None, **kwargs):
        return pickletools.optimize(tested.dumps(arg, proto, **kwargs))


class TestPersistentId(Ours, test_pickle.CPersPicklerTests):
    pass


class TestIdentityPersistentId(Ours, test_pickle.CIdPersPicklerTests):
    pass


class TestObjects(Ours, test_pickle.CPicklerUnpicklerObjectTests):
    pass


class TestDispatchTable(Ours, test_pickle.CDispatchTableTests):
    pass


class TestChainDispatchTable(Ours, test_pickle.CChainDispatchTableTests):
    pass


class TestHook(test_pickle.CPicklerHookTests):
    class OurCustomPickler(tested.Pickler, pickletester.AbstractCustomPicklerClass):
        pass

    pickler_class = OurCustomPickler


if hasattr(test_pickle, "CPicklingErrorTests"):  # since 3.13

    class TestPicklingErrors(Ours, test_pickle.CPicklingErrorTests):
        pass


if hasattr(test_pickle, "HeapTypesTests"):  # since 3.12

    class TestTypes(test_pickle.HeapTypesTests):
        def setUp(self):
            self._types = (
                tested.Pickler,
                tested.Unpickler,
                type(tested.Pickler(pickletester.io.BytesIO()).memo),
                type(tested.Unpickler(pickletester.io.BytesIO()).memo),
            )


# What test_pickle tests that is not the behaviour of a pickler or unpickler.
NOT_BOUND = {
    "SizeofTests",  # how many bytes the C structures of _pickle take
    "CompatPickleTests",  # the tables of _compat_pickle.py
    "LazyImportTest",  # what the module pickle imports
    "CommandLineTest",  # python -m pickle
}


def test_every_class_of_cpython_is_bound():
    """A newer Python may bring tests of which we do not know."""
    bound = {base for value in globals().values() if inspect.isclass(value) for base in value.__mro__}
    missing = [
        name
        for name, value in vars(test_pickle).items()
        if inspect.isclass(value)
        and issubclass(value, unittest.TestCase)
        and not name.startswith("Py")  # of the implementation in Python
        and value not in bound
    ]
    assert set(missing) <= NOT_BOUND
