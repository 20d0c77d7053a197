"""The commands that look into files without loading them: inspect and scan."""

import argparse
import dataclasses
import json
import pickle
import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fastjoblib._inspect import Report, inspect
from fastjoblib._inspect.printing import ends_quietly
from fastjoblib._inspect.scan import Finding, Verdict, exit_status, scan, scan_stream
from fastjoblib._inspect.text import shown

if TYPE_CHECKING:
    from fastjoblib._onnx.reading import OnnxReport

__all__ = ["add_inspect", "add_scan"]

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


@ends_quietly
def _inspect(arguments: argparse.Namespace) -> int:
    reports: list[Report | OnnxReport] = []
    tables: list[str] = []
    failed = False
    for name in arguments.files:
        try:
            is_onnx = name.endswith(".onnx")
            reports.append(_inspect_onnx(name) if is_onnx else inspect(name))
            if arguments.beside is not None and not is_onnx:
                tables.append(_inspect_onnx(arguments.beside).beside(name))
        except _ERRORS as error:
            print(f"fastjoblib: {shown(str(error))}", file=sys.stderr)
            failed = True
    if arguments.json:
        print(json.dumps([report.to_dict() for report in reports], indent=2))
    elif reports:
        print("\n\n".join([*map(str, reports), *tables]))
    statuses = {_EXIT_STATUS[report.verdict] for report in reports} | ({2} if failed else set())
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
