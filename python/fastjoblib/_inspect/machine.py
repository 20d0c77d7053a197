"""inspect: from the file to the Report.

The symbolic machine in C does the reading, by the same road as a load; here
its rows become a `Report`.
"""

import functools
import os
import pickle
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fastjoblib import _core
from fastjoblib._by_value import is_code
from fastjoblib._compress.dump_load import Fallback
from fastjoblib._compress.registry import detect_name
from fastjoblib._ends import measure
from fastjoblib._errors import InvalidFileError, TruncatedFileError
from fastjoblib._fileobjects import Readable, name_of
from fastjoblib._inspect.compression import count_lz4_blocks, level_of
from fastjoblib._inspect.dtypes import describe
from fastjoblib._inspect.report import Array, Global, Part, Pickle, Report, Seal
from fastjoblib._inspect.verdicts import verdict
from fastjoblib._later import import_later
from fastjoblib._legacy import SideFiles
from fastjoblib._seal.finding import read_seal
from fastjoblib._seal.form import read_pieces
from fastjoblib._threads import resolve
from fastjoblib._urls import by_url

if TYPE_CHECKING:
    from fastjoblib._safe.policy import Policy

__all__ = ["inspect"]

_ORDER = ("dangerous", "unknown", "safe")
_LONGEST_MESSAGE = 500


class _Watcher(Fallback):
    """Remembers what the data begins with, if it is compressed."""

    start = b""

    def __call__(self, origin: Any, start: bytes, taken: int) -> Any:
        self.start = start
        return super().__call__(origin, start, taken)


