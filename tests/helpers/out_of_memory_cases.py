# SPDX-License-Identifier: BSD-3-Clause
"""The calls that out_of_memory.py makes: each a class, made anew in a folder of its own."""

import io
import os
from collections import OrderedDict

import fastjoblib
import fastjoblib._convert
import fastjoblib.pickle
import numpy as np

from helpers.compare import assert_same

CASES = {}


class Record:
    def __init__(self, name):
        self.name, self.values = name, [1, 2.5, None]


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a, self.b = 1, "two"


def objects():
    shared = ["shared"]
    return {
        "text": ["a", "ä" * 300, b"bytes", bytearray(b"x" * 300), 1 << 70, -1, 2**31, 1.5, True],
        "containers": (shared, shared, {1, 2}, frozenset("ab"), (), {}, OrderedDict(a=1)),
        "instances": [Record("one"), Record("two"), Slots(), len, Record, slice(1, 2)],
    }


def old_objects():
    """What protocol 0 can hold."""
    value = objects()
    value["instances"] = value["instances"][:2]
    return value


def arrays():
    small = [np.arange(n, dtype="f8") for n in range(4)]
    square = np.arange(400.0).reshape(20, 20)
    return {
        "small": small,
        "shapes": [np.asfortranarray(square), np.array(5), np.empty((0, 3))],
        "objects": np.array([None, "text", small[1]], dtype=object),
        "dtypes": [np.zeros(3, "S0"), np.zeros(2, [("a", "i4"), ("b", "f8")])],
    }


class Reader:
    """A file object with nothing but what is needed."""

    def __init__(self, data):
        self._file = io.BytesIO(data)
        self.read, self.readline = self._read, self._readline

    def _read(self, n=-1):
        return self._file.read(n)

    def _readline(self):
        return self._file.readline()


class Writer:
    def __init__(self):
        self.parts = []

    def write(self, data):
        self.parts.append(bytes(data))
        return len(data)


class Case:
    names = frozenset()  # of files that may be in the folder
    expected = ()  # what it raises where there is memory
    closes_in_python = False  # what it has opened, in a with statement
    numpy_leaks = False  # PyArray_FromBuffer() does where it gets no memoryview
    in_c = False  # no Python function of the package has a part in it
    value = staticmethod(objects)

    def __init__(self, folder):
        self.folder = folder
        self.object = self.value()
        self.path = os.path.join(folder, "file")
        self.set_up()

    def set_up(self):
        pass

    def check(self, result):
        assert_same(result, self.object)


def case(cls):
    CASES[cls.__name__] = cls
    return cls


def variants(names, base, **attributes):
    """A case for each name; attributes are made of it."""
    for name in names:
        made = {key: make(name) for key, make in attributes.items()}
        CASES[f"{base.__name__}_{name}"] = type(base.__name__, (base,), made)


class dump(Case):
    names = {"file"}
    options: dict = {}

    def set_up(self):
        fastjoblib.dump(self.object, self.path, **self.options)
        with open(self.path, "rb") as file:
            self.data = file.read()
        self.is_there = True

    def call(self):
        return fastjoblib.dump(self.object, self.path, **self.options)

    def check(self, result):
        assert result == [self.path]
        with open(self.path, "rb") as file:
            data = file.read()
        if data != self.data:
            # NumPy reduces arrays within object arrays in an older form, where there is no memory for the new one.
            assert "objects" in self.object
            assert_same(fastjoblib.loads(data), self.object)


class load(dump):
    def call(self):
        return fastjoblib.load(self.path)

    check = Case.check


@case
class dump_strided(dump):
    value = staticmethod(lambda: np.arange(60_000.0).reshape(300, 200)[::2, ::3])


BOTH = {"objects": staticmethod(objects), "arrays": staticmethod(arrays)}
OLD = staticmethod(old_objects)
SOME = staticmethod(lambda: [objects(), arrays()["small"]])
for base in (dump, load):
    variants(BOTH, base, value=BOTH.get)
    variants(["0", "2"], base, value=lambda name: OLD, options=lambda name: {"protocol": int(name)})
    variants(["zlib", "gzip", "lz4"], base, value=lambda name: SOME, options=lambda name: {"compress": name})
    variants(
        ["bz2", "lzma", "xz", "zstd"],
        base,
        value=lambda name: SOME,
        options=lambda name: {"compress": name},
        closes_in_python=lambda name: base is load,  # noqa: B023
    )
variants(["shared"], dump, value=lambda name: staticmethod(arrays), options=lambda name: {"share_arrays": True})


@case
class load_mapped(load):
    value = staticmethod(arrays)

    def call(self):
        return fastjoblib.load(self.path, mmap_mode="r")

    def check(self, result):
        assert isinstance(result["small"][1], np.memmap)
        assert_same(result["objects"], self.object["objects"])


@case
class load_truncated(load):
    expected = (fastjoblib.TruncatedFileError,)

    def set_up(self):
        super().set_up()
        os.truncate(self.path, len(self.data) - 20)


@case
class load_damaged(load):
    expected = (fastjoblib.InvalidFileError,)

    def set_up(self):
        with open(self.path, "wb") as file:
            file.write(b"cmod\xffule\nname\n.")


@case
class load_missing_global(load):
    expected = (AttributeError,)

    def set_up(self):
        with open(self.path, "wb") as file:
            file.write(b"cos.path\nno_such_name\n.")


@case
class dump_failing(dump):
    expected = (fastjoblib.pickle.PicklingError, AttributeError)
    names = frozenset()
    value = staticmethod(lambda: [objects(), lambda: 1])

    def set_up(self):
        pass


@case
class dump_file(Case):
    value = staticmethod(lambda: [objects(), arrays()])

    def set_up(self):
        self.data = fastjoblib.dumps(self.object)

    def call(self):
        file = io.BytesIO()
        fastjoblib.dump(self.object, file)
        return file.getvalue()

    def check(self, result):
        assert_same(fastjoblib.loads(result), self.object)


@case
class dump_writer(dump_file):
    def call(self):
        file = Writer()
        fastjoblib.dump(self.object, file)
        return b"".join(file.parts)


@case
class dumps(dump_file):
    def call(self):
        return fastjoblib.dumps(self.object)


@case
class dumps_zlib(dump_writer):
    def call(self):
        return fastjoblib.dumps(self.object, "zlib")


@case
class loads(dump_file):
    def call(self):
        return fastjoblib.loads(self.data)

    check = Case.check


@case
class load_file(loads):
    def call(self):
        return fastjoblib.load(io.BytesIO(self.data))


@case
class load_reader(loads):
    def call(self):
        return fastjoblib.load(Reader(self.data))


@case
class load_reader_zlib(loads):
    def set_up(self):
        self.data = fastjoblib.dumps(self.object, "zlib")

    def call(self):
        return fastjoblib.load(Reader(self.data))


@case
class convert(dump):
    names = {"file", "other"}

    def call(self):
        return fastjoblib._convert.convert(self.path, os.path.join(self.folder, "other"), "lz4", 1)

    def check(self, result):
        assert result == len(self.data)


@case
class progress(load):
    def call(self):
        return fastjoblib.load(self.path, progress=lambda done, total: None)
