"""scan: a verdict for each file of folders and archives."""

import dataclasses
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any, Literal

from fastjoblib._errors import InvalidFileError, TruncatedFileError
from fastjoblib._inspect import archives
from fastjoblib._inspect.archives import Budget, BudgetError, Member
from fastjoblib._inspect.machine import inspect
from fastjoblib._inspect.npy import NPY_MAGIC, may_hold_a_pickle
from fastjoblib._inspect.report import Global, Report
from fastjoblib._inspect.verdicts import is_listed

__all__ = ["Finding", "Verdict", "exit_status", "scan", "scan_stream"]

Verdict = Literal["dangerous", "suspicious", "unreadable", "clean", "not a pickle"]

_SPOOL_SIZE = 64 * 2**20  # archives in archives are kept in memory up to this size
_WRAPPERS = {"NDArrayWrapper", "NumpyArrayWrapper", "ZNDArrayWrapper"}


@dataclasses.dataclass(frozen=True)
class Finding:
    """What a scan found out about one file, or one member of an archive.

    Attributes
    ----------
    name : str
        Its path; of members the archive's, "!" and their own.
    verdict : {'dangerous', 'suspicious', 'unreadable', 'clean', 'not a pickle'}
    reasons : tuple of str
    """

    name: str
    verdict: Verdict
    reasons: tuple[str, ...] = ()


def exit_status(findings: Iterable[Finding]) -> int:
    """Return 1 if anything is dangerous or suspicious, else 2 if anything is unreadable, else 0."""
    verdicts = {finding.verdict for finding in findings}
    if verdicts & {"dangerous", "suspicious"}:
        return 1
    return 2 if "unreadable" in verdicts else 0


def scan(path: str) -> Iterator[Finding]:
    """Scan a file, or all regular files of a folder and the folders in it.

    Nothing that a file names is imported or called.  Symbolic links are followed, each
    folder is entered once.

    Parameters
    ----------
    path : str

    Yields
    ------
    Finding
        One for each file and each member of an archive.
    """
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)
    except (OSError, ValueError) as error:
        yield Finding(path, "unreadable", (str(error),))
        return
    if not is_folder:
        yield from (_named(finding) for finding in _scan_file(path))
        return
    entered: set[tuple[int, int]] = set()
    unreadable: list[OSError] = []
    for folder, folders, files in os.walk(path, followlinks=True, onerror=unreadable.append):
        try:
            status = os.stat(folder)
        except OSError as error:  # it is gone
            unreadable.append(error)
            continue
        if (status.st_dev, status.st_ino) in entered:
            folders.clear()
            continue
        entered.add((status.st_dev, status.st_ino))
        folders.sort()
        for file in sorted(files):
            yield from _scan_entry(os.path.join(folder, file))
    yield from (Finding(str(error.filename), "unreadable", (str(error),)) for error in unreadable)


def scan_stream(stream: IO[bytes], name: str) -> Iterator[Finding]:
    """Scan what can be read from a stream, such as the standard input."""
    try:
        with tempfile.SpooledTemporaryFile(_SPOOL_SIZE) as file:
            while data := stream.read(2**20):
                file.write(data)
            file.seek(0)
            yield from (_named(finding) for finding in _scan_opened(file, name, None))
    except Exception as error:
        yield _unreadable(name, error)


def _named(finding: Finding) -> Finding:
    """Somebody expects a pickle here."""
    if finding.verdict == "not a pickle" and "!" not in finding.name:
        return Finding(finding.name, "unreadable", finding.reasons)
    return finding


def _scan_entry(path: str) -> Iterator[Finding]:
    """Scan an entry of a folder, if it is a regular file: a pipe may never end."""
    try:
        is_regular = stat.S_ISREG(os.stat(path).st_mode)
    except OSError as error:
        if not os.path.islink(path):  # a link to nothing, or to itself, holds nothing
            yield Finding(path, "unreadable", (str(error),))
        return
    if is_regular:
        yield from _scan_file(path)


def _scan_file(path: str) -> Iterator[Finding]:
    try:
        with open(path, "rb") as file:
            if not file.seekable():
                yield from scan_stream(file, path)
                return
            yield from _scan_opened(file, path, path)
    except Exception as error:
        yield _unreadable(path, error)


def _unreadable(name: str, error: Exception) -> Finding:
    """Whatever goes wrong with one file, memory and depth of calls included, is no reason to skip the others."""
    return Finding(name, "unreadable", (str(error) or type(error).__name__,))


