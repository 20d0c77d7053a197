# SPDX-License-Identifier: BSD-3-Clause
"""safe_load takes no more memory, depth or time than its limits allow."""

import io
import pickle
import pickletools
import struct
import zlib

import fastjoblib
import numpy as np
import pytest
from fastjoblib import Limits, UntrustedError, safe_load
from helpers.run import run_python

INT1 = b"K\x01"


def refused(data, says, **limits):
    with pytest.raises(UntrustedError, match=says):
        safe_load(io.BytesIO(data), limits=Limits(**limits) if limits else None)


def test_depth():
    def nested(depth):
        return b"\x80\x04" + b"(" * depth + b"K\x01" + b"l" * depth + b"."

    assert safe_load(io.BytesIO(nested(5)), limits=Limits(depth=5)) == [[[[[1]]]]]
    refused(nested(6), "deeper than the 5 levels that limits.depth allows", depth=5)
    refused(nested(20_000), "limits.depth")


def test_opcodes():
    data = pickle.dumps(list(range(100_000)))
    assert len(safe_load(io.BytesIO(data), limits=Limits(objects=200_000))) == 100_000
    refused(data, "more than the 50000 opcodes that limits.objects allows", objects=50_000)


def test_memory_of_objects():
    data = pickle.dumps([{} for _ in range(100_000)])
    safe_load(io.BytesIO(data), limits=Limits(memory=1 << 30))
    refused(data, "more than the 1000000 bytes that limits.memory allows", memory=1_000_000)


def test_memory_of_arrays():
    data = fastjoblib.dumps(np.zeros(1_000_000), compress=3)
    assert safe_load(io.BytesIO(data), limits=Limits(memory=9_000_000)).nbytes == 8_000_000
    refused(data, "limits.memory", memory=7_000_000)


