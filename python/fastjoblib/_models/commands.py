"""The commands for models: models and compare.

What they need is imported by them, so that other commands begin at once.
"""

import argparse
import json
import sys
import warnings
from typing import TYPE_CHECKING, Any

from fastjoblib._files import load
from fastjoblib._inspect.printing import ends_quietly
from fastjoblib._inspect.text import shown, size

if TYPE_CHECKING:
    from fastjoblib._models.tools import Measured

__all__ = ["add_compare", "add_models"]


@ends_quietly
def _models(arguments: argparse.Namespace) -> int:
    """List models: 0, or 1 if something is damaged or missing, or 2 if nothing can be listed."""
    from fastjoblib._models.listing import list_models

    with warnings.catch_warnings(record=True) as found_wrong:
        warnings.simplefilter("always")
        try:
            cards = list_models(arguments.directory, arguments.name)
        except (OSError, ValueError, ImportError) as error:
            print(f"fastjoblib: {shown(str(error))}", file=sys.stderr)
            return 2
    if arguments.json:
        print(json.dumps([{**card.to_dict(), "status": card.status} for card in cards], indent=2))
    else:
        print(cards)
    for each in found_wrong:
        print(f"fastjoblib: {shown(str(each.message))}", file=sys.stderr)
    return 1 if found_wrong else 0


def add_models(commands: Any) -> None:
    """Add the command `models` to the subparsers."""
    parser = commands.add_parser(
        "models",
        help="list the models that save_model has saved",
        description="List the versions of models in a directory. No model is loaded.",
        epilog="Exit status: 1 if something is damaged or missing, of which it warns, 2 if nothing can be listed.",
    )
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument("name", metavar="NAME", nargs="?", help="of one model; by default all")
    parser.add_argument("--json", action="store_true", help="print a JSON list of cards")
    parser.set_defaults(function=_models)


def _read_data(path: str) -> Any:
    """Read an array of a .npy file, which must be as long as it claims."""
    import numpy as np

    with open(path, "rb") as file:
        start = file.read(6)
    if start != b"\x93NUMPY":
        found = "an archive, such as .npz" if start[:2] == b"PK" else f"what begins with {start!r}"
        raise ValueError(f"expected in {path!r} one array, as numpy.save writes it, found {found}")
    return np.array(np.load(path, mmap_mode="r", allow_pickle=False))


def _row(measured: "Measured") -> tuple[str, ...]:
    if measured.failure:
        return (measured.tool, "", "fails", "", measured.failure)
    identical = {None: "", True: "identical", False: "DIFFERENT"}[measured.identical]
    times = (f"{1000 * seconds:,.2f} ms" for seconds in (measured.dump_s, measured.load_s))
    return (measured.tool, size(measured.nbytes), *times, identical)


@ends_quietly
def _compare(arguments: argparse.Namespace) -> int:
    """Compare tools: 0, or 1 if predictions differ, or 2 if the model or data cannot be used."""
    from fastjoblib._models.tables import text_table
    from fastjoblib._models.tools import compare_tools

    try:
        model = load(arguments.model)
        inputs = None if arguments.data is None else _read_data(arguments.data)
        rows = compare_tools(model, inputs)
    except Exception as error:  # the model's own, too
        print(f"fastjoblib: {shown(f'{type(error).__name__}: {error}')}", file=sys.stderr)
        return 2
    heads = ("", "size", "dump", "load", "" if inputs is None else "predictions")
    print(text_table(heads, [_row(measured) for measured in rows], (1, 2, 3)))
    if all(measured.failure for measured in rows):
        return 2
    return 1 if any(measured.identical is False for measured in rows) else 0


def add_compare(commands: Any) -> None:
    """Add the command `compare` to the subparsers."""
    parser = commands.add_parser(
        "compare",
        help="save a model with pickle, joblib and fastjoblib, and compare",
        description="Load a model, which runs what the file tells Python to run; then save and load it with pickle, "
        "joblib and fastjoblib in a temporary folder, and compare sizes, times and predictions.",
        epilog="Times are the least of up to three. Exit status: 1 if predictions differ, 2 if the model or the data "
        "cannot be used, or no tool can save the model.",
    )
    parser.add_argument("model", metavar="MODEL", help="a file that you trust")
    parser.add_argument("--data", metavar="X.npy", help="an array for which predictions are compared")
    parser.set_defaults(function=_compare)