def _scan_opened(file: Any, name: str, path: str | None) -> Iterator[Finding]:
    """Scan a seekable file that may be an archive; by its `path` joblib reads several streams one after another."""
    start = file.read(8)
    size = file.seek(0, os.SEEK_END)
    is_archive = start.startswith(archives.ZIP_MAGIC) or archives.is_zip(file)
    file.seek(0)
    if not start.startswith(archives.ZIP_MAGIC):
        found = _scan_data(file, name, start, path)
        if found.verdict != "not a pickle" or not is_archive:
            yield found
    if is_archive:
        try:
            yield from _scan_archive(file, name, Budget(size), 1)
        except BudgetError as error:
            yield Finding(name, "suspicious", (str(error),))


def _scan_archive(file: Any, name: str, budget: Budget, deeper: int) -> Iterator[Finding]:
    """Scan the members of an archive, and of those within it `deeper` levels down."""
    empty = True
    try:
        for member_name, member, oddities in archives.members(file, budget):
            empty = False
            yield from _scan_member(member, f"{name}!{member_name}", oddities, budget, deeper)
        if empty:
            yield Finding(name, "not a pickle", ("an archive without files",))
    except BudgetError:
        raise
    except Exception as error:
        yield _unreadable(name, error)


def _scan_member(member: Member, name: str, oddities: list[str], budget: Budget, deeper: int) -> Iterator[Finding]:
    try:
        start = member.peek(8)
        if not start.startswith(archives.ZIP_MAGIC):
            found = _scan_data(member, name, start, None)
            if oddities and found.verdict == "clean":
                found = Finding(name, "suspicious", tuple(oddities))
            yield found
            return
        if not deeper:
            yield Finding(name, "suspicious", ("an archive within an archive within an archive is not looked into",))
            return
        with tempfile.SpooledTemporaryFile(_SPOOL_SIZE) as file:
            while data := member.read(2**20):
                file.write(data)
            yield from _scan_archive(file, name, budget, deeper - 1)
    except BudgetError:
        raise
    except Exception as error:
        yield _unreadable(name, error)


def _scan_data(file: Any, name: str, start: bytes, path: str | None) -> Finding:
    """Scan what is no archive: a pickle, an .npy file, or something else."""
    is_npy = start.startswith(NPY_MAGIC)
    try:
        if is_npy and not may_hold_a_pickle(file):
            return Finding(name, "clean")
        report = inspect(file if is_npy or path is None else path)
    except (InvalidFileError, TruncatedFileError) as error:
        if start.startswith(b"BZ") and not start.startswith(b"BZh"):
            # "B" is an opcode: what joblib takes for bz2, pickle loads.
            return Finding(name, "suspicious", ("it begins like bz2 and is none",))
        return Finding(name, "not a pickle", (str(error),))
    except BudgetError:
        raise
    except Exception as error:
        return _unreadable(name, error)
    if is_npy and (report.compressor is not None or _WRAPPERS & {found.name for found in report.globals}):
        note = "NumPy loads it by pickle, joblib reads it otherwise"
        report = dataclasses.replace(report, notes=(*report.notes, note))
    return _judge(report, name)


def _judge(report: Report, name: str) -> Finding:
    """Make a verdict of a report, stricter than its own: what is unknown is suspicious, even if nothing calls it."""
    dangerous = [found for found in report.globals if found.verdict == "dangerous"]
    unknown = [found for found in report.globals if found.verdict == "unknown"]
    reasons = [*map(_reason, dangerous), *map(_reason, unknown), *report.notes]
    if report.error is not None:
        reasons.append(report.error)
        if report.protocol < 2 and not any(_can_matter(found, report.notes) for found in report.globals):
            return Finding(name, "not a pickle", (report.error,))
    if dangerous:
        return Finding(name, "dangerous", tuple(reasons))
    if unknown or report.notes:
        return Finding(name, "suspicious", tuple(reasons))
    return Finding(name, "clean" if report.error is None else "unreadable", tuple(reasons))


def _can_matter(found: Global, notes: tuple[str, ...]) -> bool:
    """Tell whether a name makes a pickle of what may be a text.

    The first letters of many texts are opcodes, and lines behind them names.  A load fails
    soon, and has called nothing, nor changed what it has imported, which makes a note; what
    is no identifier, nor has a hyphen like some files, it cannot even import.
    """
    words = [*found.module.split("."), *found.name.split(".")]
    if not all(word.replace("-", "_").isidentifier() for word in words):
        return False
    is_used = bool(notes or {"called", "instantiated"} & set(found.uses))
    return is_used or is_listed(found.module, found.name)


def _reason(found: Global) -> str:
    at = f" at {found.paths[0]}" if found.paths else ""
    return f"{found.verdict}: {found.module}.{found.name}, {' and '.join(found.uses)}{at}"
