# SPDX-License-Identifier: BSD-3-Clause
"""A test, for a test runner whose `__main__` is the runner's."""

import sys

import numpy as np
import story


class Own:
    def __init__(self, factor):
        self.factor = np.array([factor])

    def predict(self, values):
        return values * self.factor


def test_the_story():
    story.tell(Own(3), by_value=[sys.modules[__name__]])
