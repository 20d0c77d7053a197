# SPDX-License-Identifier: BSD-3-Clause
"""register_compressor, joblib's own registry, and modules that are missing."""

import gzip
import io
import re
import sys
import zlib

import fastjoblib
import joblib
import joblib.compressor
import numpy as np
import pytest
from fastjoblib._compress import registry
from helpers.compare import assert_same
from helpers.compression import METHODS
from helpers.control import error_of
from helpers.run import run_python

VALUE = ["text", 1.5, {"a": [None]}]


class Marked(io.BytesIO):
    """A stand-in for a compressor: puts a mark before the data, and notes what it was called with."""

    mark = b"MARKED!"
    calls = []

    def __init__(self, target, mode, compresslevel=None):
        Marked.calls.append((type(target), mode, compresslevel))
        self.target = target
        super().__init__(b"" if mode == "wb" else self.unmarked(target.read()))
        self.writing = mode == "wb"

    def unmarked(self, data):
        assert data.startswith(self.mark)
        return data[len(self.mark) :]

    def close(self):
        if self.writing and not self.closed:
            self.writing = False
            data = self.mark + self.getvalue()
            if isinstance(self.target, str):
                with open(self.target, "wb") as file:
                    file.write(data)
            else:
                self.target.write(data)
        super().close()


class Duck:
    """The interface, and no base class."""

    prefix, extension = Marked.mark, ".marked"

    def compressor_file(self, fileobj, compresslevel=None):
        return Marked(fileobj, "wb", compresslevel)

    def decompressor_file(self, fileobj):
        return Marked(fileobj, "rb")


MAKERS = {
    "duck": Duck,
    "joblib's class": lambda: joblib.compressor.CompressorWrapper(Marked, Marked.mark, ".marked"),
    "our class": lambda: registry.CompressorWrapper(Marked, Marked.mark, ".marked"),
}


@pytest.fixture(autouse=True)
def registries():
    """Both registries are put back as they were."""
    ours, theirs = dict(registry._registered), dict(joblib.compressor._COMPRESSORS)
    Marked.calls.clear()
    yield
    for methods, content in ((registry._registered, ours), (joblib.compressor._COMPRESSORS, theirs)):
        methods.clear()
        methods.update(content)


@pytest.fixture(params=["fastjoblib", "joblib"])
def register(request):
    return sys.modules[request.param].register_compressor


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_registered_compressor(tmp_path, make):
    fastjoblib.register_compressor("marked", make())
    path = tmp_path / "file"
    for compress, level in (("marked", None), (("marked", 7), 7), (("marked", None), None)):
        Marked.calls.clear()
        fastjoblib.dump(VALUE, path, compress)
        assert path.read_bytes() == Marked.mark + fastjoblib.dumps(VALUE)
        assert Marked.calls == [(str, "wb", level)], "joblib gives the path, too"
        assert_same(fastjoblib.load(path), VALUE)
        assert fastjoblib.dumps(VALUE, compress) == path.read_bytes()
        assert_same(fastjoblib.loads(path.read_bytes()), VALUE)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_registered_with_either(tmp_path, register):
    register("marked", joblib.compressor.CompressorWrapper(Marked, Marked.mark, ".marked"))
    for name, compress in (("by name", "marked"), ("by extension.marked", 0), ("and level.marked", 3)):
        fastjoblib.dump(VALUE, tmp_path / name, compress)
        assert (tmp_path / name).read_bytes().startswith(Marked.mark)
        assert_same(fastjoblib.load(tmp_path / name), VALUE)
        with open(tmp_path / name, "rb") as file:
            assert_same(fastjoblib.load(file), VALUE)
    assert Marked.calls[-3][2] == 3


def test_what_joblib_wrote_with_it(tmp_path):
    joblib.register_compressor("marked", joblib.compressor.CompressorWrapper(Marked, Marked.mark, ".marked"))
    joblib.dump(VALUE, tmp_path / "file.marked")
    assert_same(fastjoblib.load(tmp_path / "file.marked"), VALUE)
    fastjoblib.dump(VALUE, tmp_path / "file.marked")
    assert_same(joblib.load(tmp_path / "file.marked"), VALUE)


@pytest.mark.parametrize("method", METHODS)
def test_overriding_a_built_in(tmp_path, register, method):
    extension = joblib.compressor._COMPRESSORS[method].extension
    register(method, joblib.compressor.CompressorWrapper(Marked, Marked.mark, extension), force=True)
    fastjoblib.dump(VALUE, tmp_path / "by name", method)
    fastjoblib.dump(VALUE, tmp_path / f"by extension{extension}")
    for path in tmp_path.iterdir():
        assert path.read_bytes().startswith(Marked.mark)
        assert_same(fastjoblib.load(path), VALUE)


def test_joblibs_own_classes_are_not_used(monkeypatch):
    """The built-in methods are ours, whatever joblib has for them."""

    def used(*args, **kwargs):
        raise AssertionError("joblib's compressor was used")

    for compressor in joblib.compressor._COMPRESSORS.values():
        for name in ("compressor_file", "decompressor_file"):
            monkeypatch.setattr(type(compressor), name, used)
    for method in METHODS:
        assert_same(fastjoblib.loads(fastjoblib.dumps(VALUE, method)), VALUE)


def test_registered_while_others_are_looked_up():
    """As another thread may do it: what was known before is not remembered as all there is."""

    class Slow(Duck):
        others = {}

        @property
        def extension(self):
            registry._registered.update(self.others)
            return ""

    slow = Slow()
    fastjoblib.register_compressor("slow", slow)
    slow.others["late"] = Duck()
    fastjoblib.dumps(VALUE, "slow")
    assert "late" in registry._registered
    assert_same(fastjoblib.loads(fastjoblib.dumps(VALUE, "late")), VALUE)


