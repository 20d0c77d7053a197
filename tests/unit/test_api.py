# SPDX-License-Identifier: BSD-3-Clause
"""Names, signatures, arguments and their errors."""

import inspect
import pickle
import platform

import fastjoblib
import joblib
import pytest
from helpers.control import error_of, stock_dumps


def parameters(function):
    return list(inspect.signature(function).parameters.values())


@pytest.mark.parametrize("name", ["dump", "load"])
def test_signature_begins_with_joblibs(name):
    ours, theirs = parameters(getattr(fastjoblib, name)), parameters(getattr(joblib, name))
    for mine, other in zip(ours, theirs, strict=False):
        assert (mine.name, mine.default, mine.kind) == (other.name, other.default, other.kind)
    assert all(p.kind is p.KEYWORD_ONLY for p in ours[len(theirs) :])


def test_own_keywords():
    defaults = {p.name: p.default for p in parameters(fastjoblib.dump)}
    assert defaults["atomic"] is True and defaults["fsync"] is False
    assert [p.name for p in parameters(fastjoblib.dumps)] == ["value", "compress", "protocol"]
    assert len(parameters(fastjoblib.loads)) == 1


def test_all_is_public_and_documented():
    assert {"dump", "load", "dumps", "loads", "show_versions", "FastjoblibError"} <= set(fastjoblib.__all__)
    for name in fastjoblib.__all__:
        value = getattr(fastjoblib, name)
        assert not callable(value) or inspect.getdoc(value), f"{name} has no docstring"


def test_exceptions():
    assert issubclass(fastjoblib.FastjoblibError, Exception)
    assert fastjoblib.TruncatedFileError.__mro__[1] is fastjoblib.FastjoblibError
    assert issubclass(fastjoblib.TruncatedFileError, (EOFError)) and issubclass(
        fastjoblib.TruncatedFileError, ValueError
    )
    for base in (fastjoblib.FastjoblibError, pickle.UnpicklingError, ValueError):
        assert issubclass(fastjoblib.InvalidFileError, base)


def test_truncated_file_error_travels_between_processes():
    with pytest.raises(fastjoblib.TruncatedFileError) as caught:
        fastjoblib.loads(fastjoblib.dumps("some text")[:-5])
    error = pickle.loads(pickle.dumps(caught.value))
    assert type(error) is fastjoblib.TruncatedFileError
    for name in ("filename", "expected", "actual", "args"):
        assert getattr(error, name) == getattr(caught.value, name)


def test_show_versions(capsys):
    import numpy

    fastjoblib.show_versions()
    shown = capsys.readouterr().out
    for version in (fastjoblib.__version__, numpy.__version__, platform.python_version()):
        assert version in shown


@pytest.mark.parametrize("protocol", [-1, -7, 6, 100, 2**40, "2", 2.5, b"", []])
def test_odd_protocols_as_in_joblib(protocol):
    theirs, their_error = error_of(stock_dumps, [1, "x"], protocol)
    ours, our_error = error_of(fastjoblib.dumps, [1, "x"], protocol=protocol)
    if protocol == 2.5:  # joblib lets it through and writes 2; a float is no protocol
        assert ours == theirs or isinstance(our_error, TypeError)
        return
    assert type(our_error) is type(their_error)
    assert ours == theirs


@pytest.mark.parametrize("compress", [0, False])
def test_no_compression(tmp_path, compress):
    assert fastjoblib.dump([1], tmp_path / "file", compress) == [str(tmp_path / "file")]
    assert fastjoblib.dumps([1], compress) == stock_dumps([1])


@pytest.mark.parametrize("target", [None, 5.5, ["list"], b"bytes", object()])
def test_arguments_the_wrong_way_round(target):
    """The wording is joblib's: people search for it."""
    with pytest.raises(ValueError, match="Second argument should be a filename or a file-like object") as ours:
        fastjoblib.dump("value", target)
    with pytest.raises(ValueError) as theirs:
        joblib.dump("value", target)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("data", ["text", None, 5, [b""]])
def test_loads_wants_bytes(data):
    with pytest.raises(TypeError):
        fastjoblib.loads(data)


@pytest.mark.parametrize("name", ["dump", "dumps", "load", "loads"])
def test_arguments_missing(name):
    with pytest.raises(TypeError):
        getattr(fastjoblib, name)()


def test_joblib_is_not_imported():
    from helpers.run import run_python

    run_python(
        """
        import sys
        sys.modules["joblib"] = None  # importing it would fail
        import fastjoblib, numpy as np
        value = [np.arange(5), np.array([1, "x"], object), {"a": 1}]
        loaded = fastjoblib.loads(fastjoblib.dumps(value))
        assert (loaded[0] == value[0]).all() and (loaded[1] == value[1]).all() and loaded[2] == value[2]
        assert not [name for name in sys.modules if name.startswith("joblib.")]
        """
    )


def test_little_is_imported():
    """What only some calls need waits for them: it would take longer to import than all of the package."""
    from helpers.run import run_python

    run_python(
        """
        import numpy, sys
        before = set(sys.modules)
        import fastjoblib
        new = {name.partition(".")[0] for name in set(sys.modules) - before}
        assert not new & {"argparse", "bz2", "email", "joblib", "lz4", "lzma", "socket", "tempfile", "zipfile"}, new
        """
    )


def test_the_package_uses_c():
    import fastjoblib._core as core

    assert core.__file__.endswith((".so", ".pyd")) or ".so" in core.__file__


def test_a_name_that_nobody_has():
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'$"):
        fastjoblib.nonsense  # noqa: B018


def test_joblibs_names_are_joblibs():
    assert set(joblib.__all__) <= set(fastjoblib.__all__) <= set(dir(fastjoblib))
    assert all(hasattr(fastjoblib, name) for name in fastjoblib.__all__)
