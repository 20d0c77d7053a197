# SPDX-License-Identifier: BSD-3-Clause
"""Environments of the matrix: an interpreter, a NumPy and a tool, each installed by pip and kept in .venv/matrix.

An interpreter with a NumPy is a virtual environment; a tool (one version of joblib, or this checkout's fastjoblib)
is a directory beside it, put on PYTHONPATH, so that no environment sees more than its own tool.
Nothing installed is ever updated: `make clean` removes it all. fastjoblib is built anew when its sources change.
"""

import contextlib
import dataclasses
import functools
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
CACHE = ROOT / ".venv" / "matrix"
SOURCES = ("LICENSE", "README.md", "csrc", "pyproject.toml", "python", "setup.py")
NOT_SOURCES = shutil.ignore_patterns("__pycache__", "*.so", "*.egg-info")

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
JOBLIBS = ("1.0", "1.1", "1.2", "1.4", "1.5", "1.6")
# "2" is the newest NumPy 2 that the interpreter can have.
NUMPYS = ("1.26", "2")
BUILDING = threading.Lock()  # a build takes all cores, and environments share what was built
# lz4 is what joblib's compressor of that name needs; setuptools has the distutils that joblib before 1.4 imports and
# that Python 3.12 and later have no more.
EXTRAS = ("lz4", "setuptools")
RUNNING = ".".join(map(str, sys.version_info[:2]))


class CommandFailed(Exception):
    """A command that a test runs did not succeed; the text holds all it printed."""


@dataclasses.dataclass(frozen=True)
class Environment:
    python: str
    numpy: str
    tool: str  # joblib, fastjoblib or pickle
    joblib: str = ""  # the version, if joblib is the tool

    def __str__(self):
        return f"python{self.python}-numpy{self.numpy}-{self.tool}{self.joblib}"


@dataclasses.dataclass(frozen=True)
class Installed:
    """A Python command, and the environment variables with which it finds its tool."""

    python: pathlib.Path
    variables: dict

    def run(self, script, *arguments):
        return run(self.python, "-W", "ignore", HERE / script, *arguments, variables=self.variables)


def run(*command, variables=None):
    """Run a command in a clean environment and return its standard output; raise CommandFailed with its errors."""
    unwanted = ("PYTHONPATH", "PYTHONMALLOC", "PYTHONHASHSEED", "LD_PRELOAD")
    clean = {name: value for name, value in os.environ.items() if name not in unwanted}
    # The order of sets must be the same in each process, or no two files are alike.
    clean.update(PYTHONHASHSEED="0", PYTHONNOUSERSITE="1", OPENBLAS_NUM_THREADS="1", **(variables or {}))
    done = subprocess.run([str(part) for part in command], env=clean, capture_output=True, text=True, timeout=1800)
    if done.returncode:
        shown = " ".join(str(part) for part in command)
        printed = f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
        raise CommandFailed(f"{shown:.500}\nended with {done.returncode}:\n{printed}")
    return done.stdout


@functools.cache
def find_interpreter(version):
    """Return the path of a Python of this version that can make virtual environments, or None."""
    if version == RUNNING:
        return sys.executable
    on_path = shutil.which(f"python{version}")
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv")) / "versions"
    probe = "import ensurepip, sys, venv; print(*sys.version_info[:2], sep='.')"
    for candidate in ([on_path] if on_path else []) + sorted(pyenv.glob(f"{version}.*/bin/python")):
        # a pyenv shim may stand for nothing
        with contextlib.suppress(CommandFailed, OSError):
            if run(candidate, "-c", probe).strip() == version:
                return str(candidate)
    return None


@contextlib.contextmanager
def made_whole(directory):
    """Give a directory to fill, and put it at its place when it is complete."""
    partial = directory.with_name(directory.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    yield partial
    partial.rename(directory)


def pip_install(python, *arguments):
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments)


def install_numpy(version, numpy):
    """Return the Python command of a virtual environment with this NumPy."""
    directory = CACHE / f"python{version}-numpy{numpy}"
    if not directory.exists():
        with made_whole(directory) as partial:
            run(find_interpreter(version), "-m", "venv", partial)
            pip_install(partial / "bin" / "python", "--only-binary=:all:", f"numpy=={numpy}.*", *EXTRAS)
    return directory / "bin" / "python"


def install_joblib(python, version):
    directory = python.parent.parent / f"joblib-{version}"
    if not directory.exists():
        with made_whole(directory) as partial:
            pip_install(python, "--target", partial, f"joblib=={version}.*")
    return directory


def install_fastjoblib(python, version):
    """Build the checkout for an interpreter: against NumPy 2, and it has to run on NumPy 1 too."""
    with BUILDING, tempfile.TemporaryDirectory() as temporary:
        copy = pathlib.Path(temporary) / "fastjoblib"
        copy.mkdir()
        for name in SOURCES:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name, ignore=NOT_SOURCES)
            else:
                shutil.copy(ROOT / name, copy / name)
        directory = CACHE / f"fastjoblib-python{version}-{digest(copy)}"
        if not directory.exists():
            for outdated in CACHE.glob(f"fastjoblib-python{version}-*"):
                shutil.rmtree(outdated)
            with made_whole(directory) as partial:
                pip_install(python, "--no-deps", "--target", partial, copy)
    return directory


def digest(directory):
    """A short name for the contents of all files below `directory`."""
    state = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            state.update(f"{path.relative_to(directory)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return state.hexdigest()[:12]


def install(environment, fastjoblib=None):
    """Make the environment where it is missing.

    `fastjoblib` are the variables that give the running interpreter a fastjoblib which is already built.
    """
    python = install_numpy(environment.python, environment.numpy)
    if environment.tool == "joblib":
        return Installed(python, {"PYTHONPATH": str(install_joblib(python, environment.joblib))})
    if environment.tool == "fastjoblib":
        built = fastjoblib or {"PYTHONPATH": str(install_fastjoblib(python, environment.python))}
        return Installed(python, built)
    return Installed(python, {})
