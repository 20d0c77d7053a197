# SPDX-License-Identifier: BSD-3-Clause
"""zstd and stock joblib, with our compressor registered; what others register; and no zstd at all."""

import io
import sys

import fastjoblib
import joblib
import numpy as np
import pytest
from fastjoblib._compress import registry
from helpers.compare import assert_same
from helpers.compression import PREFIXES
from helpers.control import assert_same_bytes
from helpers.run import run_python

PREFIX = PREFIXES["zstd"]


@pytest.fixture(autouse=True)
def registries():
    """Both registries are put back as they were."""
    ours, theirs = dict(registry._registered), dict(joblib.compressor._COMPRESSORS)
    yield
    for methods, content in ((registry._registered, ours), (joblib.compressor._COMPRESSORS, theirs)):
        methods.clear()
        methods.update(content)


def value():
    return {"array": np.arange(300_000.0), "text": ["x" * 1000, 1], "random": np.random.default_rng(0).random(5000)}


def test_nothing_is_installed(tmp_path, monkeypatch):
    data = fastjoblib.dumps(value(), "zstd")
    path = tmp_path / "file.zst"
    path.write_bytes(data)
    for name in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    joblib.register_compressor("zstd", fastjoblib.ZstdCompressorWrapper())
    calls = [
        lambda: fastjoblib.dump(1, path),
        lambda: fastjoblib.dumps(1, "zstd"),
        lambda: fastjoblib.load(path),
        lambda: fastjoblib.loads(data),
        lambda: joblib.dump(1, path),
        lambda: joblib.load(path),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"Python 3.14 or the backports.zstd .*pip install 'fastjoblib\[zstd\]'"):
            call()
    assert path.read_bytes() == data


@pytest.mark.parametrize("level", [None, 1, 3, 9])
def test_stock_joblib(tmp_path, level):
    joblib.register_compressor("zstd", fastjoblib.ZstdCompressorWrapper())
    ours, theirs, stream = tmp_path / "ours.zst", tmp_path / "theirs.zst", io.BytesIO()
    fastjoblib.dump(value(), ours, ("zstd", level))
    joblib.dump(value(), theirs, ("zstd", level))
    joblib.dump(value(), stream, ("zstd", level))
    assert_same_bytes(theirs.read_bytes(), ours.read_bytes())
    assert_same_bytes(stream.getvalue(), ours.read_bytes())
    assert not stream.closed
    for path in (ours, theirs):
        assert_same(joblib.load(path), value())
        assert_same(fastjoblib.load(path), value())
    with open(ours, "rb") as file:
        assert_same(joblib.load(file), value())
    joblib.dump(value(), tmp_path / "by name.zst")
    assert (tmp_path / "by name.zst").read_bytes().startswith(PREFIX)
    ours.write_bytes(ours.read_bytes()[:-30])
    with pytest.raises(fastjoblib.TruncatedFileError, match="ours.zst"):
        joblib.load(ours)


def test_registries_agree(tmp_path, monkeypatch):
    """Registered or not, with joblib or here, fastjoblib's own does the work."""

    def used(*args, **kwargs):
        raise AssertionError("joblib's compressor was used")

    wrapper = fastjoblib.ZstdCompressorWrapper()
    assert isinstance(wrapper, joblib.compressor.CompressorWrapper)
    assert isinstance(wrapper, fastjoblib.ZstdCompressorWrapper)
    monkeypatch.setattr(fastjoblib.ZstdCompressorWrapper, "compressor_file", used)
    monkeypatch.setattr(fastjoblib.ZstdCompressorWrapper, "decompressor_file", used)
    for register in (joblib.register_compressor, fastjoblib.register_compressor):
        register("zstd", wrapper)
        fastjoblib.dump(value(), tmp_path / "file.zst")
        assert_same(fastjoblib.load(tmp_path / "file.zst"), value())


@pytest.mark.parametrize("library", [fastjoblib, joblib], ids=lambda library: library.__name__)
def test_another_compressor_of_that_name(library):
    """joblib has none, so programs register theirs without `force`."""
    wrapper = joblib.compressor.CompressorWrapper(joblib.compressor.BinaryGzipFile, b"\x1f\x8b", ".zst")
    library.register_compressor("zstd", wrapper)
    assert fastjoblib.dumps(1, "zstd").startswith(b"\x1f\x8b")
    with pytest.raises(ValueError, match="Compressor 'zstd' already registered."):
        library.register_compressor("zstd", wrapper)


def test_wrapper_without_joblib():
    run_python(
        """
        import sys, io
        sys.modules["joblib"] = None  # importing it would fail
        import fastjoblib
        wrapper = fastjoblib.ZstdCompressorWrapper()
        fastjoblib.register_compressor("other", wrapper)
        assert fastjoblib.loads(fastjoblib.dumps([1], "other")) == [1]
        assert type(wrapper) is fastjoblib.ZstdCompressorWrapper
        """
    )