def test_taken_back_from_joblib():
    joblib.register_compressor("marked", joblib.compressor.CompressorWrapper(Marked, Marked.mark))
    assert fastjoblib.dumps(VALUE, "marked").startswith(Marked.mark)
    joblib.compressor._COMPRESSORS.pop("marked")
    with pytest.raises(ValueError, match='Non valid compression method given: "marked"'):
        fastjoblib.dumps(VALUE, "marked")


@pytest.mark.parametrize("prefix", [b"", "text"])
def test_prefix_and_extension_that_say_nothing_claim_nothing(tmp_path, register, prefix):
    register("marked", joblib.compressor.CompressorWrapper(Marked, prefix, ""))
    fastjoblib.dump(VALUE, tmp_path / "file.pkl")
    assert (tmp_path / "file.pkl").read_bytes() == fastjoblib.dumps(VALUE)
    for protocol in (0, 4):
        for compress in (0, "zlib"):
            assert_same(fastjoblib.loads(fastjoblib.dumps(VALUE, compress, protocol)), VALUE)
    assert not Marked.calls


@pytest.mark.parametrize("length", [1, 2, 3, 31, 32, 33, 500])
def test_prefixes_of_any_length(tmp_path, monkeypatch, length):
    """The first bytes are those of a pickle of protocol 0 up to the last byte of the prefix."""
    mark = b"(" * (length - 1) + b"\xb5"
    monkeypatch.setattr(Marked, "mark", mark)
    fastjoblib.register_compressor("marked", registry.CompressorWrapper(Marked, mark))
    data = fastjoblib.dumps(VALUE, "marked")
    (tmp_path / "file").write_bytes(data)
    assert_same(fastjoblib.loads(data), VALUE)
    assert_same(fastjoblib.load(tmp_path / "file"), VALUE)
    assert_same(fastjoblib.load(io.BytesIO(data)), VALUE)
    pickled = fastjoblib.dumps((1, 2), protocol=0)
    assert pickled.startswith(b"(")
    assert fastjoblib.loads(pickled) == (1, 2)
    assert fastjoblib.load(io.BytesIO(pickled)) == (1, 2)


@pytest.mark.parametrize("name", [1, (), {}, None, b"name"])
def test_names_must_be_text(name):
    _, theirs = error_of(joblib.register_compressor, name, Duck())
    with pytest.raises(ValueError) as ours:
        fastjoblib.register_compressor(name, Duck())
    assert str(ours.value) == str(theirs)


@pytest.mark.parametrize("compressor", [None, gzip.GzipFile, "zlib", object()])
def test_compressors_must_have_the_interface(compressor):
    _, theirs = error_of(joblib.register_compressor, "new", compressor)
    with pytest.raises(ValueError) as ours:
        fastjoblib.register_compressor("new", compressor)
    assert str(ours.value) == str(theirs)


def test_factories_must_make_files():
    wrapper = joblib.compressor.CompressorWrapper(dict, b"prefix")
    _, theirs = error_of(joblib.register_compressor, "new", wrapper)
    with pytest.raises(ValueError) as ours:
        fastjoblib.register_compressor("new", wrapper)
    assert str(ours.value) == str(theirs)


def test_names_are_taken_once(register):
    with pytest.raises(ValueError, match="Compressor 'zlib' already registered."):
        register("zlib", joblib.compressor.CompressorWrapper(gzip.GzipFile))
    register("marked", joblib.compressor.CompressorWrapper(Marked, Marked.mark))
    with pytest.raises(ValueError, match="Compressor 'marked' already registered."):
        fastjoblib.register_compressor("marked", Duck())
    fastjoblib.register_compressor("marked", Duck(), force=True)
    assert_same(fastjoblib.loads(fastjoblib.dumps(VALUE, "marked")), VALUE)


MISSING = {
    "bz2": ("bz2", "bz2 module is not compiled on your python standard library."),
    "lzma": ("lzma", "lzma module is not compiled on your python standard library."),
    "xz": ("lzma", "lzma module is not compiled on your python standard library."),
}


@pytest.mark.parametrize("method", MISSING)
def test_missing_modules(tmp_path, monkeypatch, method):
    data = fastjoblib.dumps(VALUE, method)
    module, message = MISSING[method]
    monkeypatch.setitem(sys.modules, module, None)
    path = tmp_path / f"file.{method}"
    path.write_bytes(data)
    calls = [
        lambda: fastjoblib.dump(VALUE, path),
        lambda: fastjoblib.dump(VALUE, path, (method, 1)),
        lambda: fastjoblib.dump(VALUE, io.BytesIO(), method),
        lambda: fastjoblib.dumps(VALUE, method),
        lambda: fastjoblib.load(path),
        lambda: fastjoblib.loads(data),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=re.escape(message)):
            call()
    assert path.read_bytes() == data


def test_everything_else_works_without_them():
    run_python(
        """
        import sys
        for name in ("bz2", "lzma", "lz4", "lz4.frame", "joblib"):
            sys.modules[name] = None  # importing it would fail
        import fastjoblib
        for compress in (0, 1, True, "zlib", ("gzip", 9), "lz4"):
            assert fastjoblib.loads(fastjoblib.dumps([1, "x"], compress)) == [1, "x"]
        assert not [name for name in sys.modules if name.startswith("joblib.")]
        """
    )


@pytest.mark.parametrize("level", range(1, 10))
def test_zlib_streams_come_at_the_level_that_was_asked_for(level):
    value = np.arange(3000).astype("S6")
    assert fastjoblib.dumps(value, level) == zlib.compress(fastjoblib.dumps(value), level)
    if level == 3:
        assert fastjoblib.dumps(value, True) == fastjoblib.dumps(value, level)
