# SPDX-License-Identifier: BSD-3-Clause
"""Decompression bombs: a little data that claims much, or becomes much. Memory is taken for what the objects need.

Each process loads all bombs of a method with its address space limited, and looks at the peak of its memory.
"""

import pytest
from helpers.run import SANITIZED, run_python

pytestmark = pytest.mark.skipif(
    SANITIZED, reason="AddressSanitizer keeps what is freed, and limits allocations instead of the address space"
)

PRELUDE = """
import io, struct, sys, zlib
import lz4.frame
import numpy as np
import fastjoblib, fastjoblib._threads
from helpers.control import error_of
from helpers.forge import forge
from helpers.tables import BLOCK, WBITS, stored, table_of, trailer_of

folder, method = sys.argv[1:]
fastjoblib._threads._cores = lambda: 8  # no more threads are started
MIB = 1 << 20
path = folder + "/file"
u64 = struct.Struct("<Q").pack
errors = (fastjoblib.TruncatedFileError, fastjoblib.InvalidFileError)

def compress(parts, level=1):
    "The parts, which need not exist all at once, as one stream that neither has a table nor tells its size."
    target = io.BytesIO()
    if method == "lz4":
        with lz4.frame.LZ4FrameFile(target, "wb") as file:
            for part in parts:
                file.write(part)
    else:
        encoder = zlib.compressobj(level, wbits=WBITS[method])
        for part in parts:
            target.write(encoder.compress(part))
        target.write(encoder.flush())
    return target.getvalue()

def tabled(content, table=None, nbytes=None):
    "A zlib or gzip stream of independent blocks with a table."
    encoder = zlib.compressobj(1, wbits=-15)
    blocks = []
    for start in range(0, len(content), BLOCK):
        blocks.append(encoder.compress(content[start : start + BLOCK]) + encoder.flush(zlib.Z_FULL_FLUSH))
    table = table or table_of(list(map(len, blocks)), nbytes or len(content))
    head = {"zlib": b"\\x78\\x01", "gzip": b"\\x1f\\x8b\\x08\\0\\0\\0\\0\\0\\0\\xff"}[method]
    return head + b"".join(blocks) + stored(table) + trailer_of(content + table, method)

def status(key):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(key)) * 1024

def peak_of(function, *args, **kwargs):
    "The outcome, and by how much memory grew at most."
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak is what there is now
    before = status("VmHWM")
    outcome = error_of(function, *args, **kwargs)
    return outcome, status("VmHWM") - before

def loads(data):
    "From a path, on one thread and on four, and from memory."
    with open(path, "wb") as file:
        file.write(data)
    yield peak_of(fastjoblib.load, path, n_threads=1)
    yield peak_of(fastjoblib.load, path, n_threads=4)
    yield peak_of(fastjoblib.loads, data)

def must_fail(what, data, provides=0):
    for (result, error), peak in loads(data):
        assert isinstance(error, errors), (what, error)
        assert peak <= provides + 64 * MIB, (what, peak / MIB)

fastjoblib.loads(fastjoblib.dumps(np.arange(3), method))
"""

CLAIMS = """
limit_memory(600 * MIB)
random = np.random.default_rng(0).bytes(MIB)
for level, parts in [(1, [bytes(MIB)] * 10), (0, [random] * 10)]:
    for claim in (2**30, 2**40, 2**62):
        for kind, opcode in [("bytes", 0x8E), ("str", 0x8D), ("bytearray", 0x96), ("frame", 0x95)]:
            start = b"\\x80\\x05]" + bytes([opcode]) + u64(claim)
            must_fail((kind, level, claim), compress([start, *parts], level), 10 * MIB)
    for shape in ((2**37,), (2**20, 2**17), (2**32,)):
        start = forge(np.zeros(1), shape=shape)[:-10]
        must_fail(("array", level, shape), compress([start, *parts], level), 10 * MIB)
    for kind, code in [("bytes", b"B"), ("str", b"X"), ("long", b"\\x8b")]:
        start = b"\\x80\\x04" + code + struct.pack("<I", 2**31 - 1)
        must_fail((kind, level), compress([start, *parts], level), 20 * MIB)
"""

TABLES = """
limit_memory(600 * MIB)
content = b"\\x80\\x05]\\x8e" + u64(2**40) + bytes(10 * MIB)
must_fail("true table", tabled(content), 10 * MIB)
for nbytes in (2**32, 2**40, 2**46):
    n_blocks = -(-nbytes // BLOCK)
    for claimed in (11, n_blocks, 2**26):
        for sizes in ([1] * 11, [2**32 - 1] * 11, []):
            table = table_of(sizes, nbytes, n_blocks=claimed % 2**32)
            must_fail(("table", nbytes, claimed), tabled(content, table), 10 * MIB)
must_fail("of a million blocks", tabled(content, table_of([1] * MIB, 2**40)), 10 * MIB)
must_fail("bytes of blocks", tabled(content, nbytes=2**63), 10 * MIB)
"""

