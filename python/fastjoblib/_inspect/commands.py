"""The commands that look into files without loading them: inspect and scan."""

import argparse
import dataclasses
import json
import pickle
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from fastjoblib._inspect import Report, inspect
from fastjoblib._inspect.printing import ends_quietly
from fastjoblib._inspect.scan import Finding, Verdict, exit_status, scan, scan_stream
from fastjoblib._inspect.text import shown

if TYPE_CHECKING:
    from fastjoblib._onnx.reading import OnnxReport

__all__ = ["add_inspect", "add_scan"]

_R = TypeVar("_R")

_EXIT_STATUS = {"clean": 0, "suspicious": 1, "dangerous": 1, "unreadable": 2}
_ORDER: tuple[Verdict, ...] = ("dangerous", "suspicious", "unreadable", "clean", "not a pickle")
_STATUSES = (
    "Exit status: 1 if anything is dangerous or suspicious, else 2 if anything could not be read, else 0. "
    "What no list knows, such as your own classes, is suspicious."
)


_ERRORS = (OSError, EOFError, ValueError, MemoryError, ImportError, pickle.UnpicklingError)


def _inspect_onnx(name: str) -> "OnnxReport":
    from fastjoblib._onnx.reading import inspect_onnx  # not for every command

    return inspect_onnx(name)


def _read(inspector: Callable[[str], _R], name: str) -> _R | None:
    """Inspect a file; say on stderr why it could not be done."""
    try:
        return inspector(name)
    except _ERRORS as error:
        print(f"fastjoblib: {shown(str(error))}", file=sys.stderr)
        return None


@ends_quietly
def _inspect(arguments: argparse.Namespace) -> int:
    found: list[Report | OnnxReport | None] = [
        _read(_inspect_onnx, name) if name.endswith(".onnx") else _read(inspect, name) for name in arguments.files
    ]
    reports = [each for each in found if each is not None]
    tables: list[str] = []
    if arguments.beside is not None:
        other = _read(_inspect_onnx, arguments.beside)
        found.append(other)
        if other is not None:
            tables = [other.beside(each) for each in reports if isinstance(each, Report)]
    if arguments.json:
        print(json.dumps([report.to_dict() for report in reports], indent=2))
    elif reports or tables:
        print("\n\n".join([*map(str, reports), *tables]))
    statuses = {2 if each is None else _EXIT_STATUS[each.verdict] for each in found}
    return 1 if 1 in statuses else max(statuses, default=0)


def add_inspect(commands: Any) -> None:
    """Add the command `inspect` to the subparsers."""
    parser = commands.add_parser(
        "inspect",
        help="say what is in files, without loading them",
        description="Say what is in files: names, arrays, sizes; of those named *.onnx inputs, outputs, operators. "
        "Nothing in them is run or imported.",
        epilog=_STATUSES,
    )
    parser.add_argument("files", metavar="FILE", nargs="+")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print a JSON list of reports")
    how.add_argument("--beside", metavar="ONNX", help="also print a table of each joblib file and this ONNX file")
    parser.set_defaults(function=_inspect)


def _findings(paths: list[str]) -> Iterator[Finding]:
    for path in paths:
        yield from scan_stream(sys.stdin.buffer, "-") if path == "-" else scan(path)


@ends_quietly
def _scan(arguments: argparse.Namespace) -> int:
    findings = []
    for finding in _findings(arguments.paths):
        findings.append(finding)
        if not arguments.json:
            print(f"{shown(finding.name)}: {finding.verdict}", flush=True)
            for reason in () if finding.verdict == "not a pickle" else finding.reasons:
                print(f"    {shown(reason)}")
    counts = Counter(finding.verdict for finding in findings)
    summary = {verdict: counts[verdict] for verdict in _ORDER if counts[verdict]}
    if arguments.json:
        print(json.dumps({"files": [dataclasses.asdict(each) for each in findings], "summary": summary}, indent=2))
    else:
        parts = [f"{count:,} {verdict}" for verdict, count in summary.items()]
        print(f"{len(findings):,} {'file' if len(findings) == 1 else 'files'}: {', '.join(parts) or 'nothing found'}")
    return exit_status(findings)


def add_scan(commands: Any) -> None:
    """Add the command `scan` to the subparsers."""
    parser = commands.add_parser(
        "scan",
        help="look for files that would run code when they are loaded",
        description="Look for files that would run code when they are loaded. Nothing in them is run or "
        "imported. Folders are searched with all that is in them, so are zip archives.",
        epilog=_STATUSES,
    )
    parser.add_argument("paths", metavar="PATH", nargs="+", help="a file, a folder, or - for the standard input")
    parser.add_argument("--json", action="store_true", help="print a JSON object with all findings")
    parser.set_defaults(function=_scan)
