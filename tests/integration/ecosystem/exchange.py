# SPDX-License-Identifier: BSD-3-Clause
"""Save and load an object with joblib and with fastjoblib in all directions, and tell where they differ.

A case is a name, an object, and a function that returns what has to be the same of it: predictions, values, itself.
What joblib makes of its own file is the measure: the same values, or the same error, and the same warnings.
"""

import os
import re
import tempfile
import warnings
from dataclasses import dataclass, field

import fastjoblib
import joblib
from integration.safe.comparison import assert_close

COMPRESSION = (0, "zlib", "lz4")
TOOLS = {"joblib": joblib, "fastjoblib": fastjoblib}
# Who writes, who reads.
DIRECTIONS = (("fastjoblib", "joblib"), ("joblib", "fastjoblib"), ("fastjoblib", "fastjoblib"))
CONTROL = ("joblib", "joblib")


@dataclass
class Tried:
    """What has become of the cases of a package."""

    objects: int = 0
    files: int = 0
    # For each direction, how many objects came back as from joblib's own file, in all forms.
    same: dict = field(default_factory=lambda: dict.fromkeys(DIRECTIONS, 0))
    # Name of a case: how it is not as with joblib.
    different: dict = field(default_factory=dict)
    # Name of a case: what joblib itself makes of it, if that is not an equal object.
    unfaithful: dict = field(default_factory=dict)


def anonymous(text):
    """The text without what differs from run to run, or by the name of the file."""
    return re.sub(r"0x[0-9a-f]+", "0x...", re.sub(r"\S*\bsaved-\w+", "the file", text))


def quietly(function, *arguments, **keywords):
    """Call it; return its result or its error, with the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result, error = function(*arguments, **keywords), None
        except Exception as raised:
            result, error = None, raised
    return result, error, [(each.category, anonymous(str(each.message))) for each in caught]


def described(error):
    return f"{type(error).__name__}: {anonymous(str(error))}"


def difference(one, other):
    """How two observations differ, or None."""
    try:
        assert_close(one, other)
    except AssertionError as error:
        return anonymous(str(error)).strip() or "they differ"
    return None


class Exchange:
    """The files of one case in one form, and what each tool loads from them."""

    def __init__(self, value, observe, compress, folder):
        self.observe = observe
        self.saved = {}
        for tool, module in TOOLS.items():
            path = os.path.join(folder, f"saved-{tool}")
            self.saved[tool] = path, *quietly(module.dump, value, path, compress=compress)[1:]

    def loaded(self, direction):
        """What it is (an observation, or None), the error (a text, or None) and the warnings of both calls."""
        writer, reader = direction
        path, error, said = self.saved[writer]
        if error is None:
            value, error, more = quietly(TOOLS[reader].load, path)
            said = said + more
        if error is not None:
            return None, described(error), said
        return self.observe(value), None, said


def compared(found, control):
    """How what was loaded in one direction differs from joblib's own, or None."""
    observed, error, said = found
    expected, expected_error, expected_said = control
    if error != expected_error:
        return f"{error or 'no error'}, with joblib {expected_error or 'no error'}"
    if said != expected_said:
        return f"warns {said}, joblib {expected_said}"
    return None if error is not None else difference(observed, expected)


def try_case(tried, name, value, observe):
    """Save and load it in all forms and directions, and note in `tried` how that went."""
    same = dict.fromkeys(DIRECTIONS, True)
    with tempfile.TemporaryDirectory() as folder:
        for compress in COMPRESSION:
            exchange = Exchange(value, observe, compress, folder)
            control = exchange.loaded(CONTROL)
            unfaithful = control[1] or difference(control[0], observe(value))
            if unfaithful is not None:
                tried.unfaithful.setdefault(name, unfaithful)
            tried.files += sum(error is None for _, error, _ in exchange.saved.values())
            for direction in DIRECTIONS:
                how = compared(exchange.loaded(direction), control)
                if how is not None:
                    same[direction] = False
                    tried.different.setdefault(name, f"{direction[1]} loads {direction[0]}'s file: {how}")
    tried.objects += 1
    for direction in DIRECTIONS:
        tried.same[direction] += same[direction]


def try_all(cases):
    """Try all that `cases` yields, of which no two may have the same name."""
    tried, names = Tried(), set()
    for name, value, observe in cases:
        assert name not in names, name
        names.add(name)
        try_case(tried, name, value, observe)
    return tried
