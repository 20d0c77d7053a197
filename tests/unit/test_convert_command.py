# SPDX-License-Identifier: BSD-3-Clause
"""`python -m fastjoblib convert` as a command, and with files that are not the usual ones."""

import gzip
import os
import pathlib
import re
import subprocess
import sys
import threading

import fastjoblib
import numpy as np
import pytest
from fastjoblib.__main__ import main
from fastjoblib._compress import registry
from fastjoblib._convert import convert, parse_compress
from helpers.compression import EXTENSIONS, decompressed, method_of
from helpers.old_files import zfile
from helpers.run import needs_memory_limit, run_python

PACKAGE = pathlib.Path(fastjoblib.__file__).resolve().parent.parent
CONTENT = fastjoblib.dumps({"array": np.arange(300_000) % 1009})  # 2.3 MiB


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in"
    fastjoblib.dump({"array": np.arange(300_000) % 1009}, path, ("zlib", 1))
    return path


def command(*words, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "fastjoblib", "convert", *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(PACKAGE), "COLUMNS": "80"},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_in_a_process_of_its_own(source, tmp_path):
    done = command("in", "out.gz", "--compress", "lz4:3", "--threads", "2", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    sizes = [f"{(tmp_path / name).stat().st_size:,}" for name in ("in", "out.gz")]
    assert done.stdout == f"in: {sizes[0]} bytes, out.gz: {sizes[1]} bytes, uncompressed: {len(CONTENT):,} bytes\n"
    assert method_of((tmp_path / "out.gz").read_bytes()) == "lz4"
    done = command("missing", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"fastjoblib: .*No such file or directory: 'missing'\n", done.stderr)


@pytest.mark.parametrize("extension", [*EXTENSIONS.values(), ".zst", ".pkl", ""])
def test_the_name_of_the_target_says_how(source, tmp_path, capsys, extension):
    target = tmp_path / ("out" + extension)
    assert main(["convert", str(source), str(target)]) == 0
    method = next((name for name, e in EXTENSIONS.items() if e == extension), None)
    assert method_of(target.read_bytes()) == ("zstd" if extension == ".zst" else method)
    assert f"uncompressed: {len(CONTENT):,} bytes" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["zlib", "zlib:1", "gzip:9", "bz2:1", "xz:1", "lzma:1", "lz4", "zstd:1", "none"])
def test_methods(source, tmp_path, capsys, text):
    assert main(["convert", str(source), str(tmp_path / "out"), "--compress", text]) == 0
    data = (tmp_path / "out").read_bytes()
    method = text.partition(":")[0]
    assert method_of(data) == (None if method == "none" else method)
    assert decompressed(data)[: len(CONTENT)] == CONTENT


def test_levels():
    assert parse_compress("zlib") == "zlib"
    assert parse_compress("zlib:3") == ("zlib", 3)
    assert parse_compress("my method:9") == ("my method", 9)
    assert parse_compress("none") == 0
    for text in ("zlib:", "zlib:x", "zlib:-1", "zlib:1.5", "zlib: 1", "a:b:1", "zlib:\u0663", "none:1x"):
        with pytest.raises(ValueError, match=re.escape(repr(text))):
            parse_compress(text)


