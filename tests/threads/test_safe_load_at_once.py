# SPDX-License-Identifier: BSD-3-Clause
"""Restricted loads that run at the same time share nothing but the policies."""

import subprocess
import sys
import textwrap
import threading

import fastjoblib
import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn")


@pytest.fixture
def folder(tmp_path):
    """Good and bad files of several kinds."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
    models = [LogisticRegression().fit(X, y), RandomForestClassifier(20, random_state=0).fit(X, y)]
    value = [models, np.arange(100_000), {i: str(i) for i in range(1000)}]
    for method in (0, "zlib", "lz4", "bz2"):
        fastjoblib.dump(value, tmp_path / f"good-{method}", method)
        fastjoblib.dump([models, print], tmp_path / f"bad-{method}", method)
    return tmp_path


def load_all(folder, rounds):
    """Load each file some times; return what was not as it should be."""
    wrong = []
    for path in sorted(folder.iterdir()) * rounds:
        try:
            value = fastjoblib.safe_load(path)
            if path.name.startswith("bad") or value[2][999] != "999" or len(value[0][1].estimators_) != 20:
                wrong.append((path.name, "loaded"))
        except fastjoblib.UntrustedError as error:
            if path.name.startswith("good") or error.names != ("builtins.print",):
                wrong.append((path.name, error))
    return wrong


def test_eight_threads(folder):
    wrong = []
    threads = [threading.Thread(target=lambda: wrong.extend(load_all(folder, 4))) for _ in range(8)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []


def test_four_processes(folder):
    code = f"""
        import pathlib, sys
        sys.path[:0] = {sys.path!r}
        from threads.test_safe_load_at_once import load_all
        print(load_all(pathlib.Path(sys.argv[1]), 4))
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(folder)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate()[0] for process in processes] == ["[]\n"] * 4
