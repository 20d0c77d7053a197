# SPDX-License-Identifier: BSD-3-Clause
"""Checked by mypy, never run: each marked line must be an error, so that the types are known to say something."""

import fastjoblib

fastjoblib.dump([1])  # WRONG
fastjoblib.dump([1], "file", atomic="yes")  # WRONG
fastjoblib.dumps([1], unknown=1)  # WRONG
fastjoblib.dump([1], "file", progress="yes")  # WRONG
fastjoblib.dump([1], "file", by_value=5)  # WRONG
fastjoblib.load("file", progress=lambda done: None)  # WRONG
fastjoblib.loads(b"", progress=True)  # WRONG
fastjoblib.loads("text")  # WRONG
text: str = fastjoblib.dumps([1])  # WRONG
fastjoblib.no_such_function()  # WRONG
fastjoblib.patch_joblib(True)  # WRONG
fastjoblib.unpatch_joblib("joblib")  # WRONG
