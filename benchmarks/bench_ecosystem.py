# SPDX-License-Identifier: BSD-3-Clause
"""Time and memory of saving and loading large objects of PyTorch, pandas, Arrow and polars.

    .venv/ecosystem/bin/python benchmarks/bench_ecosystem.py --rounds 3

with the packages that `make test-ecosystem` installs. Each object has 256 MiB.
Each measurement is a process of its own, which saves the object to a new file
and loads it, after `os.sync()`; the tools alternate, in the opposite order in
each round. The memory is by how much the peak of the resident memory grew beyond
the object (for a load: beyond the one that is loaded), as `memory_arrays.py`
measures it. --cases measures only these, and leaves the other rows of the
results as they are.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from bench_save import TOOLS
from memory_arrays import MIB, growth
from report import environment, folder_on_disk

RESULTS = Path(__file__).resolve().parent / "results_ecosystem.md"
NBYTES = 256 * MIB
PARTS = 16
PACKAGES = ("torch", "pyarrow", "polars")


def tensor() -> Any:
    import torch

    return torch.arange(NBYTES // 4, dtype=torch.float32)


def module() -> Any:
    import torch

    width = int((NBYTES // 4 // PARTS) ** 0.5)
    return torch.nn.Sequential(*[torch.nn.Linear(width, width, bias=False) for _ in range(PARTS)])


def arrow_array() -> Any:
    import pyarrow as pa

    return pa.array(np.arange(NBYTES // 8))


def arrow_chunks() -> Any:
    import pyarrow as pa

    return pa.chunked_array([pa.array(np.arange(NBYTES // 8 // PARTS)) for _ in range(PARTS)])


def frame_of_numbers() -> Any:
    import pandas as pd

    return pd.DataFrame(np.arange(NBYTES // 8).reshape(-1, PARTS))


def frame_of_arrow() -> Any:
    """Columns of text as pandas has them where pyarrow is: eight bytes of offset and eight of text for a cell."""
    import pandas as pd
    import pyarrow as pa

    rows = NBYTES // 16 // PARTS
    offsets = pa.py_buffer(np.arange(rows + 1) * 8)
    frame = {}
    for i in range(PARTS):
        letters = pa.py_buffer(np.arange(rows * 8, dtype=np.uint8) % 26 + ord("a") + i % 2)
        frame[f"c{i}"] = pd.array(pa.LargeStringArray.from_buffers(rows, offsets, letters), dtype="string[pyarrow]")
    return pd.DataFrame(frame, copy=False)


def polars_frame() -> Any:
    import polars as pl

    return pl.DataFrame({f"c{i}": np.arange(NBYTES // 8 // PARTS) for i in range(PARTS)})


# What is saved, and with which protocol: joblib's own is 4, up to Python 3.13.
CASES: dict[str, tuple[Callable[[], Any], int]] = {
    "one tensor": (tensor, 4),
    "module of 16 layers": (module, 4),
    "Arrow array": (arrow_array, 4),
    "Arrow array, protocol 5": (arrow_array, 5),
    "Arrow array of 16 chunks": (arrow_chunks, 4),
    "Arrow array of 16 chunks, protocol 5": (arrow_chunks, 5),
    "pandas, 16 columns of numbers": (frame_of_numbers, 4),
    "pandas, 16 columns of text": (frame_of_arrow, 4),
    "pandas, 16 columns of text, protocol 5": (frame_of_arrow, 5),
    "polars, 16 columns": (polars_frame, 4),
}
Sample = tuple[float, float, float, float]  # seconds and MiB of the dump, and of the load


def calls_of(tool: str, protocol: int) -> tuple[Callable[[Any, str], Any], Callable[[str], Any]]:
    if tool == "pickle":
        import pickle

        def dump(value: Any, path: str) -> None:
            with open(path, "wb") as file:
                pickle.dump(value, file, protocol=protocol)

        def load(path: str) -> Any:
            with open(path, "rb") as file:
                return pickle.load(file)

        return dump, load
    package = __import__(tool)
    return lambda value, path: package.dump(value, path, protocol=protocol), package.load


def timed(function: Callable[[], object], result_nbytes: int) -> tuple[float, float]:
    start = time.perf_counter()
    extra = growth(function, result_nbytes)
    return time.perf_counter() - start, extra / MIB


def sample(case: str, tool: str, path: str) -> Sample:
    """To be called in a process of its own."""
    make, protocol = CASES[case]
    value = make()
    dump, load = calls_of(tool, protocol)
    dump([1], path)
    load(path)
    os.unlink(path)
    os.sync()
    of_dump = timed(lambda: dump(value, path), 0)
    os.sync()
    return *of_dump, *timed(lambda: load(path), NBYTES)


def in_own_process(case: str, tool: str, path: Path) -> Sample:
    command = [sys.executable, __file__, "--one", case, tool, str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: Sample = json.loads(done.stdout)
    return found


def measure(case: str, rounds: int, folder: Path) -> dict[str, list[Sample]]:
    samples: dict[str, list[Sample]] = {tool: [] for tool in TOOLS}
    for round_ in range(rounds):
        for tool in TOOLS if round_ % 2 else TOOLS[::-1]:
            path = folder / "saved"
            samples[tool].append(in_own_process(case, tool, path))
            path.unlink()
    return samples


def row(case: str, samples: dict[str, list[Sample]]) -> str:
    columns = {tool: [min(column) for column in zip(*samples[tool], strict=True)] for tool in TOOLS}
    seconds = [f"{columns[tool][i]:.3f}" for i in (0, 2) for tool in TOOLS]
    ratio = [f"{columns['joblib'][i] / columns['fastjoblib'][i]:.2f}" for i in (0, 2)]
    memory = [f"{max(columns[tool][i], 0):.0f}" for i in (1, 3) for tool in TOOLS]
    cells = [case, *seconds[:3], ratio[0], *memory[:3], *seconds[3:], ratio[1], *memory[3:]]
    return f"| {' | '.join(cells)} |"


def written_rows() -> dict[str, str]:
    """The rows that the results have now."""
    text = RESULTS.read_text() if RESULTS.exists() else ""
    rows = (line for line in text.splitlines() if line.startswith("| "))
    return {line.split(" | ")[0].removeprefix("| "): line for line in rows}


def results(rows: dict[str, str]) -> str:
    names = [f"{what}, {tool}" for what in ("s", "MiB") for tool in TOOLS]
    columns = [*names[:3], "× joblib", *names[3:]]
    heads = ["object", *[f"dump {name}" for name in columns], *[f"load {name}" for name in columns]]
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return "\n".join(
        [
            "# Objects of PyTorch, pandas, Arrow and polars",
            "",
            f"{environment()}; {versions}.",
            "",
            "Objects of 256 MiB; the best of each. s: seconds; MiB: the peak of memory beyond the object. Written by"
            " `benchmarks/bench_ecosystem.py`, whose first lines say how it measures.",
            "",
            f"| {' | '.join(heads)} |",
            f"|---|{'--:|' * (len(heads) - 1)}",
            *[rows[case] for case in CASES if case in rows],
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(sample(*options.one)))
        return

    rows = written_rows()
    with folder_on_disk() as folder:
        for case in options.cases:
            rows[case] = row(case, measure(case, options.rounds, folder))
            print(rows[case], file=sys.stderr)
            RESULTS.write_text(results(rows))


if __name__ == "__main__":
    main()
