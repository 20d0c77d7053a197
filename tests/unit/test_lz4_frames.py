# SPDX-License-Identifier: BSD-3-Clause
"""LZ4 frames of all kinds are read, and those that are written are read by all."""

import io
import itertools
import shutil
import struct
import subprocess

import fastjoblib
import joblib
import lz4.frame
import numpy as np
import pytest
from helpers.compare import assert_same
from helpers.compression import lz4_readers_are_left

pytestmark = lz4_readers_are_left

BLOCK_SIZES = {
    "64K": lz4.frame.BLOCKSIZE_MAX64KB,
    "256K": lz4.frame.BLOCKSIZE_MAX256KB,
    "1M": lz4.frame.BLOCKSIZE_MAX1MB,
    "4M": lz4.frame.BLOCKSIZE_MAX4MB,
}
FLAGS = ("block_linked", "content_checksum", "block_checksum", "store_size")
COMBINATIONS = [
    {"block_size": size, **dict(zip(FLAGS, flags, strict=True))}
    for size in BLOCK_SIZES.values()
    for flags in itertools.product([False, True], repeat=len(FLAGS))
]
LEVELS = [None, 1, 2, 3, 6, 9]


def make_value(n_numbers):
    random = np.random.default_rng(0)
    return {
        "random": random.random(n_numbers),
        "rounded": random.random(n_numbers).round(2),
        "text": [f"number {i}" for i in range(n_numbers // 10)],
        "zeros": np.zeros(n_numbers),
    }


VALUE = make_value(30_000)  # 750 KB: some blocks, or one, or less than one
LARGE = make_value(300_000)  # 7.5 MB: several blocks of any size


@pytest.fixture(scope="module")
def pickled():
    return fastjoblib.dumps(VALUE)


def name_of(options):
    size = next(name for name, number in BLOCK_SIZES.items() if number == options["block_size"])
    return "-".join([size, *(flag for flag in FLAGS if options[flag])])


def frame(data, **options):
    """A frame, written in uneven pieces as joblib does, if the size is not to be stored; else at once."""
    if options.pop("store_size", False):
        return lz4.frame.compress(data, store_size=True, **options)
    target = io.BytesIO()
    with lz4.frame.LZ4FrameFile(target, "wb", **options) as file:
        for start in range(0, len(data), 77_777):
            file.write(data[start : start + 77_777])
    return target.getvalue()


def skippable(nbytes, number=0):
    return struct.pack("<II", 0x184D2A50 + number, nbytes) + b"\x5a" * nbytes


def assert_loads(data, value, path):
    assert_same(fastjoblib.loads(data), value)
    assert_same(fastjoblib.load(io.BytesIO(data)), value)
    path.write_bytes(data)
    assert_same(fastjoblib.load(path), value)
    assert_same(fastjoblib.load(path, n_threads=1), value)


# -- frames of others --------------------------------------------------------


@pytest.mark.parametrize("options", COMBINATIONS, ids=name_of)
def test_frames_of_python_lz4(tmp_path, pickled, options):
    assert_loads(frame(pickled, **options), VALUE, tmp_path / "file")


@pytest.mark.parametrize("block_size", BLOCK_SIZES.values(), ids=BLOCK_SIZES)
@pytest.mark.parametrize("linked", [True, False], ids=["linked", "independent"])
def test_large_frames(tmp_path, block_size, linked):
    data = frame(fastjoblib.dumps(LARGE), block_size=block_size, block_linked=linked, content_checksum=True)
    assert_loads(data, LARGE, tmp_path / "file")


@pytest.mark.parametrize("level", [-10, 0, 1, 3, 9, 10, 12, 16])
def test_levels_of_python_lz4(tmp_path, pickled, level):
    assert_loads(frame(pickled, compression_level=level), VALUE, tmp_path / "file")


@pytest.mark.parametrize("level", LEVELS)
def test_files_of_joblib(tmp_path, level):
    joblib.dump(VALUE, tmp_path / "file", compress=("lz4", level))
    assert_loads((tmp_path / "file").read_bytes(), VALUE, tmp_path / "file")


def test_several_frames(tmp_path, pickled):
    """Cut anywhere, each part in a frame of another kind, some with nothing in them."""
    cuts = [0, 0, 1, 100, 70_000, 70_000, 300_000, len(pickled), len(pickled)]
    parts = [
        frame(pickled[start:stop], **options)
        for start, stop, options in zip(cuts, cuts[1:], COMBINATIONS[:: len(COMBINATIONS) // 8], strict=False)
    ]
    assert b"".join(map(lz4.frame.decompress, parts)) == pickled
    assert_loads(b"".join(parts), VALUE, tmp_path / "file")


@pytest.mark.parametrize("linked", [True, False], ids=["linked", "independent"])
@pytest.mark.parametrize("where", ["between", "behind", "both"])
def test_skippable_frames(tmp_path, pickled, where, linked):
    """But not in front: such a file may as well be Zstandard's, or a pickle; joblib does not know it either."""
    first, second = (frame(part, block_linked=linked) for part in (pickled[:300_000], pickled[300_000:]))
    other = skippable(0) + skippable(1, 7) + skippable(100_000, 15)
    parts = {
        "between": [first, other, second],
        "behind": [first, second, other],
        "both": [first, other, second, other],
    }
    assert_loads(b"".join(parts[where]), VALUE, tmp_path / "file")


# -- our frames --------------------------------------------------------------


@pytest.mark.parametrize("value", [None, VALUE, LARGE], ids=["none", "small", "large"])
@pytest.mark.parametrize("level", LEVELS)
def test_our_files(tmp_path, value, level):
    path = tmp_path / "file.lz4"
    fastjoblib.dump(value, path, compress=("lz4", level))
    data, expected = path.read_bytes(), fastjoblib.dumps(value)
    assert lz4.frame.decompress(data) == expected
    assert_loads(data, value, tmp_path / "copy")
    assert_same(joblib.load(path), value)
    joblib.dump(value, tmp_path / "theirs", compress=("lz4", level))
    assert len(data) <= 1.02 * (tmp_path / "theirs").stat().st_size + 4

    info = lz4.frame.get_frame_info(data)
    assert (info["block_linked"], info["block_size"]) == (False, 2**20)
    assert (info["content_checksum"], info["block_checksum"]) == (False, False)
    # The size is of use where there are several blocks, and eight bytes long.
    assert info["content_size"] == (len(expected) if len(expected) > 2**20 else 0)


@pytest.mark.skipif(shutil.which("lz4") is None, reason="the lz4 tool is not installed")
@pytest.mark.parametrize("value", [None, VALUE, LARGE], ids=["none", "small", "large"])
def test_lz4_tool(tmp_path, value):
    path = tmp_path / "file.lz4"
    fastjoblib.dump(value, path)
    subprocess.run(["lz4", "--test", "--quiet", path], check=True)
    done = subprocess.run(["lz4", "-d", "-c", "--quiet", path], check=True, capture_output=True)
    assert done.stdout == fastjoblib.dumps(value)

    (tmp_path / "raw").write_bytes(done.stdout)
    subprocess.run(["lz4", "-BI", "-BX", "--content-size", "--quiet", tmp_path / "raw", path, "-f"], check=True)
    assert_loads(path.read_bytes(), value, tmp_path / "copy")


@pytest.mark.parametrize("level", LEVELS)
def test_our_streams(level):
    """What cannot be rewritten does not tell the size, and is the same otherwise."""
    target = io.BytesIO()
    fastjoblib.dump(LARGE, target, compress=("lz4", level))
    data = target.getvalue()
    assert lz4.frame.get_frame_info(data)["content_size"] == 0
    assert lz4.frame.decompress(data) == fastjoblib.dumps(LARGE)
    assert_same(joblib.load(io.BytesIO(data)), LARGE)
    assert_same(fastjoblib.loads(data), LARGE)


def test_incompressible_blocks_are_stored(tmp_path):
    value = np.random.default_rng(0).integers(0, 256, 4_000_000, dtype=np.uint8)
    nbytes = len(fastjoblib.dumps(value))
    for level in LEVELS:
        fastjoblib.dump(value, tmp_path / "file", compress=("lz4", level))
        assert (tmp_path / "file").stat().st_size <= nbytes + 50
        assert_same(fastjoblib.load(tmp_path / "file"), value)


# -- damage ------------------------------------------------------------------

CHECKED = {"content_checksum": True, "block_checksum": True}


def assert_damaged(data, path, match=None):
    path.write_bytes(data)
    for read in (fastjoblib.load, lambda p: fastjoblib.loads(p.read_bytes())):
        with pytest.raises(fastjoblib.InvalidFileError, match=match):
            read(path)


@pytest.mark.parametrize("linked", [True, False], ids=["linked", "independent"])
def test_wrong_checksums(tmp_path, pickled, linked):
    data = bytearray(frame(pickled, block_linked=linked, **CHECKED))
    data[-1] ^= 1  # of the content
    assert_damaged(data, tmp_path / "file", "checksum")
    data[-1] ^= 1
    data[6] ^= 1  # of the header
    assert_damaged(data, tmp_path / "file", "checksum")


@pytest.mark.parametrize("linked", [True, False], ids=["linked", "independent"])
def test_flipped_bits(tmp_path, linked):
    """With checksums there is no damage that goes unnoticed."""
    value = make_value(50)
    data = bytearray(frame(fastjoblib.dumps(value), block_linked=linked, **CHECKED))
    for bit in range(32, 8 * len(data), 3):
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(fastjoblib.FastjoblibError):
            fastjoblib.loads(data)
        data[bit // 8] ^= 1 << bit % 8
    assert_same(fastjoblib.loads(data), value)


@pytest.mark.parametrize("options", COMBINATIONS[:16:5], ids=name_of)
def test_truncated_frames(tmp_path, pickled, options):
    data = frame(pickled, **options)
    for nbytes in (4, 6, 7, 10, 20, len(data) // 2, len(data) - 5):
        with pytest.raises(fastjoblib.TruncatedFileError):
            fastjoblib.loads(data[:nbytes])


def test_wrong_content_size(tmp_path):
    data = bytearray(lz4.frame.compress(fastjoblib.dumps(VALUE), store_size=True))
    shorter = lz4.frame.compress(fastjoblib.dumps(VALUE) + b"!", store_size=True)
    data[:15] = shorter[:15]
    assert_damaged(data, tmp_path / "file")


def test_dictionary_is_refused(tmp_path, pickled):
    # A frame as `lz4 -D` writes it has the dictionary's number; the header's
    # last byte is the checksum of b"\x61\x40" and that number, 1.
    start = b"\x04\x22\x4d\x18\x61\x40\x01\x00\x00\x00"
    plain = frame(pickled)
    found = [start + bytes([check]) + plain[7:] for check in range(256)]
    messages = []
    for data in found:
        with pytest.raises(fastjoblib.InvalidFileError) as raised:
            fastjoblib.loads(data)
        messages.append(str(raised.value))
    assert sum("dictionary" in message for message in messages) == 1
    assert sum("checksum" in message for message in messages) == 255


def test_legacy_frames_are_refused():
    data = b"\x02\x21\x4c\x18" + struct.pack("<I", 5) + b"\x40abcd"
    with pytest.raises(fastjoblib.InvalidFileError):
        fastjoblib.loads(data)