def inspect(
    filename: str | os.PathLike[str] | Readable,
    *,
    trusted: Sequence[str] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Report:
    """Find what is in a file that `dump`, joblib or pickle has written, without running any of it.

    Nothing that the file names is imported or called, so that files can be
    inspected that are not trusted.

    Parameters
    ----------
    filename : str, os.PathLike, or file object
        A path, a URL, or any object with a ``read`` method, which is read from its
        position to its end; what is in it may be compressed.
    trusted : sequence of str, optional
        As `safe_load` takes it: then `Global.trusted` says of each name whether it is.
    storage_options : mapping, optional
        As for `load`.

    Returns
    -------
    Report
        Of a damaged file what was found before the damage, with `Report.error`.

    Raises
    ------
    InvalidFileError
        If the data is no pickle.
    TruncatedFileError
        If there is none.
    OSError
        If the file cannot be read.

    See Also
    --------
    load : Load the object.

    Notes
    -----
    A verdict is about the names in the file.  That all of them are known to be
    harmless does not make it safe to load a file: classes of theirs can still be
    given a state that makes them crash, or take up all memory.

    Examples
    --------
    >>> import os, tempfile, fastjoblib, numpy
    >>> path = os.path.join(tempfile.mkdtemp(), "model.joblib")
    >>> fastjoblib.dump({"coef": numpy.zeros((2, 3))}, path) == [path]
    True
    >>> report = fastjoblib.inspect(path)
    >>> report.format
    'joblib'
    >>> [(array.path, array.dtype, array.shape) for array in report.arrays]
    [("model['coef']", '<f8', (2, 3))]
    """
    if isinstance(filename, (bytes, os.PathLike)):
        filename = os.fsdecode(filename)
    policy = None
    if trusted is not None:
        from fastjoblib._safe.policy import policy_for  # which needs the tables here

        policy = policy_for(trusted)
    if by_url(filename, storage_options):
        with import_later("fastjoblib._stores").reading(filename, storage_options, whole=False) as source:
            return _inspect(source, policy)
    return _inspect(filename, policy)


def _inspect(source: Any, policy: "Policy | None") -> Report:
    """Inspect a path, a file object or a descriptor."""
    if isinstance(source, str) or hasattr(source, "read"):
        return _inspect_opened(source, policy)
    with open(source, "rb") as fileobj:  # a descriptor; open() refuses the rest
        return _inspect_opened(fileobj, policy)


def _inspect_opened(source: Any, policy: "Policy | None") -> Report:
    by_name = isinstance(source, str)
    name = source if by_name else name_of(source)
    nbytes, position = measure(source)
    found: dict[str, Any] = {}
    error = None
    side_files = SideFiles(name)
    fallback = _Watcher(name, side_files, None, by_name)
    threads = functools.partial(resolve, None)
    try:
        with fallback:
            _core.inspect(None if by_name else source, name, found, describe, fallback, threads)
    except (pickle.UnpicklingError, EOFError, ValueError) as exception:
        if isinstance(exception, TruncatedFileError):
            exception.start = position or 0
        if not _has_begun(found, exception):
            raise
        error = _shorten(str(exception))
    compressor = detect_name(fallback.start) if fallback.compressed else None
    blocks = found.get("blocks")
    if compressor == "lz4" and by_name and nbytes is not None:
        blocks = count_lz4_blocks(source)
    arrays = _arrays(found)
    pickles = tuple(_pickle(*row) for row in found["pickles"])
    names = _globals(found, policy)
    return Report(
        filename=name,
        nbytes=found["nbytes"] if nbytes is None else nbytes,
        format=_format(arrays, compressor),
        protocol=pickles[0].protocol,
        compressor=compressor,
        level=level_of(compressor, fallback.start),
        blocks=blocks,
        data_nbytes=found["nbytes"],
        pickles=pickles,
        globals=names,
        arrays=arrays,
        seal=None if nbytes is None else _seal(source),
        notes=(*_by_value(names), *map(_shorten, found["notes"])),
        error=error,
    )


def _seal(source: Any) -> Seal | None:
    """Return the seal at the end of a file that can seek."""
    if isinstance(source, str):
        with open(source, "rb") as file:
            return _seal(file)
    try:
        if not source.seekable():
            return None
        position = source.tell()
        found = read_seal(source)
        source.seek(position)
    except (AttributeError, OSError):
        return None
    if found is None:
        return None
    checksums = sum(1 for _ in read_pieces(found.pieces))
    return Seal(found.digest, found.file_nbytes, found.data_nbytes, checksums, found.facts)


def _has_begun(found: dict[str, Any], error: BaseException) -> bool:
    """Tell whether an error is one in a pickle, and not that there is none.

    What names a global is a pickle, whatever else it looks like: a load would
    have run it before it came to the error.
    """
    if found.get("globals"):
        return True
    if isinstance(error, InvalidFileError) and error.detail.startswith("expected a pickle, found"):
        return False
    return "nbytes" in found and found["pickles"][0][2] > 0


def _shorten(message: str) -> str:
    """Cut a message in the middle; at its ends are the name of the file and the position."""
    half = _LONGEST_MESSAGE // 2
    return message if len(message) <= _LONGEST_MESSAGE else f"{message[:half]} ... {message[-half:]}"


def _by_value(names: tuple[Global, ...]) -> tuple[str, ...]:
    """Say so where a file brings code of its own."""
    if any(is_code(found.module, found.name) for found in names):
        return ("it holds functions or classes by value: code of whoever wrote the file",)
    return ()


def _format(arrays: tuple[Array, ...], compressor: str | None) -> str:
    kinds = {array.kind for array in arrays}
    if "side file" in kinds or compressor == "zf":
        return "joblib before 0.10"
    return "joblib" if kinds & {"joblib", "objects"} else "pickle"


def _arrays(found: dict[str, Any]) -> tuple[Array, ...]:
    return tuple(Array(row[0] or "", *row[1:]) for row in found["arrays"] if row is not None)


def _globals(found: dict[str, Any], policy: "Policy | None") -> tuple[Global, ...]:
    rows = []
    for module, name, count, called, instantiated, stored, harmless, paths in found["globals"]:
        flags = {"called": called, "instantiated": instantiated, "value": stored}
        uses = tuple(use for use, flag in flags.items() if flag) or ("unused",)
        is_run = bool(called or instantiated)
        trusted = None if policy is None else policy.lists(module, name)
        judged = "safe" if harmless else verdict(module, name, is_run)
        rows.append(Global(module, name, judged, count, uses, tuple(paths), trusted))
    return tuple(sorted(rows, key=lambda row: (_ORDER.index(row.verdict), row.module, row.name)))


def _pickle(protocol: int, start: int, end: int, rows: list[tuple[int, str, str, int, int]]) -> Pickle:
    """Make the tree of parts from rows, in which each part stands behind the one that it is in."""
    parts: list[list[Part]] = [[] for _ in rows]
    for i in range(len(rows) - 1, 0, -1):
        parent, name, kind, nbytes, count = rows[i]
        parts[parent].append(Part(name, kind, nbytes, count, tuple(reversed(parts[i]))))
    _, name, kind, nbytes, count = rows[0]
    return Pickle(protocol, start, end, Part(name, kind, nbytes, count, tuple(reversed(parts[0]))))
