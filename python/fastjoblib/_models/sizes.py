"""check_size: what a model takes as a file, and what could be done about it."""

import os
import tempfile
from dataclasses import dataclass
from html import escape

from fastjoblib._files import Compress, dump
from fastjoblib._inspect import inspect
from fastjoblib._inspect.report import Part, repr_pretty
from fastjoblib._inspect.text import shown, size, unwrapped
from fastjoblib._models.tables import html_table, text_table

__all__ = ["SizeReport", "check_size"]

LARGE = 100_000_000  # GitHub takes no larger files
VERY_LARGE = 500_000_000

_N_PARTS = 10
_SMALLEST_PART = 0.01  # of the whole
_LITTLE = 0.9  # what compression must at least bring it to


@dataclass(frozen=True)
class SizeReport:
    """What a model takes as a file; printed, and in notebooks, a table with advice.

    Attributes
    ----------
    nbytes : int
        Uncompressed.
    compressed_nbytes : int
    root : Part
        The model, and in `parts` its parts, with the bytes that they take uncompressed,
        as in a `Report`.
    """

    nbytes: int
    compressed_nbytes: int
    root: Part

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do, in sentences."""
        return tuple(_advice(self))

    def _parts(self) -> list[tuple[str, str, str, str]]:
        part, path = unwrapped(self.root)
        rows = [(path, part)] + [(path + each.name if _is_step(each) else each.name, each) for each in part.parts]
        large = [(name, each) for name, each in rows if each.nbytes >= _SMALLEST_PART * self.root.nbytes]
        return [
            (name, size(each.nbytes), f"{each.nbytes / max(self.root.nbytes, 1):.0%}", each.kind)
            for name, each in large[: _N_PARTS + 1]
        ]

    def _summary(self) -> str:
        ratio = self.compressed_nbytes / self.nbytes
        return f"{size(self.nbytes)}, compressed {size(self.compressed_nbytes)} ({ratio:.0%})"

    def __str__(self) -> str:
        table = text_table(("part", "size", "", "kind"), self._parts(), (1, 2))
        return "\n".join([self._summary(), table, *self.advice])

    def _repr_html_(self) -> str:
        table = html_table(("part", "size", "", "kind"), self._parts(), (1, 2))
        return f"<p>{self._summary()}</p>{table}<ul>{''.join(f'<li>{escape(line)}</li>' for line in self.advice)}</ul>"

    _repr_pretty_ = repr_pretty


def _is_step(part: Part) -> bool:
    """Tell a part from the sum of those that are not listed ("and N more")."""
    return part.name.startswith((".", "["))


def _largest(root: Part) -> str:
    """Name what takes most: one part, or all of what consists of many."""
    part, path = unwrapped(root)
    for each in filter(_is_step, part.parts[:1]):
        if 2 * each.nbytes > part.nbytes:
            part, path = each, path + each.name
    return f"Most of it is {shown(path, 60)}, {size(part.nbytes)}."


def _advice(report: SizeReport) -> list[str]:
    if report.nbytes <= LARGE:
        return ["Under 100 MB: good as it is."]
    lines = []
    if report.nbytes <= VERY_LARGE:
        lines.append("Over 100 MB: loading takes noticeable time and memory.")
    else:
        lines.append(
            "Over 500 MB: too much for many services. Make the model smaller: fewer or shallower trees, float32, "
            f"fewer features, no training data in it. {_largest(report.root)}"
        )
        lines.append("Where several processes load it, save it uncompressed and load it with mmap_mode='r'.")
    if report.compressed_nbytes > _LITTLE * report.nbytes:
        lines.append("Compression saves little: saved uncompressed, it loads faster.")
    else:
        lines.append(f"Compress it: {size(report.nbytes - report.compressed_nbytes)} less to store and to send.")
    if report.compressed_nbytes > LARGE:
        lines.append("Compressed it is over 100 MB too: GitHub refuses such files. Use Git LFS or an object store.")
    return lines


def check_size(model: object, *, compress: Compress = 3) -> SizeReport:
    """Find out what a model takes as a file, which of its parts take most, and what could be done.

    The model is saved, compressed, to a temporary file, which is looked at and removed.

    Parameters
    ----------
    model : object
        Anything that can be pickled.
    compress : int, bool, str or tuple of (str, int), default=3
        As for `dump`.

    Returns
    -------
    SizeReport
        With `nbytes`, `compressed_nbytes`, the tree of parts as `root`, and `advice`.

    Raises
    ------
    OSError, ValueError, pickle.PicklingError
        As `dump`.

    Examples
    --------
    >>> import fastjoblib, numpy
    >>> report = fastjoblib.check_size({"weights": numpy.zeros(100_000), "names": ["a", "b"]})
    >>> report.compressed_nbytes < report.nbytes, report.advice
    (True, ('Under 100 MB: good as it is.',))
    >>> report.root.parts[0].name
    "['weights']"
    """
    with tempfile.TemporaryDirectory(prefix="fastjoblib-") as folder:
        path = os.path.join(folder, "model.joblib")
        dump(model, path, compress)
        report = inspect(path)
    pickle = report.pickles[0]
    return SizeReport(pickle.end - pickle.start, report.nbytes, pickle.root)
