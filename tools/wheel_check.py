# SPDX-License-Identifier: BSD-3-Clause
"""Fail unless a wheel is small, is for C libraries of 2018, has all licences, and shows one name only."""

import re
import subprocess
import sys
import tempfile
import zipfile

LICENSES = {"LICENSE", "licenses/isa-l.txt", "licenses/libdeflate.txt", "licenses/lz4.txt", "licenses/zlib.txt"}
LARGEST = 3_000_000
NEWEST_GLIBC = (2, 28)


def problems(path):
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        extension = next((name for name in names if re.search(r"_core\.[^/]*(so|pyd)$", name)), None)
        if extension is None:
            yield "there is no extension inside"
            return
        with tempfile.TemporaryDirectory() as folder:
            shared = wheel.extract(extension, folder)
            if shared.endswith(".so") and sys.platform == "linux":
                command = ["nm", "-D", "--defined-only", shared]
                shown = subprocess.run(command, capture_output=True, text=True, check=True)
                exported = {line.split()[-1] for line in shown.stdout.splitlines()}
                if exported != {"PyInit__core"}:
                    yield f"it shows {sorted(exported)} to the linker, expected PyInit__core alone"
        size = sum(info.compress_size for info in wheel.infolist())
    if size > LARGEST:
        yield f"it has {size} bytes, expected at most {LARGEST}"
    licenses = {name.partition(".dist-info/licenses/")[2] for name in names if not name.endswith("/")} - {""}
    if licenses != LICENSES:
        yield f"it has the licences {sorted(licenses)}, expected {sorted(LICENSES)}"
    for version in re.findall(r"manylinux_(\d+)_(\d+)_", path):
        if tuple(map(int, version)) > NEWEST_GLIBC:
            yield f"it needs glibc {'.'.join(version)}, expected {'.'.join(map(str, NEWEST_GLIBC))} or older"
    if "-linux_" in path:
        yield "auditwheel has not seen it"


path = sys.argv[1]
found = list(problems(path))
for problem in found:
    print(f"{path}: {problem}", file=sys.stderr)
if found:
    sys.exit(1)
print(f"{path}: as it should be")
