# SPDX-License-Identifier: BSD-3-Clause
"""What a report says of a file: its form and compression, what follows the pickle; and what is no pickle."""

import io
import os
import pickle
import struct
import threading
import zlib

import fastjoblib
import numpy as np
import pytest
from helpers.classes import Plain
from helpers.compression import ALL_METHODS, COMPRESS
from helpers.streams import OnlyRead
from helpers.tables import BLOCK, stored, table_of, trailer_of
from helpers.traced import check_sizes

MIB = 1 << 20


def inspect(data):
    report = fastjoblib.inspect(io.BytesIO(data))
    check_sizes(report)
    return report


def found(report, module, name):
    return next(row for row in report.globals if (row.module, row.name) == (module, name))


def test_formats():
    assert inspect(fastjoblib.dumps([np.zeros(1)])).format == "joblib"
    assert inspect(fastjoblib.dumps([1])).format == "pickle"
    assert inspect(pickle.dumps([np.zeros(1)])).format == "pickle"
    for protocol in range(6):
        assert inspect(pickle.dumps([1], protocol)).protocol == (protocol if protocol > 1 else 0)


@pytest.mark.parametrize("method", ALL_METHODS)
def test_compressed(method, tmp_path):
    path = tmp_path / "file"
    value = {"a": np.arange(1000.0), "b": "text"}
    path.write_bytes(COMPRESS[method](fastjoblib.dumps(value)))
    report = fastjoblib.inspect(path)
    assert (report.compressor, report.nbytes) == (method, path.stat().st_size)
    assert report.data_nbytes == len(fastjoblib.dumps(value))
    assert report.error is None
    assert report.arrays[0].nbytes == 8000
    with open(path, "rb") as file:
        assert fastjoblib.inspect(file).arrays == report.arrays


def test_levels():
    data = fastjoblib.dumps(list(range(1000)))
    for level, name in ((1, "fastest"), (3, "fast"), (6, "default"), (9, "best")):
        assert inspect(zlib.compress(data, level)).level == name
    assert inspect(COMPRESS["bz2"](data)).level == "9"
    assert inspect(COMPRESS["gzip"](data)).level == "best"
    assert inspect(COMPRESS["xz"](data)).level is None
    assert inspect(data).level is None


@pytest.mark.parametrize("method", ["zlib", "gzip"])
def test_block_table(method, tmp_path):
    path = tmp_path / "file"
    value = np.random.default_rng(0).integers(0, 9, 3 * MIB // 8)
    fastjoblib.dump([value], path, compress=(method, 1))
    for source in (path, io.BytesIO(path.read_bytes()), OnlyRead(path.read_bytes())):
        report = fastjoblib.inspect(source)
        assert report.blocks == 4
        assert report.notes == ()
        assert report.data_nbytes - report.pickles[0].end == 4 * 4 + 24


def test_a_wrong_block_table_hides_nothing(tmp_path):
    """Where the blocks hold more than the pickle, the stream counts, as for a load."""
    path = tmp_path / "file"
    content = fastjoblib.dumps(b"x" * 3 * MIB) + b"more"
    encoder = zlib.compressobj(1, wbits=-15)
    pieces = [content[i : i + BLOCK] for i in range(0, len(content), BLOCK)]
    blocks = [encoder.compress(piece) + encoder.flush(zlib.Z_FULL_FLUSH) for piece in pieces]
    table = table_of(list(map(len, blocks)), len(content))
    path.write_bytes(b"\x78\x01" + b"".join(blocks) + stored(table) + trailer_of(content + table, "zlib"))
    assert fastjoblib.load(path) == b"x" * 3 * MIB
    report = fastjoblib.inspect(path)
    assert report.blocks is None
    assert report.notes == (
        f"{4 + len(table)} bytes follow the end of the pickle at byte {len(content) - 4}",
    )


def test_lz4_blocks(tmp_path):
    path = tmp_path / "file.lz4"
    fastjoblib.dump(np.random.default_rng(0).bytes(3 * MIB), path)
    assert fastjoblib.inspect(path).blocks == 4


def test_several_pickles():
    data = b"".join(pickle.dumps(value, 4) for value in ([1, 2], Plain(a=1), "three"))
    report = inspect(data)
    assert [found.root.kind for found in report.pickles] == ["list", "helpers.classes.Plain", "str"]
    assert [found.start for found in report.pickles[1:]] == [found.end for found in report.pickles[:-1]]
    assert report.pickles[-1].end == len(data)
    assert any("several pickles" in note for note in report.notes)
    assert found(report, "helpers.classes", "Plain").uses == ("instantiated",)


def test_a_damaged_second_pickle():
    report = inspect(pickle.dumps([1], 4) + b"\x80\x04cos\nsystem\n(" + b"\xff")
    assert report.error is None
    assert any("damaged" in note for note in report.notes)
    assert found(report, "os", "system").count == 1


def test_what_follows_the_pickle():
    data = pickle.dumps([1], 4)
    report = inspect(data + b"x" * 1000)
    assert report.notes == (f"1000 bytes follow the end of the pickle at byte {len(data)}",)
    assert report.data_nbytes == len(data) + 1000
    assert len(inspect(data + b"fjseal\x01\n" + bytes(50)).notes) == 1  # no seal, though it begins like one
    # what ends like a table is one only if it is all there is
    footer = struct.pack("<QII", 10, 1, 1)
    table = struct.pack("<I", 5) + footer
    table += struct.pack("<I", zlib.crc32(table)) + b"fjbt"
    assert inspect(data + table).blocks == 1
    assert inspect(data + b"y" + table).blocks is None
    assert inspect(data + table[:-5] + b"?fjbt").blocks is None


def test_streams(tmp_path):
    data = fastjoblib.dumps([np.arange(100_000.0), "x" * 200_000, b"y" * 300_000])
    expected = inspect(data)
    assert fastjoblib.inspect(OnlyRead(data)).arrays == expected.arrays
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(data,))
    writer.start()
    report = fastjoblib.inspect(path)
    writer.join()
    assert (report.arrays, report.pickles, report.nbytes) == (expected.arrays, expected.pickles, len(data))
    middle = io.BytesIO(b"before" + data)
    middle.seek(6)
    assert fastjoblib.inspect(middle).arrays == expected.arrays


def test_no_pickle(tmp_path):
    path = tmp_path / "file"
    for data in (b"{}", b"PK\x03\x04 zip", b"\x01\x02\x03\x04", b"words of text\n" * 5, b"\x1f\x8b not gzip at all"):
        path.write_bytes(data)
        with pytest.raises(fastjoblib.InvalidFileError, match="cannot be loaded"):
            fastjoblib.inspect(path)
    path.write_bytes(b"")
    with pytest.raises(fastjoblib.TruncatedFileError):
        fastjoblib.inspect(path)
    with pytest.raises(FileNotFoundError):
        fastjoblib.inspect(tmp_path / "missing")


def test_text_that_a_load_would_run():
    """It calls a function before it comes to what is wrong."""
    report = inspect(b"cos\nsystem\n(S'echo'\ntR")
    assert report.error is not None
    assert found(report, "os", "system").uses == ("called",)
