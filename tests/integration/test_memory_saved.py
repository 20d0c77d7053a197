# SPDX-License-Identifier: BSD-3-Clause
"""Objects that hold a Memory of ours, or what it has cached, are saved and hashed as with joblib's."""

import abc
import inspect
import pickle

import fastjoblib
import joblib
import pytest
from helpers.run import run_python

pytestmark = pytest.mark.filterwarnings("ignore:Persisting input arguments took")


def add(x):
    return x + 1


class Loader:
    """As joblib's documentation caches methods."""

    def __init__(self, memory):
        self.memory = memory
        self.load = memory.cache(self.load)

    def load(self, x):
        return [x, x]


class Own(fastjoblib.Memory):
    """A user's."""


class Abstract(fastjoblib.Memory, abc.ABC):
    """Another, with a metaclass."""


def holders(module, folder):
    memory = module.Memory(folder, verbose=0)
    function = memory.cache(add)
    return {
        "memory": memory,
        "function": function,
        "result": function.call_and_shelve(1),
        "list": [memory, {"f": function}],
        "method": Loader(memory),
    }


@pytest.mark.parametrize("name", ["memory", "function", "result", "list", "method"])
def test_saved_and_hashed_as_joblibs(tmp_path, name):
    ours, theirs = (holders(module, tmp_path)[name] for module in (fastjoblib, joblib))
    for protocol in range(2, 6):
        for data in (pickle.dumps(ours, protocol), fastjoblib.dumps(ours, protocol=protocol)):
            assert b"fastjoblib" not in data.replace(__file__.encode(), b"")
    assert len({module.hash(value) for module in (fastjoblib, joblib) for value in (ours, theirs)}) == 1


def test_entries_are_shared_where_an_argument_holds_a_memory(tmp_path):
    calls = []

    def evaluate(holder, seed):
        calls.append(seed)
        return seed

    for module in (joblib, fastjoblib, joblib, fastjoblib):
        memory = module.Memory(tmp_path, verbose=0)
        assert memory.cache(evaluate)([memory, Loader(memory)], 1) == 1
    assert calls == [1]


def test_a_pipeline_without_fastjoblib(tmp_path):
    pytest.importorskip("sklearn")
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(PCA(1), memory=fastjoblib.Memory(tmp_path, verbose=0))
    fastjoblib.dump(model, tmp_path / "model.joblib")
    code = """
        import sys
        sys.modules["fastjoblib"] = None
        import joblib
        print(type(joblib.load(sys.argv[1]).memory))
    """
    assert run_python(code, arguments=[tmp_path / "model.joblib"]) == "<class 'joblib.memory.Memory'>\n"


@pytest.mark.parametrize("cls", [Own, Abstract])
def test_subclasses_are_saved_as_they_are(tmp_path, cls):
    again = pickle.loads(pickle.dumps(cls(tmp_path, verbose=0)))
    assert type(again) is cls and again.cache(add)(1) == 2
    assert not isinstance(joblib.Memory(tmp_path, verbose=0), cls)


def test_joblibs_count_as_ours(tmp_path):
    call = joblib.Memory(tmp_path, verbose=0).cache(add)
    assert isinstance(joblib.Memory(None), fastjoblib.Memory)
    assert isinstance(call.call_and_shelve(1), fastjoblib.MemorizedResult)
    assert not isinstance(call, fastjoblib.Memory)
    for name in ("Memory", "MemorizedResult"):
        ours, theirs = getattr(fastjoblib, name), getattr(joblib, name)
        assert inspect.signature(ours) == inspect.signature(theirs)
        assert inspect.signature(ours.__init__) == inspect.signature(theirs.__init__)
