# SPDX-License-Identifier: BSD-3-Clause
"""The calls of out_of_memory.py that seal and verify."""

import fastjoblib

from helpers.compare import assert_same
from helpers.out_of_memory_cases import SOME, dump, load, variants


class dump_sealed(dump):
    def check(self, result):  # not the bytes: there is a time in the seal
        assert result == [self.path]
        fastjoblib.verify(self.path)
        assert_same(fastjoblib.load(self.path), self.object)


class load_sealed(load):
    def call(self):
        return fastjoblib.load(self.path, verify=True)


OPTIONS = {
    "raw": {},
    **{method: {"compress": method} for method in ("zlib", "lz4", "bz2")},
}
for base in (dump_sealed, load_sealed):
    variants(
        OPTIONS,
        base,
        value=lambda name: SOME,
        options=lambda name: {"seal": True, "metadata": {"a": 1}, "n_threads": 2, **OPTIONS[name]},
        closes_in_python=lambda name: base is load_sealed,  # noqa: B023
    )
