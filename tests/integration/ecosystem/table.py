# SPDX-License-Identifier: BSD-3-Clause
"""docs/ecosystem.md: a row and some lines for each package, which its test writes or compares."""

import pathlib

from integration.ecosystem.exchange import DIRECTIONS
from integration.ecosystem.packages import PACKAGES

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs" / "ecosystem.md"
HEAD = """\
# What people save

`make test-ecosystem` makes this page. Each object is saved by joblib and by fastjoblib in three forms: plain, and compressed
with zlib and lz4. Each of these files is loaded by both. What comes back must predict, or be equal, as what joblib makes of
its own file, after the same warnings; or fail with the same error. The models are small; `tests/integration/ecosystem/`
has them all.

| package | version | objects | files | joblib loads ours | we load joblib's | we load ours | fail with both |
|---|---|--:|--:|--:|--:|--:|--:|
"""  # noqa: E501
FAILURES = """
## What does not come back

Nothing that joblib saves and loads fails with fastjoblib. These objects fail with both, with the same error:

"""
COPIES = """
## How much memory a dump takes

Arrays of NumPy, which the numbers of pandas, SciPy and scikit-learn are, are written from their own memory. Of other
data it is the package that decides what it hands to pickle:

- A tensor of PyTorch is always copied by PyTorch, with each protocol.
- An array of Arrow, and so text of pandas where pyarrow is installed, is copied by pyarrow with protocol 4, which is
  joblib's up to Python 3.13. With `dump(..., protocol=5)` it lends its memory, and nothing is copied; joblib reads
  that too. pandas itself joins the pieces of each column to a new one before, which lives until the dump ends.
- polars makes its own file of a frame.

fastjoblib writes such copies from where they are, and frees each as soon as it is written, so that there is one at a
time: that of the largest tensor or column. With joblib and pickle all are there until the dump ends, those of Arrow
twice. [`benchmarks/results_ecosystem.md`](../benchmarks/results_ecosystem.md) has times and memory.
"""


def row(package, version, tried):
    same = [f"{tried.same[direction]} of {tried.objects}" for direction in DIRECTIONS]
    cells = [package.name, version, tried.objects, tried.files, *same, len(tried.unfaithful)]
    return f"| {' | '.join(map(str, cells))} |"


def lines(package, version, tried):
    """What the page says about a package."""
    explained = [
        f"- {package.name}, {name}: {package.reasons.get(name, 'not explained')} (`{error.splitlines()[0]}`)"
        for name, error in tried.unfaithful.items()
    ]
    return [row(package, version, tried), *explained]


def found(package):
    """What the page says about it now."""
    starts = (f"| {package.name} |", f"- {package.name}, ")
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    return [line for line in text.splitlines() if line.startswith(starts)]


def version_of(line):
    return line.split(" | ")[1]


def write(package, of_package):
    """Replace what the page says about it."""
    all_lines = [of_package if each is package else found(each) for each in PACKAGES.values()]
    rows = [each[0] for each in all_lines if each]
    failures = [line for each in all_lines for line in each[1:]]
    PAGE.write_text(HEAD + "\n".join(rows) + "\n" + FAILURES + "\n".join(failures) + "\n" + COPIES, encoding="utf-8")
