# SPDX-License-Identifier: BSD-3-Clause
"""The files that libFuzzer found, for the ordinary build: what is refused is refused in fastjoblib's own errors."""

import pathlib
import zipfile

from helpers.run import run_python

KEPT = pathlib.Path(__file__).parent / "kept.zip"
REPLAY = """
import io, sys, warnings, zipfile
import fastjoblib
warnings.simplefilter("ignore")
with zipfile.ZipFile(sys.argv[1]) as kept:
    for name in kept.namelist():
        data = kept.read(name)[1:]
        for function in (fastjoblib.inspect, fastjoblib.safe_load):
            try:
                function(io.BytesIO(data))
            except fastjoblib.FastjoblibError:
                pass
            except BaseException as error:
                sys.exit(f"{name}: {function.__name__}: {error!r}")
    print(len(kept.namelist()))
"""


def test_inspect_and_safe_load():
    with zipfile.ZipFile(KEPT) as kept:
        assert run_python(REPLAY, arguments=[KEPT]).strip() == str(len(kept.namelist()))
