# SPDX-License-Identifier: BSD-3-Clause
"""`python -m fastjoblib clean`: what dead processes left goes; what is in use, needed, or only looks alike stays."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import time

import fastjoblib
import numpy as np
import pytest
from fastjoblib import _clean
from fastjoblib.__main__ import main
from fastjoblib._clean import clean

LARGE = np.arange(5 << 20)
DIGITS = "0123456789abcdef"


def write(*names, folder, content=b"left"):
    for name in names:
        (folder / name).write_bytes(content)


def everything(folder):
    paths = [os.path.join(top, name) for top, *both in os.walk(folder) for name in sum(both, [])]
    return sorted(os.path.relpath(path, folder) for path in paths)


def test_what_is_left_goes(tmp_path):
    left = [f".file.fastjoblib-{DIGITS}", ".file.fastjoblib-new", ".file.fastjoblib-old"]
    write("file", *left, folder=tmp_path)
    for dry_run in (True, False):
        found = clean(tmp_path, dry_run=dry_run)
        assert [(os.path.basename(f.path), f.nbytes, f.kept) for f in found] == [(name, 4, None) for name in left]
        assert os.path.dirname(found[0].path) == str(tmp_path)
        assert everything(tmp_path) == sorted([*left, "file"] if dry_run else ["file"])
    assert clean(tmp_path) == []


LOOK_ALIKE = [
    "file",
    "file.fastjoblib-old",
    ".fastjoblib-old",
    "..fastjoblib-old.",
    ".file.fastjoblib-older",
    ".file.fastjoblib-",
    ".file.fastjoblib-0123",
    ".file.fastjoblib-0123456789ABCDEF",
    ".file.fastjoblib-0123456789abcdef0",
    ".file.fastjoblib-old\n",
    ".file.fastjoblib_new",
    ".file.0123456789abcdef.tmp",
]


def test_what_looks_alike_stays(tmp_path):
    write(*LOOK_ALIKE, folder=tmp_path)
    os.mkdir(tmp_path / ".directory.fastjoblib-new")
    os.mkfifo(tmp_path / ".fifo.fastjoblib-new")
    os.symlink("file", tmp_path / ".link.fastjoblib-new")
    os.symlink("nothing", tmp_path / ".dangling.fastjoblib-new")
    os.link(tmp_path / "file", tmp_path / ".other-name.fastjoblib-new")
    before = everything(tmp_path)
    assert clean(tmp_path, recursive=True) == [] and everything(tmp_path) == before


def test_folders(tmp_path):
    """Those within are looked into when asked, those behind links never, but for the one that is named."""
    for folder in ("top/within/below", "elsewhere"):
        os.makedirs(tmp_path / folder)
        write(".file.fastjoblib-new", folder=tmp_path / folder)
    os.symlink("../elsewhere", tmp_path / "top" / "link")
    os.symlink("top", tmp_path / "named")
    assert clean(tmp_path / "named") == []
    found = clean(tmp_path / "named", recursive=True)
    assert [left.path for left in found] == [str(tmp_path / "named/within/below/.file.fastjoblib-new")]
    assert os.listdir(tmp_path / "elsewhere") == [".file.fastjoblib-new"]
    assert len(clean(tmp_path / "top" / "link")) == 1


def test_what_is_locked_stays(tmp_path):
    names = [".file.fastjoblib-new", f".file.fastjoblib-{DIGITS}", ".file.fastjoblib-old"]
    write("file", *names, folder=tmp_path)
    files = [open(tmp_path / name, "rb") for name in names]
    for file in files:
        fcntl.flock(file, fcntl.LOCK_EX)
    assert {left.kept for left in clean(tmp_path)} == {"it is in use"}
    assert len(everything(tmp_path)) == 4
    for file in files:
        file.close()
    assert len(clean(tmp_path)) == 3 and everything(tmp_path) == ["file"]


DUMPING = """
import os, sys, fastjoblib
class Slow:
    "A method that takes nothing but paths, and stops in the middle."
    prefix, extension = b"slow", ".slow"
    def compressor_file(self, path, compresslevel=None):
        print(path, flush=True)
        sys.stdin.readline()
        return open(path, "wb")
    def decompressor_file(self, path):
        return open(path, "rb")
