# SPDX-License-Identifier: BSD-3-Clause
"""Try the fastjoblib that is installed, with NumPy alone: each method of compression, both ways, and all libraries."""

import sys
import zlib

import fastjoblib
import numpy as np
from fastjoblib import _core

value = {"random": np.random.default_rng(0).normal(size=500_000), "zeros": np.zeros(500_000), "text": ["a", "b"] * 9999}
plain = fastjoblib.dumps(value)
for method in ("zlib", "gzip", "lz4", "bz2", "xz", "lzma"):
    compressed = fastjoblib.dumps(value, compress=(method, 3))
    assert len(compressed) < len(plain), method
    loaded = fastjoblib.loads(compressed)
    assert fastjoblib.dumps(loaded) == plain, method
assert zlib.decompress(fastjoblib.dumps(value, compress=("zlib", 3))) == plain

missing = [name for name, version in _core.library_versions().items() if version is None]
assert not missing, f"built without {missing}"
print(f"fastjoblib {fastjoblib.__version__} from {fastjoblib.__file__} works, Python {sys.version.split()[0]}")
print(_core.library_versions())
