# SPDX-License-Identifier: BSD-3-Clause
"""What inspecting takes: memory in proportion to the file, whatever the file claims; no recursion."""

import io
import pickle

import fastjoblib
import numpy as np
import pytest
from helpers.run import SANITIZED, run_python

DEPTH = 1_000_000

WORST = {
    "nested tuples": b"N" + b"\x85" * DEPTH,
    "nested lists": b"]" * DEPTH + b"a" * (DEPTH - 1),
    "many lists": b"(" + b"]" * DEPTH + b"l",
    "Nones on the stack": b"N" * DEPTH,
    "marks": b"(" * DEPTH + b"N",
    "memo": b"N" + b"\x94" * DEPTH,
    "sparse memo": b"N" + b"".join(b"r%b" % (i * 7919 % 2**32).to_bytes(4, "little") for i in range(DEPTH // 5)),
    "globals": b"".join(b"c%x\n%x\n0" % (i, i) for i in range(DEPTH // 10)) + b"N",
    "empty bytes": b"(" + b"C\x00" * (DEPTH // 2) + b"l",
    "calls": b"cm\nn\n\x94(" + b"h\x00)R" * (DEPTH // 4) + b"l",
    "appends one by one": b"]" + b"Na" * (DEPTH // 2),
    "nested dicts": b"}N" * (DEPTH // 2) + b"N" + b"s" * (DEPTH // 2),
    "persistent ids": b"N" + b"Q" * DEPTH,
}
FACTOR = 180  # as csrc/pickle/symbolic.h says


@pytest.mark.skipif(SANITIZED, reason="AddressSanitizer adds memory of its own")
@pytest.mark.parametrize("name", WORST)
def test_worst_pickles(name):
    code = f"""
    import io, resource, sys
    import fastjoblib
    from tests.unit.test_inspect_memory import WORST
    data = b"\\x80\\x04" + WORST[sys.argv[1]] + b"."
    fastjoblib.inspect(io.BytesIO(b"\\x80\\x04]."))
    limit_memory({FACTOR} * len(data) + (8 << 20))
    report = fastjoblib.inspect(io.BytesIO(data))
    assert report.error is None, report.error
    report.to_json()
    """
    run_python(code, arguments=[name])


CLAIMS = {
    "bytes": b"\x80\x04\x8e" + (1 << 40).to_bytes(8, "little") + b"abc",
    "str": b"\x80\x04X" + (1 << 31).to_bytes(4, "little") + b"abc",
    "bytearray": b"\x80\x05\x96" + (1 << 62).to_bytes(8, "little"),
    "long": b"\x80\x04\x8b\xff\xff\xff\x7f",
    "frame": b"\x80\x04\x95" + (1 << 50).to_bytes(8, "little"),
    "memo": b"\x80\x04Nr\xff\xff\xff\xff",
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_take_no_memory(name, tmp_path):
    code = """
    import io, sys
    import fastjoblib
    from helpers.streams import OnlyRead
    from tests.unit.test_inspect_memory import CLAIMS
    data = CLAIMS[sys.argv[1]]
    path = sys.argv[2]
    with open(path, "wb") as file:
        file.write(data)
    fastjoblib.inspect(io.BytesIO(b"\\x80\\x04]."))
    limit_memory(4 << 20)
    for source in (path, io.BytesIO(data), OnlyRead(data)):
        assert "truncated" in fastjoblib.inspect(source).error
    """
    run_python(code, arguments=[name, tmp_path / "file"])


def test_an_array_that_claims_much(tmp_path):
    data = fastjoblib.dumps([np.zeros((3, 5))]).replace(b"K\x03K\x05\x86", b"J\xff\xff\xff\x7fK\x05\x86")
    for shift in (0, 3):
        report = fastjoblib.inspect(io.BytesIO(data[: len(data) - shift]))
        assert report.error is not None
        assert report.arrays == ()


@pytest.mark.skipif(SANITIZED, reason="AddressSanitizer adds memory of its own")
def test_data_of_arrays_is_not_read(tmp_path):
    """A sparse file of 64 GiB."""
    code = """
    import sys, time
    import numpy as np
    import fastjoblib
    path = sys.argv[1]
    fastjoblib.dump([np.zeros(1 << 10), "end"], path)
    with open(path, "rb") as file:
        data = file.read()
    head, tail = data[: data.index(bytes(100))], data[-30:]
    length = (1 << 33).to_bytes(5, "little")
    head = head.replace(b"M\\x00\\x04", b"\\x8a\\x05" + length)
    # the frame is longer by four bytes, and so is what lies before the padding
    frame = int.from_bytes(head[3:11], "little") + 4
    head = head[:3] + frame.to_bytes(8, "little") + head[11:]
    begin = fastjoblib.inspect(path).arrays[0].offset + 4
    end = data[fastjoblib.inspect(path).arrays[0].offset + 8192 :]
    with open(path, "wb") as file:
        file.write(head)
        file.seek(begin + (1 << 36))
        file.write(end)
    limit_memory(16 << 20)
    report = fastjoblib.inspect(path)
    assert report.error is None, report.error
    assert report.arrays[0].nbytes == 1 << 36
    assert report.pickles[0].root.count == 3
    """
    run_python(code, arguments=[tmp_path / "file"])


def test_a_bomb(tmp_path):
    """A quarter of a gigabyte of zeros, as bytes and as text."""
    code = """
    import sys, zlib
    import numpy as np
    import fastjoblib
    path = sys.argv[1]
    limit_memory(64 << 20)
    for opcodes in (b"\\x80\\x04\\x8e", b"\\x80\\x04\\x8d"):
        encoder = zlib.compressobj(1)
        with open(path, "wb") as file:
            file.write(encoder.compress(opcodes + (1 << 28).to_bytes(8, "little")))
            for _ in range(1 << 8):
                file.write(encoder.compress(bytes(1 << 20)))
            file.write(encoder.compress(b".") + encoder.flush())
        report = fastjoblib.inspect(path)
        assert report.error is None, report.error
        assert report.data_nbytes == (1 << 28) + 12
    """
    run_python(code, arguments=[tmp_path / "file"])


def test_depth():
    """The tree ends at a depth that everything in Python can walk; the sizes are those of all that is below."""
    value = "x" * 1000
    for _ in range(100_000):
        value = [value]
    report = fastjoblib.inspect(io.BytesIO(fastjoblib.dumps(value)))
    part, depth = report.pickles[0].root, 0
    while part.parts:
        part, depth = part.parts[0], depth + 1
    assert depth == 24
    assert part.count == 100_001 - 24
    assert part.nbytes > 100_000
    repr(report)
    assert len(report.to_json()) < 10_000
    assert pickle.loads(pickle.dumps(report)) == report