fastjoblib.register_compressor("slow", Slow())
fastjoblib.dump([1, 2, 3], sys.argv[1], "slow")
"""


def test_a_dump_that_goes_on(tmp_path):
    """Its temporary file stays until it is killed; nothing happens to one that is not."""
    package = os.path.dirname(os.path.dirname(fastjoblib.__file__))
    for killed in (True, False):
        with subprocess.Popen(
            [sys.executable, "-c", DUMPING, tmp_path / "file"],
            env={**os.environ, "PYTHONPATH": package},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            path = process.stdout.readline().strip()
            assert re.fullmatch(r"\.file\.fastjoblib-[0-9a-f]{16}", os.path.basename(path))
            assert [(left.path, left.kept) for left in clean(tmp_path)] == [(path, "it is in use")]
            if killed:
                process.send_signal(signal.SIGKILL)
                process.wait()
                assert [(left.path, left.kept) for left in clean(tmp_path)] == [(path, None)]
                assert everything(tmp_path) == []
            else:
                process.communicate("\n")
                assert process.returncode == 0
    assert fastjoblib.load(tmp_path / "file") == [1, 2, 3] and clean(tmp_path) == []


def test_an_old_file_that_waits_is_in_use(tmp_path):
    path = tmp_path / "file"
    for i in range(3):
        fastjoblib.dump(LARGE + i, path)
        assert all(left.kept == "it is in use" for left in clean(tmp_path))


@pytest.mark.parametrize(
    "started, reason", [(0, None), (3600, "the system has been started since, so 'file' may not be whole")]
)
def test_an_old_file_from_before_the_system_was_started_stays(tmp_path, monkeypatch, started, reason):
    """After a power failure the new file may be empty, and the old one all there is."""
    write("file", content=b"", folder=tmp_path)
    write(".file.fastjoblib-old", folder=tmp_path)
    now = time.time()
    monkeypatch.setattr(_clean, "_started", lambda: now - 1800 + started)
    assert [left.kept for left in clean(tmp_path)] == [reason]
    assert (tmp_path / ".file.fastjoblib-old").exists() == (reason is not None)


def test_the_system_was_started_some_time_ago():
    assert 0 < _clean._started() < os.stat("/proc/self").st_ctime


@pytest.mark.parametrize("there", [None, "link"])
def test_an_old_file_stays_if_what_replaced_it_is_not_there(tmp_path, there):
    write(".file.fastjoblib-old", folder=tmp_path)
    if there == "link":
        os.symlink("nothing", tmp_path / "file")
    (left,) = clean(tmp_path)
    assert left.kept.startswith("'file', which replaced it: ") and os.path.exists(left.path)


def test_what_had_to_be_kept_stays(tmp_path):
    write("file", ".file.fastjoblib-kept", folder=tmp_path)
    (left,) = clean(tmp_path)
    assert left.kept == "'file' could not be brought to the disk when it was written"
    fastjoblib.dump(1, tmp_path / "file")
    assert everything(tmp_path) == [".file.fastjoblib-kept", "file"]


def test_the_command(tmp_path, capsys):
    write(".a.fastjoblib-new", ".b\udcff.fastjoblib-new", folder=tmp_path, content=bytes(1000))
    write(".c.fastjoblib-kept", folder=tmp_path)
    for options, verb in ((["--dry-run", "-r"], "would remove"), ([], "removed")):
        assert main(["clean", str(tmp_path), *options]) == 0
        assert capsys.readouterr().out.splitlines() == [
            f"{verb} {str(tmp_path / '.a.fastjoblib-new')!r}: 1,000 bytes",
            f"{verb} {str(tmp_path / '.b')[:-1]!r}"[:-1] + "b\\udcff.fastjoblib-new': 1,000 bytes",
            f"kept {str(tmp_path / '.c.fastjoblib-kept')!r}: 'c' could not be brought to the disk when it was written",
            f"{verb} 2 files, 2,000 bytes",
        ]
    assert everything(tmp_path) == [".c.fastjoblib-kept"]


@pytest.mark.parametrize("name, error", [("missing", "No such file"), ("file", "Not a directory")])
def test_no_directory(tmp_path, capsys, name, error):
    write("file", folder=tmp_path)
    assert main(["clean", str(tmp_path / name)]) == 1
    assert re.fullmatch(f"fastjoblib: .*{error}.*{name}.*\n", capsys.readouterr().err)
