# SPDX-License-Identifier: BSD-3-Clause
"""What a build says where something is missing: three lines, whatever it is."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Stands for a compiler that does not find a header.
WITHOUT = """#!/bin/sh
for word; do
    case $word in *.c) grep -q '<%s>' "$word" && exit 1 ;; esac
done
exec cc "$@"
"""


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        (None, "a C compiler ("),
        ("Python.h", "the header of Python (Python.h)"),
        ("zlib.h", "zlib with its headers"),
        ("lz4frame.h", "lz4 with its headers"),
    ],
)
def test_what_is_missing(tmp_path, header, missing):
    pytest.importorskip("setuptools", reason="setuptools, which builds, is not installed")
    compiler = tmp_path / "compiler"
    if header is not None:
        compiler.write_text(WITHOUT % header)
        compiler.chmod(0o755)
    command = [sys.executable, "setup.py", "--quiet", "build_ext", "--build-temp", tmp_path, "--build-lib", tmp_path]
    environment = {**os.environ, "CC": str(compiler)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 1 and len(lines) == 3, done.stderr
    assert missing in lines[0] and "apt-get install" in lines[1] and "docs/install.md" in lines[2]
