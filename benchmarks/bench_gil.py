# SPDX-License-Identifier: BSD-3-Clause
"""How long another Python thread has to wait while large arrays are dumped and loaded.

    python benchmarks/bench_gil.py --mib 1024 --rounds 3

Beside the thread that dumps or loads there is a ticking one: it spins and looks
at the clock, or sleeps for 1 ms at a time. Shown is the longest time between two
of its ticks, less the sleep, in milliseconds: of each round the longest, of the
rounds the least and the largest. The switch interval is Python's own, 5 ms, which
a spinning thread has to wait for each time that it is let go. "nothing" is what
the machine does to a thread that ticks beside one that sleeps.

Exits with 1 if a way that is to let others run keeps them for more than 20 ms in
all of the rounds.
"""

import argparse
import gc
import io
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastjoblib
import joblib
import numpy as np
from array_cases import normal
from report import environment, folder_on_disk

ALLOWED = 0.020  # seconds
SLEEP = 0.001


class Ticker:
    """A thread that remembers the longest time between two of its ticks."""

    def __init__(self, sleeps: bool) -> None:
        self.sleeps = sleeps
        self.longest = 0.0
        self.stopped = False
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        pause = SLEEP if self.sleeps else 0.0
        last = time.perf_counter()
        while not self.stopped:
            if pause:
                time.sleep(pause)
            now = time.perf_counter()
            if now - last - pause > self.longest:
                self.longest = now - last - pause
            last = now

    def during(self, function: Callable[[], Any]) -> float:
        self.thread.start()
        time.sleep(0.02)
        self.longest = 0.0
        try:
            result = function()
            longest = self.longest  # before the end of the result, which others pay for
            del result
        finally:
            self.stopped = True
            self.thread.join()
        return longest


@dataclass(frozen=True)
class Way:
    name: str
    run: Callable[[], Any]
    lets_others_run: bool = True


def ways(mib: float, folder: Path) -> list[Way]:
    array = normal(mib)
    columns = array.reshape(-1, 2048)[:, ::2]
    path, new, foreign, lz4 = (folder / name for name in ("array", "new", "foreign", "lz4"))
    fastjoblib.dump(array, path)
    fastjoblib.dump(array[: len(array) // 2].astype(">f8"), foreign)
    half = array[: len(array) // 2]
    pickled = fastjoblib.dumps(half)

    def dump_new(value: np.ndarray) -> None:
        new.unlink(missing_ok=True)
        fastjoblib.dump(value, new)

    def load_object() -> Any:
        with open(path, "rb") as file:
            return fastjoblib.load(file)

    def dump_object() -> None:
        with open(new, "wb") as file:
            fastjoblib.dump(array, file)

    return [
        Way("nothing", lambda: time.sleep(0.3)),
        Way("dump to a new path", lambda: dump_new(array)),
        Way("dump over a file", lambda: fastjoblib.dump(array, new)),
        Way("dump of every second column", lambda: dump_new(columns)),
        Way("dump of a cube, transposed", lambda: dump_new(array.reshape(64, 64, -1).transpose(0, 2, 1))),
        Way("dump to a file object", dump_object),
        Way("dump, lz4, half the size", lambda: fastjoblib.dump(half, lz4, "lz4")),
        Way("load", lambda: fastjoblib.load(path)),
        Way("load from a file object", load_object),
        Way("load of foreign byte order, half the size", lambda: fastjoblib.load(foreign)),
        Way("load, lz4, half the size", lambda: fastjoblib.load(lz4)),
        Way("dumps, half the size", lambda: fastjoblib.dumps(half)),
        Way("loads, half the size", lambda: fastjoblib.loads(pickled)),
        Way("dump to BytesIO, half the size", lambda: fastjoblib.dump(half, io.BytesIO())),
        Way("joblib: dump", lambda: joblib.dump(array, new), lets_others_run=False),
        Way("joblib: load", lambda: joblib.load(path), lets_others_run=False),
    ]


def measure(way: Way, rounds: int) -> dict[bool, list[float]]:
    stalls: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(rounds):
        for sleeps in stalls:
            os.sync()
            gc.collect()
            stalls[sleeps].append(Ticker(sleeps).during(way.run))
    return stalls


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=float, default=1024.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    too_long = False
    print(f"{environment()}; {options.mib:g} MiB, switch interval {1000 * sys.getswitchinterval():g} ms\n")
    print("| | spinning, ms | sleeping, ms | to be at most |\n|---|--:|--:|--:|", flush=True)
    with folder_on_disk() as folder:
        for way in ways(options.mib, folder):
            stalls = measure(way, options.rounds)
            cells = []
            for times in stalls.values():
                fails = way.lets_others_run and min(times) > ALLOWED
                too_long = too_long or fails
                text = f"{1000 * min(times):.1f} to {1000 * max(times):.1f}"
                cells.append(f"**{text}**" if fails else text)
            limit = f"{1000 * ALLOWED:g}" if way.lets_others_run else ""
            print(f"| {way.name} | {' | '.join(cells)} | {limit} |", flush=True)
    return int(too_long)


if __name__ == "__main__":
    sys.exit(main())