@pytest.mark.parametrize(
    "words, said",
    [
        (["--compress", "zlib:10"], r"Non valid compress level given: \"10\""),
        (["--compress", "zlib:x"], "the level in 'zlib:x' is no number from 0 to 9"),
        (["--compress", "wrong"], r"Non valid compression method given: \"wrong\""),
        (["--compress", ""], "Non valid compression method"),
        (["--threads", "0"], "n_threads must be at least 1, not 0"),
        (["--threads", "-3"], "n_threads must be at least 1, not -3"),
    ],
)
def test_wrong_arguments(source, tmp_path, capsys, words, said):
    words = words if "--compress" in words else ["--compress", "zlib", *words]
    assert main(["convert", str(source), str(tmp_path / "out"), *words]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and re.match("fastjoblib: .*" + said, captured.err)
    assert os.listdir(tmp_path) == ["in"]


@pytest.mark.parametrize("words", [[], ["in"], ["in", "out", "--threads", "two"]])
def test_usage(capsys, words):
    with pytest.raises(SystemExit) as caught:
        main(["convert", *words])
    assert caught.value.code == 2 and "usage: fastjoblib convert" in capsys.readouterr().err


def test_errors_are_one_line(source, tmp_path, capsys):
    data = source.read_bytes()
    for name, content in {
        "cut": data[:-1],
        "damaged": data[:5000] + b"??????" + data[5006:],
        "empty": b"",
        "old": zfile(fastjoblib.dumps(1)),
    }.items():
        (tmp_path / name).write_bytes(content)
        assert main(["convert", str(tmp_path / name), str(tmp_path / "out"), "--compress", "lz4"]) == 1
        captured = capsys.readouterr()
        assert captured.out == "" and re.fullmatch(r"fastjoblib: .*\n", captured.err) and name in captured.err
        assert not (tmp_path / "out").exists()
    assert "load and dump it instead" in captured.err


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_the_number_of_threads_does_not_matter(source, tmp_path, n_threads):
    for method in ("zlib", "gzip", "lz4", "bz2", "xz", "zstd"):
        fastjoblib.dump({"array": np.arange(300_000) % 1009}, tmp_path / "expected", (method, 1))
        convert(str(source), str(tmp_path / "out"), (method, 1), n_threads)
        assert (tmp_path / "out").read_bytes() == (tmp_path / "expected").read_bytes()


class Reversed:
    """A compressor that writes everything back to front, by paths or file objects."""

    prefix, extension = b".desreveR", ".reversed"

    class File:
        def __init__(self, target, mode):
            self.file = open(target, mode) if isinstance(target, (str, os.PathLike)) else target
            self.mode, self.data = mode, b""
            if mode == "rb":
                self.data = self.file.read()[len(Reversed.prefix) :][::-1]
            self.closed, self.position = False, 0

        def readable(self):
            return self.mode == "rb"

        def writable(self):
            return self.mode == "wb"

        def seekable(self):
            return False

        def readinto(self, buffer):
            data = self.data[self.position : self.position + len(buffer)]
            buffer[: len(data)] = data
            self.position += len(data)
            return len(data)

        def write(self, data):
            self.data += bytes(data)
            return len(data)

        def flush(self):
            pass

        def close(self):
            if not self.closed and self.mode == "wb":
                self.file.write(Reversed.prefix + self.data[::-1])
                self.file.close()
            self.closed = True

    def compressor_file(self, fileobj, compresslevel=None):
        return self.File(fileobj, "wb")

    def decompressor_file(self, fileobj):
        return self.File(fileobj, "rb")


def test_registered_compressors(source, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    fastjoblib.register_compressor("reversed", Reversed())
    path = tmp_path / "file.reversed"
    assert convert(str(source), str(path)) == len(CONTENT)
    assert path.read_bytes() == Reversed.prefix + CONTENT[::-1]
    assert fastjoblib.dumps(fastjoblib.load(path)) == CONTENT
    for compress in ("zlib", "xz", 0):
        assert convert(str(path), str(tmp_path / "out"), compress) == len(CONTENT)
        fastjoblib.dump({"array": np.arange(300_000) % 1009}, tmp_path / "expected", compress)
        assert (tmp_path / "out").read_bytes() == (tmp_path / "expected").read_bytes()
    convert(str(path), str(tmp_path / "out"), "reversed")
    assert (tmp_path / "out").read_bytes() == path.read_bytes()
    convert(str(path), str(path), "gzip")
    assert gzip.decompress(path.read_bytes())[: len(CONTENT)] == CONTENT


def test_pipes(source, tmp_path):
    """A FIFO can be read and written, though not sought in."""
    os.mkfifo(tmp_path / "fifo")
    writer = threading.Thread(target=lambda: (tmp_path / "fifo").write_bytes(source.read_bytes()))
    writer.start()
    nbytes = convert(str(tmp_path / "fifo"), str(tmp_path / "out"), "lz4")
    writer.join()
    assert nbytes >= len(CONTENT)  # the table cannot be told from data there
    assert decompressed((tmp_path / "out").read_bytes())[: len(CONTENT)] == CONTENT

    received = []
    reader = threading.Thread(target=lambda: received.append((tmp_path / "fifo").read_bytes()))
    reader.start()
    convert(str(source), str(tmp_path / "fifo"), ("gzip", 1))
    reader.join()
    assert gzip.decompress(received[0])[: len(CONTENT)] == CONTENT


@needs_memory_limit
def test_memory_is_bounded(tmp_path):
    """Whatever the file holds: 400 MB of a megabyte."""
    run_python(
        """
        import sys, gzip, fastjoblib
        from fastjoblib._convert import convert
        folder = sys.argv[1]
        with gzip.open(folder + "/in", "wb", 1) as file:
            for _ in range(50):
                file.write(bytes(8_000_000))
        limit_memory(150_000_000)
        for compress in ("zlib", "lz4", 0):
            assert convert(folder + "/in", folder + "/out", compress, 2) == 400_000_000
        """,
        arguments=[tmp_path],
    )
