# SPDX-License-Identifier: BSD-3-Clause
"""What more threads would bring: measures what one and two take, and computes the rest.

    python benchmarks/scaling.py --mib 1024 --rounds 5 --out docs/scaling.md

The models stand in docs/scaling.md; the tables there are what this prints, put
between the lines that mark their place. Times are the best of the rounds.
"""

import argparse
import ctypes
import gc
import mmap
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastjoblib
import numpy as np
import raw_io
from array_cases import normal
from data import CASES
from report import environment, folder_on_disk

MIB = 1 << 20
COMPUTED = [8, 16, 64]
BANDWIDTHS = [25, 100, 300]  # GB/s of the machine's memory: assumed
MADV_POPULATE_WRITE = 23
BEGIN, END = "<!-- printed by benchmarks/scaling.py -->", "<!-- end -->"
# Bytes that go through memory for each byte read: the page is cleared; the
# page cache is read; the copy is written, once its line has been fetched.
READ_TRAFFIC = 4
METHODS: dict[str, Any] = {"zlib, level 3": ("zlib", 3), "zlib, level 1": ("zlib", 1), "lz4": "lz4"}


def best(function: Callable[[], Any], rounds: int) -> float:
    times = []
    for _ in range(rounds + 1):
        gc.collect()
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
        del result
    return min(times[1:])  # the first is a rehearsal


def in_parts(n_threads: int, nbytes: int, function: Callable[[int, int], Any]) -> None:
    """Call the function with the beginning and end of a part for each thread."""
    step = nbytes // n_threads // mmap.PAGESIZE * mmap.PAGESIZE
    ends = [step * (i + 1) for i in range(n_threads - 1)] + [nbytes]
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(function, i * step, end) for i, end in enumerate(ends)]:
            done.result()


def start_and_join() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


# -- reading an array ----------------------------------------------------------


def populate(nbytes: int, n_threads: int) -> mmap.mmap:
    """Have the kernel make all pages of fresh memory."""
    libc = ctypes.CDLL(None, use_errno=True)
    memory = raw_io.fresh_memory(nbytes)
    anchor = ctypes.c_char.from_buffer(memory)
    address = ctypes.addressof(anchor)
    del anchor

    def part(start: int, end: int) -> None:
        size = ctypes.c_size_t(end - start)
        if libc.madvise(ctypes.c_void_p(address + start), size, MADV_POPULATE_WRITE) != 0:
            raise OSError(ctypes.get_errno(), "madvise")

    in_parts(n_threads, nbytes, part)
    return memory


def copy(path: Path, memory: mmap.mmap, n_threads: int) -> None:
    """Read a file into memory whose pages are there."""
    with open(path, "rb", 0) as file, memoryview(memory) as view:

        def part(start: int, end: int) -> None:
            while start < end:
                start += os.preadv(file.fileno(), [view[start : min(end, start + raw_io.CHUNK)]], start)

        in_parts(n_threads, len(memory), part)


def read_tables(mib: float, rounds: int, folder: Path) -> list[str]:
    path = folder / "array"
    fastjoblib.dump(normal(mib), path)
    nbytes = path.stat().st_size
    memory = populate(nbytes, 2)
    threads = (1, 2)
    rows = {
        "making pages": [best(lambda n=n: populate(nbytes, n), rounds) for n in threads],
        "copying from the page cache": [best(lambda n=n: copy(path, memory, n), rounds) for n in threads],
        "`load`": [best(lambda n=n: fastjoblib.load(path, n_threads=n), rounds) for n in threads],
    }
    path.unlink()
    gigabytes = nbytes / 1e9
    lines = [
        f"Measured, {gigabytes:.2f} GB of float64 in the page cache:",
        "",
        "| | 1 thread, GB/s | 2 threads, GB/s | of twice |",
        "|---|--:|--:|--:|",
    ]
    for name, (one, two) in rows.items():
        lines.append(f"| {name} | {gigabytes / one:.2f} | {gigabytes / two:.2f} | {one / two / 2:.2f} |")
    one, two = rows["`load`"]
    serial, parallel = split(one, two)
    lines += [
        "",
        f"Computed from the two times of `load`: {1000 * serial / gigabytes:.1f} ms for each GB that are not"
        f" divided, and {1000 * parallel / gigabytes:.1f} that are.",
        "",
        "| memory, GB/s (assumed) | " + " | ".join(f"{n} threads, GB/s" for n in COMPUTED) + " |",
        "|--:|" + "--:|" * len(COMPUTED),
    ]
    for bandwidth in BANDWIDTHS:
        least = READ_TRAFFIC * gigabytes / bandwidth
        cells = [f"{gigabytes / max(serial + parallel / n, least):.1f}" for n in COMPUTED]
        lines.append(f"| {bandwidth} | {' | '.join(cells)} |")
    return [*lines, ""]


def split(one: float, two: float) -> tuple[float, float]:
    """The part of the time that stays, and the part that threads divide among them."""
    serial = min(max(2 * two - one, 0.0), one)
    return serial, one - serial


