# SPDX-License-Identifier: BSD-3-Clause
"""Inspections, for out_of_memory.py: also of damaged files, whose errors are kept."""

import os

import fastjoblib

from helpers.out_of_memory_cases import Case, arrays, objects, old_objects, variants


class inspect(Case):
    names = frozenset({"file"})
    options: dict = {}
    cut = 0

    def set_up(self):
        fastjoblib.dump(self.object, self.path, **self.options)
        os.truncate(self.path, os.path.getsize(self.path) - self.cut)
        self.report = fastjoblib.inspect(self.path)
        assert (self.report.error is not None) == (self.cut > 0)

    def call(self):
        return fastjoblib.inspect(self.path)

    def check(self, result):
        assert result == self.report


OLD, SOME = staticmethod(old_objects), staticmethod(lambda: [objects(), arrays()])
variants(["0", "2"], inspect, value=lambda name: OLD, options=lambda name: {"protocol": int(name)})
variants(["plain", "zlib"], inspect, value=lambda name: SOME, options=lambda name: {"compress": name == "zlib"})
variants(["cut"], inspect, value=lambda name: SOME, cut=lambda name: 100)
