"""``fastjoblib verify``: what the command line makes of `verify`."""

import argparse
import sys
from typing import Any

from fastjoblib._errors import DamagedFileError
from fastjoblib._inspect.printing import ends_quietly
from fastjoblib._inspect.text import shown
from fastjoblib._seal.environment import is_version
from fastjoblib._seal.form import Seal
from fastjoblib._seal.verifying import verified_seal

__all__ = ["add_verify"]


def _saved_by(seal: Seal) -> str:
    """Say when and by what a file was saved."""
    packages = seal.facts.get("packages")
    versions = {"Python": seal.facts.get("python"), **(packages if isinstance(packages, dict) else {})}
    named = [f"{name} {version}" for name, version in versions.items() if is_version(version)]
    return shown(f"ok, saved {seal.facts.get('time')} by {', '.join(named)}")


@ends_quietly
def _verify(arguments: argparse.Namespace) -> int:
    """Verify files: 0 if all are what was saved, 1 if one is not, 2 if one has no seal or cannot be read."""
    status = 0
    for filename in arguments.files:
        try:
            seal = verified_seal(filename)
        except DamagedFileError as error:
            print(f"fastjoblib: {error}", file=sys.stderr)
            status = 1
        except (OSError, ValueError) as error:
            print(f"fastjoblib: {error}", file=sys.stderr)
            status = status or 2
        else:
            print(f"{filename}: {_saved_by(seal)}")
    return status


def add_verify(commands: Any) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "verify",
        help="check that sealed files are what was saved",
        description="Check files that dump(..., seal=True) has written. Nothing in them is run. "
        "The exit status is 1 if a file is not what was saved, else 2 if one has no seal or cannot be read.",
    )
    parser.add_argument("files", metavar="FILE", nargs="+")
    parser.set_defaults(function=_verify)