# -- compression ---------------------------------------------------------------


class Nowhere:
    """A file object that takes everything."""

    def write(self, data: Any) -> int:
        return len(data)


@dataclass
class Work:
    """One case and method: what cannot be divided, and what one and two threads take in all."""

    case: str
    method: str
    nbytes: int
    serial: float
    one: float
    two: float

    def seconds(self, n_threads: int) -> float:
        """The owner does its part and helps with the rest."""
        return max(self.serial, self.one / n_threads)


def compression(name: str, value: Any, method: str, rounds: int, folder: Path) -> tuple[Work, Work]:
    path, raw, copy_path = folder / "compressed", folder / "raw", folder / "copy"
    fastjoblib.dump(value, raw)
    nbytes = raw.stat().st_size
    walk = build = 0.0  # the threads take an array's data from its memory, and put it there
    if not isinstance(value, np.ndarray):
        walk = best(lambda: fastjoblib.dump(value, Nowhere()), rounds)
        build = best(lambda: fastjoblib.load(raw, n_threads=1), rounds)

    def dump(n_threads: int) -> float:
        def run() -> None:
            path.unlink(missing_ok=True)
            fastjoblib.dump(value, path, METHODS[method], n_threads=n_threads)

        return best(run, rounds)

    dumps = [dump(1), dump(2)]
    loads = [best(lambda n=n: fastjoblib.load(path, n_threads=n), rounds) for n in (1, 2)]
    coded = [memoryview(path.read_bytes())]

    def write() -> None:
        copy_path.unlink(missing_ok=True)
        raw_io.write(coded, copy_path)

    writing = best(write, rounds)
    buffer = memoryview(bytearray(MIB))
    reading = best(lambda: read_blocks(path, buffer), rounds)
    for file in (path, raw, copy_path):
        file.unlink()
    return (
        Work(name, method, nbytes, walk + writing, *dumps),
        Work(name, method, nbytes, build + reading, *loads),
    )


def read_blocks(path: Path, buffer: memoryview) -> None:
    """Read a file as the owner reads blocks: one after another into memory that is there."""
    with open(path, "rb", 0) as file:
        while file.readinto(buffer):
            pass


def compression_table(work: list[Work]) -> list[str]:
    lines = [
        "| case | method | one thread, MB/s | not divided | 2 threads, measured | computed | "
        + " | ".join(f"{n} threads" for n in COMPUTED)
        + " | at most |",
        "|---|---|--:|--:|--:|--:|" + "--:|" * len(COMPUTED) + "--:|",
    ]
    for w in work:
        cells = [w.case, w.method, f"{w.nbytes / 1e6 / w.one:.0f}", f"{100 * w.serial / w.one:.1f} %"]
        cells += [f"{w.one / w.two:.2f}", f"{w.one / w.seconds(2):.2f}"]
        cells += [f"{w.one / w.seconds(n):.1f}" for n in COMPUTED]
        lines.append(f"| {' | '.join(cells)} | {w.one / w.serial:.1f} |")
    return lines


def compression_tables(mib: float, rounds: int, folder: Path) -> list[str]:
    values: dict[str, Callable[[], Any]] = {
        "normal float64": lambda: normal(mib / 4),
        "counts, int64": lambda: np.arange(int(mib * MIB) // 32) // 64 % 100_000,
        "forest_300_deep": lambda: CASES["forest_300_deep"].build(min(1.0, mib / 1024)),
    }
    dumps, loads = [], []
    for name, build in values.items():
        value = build()
        for method in METHODS:
            dump, load = compression(name, value, method, rounds, folder)
            dumps.append(dump)
            loads.append(load)
            print(f"{name}, {method}", file=sys.stderr)
    head = "Speeds are before compression; the columns of threads say how many times faster than one."
    return [
        f"Dumps. {head} Measured: one thread, what is not divided, and the first column of 2 threads. The rest is"
        " computed.",
        "",
        *compression_table(dumps),
        "",
        "Loads, likewise.",
        "",
        *compression_table(loads),
        "",
    ]


def put_into(page: Path, tables: list[str]) -> None:
    text = page.read_text()
    before, rest = text.split(BEGIN, 1)
    page.write_text("\n".join([before + BEGIN, "", *tables, END + rest.split(END, 1)[1]]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=float, default=1024.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="a page with a place for the tables; by default they are printed")
    options = parser.parse_args()
    with folder_on_disk() as folder:
        tables = [
            f"{environment()}. Python starts a thread and waits for its end in"
            f" {1e6 * best(start_and_join, 200):.0f} microseconds (measured).",
            "",
            "### Loading an uncompressed array",
            "",
            *read_tables(options.mib, options.rounds, folder),
            "### Compression",
            "",
            *compression_tables(options.mib, options.rounds, folder),
        ]
    if options.out:
        put_into(options.out, tables)
    else:
        print("\n".join(tables))


if __name__ == "__main__":
    main()
