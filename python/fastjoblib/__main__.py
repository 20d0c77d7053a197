"""The command line: ``python -m fastjoblib`` and ``fastjoblib``.

Each command adds a parser of its own, whose `function` takes the parsed arguments
and returns the exit status.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from fastjoblib._clean import clean
from fastjoblib._convert import convert, parse_compress
from fastjoblib._inspect.commands import add_inspect, add_scan
from fastjoblib._models.commands import add_compare, add_models
from fastjoblib._patch import patch_joblib
from fastjoblib._run import find_program
from fastjoblib._seal.command import add_verify
from fastjoblib._show_versions import show_versions
from fastjoblib._version import __version__

__all__ = ["main"]

# "Any": the type of what add_subparsers returns cannot be named at run time.
_Commands = Any


def _run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    """Run a script or module with the patch on.

    Exit statuses for what cannot be run are Python's.
    """
    if not arguments.words:
        parser.error("expected a script, or -m and the name of a module")
    name, *rest = arguments.words
    try:
        patch_joblib()
        program = find_program(name, arguments.is_module)
    except OSError as error:
        print(f"fastjoblib: can't open file {name!r}: {error}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(f"fastjoblib: {error}", file=sys.stderr)
        return 1
    program(rest)
    return 0


def _add_run(commands: _Commands) -> None:
    parser = commands.add_parser(
        "run",
        help="run a script with joblib patched",
        description="Run an unchanged script or module as python does, with "
        "joblib's dump and load replaced by fastjoblib's.",
        usage="fastjoblib run [-h] (script | -m module) [argument ...]",
    )
    parser.add_argument(
        "-m",
        dest="is_module",
        action="store_true",
        help="what follows is the name of a module or package, not a path",
    )
    # Everything from the first word that is no option: also what looks like one.
    parser.add_argument(
        "words",
        metavar="script",
        nargs=argparse.REMAINDER,
        help="what to run, and its arguments",
    )
    parser.set_defaults(function=partial(_run, parser))


def _convert(arguments: argparse.Namespace) -> int:
    """Compress a file anew."""
    source, target = arguments.source, arguments.target
    try:
        compress = 0 if arguments.compress is None else parse_compress(arguments.compress)
        nbytes = convert(source, target, compress, arguments.threads)
    except (OSError, ValueError) as error:
        print(f"fastjoblib: {error}", file=sys.stderr)
        return 1
    sizes = [f"{os.path.getsize(path):,}" for path in (source, target)]
    print(f"{source}: {sizes[0]} bytes, {target}: {sizes[1]} bytes, uncompressed: {nbytes:,} bytes")
    return 0


def _add_convert(commands: _Commands) -> None:
    parser = commands.add_parser(
        "convert",
        help="compress a file anew, without loading it",
        description="Write what a file holds to another, or the same, compressed by "
        "another method or level. Nothing in it is unpickled, so nothing is run.",
    )
    parser.add_argument("source", metavar="IN", help="the file to read")
    parser.add_argument("target", metavar="OUT", help="the file to write")
    parser.add_argument(
        "--compress",
        metavar="METHOD[:LEVEL]",
        help="a method and level of dump(), or none; by default what the name of OUT says",
    )
    parser.add_argument("--threads", metavar="N", type=int, help="by default one for each core")
    parser.set_defaults(function=_convert)


def _clean(arguments: argparse.Namespace) -> int:
    """Remove left-over files.

    Names are shown as Python writes them, whatever characters are in them.
    """
    try:
        found = clean(arguments.directory, recursive=arguments.recursive, dry_run=arguments.dry_run)
    except OSError as error:
        print(f"fastjoblib: {error}", file=sys.stderr)
        return 1
    verb = "would remove" if arguments.dry_run else "removed"
    for left in found:
        if left.kept is None:
            print(f"{verb} {left.path!r}: {left.nbytes:,} bytes")
        else:
            print(f"kept {left.path!r}: {left.kept}")
    removed = [left.nbytes for left in found if left.kept is None]
    print(f"{verb} {len(removed):,} files, {sum(removed):,} bytes")
    return 0


def _add_clean(commands: _Commands) -> None:
    parser = commands.add_parser(
        "clean",
        help="remove what killed processes have left",
        description="Remove the hidden files (.NAME.fastjoblib-*) that dumps of killed "
        "processes have left. What is in use stays.",
    )
    parser.add_argument("directory", metavar="DIR", help="where to look")
    parser.add_argument("-r", "--recursive", action="store_true", help="look into the directories in it too")
    parser.add_argument("-n", "--dry-run", action="store_true", help="say what would be removed, and remove nothing")
    parser.set_defaults(function=_clean)


def _versions(arguments: argparse.Namespace) -> int:
    show_versions()
    return 0


def _add_versions(commands: _Commands) -> None:
    parser = commands.add_parser(
        "versions",
        help="print what a bug report should say",
        description="Print the versions of fastjoblib, Python and the packages around it.",
    )
    parser.set_defaults(function=_versions)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default ``sys.argv[1:]``.

    Returns
    -------
    int
        The exit status.
    """
    parser = argparse.ArgumentParser(
        prog="fastjoblib",
        description="Save and load Python objects fast, in joblib's files.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="command", required=True)
    adders = (
        *(_add_run, add_inspect, add_scan, add_verify, add_models, add_compare),
        *(_add_convert, _add_clean, _add_versions),
    )
    for add in adders:
        add(commands)
    parsed = parser.parse_args(arguments)
    return cast(int, parsed.function(parsed))


if __name__ == "__main__":
    sys.exit(main())
