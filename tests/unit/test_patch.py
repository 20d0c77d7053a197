# SPDX-License-Identifier: BSD-3-Clause
"""patch_joblib: when it is on, what it replaces, and that joblib is left as it was."""

import gc
import importlib.util
import sys
import threading
import types

import joblib
import joblib._memmapping_reducer
import joblib.numpy_pickle
import pytest
from fastjoblib import patch_joblib, unpatch_joblib
from helpers.run import run_python

NAMES = ("dump", "load", "load_temporary_memmap")
STOCK = {name: getattr(joblib.numpy_pickle, name) for name in NAMES}


def modules():
    return {name: m for name, m in sys.modules.copy().items() if name.partition(".")[0] == "joblib"}


def contents():
    """Every name in every module of joblib, with the very object it stands for."""
    return {name: dict(vars(module)) for name, module in modules().items()}


def is_on():
    states = {getattr(joblib.numpy_pickle, name) is not STOCK[name] for name in NAMES}
    states.add(joblib.dump is not STOCK["dump"])
    assert len(states) == 1, "half patched"
    return states.pop()


@pytest.fixture(autouse=True)
def nothing_left_behind():
    assert not is_on()
    before = contents()
    yield
    unpatch_joblib()
    after = contents()
    for name in before:
        assert not {k for k in before[name] if after[name].get(k, before) is not before[name][k]}, name


def test_replaces_and_restores():
    before = contents()
    assert patch_joblib() is not None
    changed = {(m, k) for m, names in before.items() for k in names if vars(sys.modules[m])[k] is not names[k]}
    assert changed >= {
        *(("joblib", name) for name in ("dump", "load")),
        *(("joblib.numpy_pickle", name) for name in NAMES),
        *(("joblib._memmapping_reducer", name) for name in NAMES),
    }
    assert {key for _, key in changed} == set(NAMES)
    unpatch_joblib()
    assert contents() == before
    unpatch_joblib()
    assert contents() == before


def holders(function):
    """What in joblib refers to the function: modules, classes, closures, default arguments."""
    namespaces = {id(vars(module)) for module in modules().values()}
    functions = (types.CellType, types.FunctionType, types.MethodType, staticmethod)
    return [
        holder
        for holder in gc.get_referrers(function)
        if id(holder) in namespaces
        or isinstance(holder, functions)
        or (isinstance(holder, dict) and str(holder.get("__module__")).startswith("joblib"))
    ]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_joblib_keeps_the_stock_function(name):
    assert len(holders(STOCK[name])) >= 2  # so that they are known to be found
    with patch_joblib():
        assert holders(STOCK[name]) == []


def test_modules_imported_meanwhile(tmp_path):
    path = tmp_path / "late.py"
    path.write_text("from .numpy_pickle import dump as save, load\nfrom . import numpy_pickle\n")
    spec = importlib.util.spec_from_file_location("joblib._late", path)
    with patch_joblib():
        late = importlib.util.module_from_spec(spec)
        sys.modules["joblib._late"] = late
        try:
            spec.loader.exec_module(late)
            assert late.save is joblib.dump and late.load is joblib.load and is_on()
            unpatch_joblib()
            assert late.save is STOCK["dump"] and late.load is STOCK["load"]
        finally:
            del sys.modules["joblib._late"]


def test_what_others_put_there_stays():
    def theirs(*args):
        raise AssertionError

    try:
        with patch_joblib():
            joblib.dump = theirs
        assert joblib.dump is theirs and joblib.load is STOCK["load"]
        with patch_joblib():
            assert joblib.dump is theirs and joblib.load is not STOCK["load"]
        assert joblib.dump is theirs
    finally:
        joblib.dump = STOCK["dump"]


def test_interrupted(monkeypatch):
    class Module(types.ModuleType):
        def __setattr__(self, name, value):
            raise KeyboardInterrupt

    module = Module("joblib._last")
    vars(module)["dump"] = STOCK["dump"]
    monkeypatch.setitem(sys.modules, "joblib._last", module)
    with pytest.raises(KeyboardInterrupt):
        patch_joblib()
    assert not is_on()
    monkeypatch.undo()
    with patch_joblib():
        assert is_on()


def test_twice_is_once():
    patch_joblib()
    once = contents()
    patch_joblib()
    assert contents() == once
    unpatch_joblib()
    assert not is_on()


def test_blocks_nest():
    with patch_joblib() as given:
        assert given is None
        with patch_joblib():
            assert is_on()
        assert is_on()
    assert not is_on()


def test_blocks_end_in_any_order():
    first, second = patch_joblib(), patch_joblib()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert is_on()
    second.__exit__(None, None, None)
    assert not is_on()


def test_an_exception_ends_a_block():
    with pytest.raises(ZeroDivisionError), patch_joblib():
        raise ZeroDivisionError
    assert not is_on()


def test_a_call_before_a_block_outlives_it():
    patch_joblib()
    with patch_joblib():
        pass
    assert is_on()


def test_a_call_within_a_block_outlives_it():
    with patch_joblib():
        patch_joblib()
    assert is_on()


def test_unpatch_within_blocks_is_at_once():
    with patch_joblib(), patch_joblib():
        unpatch_joblib()
        assert not is_on()
        with patch_joblib():
            assert is_on()
        assert not is_on()
    assert not is_on()


def test_a_block_left_late_does_not_end_a_later_patch():
    block = patch_joblib()
    with block:
        unpatch_joblib()
        patch_joblib()
    assert is_on()


def test_what_is_returned_can_be_used_again():
    block = patch_joblib()
    with block, block:
        assert is_on()
    assert not is_on()
    with block:
        assert is_on()
    assert not is_on()
    patch_joblib()
    with block:
        pass
    assert is_on()


def test_unpatch_between_call_and_block():
    block = patch_joblib()
    unpatch_joblib()
    patch_joblib()
    with block:
        assert is_on()
    assert is_on()


def test_threads():
    failures = []
    start = threading.Barrier(8)

    def work():
        start.wait()
        try:
            for _ in range(200):
                with patch_joblib():
                    assert is_on()
        except BaseException as error:
            failures.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not failures, failures
    assert not is_on()


def test_fork_while_another_thread_switches():
    """The child is whole, and can switch."""
    run_python(
        """
        import os, sys, threading, warnings
        import fastjoblib, joblib, joblib._memmapping_reducer
        warnings.simplefilter("ignore")  # from Python 3.12 on: forks and threads are not friends
        names = ["joblib", "joblib.numpy_pickle", "joblib._memmapping_reducer"]
        stock, done = joblib.load, threading.Event()
        def switch():
            while not done.is_set():
                with fastjoblib.patch_joblib():
                    pass
        thread = threading.Thread(target=switch)
        thread.start()
        for _ in range(50):
            child = os.fork()
            if child == 0:
                states = {sys.modules[name].load is stock for name in names}
                fastjoblib.patch_joblib()
                fastjoblib.unpatch_joblib()
                os._exit(0 if len(states) == 1 and joblib.load is stock else 1)
            assert os.waitpid(child, 0)[1] == 0
        done.set()
        thread.join()
        """
    )
