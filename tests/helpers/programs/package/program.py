# SPDX-License-Identifier: BSD-3-Clause
"""A program with a class of its own, to be run as a script, by `-m`, as the cell of a notebook, or with a process."""

import multiprocessing
import os

import numpy as np
import story


class Own:
    def __init__(self, factor):
        self.factor = np.array([factor])

    def predict(self, values):
        return times(values, self.factor)


def times(values, factor):
    return values * factor


def work():
    story.tell(Own(3))


if __name__ == "__main__":
    if "STORY_SPAWN" in os.environ:
        process = multiprocessing.get_context("spawn").Process(target=work)
        process.start()
        process.join()
        raise SystemExit(process.exitcode)
    work()
