# SPDX-License-Identifier: BSD-3-Clause
"""keep.py FOLDER: put the small files of a folder into kept.tar.xz, from which the tests and the fuzzer take them.

The folder is what `fuzz_load -merge=1` has left of a corpus: each file reaches something that no other one does.
"""

import io
import pathlib
import sys
import tarfile

KEPT = pathlib.Path(__file__).with_name("kept.tar.xz")
MOST_NBYTES = 600


def main(folder):
    files = [file for file in pathlib.Path(folder).iterdir() if file.stat().st_size <= MOST_NBYTES]
    with tarfile.open(KEPT, "w:xz", preset=9) as kept:
        for file in sorted(files, key=lambda file: (file.stat().st_size, file.name)):
            data = file.read_bytes()
            info = tarfile.TarInfo(file.name)
            info.size = len(data)
            kept.addfile(info, io.BytesIO(data))
    print(f"{len(files)} files, {KEPT.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
