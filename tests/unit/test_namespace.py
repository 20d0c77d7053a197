# SPDX-License-Identifier: BSD-3-Clause
"""``import fastjoblib as joblib`` has all that joblib has."""

import copy
import io
import pickle
import sys

import fastjoblib
import joblib
import pytest
from helpers.run import run_python


def test_each_name_is_there():
    for name in joblib.__all__:
        assert callable(getattr(fastjoblib, name))
        assert name in dir(fastjoblib)


def test_what_needs_no_change_is_joblibs_own():
    ours = {"Memory", "MemorizedResult", "Parallel", "dump", "hash", "load", "register_compressor"}
    for name in set(joblib.__all__) - ours:
        assert getattr(fastjoblib, name) is getattr(joblib, name)
    for name in ("Memory", "MemorizedResult", "Parallel"):
        assert issubclass(getattr(fastjoblib, name), getattr(joblib, name))
        assert getattr(fastjoblib, name).__doc__ == getattr(joblib, name).__doc__


def test_modules_have_ours_in_them():
    code = """
        import joblib  # and nothing else that would add to its modules
        print(*[name for name, value in vars(joblib).items() if getattr(value, "__name__", "") == f"joblib.{name}"])
    """
    names = [name for name in run_python(code).split() if not name.startswith("_")]
    assert len(names) > 10
    for name in names:
        assert name in dir(fastjoblib)
        assert getattr(fastjoblib, name).__name__ == f"joblib.{name}"
    assert fastjoblib.externals is joblib.externals
    for module, names in {
        "hashing": ["hash"],
        "memory": ["MemorizedResult", "Memory"],
        "numpy_pickle": ["dump", "load"],
        "parallel": ["Parallel"],
    }.items():
        for name in names:
            assert getattr(getattr(fastjoblib, module), name) is getattr(fastjoblib, name)
            assert name in dir(getattr(fastjoblib, module))
    memory = fastjoblib.Memory(None)
    assert type(memory) is fastjoblib.memory.Memory
    assert issubclass(fastjoblib.memory.AsyncMemorizedFunc, fastjoblib.memory.MemorizedFunc)
    assert fastjoblib.parallel.BACKENDS is joblib.parallel.BACKENDS
    with pytest.raises(AttributeError, match=r"joblib\.memory.*no_such_name"):
        fastjoblib.memory.no_such_name  # noqa: B018


def test_what_is_set_in_a_module_is_set_for_joblib(monkeypatch):
    real = joblib.parallel.DEFAULT_BACKEND
    monkeypatch.setattr(fastjoblib.parallel, "DEFAULT_BACKEND", "threading")
    assert joblib.parallel.DEFAULT_BACKEND == "threading"
    assert isinstance(fastjoblib.Parallel(n_jobs=2)._backend, joblib.parallel.ThreadingBackend)
    monkeypatch.undo()
    assert joblib.parallel.DEFAULT_BACKEND == real
    fastjoblib.parallel.added = 1
    del fastjoblib.parallel.added
    assert not hasattr(joblib.parallel, "added")
    joblibs_hash = joblib.hashing.hash
    monkeypatch.setattr(fastjoblib.hashing, "hash", "other")
    assert fastjoblib.hashing.hash == "other" and joblib.hashing.hash is joblibs_hash
    monkeypatch.delattr(fastjoblib.hashing, "hash")
    assert fastjoblib.hashing.hash is joblibs_hash
    monkeypatch.undo()
    assert fastjoblib.hashing.hash is fastjoblib.hash and joblib.hashing.hash is joblibs_hash


def test_import_of_all():
    code = """
        from fastjoblib import *
        assert Parallel(n_jobs=1)(delayed(abs)(-i) for i in range(3)) == [0, 1, 2]
        import fastjoblib
        print(sorted(set(fastjoblib.__all__) - set(globals())))
    """
    assert run_python(code) == "[]\n"


def test_without_joblib():
    code = """
        import sys
        class Nothing:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] == "joblib":
                    raise ModuleNotFoundError("No module named 'joblib'", name="joblib")
        sys.meta_path.insert(0, Nothing())
        import importlib.util
        importlib.util.find_spec = lambda name, package=None: None
        from fastjoblib import *
        import fastjoblib
        assert loads(dumps(1)) == 1 and hash(1)
        for name in ("Memory", "cpu_count", "parallel"):
            try:
                getattr(fastjoblib, name)
            except ImportError as error:
                print(error)
    """
    assert run_python(code).splitlines() == [
        "fastjoblib.Memory is joblib's, which is not installed",
        "fastjoblib.cpu_count is joblib's, which is not installed",
        "fastjoblib.parallel is joblib's, which is not installed",
    ]


def test_in_joblibs_place(monkeypatch):
    monkeypatch.setitem(sys.modules, "joblib", fastjoblib)
    monkeypatch.delattr(fastjoblib, "cpu_count", raising=False)
    with pytest.raises(ImportError, match="fastjoblib.cpu_count is joblib's, which fastjoblib hides"):
        fastjoblib.cpu_count  # noqa: B018


def test_an_older_joblib(monkeypatch):
    monkeypatch.delattr(joblib, "parallel_config")
    monkeypatch.delattr(fastjoblib, "parallel_config", raising=False)
    with pytest.raises(AttributeError, match=r"joblib .* has no parallel_config"):
        fastjoblib.parallel_config  # noqa: B018
    assert not hasattr(fastjoblib, "parallel_config")
    with pytest.raises(ImportError, match=r"joblib .* has no parallel_config, and so fastjoblib has none"):
        from fastjoblib import parallel_config  # noqa: F401
    with pytest.raises(ImportError, match="cannot import name 'no_such_name' from 'fastjoblib'"):
        from fastjoblib import no_such_name  # noqa: F401


def test_joblib_is_not_imported_for_nothing():
    code = """
        import sys
        import fastjoblib
        fastjoblib.loads(fastjoblib.dumps([1]))
        fastjoblib.hash([1])
        print("joblib" in sys.modules, "fastjoblib._inspect" in sys.modules)
    """
    assert run_python(code) == "False False\n"


def test_pickles(tmp_path):
    """What is saved names joblib's classes, which any program has; copies stay ours."""
    memory = fastjoblib.Memory(tmp_path, verbose=0)
    for protocol in range(6):
        data = pickle.dumps(memory, protocol)
        again = pickle.loads(data)
        assert b"fastjoblib" not in data and b"fastjoblib" not in fastjoblib.pickle.dumps(memory, protocol)
        assert type(again) is joblib.Memory and again.location == tmp_path
        assert isinstance(again, fastjoblib.Memory)
    for again in (copy.copy(memory), copy.deepcopy(memory)):
        assert type(again) is fastjoblib.Memory and again.location == tmp_path
        assert type(again.store_backend) is type(memory.store_backend)
    for name in ("delayed", "cpu_count", "Parallel", "Memory"):
        value = getattr(fastjoblib, name)
        assert pickle.loads(pickle.dumps(value)) is value


@pytest.mark.parametrize("compress", [0, 3, "lz4", "bz2"])
def test_what_was_just_written_is_read_from_its_start(compress):
    buffer = io.BytesIO()
    fastjoblib.dump([1, 2], buffer, compress)
    assert fastjoblib.load(buffer) == [1, 2]
    with pytest.raises(EOFError):  # as whoever reads one object after another expects
        fastjoblib.load(buffer)
    fastjoblib.dump(3, buffer, compress)
    assert fastjoblib.load(buffer) == [1, 2]


def test_an_empty_buffer_stays_empty():
    with pytest.raises(EOFError):
        fastjoblib.load(io.BytesIO())