FRAMES = """
limit_memory(600 * MIB)
def frame(content, claim=None, block_size=4, flags=0x60):
    "Independent stored blocks of a frame that claims a size."
    descriptor = bytes([flags | (claim is not None) << 3, (block_size + 3) << 4])
    if claim is not None:
        descriptor += u64(claim)
    starts = [b"\\x04\\x22\\x4d\\x18" + descriptor + bytes([check]) for check in range(256)]
    head = next(start for start in starts if error_of(lz4.frame.get_frame_info, start)[1] is None)
    size = 1 << 8 + 2 * (block_size + 3)
    blocks = [content[i : i + size] for i in range(0, len(content), size)]
    return head + b"".join(struct.pack("<I", len(b) | 1 << 31) + b for b in blocks) + b"\\0" * 4

content = b"\\x80\\x05]\\x8e" + u64(2**40) + bytes(10 * MIB)
whole = fastjoblib.dumps([1, "text", bytes(MIB)])
for block_size in (1, 2, 3, 4):
    for flags in (0x60, 0x40):
        for claim in (None, 0, 2**31, 2**40, 2**60, 2**64 - 1):
            must_fail(("frame", block_size, claim), frame(content, claim, block_size, flags), 10 * MIB)
            for (result, error), peak in loads(frame(whole, claim, block_size, flags)):
                right = error is None and result == [1, "text", bytes(MIB)]
                assert right if claim is None else right or isinstance(error, errors), (claim, error)
                assert peak <= 64 * MIB
for claim in (2**31, 2**32 - 1):
    data = frame(content[:MIB])
    must_fail(("block", claim), data[:7] + struct.pack("<I", claim) + data[11:], MIB)
    must_fail(("skippable", claim), data + b"\\x50\\x2a\\x4d\\x18" + struct.pack("<I", claim) + b"x" * 100, MIB)
"""

BECOMES_MUCH = """
# what comes behind the object is not looked at, but for the little that may hold a table
zeros = [bytes(8 * MIB)] * 32
for (result, error), peak in loads(compress([fastjoblib.dumps([1, 2]), *zeros])):
    assert result == [1, 2] and error is None and peak <= 64 * MIB, (error, peak / MIB)
# nor is what is thrown away kept
must_fail("behind nothing", compress([b"\\x80\\x04", *[b"N0" * (MIB // 2)] * 32, b"("]))
# what is an object takes its own size
n = 64 * MIB
values = {"bytes": bytes(n), "str": "x" * n, "bytearray": bytearray(n), "array": np.zeros(n, "u1")}
files = {kind: compress([fastjoblib.dumps(value, protocol=5)]) for kind, value in values.items()}
del values
limit_memory(600 * MIB)
for kind, data in files.items():
    assert len(data) < MIB
    for (result, error), peak in loads(data):
        assert error is None and len(result) == n, (kind, error)
        del result
        # a str is made of its bytes when all are there
        assert peak <= (2 if kind == "str" else 1) * n + 48 * MIB, (kind, peak / MIB)
"""

MANY_STREAMS = """
limit_memory(600 * MIB)
empty = compress([b""])
must_fail("streams of nothing", empty * 30_000)
for (result, error), peak in loads(empty * 30_000 + compress([fastjoblib.dumps([1, 2])])):
    assert result == [1, 2] and peak <= 64 * MIB, (error, peak / MIB)
content = fastjoblib.dumps(list(range(20_000)))
for (result, error), peak in loads(b"".join(compress([content[i : i + 5]]) for i in range(0, len(content), 5))):
    assert result == list(range(20_000)) and peak <= 64 * MIB, (error, peak / MIB)
"""


CODES = {"claims": CLAIMS, "becomes much": BECOMES_MUCH, "many streams": MANY_STREAMS}
METHODS = ["zlib", pytest.param("gzip", marks=pytest.mark.slow), "lz4"]  # gzip's pipeline is zlib's


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
@pytest.mark.parametrize("method", METHODS)
def test_bombs(tmp_path, method, code):
    run_python(PRELUDE + code, arguments=[tmp_path, method])


@pytest.mark.parametrize("method", METHODS[:2])
def test_tables(tmp_path, method):
    run_python(PRELUDE + TABLES, arguments=[tmp_path, method])


def test_frames(tmp_path):
    run_python(PRELUDE + FRAMES, arguments=[tmp_path, "lz4"])
