# SPDX-License-Identifier: BSD-3-Clause
"""Cases for out_of_memory.py: errors say where, for which memory is needed too."""

from collections import OrderedDict

import fastjoblib
import numpy as np

from helpers.out_of_memory_cases import Case, Record, case, dump_failing, objects


def deep_lambda():
    inner = np.array([None, {"b": (1, lambda: 1)}], dtype=object)
    record = Record("one")
    record.values = OrderedDict(a=[slice(1, 2), {3: inner}])
    return [objects(), record]


@case
class dump_failing_deeply(dump_failing):
    value = staticmethod(deep_lambda)


@case
class dumps_finding(Case):
    """find_unpicklable leaves nothing out without saying so."""

    value = staticmethod(deep_lambda)

    def call(self):
        return fastjoblib.find_unpicklable([self.object, {"second": lambda: 2}])

    def check(self, result):
        # NumPy fails with other errors too, for which something before the function may be listed.
        assert {part.path[:8] for part in result} == {"model[0]", "model[1]"}, result
