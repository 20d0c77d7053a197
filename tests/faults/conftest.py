"""The shared object by which system calls fail."""

import os
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope="session")
def _shim(tmp_path_factory):
    path = tmp_path_factory.mktemp("shim") / "shim.so"
    compiler = os.environ.get("CC", "cc").split()
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
    subprocess.run([*compiler, *flags, os.path.join(HERE, "shim.c"), "-o", path, "-ldl"], check=True)
    return path


@pytest.fixture
def shim(_shim, monkeypatch):
    """Its path; the processes that the test starts have it preloaded."""
    monkeypatch.setenv("LD_PRELOAD", f"{os.environ.get('LD_PRELOAD', '')} {_shim}".strip())
    return _shim