NUMBERS = b"".join(b"M" + struct.pack("<H", i) for i in range(20_000))
LIST = b"]q\x01(" + NUMBERS + b"e0"
STATE = b"}q\x01(" + b"".join(b"X\5\0\0\0%05dN" % i for i in range(8000)) + b"u0"
DATA = b"B" + struct.pack("<I", 100_000) + b"a" * 100_000 + b"q\x010"
CALL = b"h\0h\1\x85R0"
COPIES = {
    "sets": (b"cbuiltins\nset\nq\0000" + LIST, CALL),
    "frozensets": (b"cbuiltins\nfrozenset\nq\0000" + LIST, CALL),
    "deques": (b"ccollections\ndeque\nq\0000" + LIST, CALL),
    "bytearrays": (b"cbuiltins\nbytearray\nq\0000" + DATA, CALL),
    "instances": (b"csklearn.preprocessing._data\nStandardScaler\nq\0000" + STATE, b"h\0)\x81h\1b0"),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
@pytest.mark.parametrize("made, copied", COPIES.values(), ids=COPIES)
def test_memory_of_copies(made, copied):
    """A few bytes make one of what is there already, of any size; all those that were dropped count too."""
    assert safe_load(io.BytesIO(b"\x80\3" + made + copied * 3 + b"N.")) is None
    refused(b"\x80\3" + made + copied * 100 + b"N.", "limits.memory", memory=9_000_000)


@pytest.mark.parametrize("compress", ["zlib", "gzip", "lz4", "bz2", "xz", "lzma"])
def test_ratio(tmp_path, compress):
    """A bomb is refused before it is all decompressed; none takes the memory that it claims."""
    fastjoblib.dump(bytes(100 << 20), path := tmp_path / "bomb", compress)
    if compress in ("bz2", "xz", "lzma"):
        with pytest.raises(UntrustedError, match="limits.ratio"):
            safe_load(path)
    with pytest.raises(UntrustedError, match="longer than the 67108864 bytes that limits.ratio allows"):
        safe_load(path, limits=Limits(ratio=0.1))
    assert len(safe_load(path, limits=Limits(ratio=1e6))) == 100 << 20


def test_ratio_of_a_stream_is_not_known():
    class Stream(io.BytesIO):
        def seekable(self):
            return False

    data = zlib.compress(pickle.dumps(bytes(100 << 20)))
    assert len(safe_load(Stream(data), limits=Limits(ratio=0.1))) == 100 << 20


def keys_with(*keys):
    """A dict of these keys, as a pickle."""
    items = b"".join(pickle.dumps(key, 4)[2:-1] + INT1 for key in keys)
    return b"\x80\x04}(" + items + b"u."


def test_keys_that_collide():
    """Integers and tuples can be made that all have the same hash."""
    modulus = 2**61 - 1
    refused(keys_with(*(i * modulus for i in range(1, 5000))), "too many keys have the same hash")
    minus = [tuple(-1 - (i >> bit & 1) for bit in range(14)) for i in range(5000)]
    refused(keys_with(*minus), "too many keys have the same hash")
    refused(pickle.dumps(set(minus)), "too many keys have the same hash")
    refused(pickle.dumps(frozenset(minus)), "too many keys have the same hash")
    refused(pickle.dumps(set(minus), 2), "too many keys have the same hash")


def test_keys_that_do_not():
    for keys in [
        [(i, str(i)) for i in range(100_000)],
        [i << 70 for i in range(20_000)],
        [i / 7 for i in range(100_000)],
    ]:
        assert len(safe_load(io.BytesIO(pickle.dumps(dict.fromkeys(keys))))) == len(keys)
    many = [{(1, 2): i, 2.5: i} for i in range(50_000)]
    assert safe_load(io.BytesIO(pickle.dumps(many))) == many


def test_keys_are_not_deep():
    deep = b"\x80\x04}K\x01" + b"\x85" * 100_000 + b"K\x01s."
    refused(deep, "a key is nested too deeply")
    doubling = b"\x80\x04}K\x01\x85" + b"2\x86" * 60 + b"K\x01s."
    refused(doubling, "a key is nested too deeply")


def test_keys_are_plain():
    refused(b"\x80\x04}]K\x01s.", "a key is list")


def test_small_pickles_of_large_objects():
    """Each takes four bytes of the file, and 2.5 KB of memory."""
    code = """
        import io
        import fastjoblib
        limit_memory(1 << 30)
        data = b"\\x80\\x04cbuiltins\\nobject\\nq\\x00](" + b"h\\x00)\\x81" * 5_000_000 + b"e."
        try:
            fastjoblib.safe_load(io.BytesIO(data), limits=fastjoblib.Limits(memory=1 << 28))
        except fastjoblib.UntrustedError as error:
            print(error.detail[:43])
    """
    assert run_python(code).strip() == "its objects take more than the 268435456 by"


def test_the_collector_is_not_off_for_long():
    import gc

    data = pickle.dumps([[i] for i in range(500_000)])
    seen = []

    def watch(phase, info):
        seen.append(phase)

    gc.callbacks.append(watch)
    try:
        safe_load(io.BytesIO(data), limits=Limits(gc_seconds=1e-9))
        some = len(seen)
        del seen[:]
        safe_load(io.BytesIO(data))
        assert len(seen) < some
    finally:
        gc.callbacks.remove(watch)
    assert gc.isenabled()


def test_claims_take_no_memory():
    for opcode in (b"\x8e", b"\x8d", b"\x96"):  # BINBYTES8, BINUNICODE8, BYTEARRAY8
        data = b"\x80\x05" + opcode + struct.pack("<Q", 1 << 40) + b"x" * 100
        with pytest.raises(fastjoblib.TruncatedFileError):
            safe_load(io.BytesIO(data))


def test_arrays_of_objects_are_not_deep():
    """NumPy frees them by recursion, which ends the process."""
    one = pickletools.optimize(pickle.dumps(np.array([None], dtype=object), 2))[2:-1]
    before, after = one[: one.rindex(b"N")], one[one.rindex(b"N") + 1 :]

    def nested(depth):
        return b"\x80\x02" + before * depth + b"N" + after * depth + b"."

    assert safe_load(io.BytesIO(nested(100)))[0][0].shape == (1,)
    refused(nested(5000), "objects of numpy.ndarray are nested too deeply", depth=1_000_000)


def test_any_ratio_for_an_empty_file(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(fastjoblib.TruncatedFileError):
        safe_load(tmp_path / "empty", limits=Limits(ratio=float("inf")))
