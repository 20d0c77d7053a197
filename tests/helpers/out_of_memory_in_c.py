# SPDX-License-Identifier: BSD-3-Clause
"""The calls of out_of_memory.py that go straight into C: fastjoblib.pickle, and what the package calls."""

import io
import pickle

import fastjoblib.pickle
from fastjoblib import _core

from helpers.compare import assert_same
from helpers.out_of_memory_cases import Case, Reader, Record, Slots, arrays, case, dump, objects, old_objects, variants


@case
class pickle_functions(Case):
    in_c = True

    def call(self):
        file = io.BytesIO()
        fastjoblib.pickle.dump(self.object, file)
        file.seek(0)
        return fastjoblib.pickle.load(file)


@case
class pickle_strings(Case):  # not in C: copyreg's functions are called
    value = staticmethod(old_objects)

    def call(self):
        return fastjoblib.pickle.loads(fastjoblib.pickle.dumps(self.object, 0))


@case
class pickle_buffers(Case):
    in_c = numpy_leaks = True
    value = staticmethod(lambda: [arrays()["small"], pickle.PickleBuffer(b"abc").raw().tobytes()])

    def call(self):
        buffers = []
        data = fastjoblib.pickle.dumps(self.object, 5, buffer_callback=buffers.append)
        return fastjoblib.pickle.loads(data, buffers=buffers)


class Persistent(fastjoblib.pickle.Pickler):
    def persistent_id(self, obj):
        return ("record", obj.name) if isinstance(obj, Record) else None

    def reducer_override(self, obj):
        return (str, ("slots",)) if isinstance(obj, Slots) else NotImplemented


class Found(fastjoblib.pickle.Unpickler):
    def persistent_load(self, pid):
        return Record(pid[1])

    def find_class(self, module, name):
        return super().find_class(module, name)


@case
class pickle_types(Case):
    in_c = True

    def set_up(self):
        self.expected_result = self.call()

    def call(self):
        file = io.BytesIO()
        pickler = Persistent(file)
        pickler.dump(self.object)
        memo = pickler.memo.copy()
        pickler.memo = memo
        pickler.dump(self.object)
        pickler.clear_memo()
        file.seek(0)
        unpickler = Found(file)
        first = unpickler.load()
        unpickler.memo = unpickler.memo.copy()
        return first, unpickler.load()

    def check(self, result):
        assert_same(result, self.expected_result)


def no_threads():
    return 1


class core_dump(dump):
    in_c = True
    value = staticmethod(lambda: [objects(), arrays()["small"], arrays()["shapes"]])
    codec = None

    def call(self):
        compression = None if self.codec is None else (self.codec, 3, 1)
        _core.dump_path(self.object, self.path, None, False, compression, True, False, no_threads, None, None, None)
        return [self.path]

    def set_up(self):
        self.call()
        with open(self.path, "rb") as file:
            self.data = file.read()


class core_load(core_dump):
    def set_up(self):
        core_dump.call(self)

    def call(self):
        return _core.load_path(self.path, True, None, self.fallback, None, no_threads, None, None, None, None)

    def fallback(self, origin, start, taken):
        return None if self.codec is None else (self.codec, 1)

    check = Case.check


class core_load_file(core_load):
    """From a file object that has nothing but read()."""

    def set_up(self):
        super().set_up()
        with open(self.path, "rb") as file:
            self.data = file.read()

    def call(self):
        return _core.load_file(Reader(self.data), "", True, self.fallback, None, no_threads, None, None, None)


for base in (core_dump, core_load, core_load_file):
    variants(["plain", "zlib", "gzip", "lz4"], base, codec=lambda name: None if name == "plain" else name)
variants(
    ["objects"],
    core_load,
    value=lambda name: staticmethod(lambda: arrays()["objects"]),
    numpy_leaks=lambda name: True,
)
