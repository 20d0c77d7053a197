# SPDX-License-Identifier: BSD-3-Clause
"""The files that libFuzzer found, for the ordinary build: what is refused is refused in fastjoblib's own errors."""

import pathlib
import tarfile

from helpers.run import run_python

KEPT = pathlib.Path(__file__).with_name("kept.tar.xz")
REPLAY = """
import io, sys, tarfile, warnings
import fastjoblib
warnings.simplefilter("ignore")
with tarfile.open(sys.argv[1]) as kept:
    for member in kept:
        data = kept.extractfile(member).read()[1:]  # the first byte is the fuzzer's
        for function in (fastjoblib.inspect, fastjoblib.safe_load):
            try:
                function(io.BytesIO(data))
            except fastjoblib.FastjoblibError:
                pass
            except BaseException as error:
                sys.exit(f"{member.name}: {function.__name__}: {error!r}")
    print(len(kept.getmembers()))
"""


def test_inspect_and_safe_load():
    with tarfile.open(KEPT) as kept:
        assert run_python(REPLAY, arguments=[KEPT]).strip() == str(len(kept.getmembers()))
