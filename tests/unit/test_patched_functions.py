# SPDX-License-Identifier: BSD-3-Clause
"""What patch_joblib puts in place of joblib's functions, and the versions of joblib that it finds or does not."""

import inspect
import io
import pickle
import sys
import types
import warnings

import fastjoblib
import joblib
import joblib._memmapping_reducer
import joblib.numpy_pickle
import numpy as np
import pytest
from fastjoblib import patch_joblib, unpatch_joblib
from helpers.compare import assert_same
from helpers.run import run_python

NAMES = ("dump", "load", "load_temporary_memmap")
STOCK = {name: getattr(joblib.numpy_pickle, name) for name in NAMES}


@pytest.mark.parametrize("name", ["dump", "load"])
def test_looks_like_joblibs(name):
    with patch_joblib():
        function = getattr(joblib, name)
        ours = inspect.signature(function)
    assert inspect.isfunction(function) and function.__doc__ == getattr(fastjoblib, name).__doc__
    assert (function.__module__, function.__qualname__, function.__name__) == ("joblib.numpy_pickle", name, name)
    assert ours == inspect.signature(getattr(fastjoblib, name))
    theirs = list(inspect.signature(STOCK[name]).parameters)
    assert list(ours.parameters)[: len(theirs)] == theirs


def test_temporary_memmap_has_joblibs_signature():
    with patch_joblib():
        function = joblib.numpy_pickle.load_temporary_memmap
    assert list(inspect.signature(function).parameters) == list(
        inspect.signature(STOCK["load_temporary_memmap"]).parameters
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_travels_by_joblibs_name(name, protocol):
    """What is pickled here can be called where there is no fastjoblib, and has the same hash."""
    stock = pickle.dumps(STOCK[name], protocol), joblib.hash(STOCK[name])
    with patch_joblib():
        function = getattr(joblib.numpy_pickle, name)
        assert (pickle.dumps(function, protocol), joblib.hash(function)) == stock
        assert fastjoblib.dumps(function, protocol=protocol) == stock[0]
    assert pickle.loads(stock[0]) is STOCK[name]


def test_files_cross_over(tmp_path):
    value = {"array": np.arange(5.0), "list": ["x", (1, 2.5)]}
    with patch_joblib():
        assert joblib.dump(value, tmp_path / "ours") == [str(tmp_path / "ours")]
    joblib.dump(value, tmp_path / "theirs")
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    assert_same(joblib.load(tmp_path / "ours"), value)
    with patch_joblib():
        assert_same(joblib.load(filename=tmp_path / "theirs", ensure_native_byte_order=False), value)
        assert type(joblib.load(tmp_path / "theirs", mmap_mode="r")["array"]) is np.memmap
        joblib.dump(value=value, filename=tmp_path / "2", compress=0, protocol=2)
    assert (tmp_path / "2").read_bytes()[:2] == b"\x80\x02"


def test_file_objects_are_read_from_where_joblib_does(tmp_path):
    """Those without peek from their start; the others, and those that cannot seek, from where they stand."""
    fastjoblib.dump("first", tmp_path / "file")
    with open(tmp_path / "file", "ab") as file:
        fastjoblib.dump("second", file)
    with patch_joblib():
        stream = io.BytesIO()
        joblib.dump("only", stream)
        assert joblib.load(stream) == joblib.load(stream) == STOCK["load"](stream) == "only"
        with pytest.raises(fastjoblib.TruncatedFileError):
            fastjoblib.load(stream)
        with open(tmp_path / "file", "rb", buffering=0) as raw:
            assert (joblib.load(raw), joblib.load(raw), STOCK["load"](raw)) == ("first",) * 3
        with open(tmp_path / "file", "rb") as buffered:
            assert (joblib.load(buffered), joblib.load(buffered)) == ("first", "second")
        with open(tmp_path / "file", "rb") as file:
            reader = types.SimpleNamespace(read=file.read, readline=file.readline)
            assert (joblib.load(reader), joblib.load(reader)) == ("first", "second")


def test_warnings_name_the_callers_line():
    with patch_joblib():
        for load in (fastjoblib.load, joblib.load):
            stream = io.BytesIO(fastjoblib.dumps([1]))
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                load(stream, mmap_mode="r")
            assert [w.filename for w in caught] == [__file__]


def test_cache_size_of_joblib_until_1_4(tmp_path, monkeypatch):
    def dump(value, filename, compress=0, protocol=None, cache_size=None):
        raise AssertionError("the stock function was called")

    with patch_joblib(), pytest.raises(TypeError):
        joblib.dump([1], tmp_path / "file", cache_size=100)
    monkeypatch.setattr(joblib.numpy_pickle, "dump", dump)
    monkeypatch.setattr(joblib, "dump", dump)
    with patch_joblib():
        with pytest.warns(DeprecationWarning, match="cache_size=100 has no effect") as caught:
            joblib.dump([1], tmp_path / "file", 0, None, 100)
        assert caught[0].filename == __file__
        joblib.dump([2], tmp_path / "other", cache_size=None)
    assert joblib.load(tmp_path / "file") == [1] and joblib.load(tmp_path / "other") == [2]
    assert joblib.dump is dump


def test_joblib_before_1_2(monkeypatch):
    """Its workers cannot read our files, so it goes on writing theirs; the rest is patched."""
    reducer = joblib._memmapping_reducer
    stock = {name: getattr(reducer, name) for name in NAMES}
    monkeypatch.delattr(joblib.numpy_pickle, "NUMPY_ARRAY_ALIGNMENT_BYTES")
    with pytest.warns(UserWarning, match="joblib 1.2 and later") as caught:
        with patch_joblib():
            assert {name: getattr(reducer, name) for name in NAMES} == stock
            assert joblib.numpy_pickle.load_temporary_memmap is stock["load_temporary_memmap"]
            assert joblib.dump is joblib.numpy_pickle.dump is not STOCK["dump"]
            assert joblib.load is joblib.numpy_pickle.load is not STOCK["load"]
    assert (joblib.dump, joblib.load) == (STOCK["dump"], STOCK["load"])
    assert [w.filename for w in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning):
            patch_joblib()
    assert joblib.dump is STOCK["dump"]


@pytest.mark.parametrize(
    "module, name", [("joblib.numpy_pickle", "load_temporary_memmap"), ("joblib._memmapping_reducer", "JOBLIB_MMAPS")]
)
def test_another_kind_of_joblib(monkeypatch, module, name):
    monkeypatch.delattr(sys.modules[module], name)
    with pytest.raises(ImportError, match=rf"joblib {joblib.__version__} in .* has no {module}.{name}"):
        patch_joblib()
    monkeypatch.undo()
    assert joblib.dump is STOCK["dump"]


def test_without_joblib(monkeypatch):
    monkeypatch.setitem(sys.modules, "joblib", None)
    with pytest.raises(ImportError, match="patch_joblib needs joblib, which is not installed"):
        patch_joblib()
    unpatch_joblib()


def test_joblib_that_fails_to_import(tmp_path):
    (tmp_path / "joblib.py").write_text("import no_such_module\n")
    run_python(
        """
        import sys
        sys.path.insert(0, sys.argv[1])
        import fastjoblib
        try:
            fastjoblib.patch_joblib()
        except ModuleNotFoundError as error:
            assert error.name == "no_such_module", error
        else:
            raise AssertionError
        """,
        arguments=[tmp_path],
    )
