# SPDX-License-Identifier: BSD-3-Clause
"""copyreg's extension registry: a global becomes a code of one, two or four bytes."""

import copyreg

import fastjoblib
import pytest
from helpers import classes
from helpers.control import check_conformance, error_of, stock_loads
from helpers.run import run_python

CODES = {1: b"\x82", 0xFF: b"\x82", 0x100: b"\x83", 0xFFFF: b"\x83", 0x10000: b"\x84", 0x7FFFFFFF: b"\x84"}


@pytest.fixture
def register():
    added = []

    def add(code, name="Plain"):
        copyreg.add_extension("helpers.classes", name, code)
        added.append(("helpers.classes", name, code))

    yield add
    for entry in added:
        copyreg.remove_extension(*entry)
    copyreg.clear_extension_cache()


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("code", CODES)
def test_code(register, code, protocol):
    register(code)
    value = [classes.Plain(a=1), classes.Plain, classes.Node]
    check_conformance(lambda: value, protocol)
    data = fastjoblib.dumps(value, protocol=protocol)
    opcode = CODES[code] + code.to_bytes({b"\x82": 1, b"\x83": 2, b"\x84": 4}[CODES[code]], "little")
    assert (opcode in data) == (protocol >= 2)
    assert fastjoblib.loads(data)[1] is classes.Plain


def test_code_of_a_function(register):
    register(77, "make_plain")
    check_conformance(lambda: [classes.make_plain, classes.Reduce((classes.make_plain, ()))], 2)


@pytest.mark.parametrize("protocol", (2, 4))
def test_unregistered_code(register, protocol):
    register(5)
    data = fastjoblib.dumps(classes.Plain, protocol=protocol)
    copyreg.remove_extension("helpers.classes", "Plain", 5)
    copyreg.clear_extension_cache()
    try:
        _, theirs = error_of(stock_loads, data)
        _, ours = error_of(fastjoblib.loads, data)
    finally:
        copyreg.add_extension("helpers.classes", "Plain", 5)
    assert type(theirs) is ValueError
    assert isinstance(ours, ValueError) and "5" in str(ours)


@pytest.mark.parametrize("argument", [b"\x82\x00", b"\x83\0\0", b"\x84\0\0\0\0", b"\x84\xff\xff\xff\xff"])
def test_codes_that_cannot_be(argument):
    import pickle

    with pytest.raises((pickle.UnpicklingError, ValueError)):
        fastjoblib.loads(b"\x80\x02" + argument + b".")


def test_registry_that_changes_while_it_is_looked_up():
    """The names of a code are used after its entry is gone; sys.addaudithook is for ever, hence another process."""
    code = """
    import copyreg, fastjoblib, sys

    copyreg.add_extension("".join(("col", "lections")), "".join(("Ordered", "Dict")), 77)

    def hook(event, arguments):
        if event == "pickle.find_class":
            copyreg._inverted_registry.clear()
            copyreg._extension_registry.clear()

    sys.addaudithook(hook)
    print(fastjoblib.loads(b"\\x80\\x02\\x82\\x4d.").__name__)
    """
    assert run_python(code) == "OrderedDict\n"
