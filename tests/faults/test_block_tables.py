# SPDX-License-Identifier: BSD-3-Clause
"""Block tables that are damaged, cut or forged: they are hints, and what a serial decoder reads is the truth.

Where that reads the stream, so must we, and to the same object, whatever the table says; where it does not, an error
that says what is wrong is all that may come.
"""

import zlib

import fastjoblib
import numpy as np
import pytest
from helpers.control import error_of
from helpers.run import run_python
from helpers.tables import BLOCK, HEAD_SIZE, TRAILER_SIZE, Tabled, serial, stored, table_of, trailer_of

ERRORS = (fastjoblib.TruncatedFileError, fastjoblib.InvalidFileError)
METHODS = ["zlib", "gzip"]


def value():
    """2.3 MiB: three blocks, in the second and third of which are objects."""
    return {
        "array": np.arange(200_000) % 977,
        "objects": [{"name": f"object {i}", "number": i * 1.5} for i in range(3000)],
        "bytes": bytes(range(256)) * 2500,
    }


@pytest.fixture(scope="module", params=METHODS)
def tabled(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "file"
    fastjoblib.dump(value(), path, (request.param, 1))
    return Tabled(path.read_bytes(), request.param)


class Check:
    """Loads files and compares them with what is true."""

    def __init__(self, method, path):
        self.method, self.path = method, path
        self.n_files = self.n_loaded = 0

    def outcomes(self, data):
        """From two of the ways to load, so that all are taken in turn; the table is looked for in each."""
        self.n_files += 1
        if self.n_files % 2:
            self.path.unlink(missing_ok=True)  # ext4 is slow to empty a file that it has just written
            self.path.write_bytes(data)
            yield "path", error_of(fastjoblib.load, self.path, n_threads=1 + self.n_files % 3)
        else:
            yield "bytes", error_of(fastjoblib.loads, data)

    def __call__(self, data, what):
        truth = serial(data, self.method)
        expected, expected_error = (None, None) if truth is None else error_of(fastjoblib.loads, truth[0])
        for where, (result, error) in self.outcomes(data):
            message = f"{what}, from {where}: {error!r}"
            if truth is None or expected_error is not None or (truth[1] and error is not None):
                assert isinstance(error, ERRORS), message
            else:
                assert error is None, message
                assert fastjoblib.dumps(result) == fastjoblib.dumps(expected), message
                self.n_loaded += 1


@pytest.fixture
def check(tabled, tmp_path):
    return Check(tabled.method, tmp_path / "file")


def right(tabled):
    return tabled.forged(table_of(tabled.sizes, tabled.nbytes))


def test_the_table_is_used(tmp_path):
    """Or all that follows would test nothing: blocks are decoded on many threads, a stream on one."""
    path = tmp_path / "file"
    printed = run_python(
        """
        import sys, os, numpy as np, fastjoblib, fastjoblib._threads
        fastjoblib._threads._cores = lambda: 8  # no more threads are started
        from helpers.tables import Tabled, table_of

        class Witness:
            def __reduce__(self):
                return os.listdir, ("/proc/self/task",)

        path = sys.argv[1]
        for method in ("zlib", "gzip"):
            fastjoblib.dump([Witness(), np.arange(1_000_000)], path, method)
            tabled = Tabled(open(path, "rb").read(), method)
            forged = tabled.forged(table_of(tabled.sizes, tabled.nbytes + 1))
            for data in (open(path, "rb").read(), forged):
                with open(path, "wb") as file:
                    file.write(data)
                for result in (fastjoblib.load(path, n_threads=1), fastjoblib.load(path, n_threads=5)):
                    print(len(result[0]), end=" ")
        """,
        arguments=[path],
    )
    assert printed.split() == ["1", "5", "1", "2"] * 2


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_every_byte_flipped(tabled, check, mask):
    """Of the table's stored block, its entries, its footer and the stream's trailer; and of the head."""
    data = bytearray(right(tabled))
    for at in [*range(HEAD_SIZE[tabled.method]), *range(tabled.table_start, len(data))]:
        data[at] ^= mask
        check(bytes(data), f"byte {at} of {len(data)} ^ {mask:#x}")
        data[at] ^= mask
    assert check.n_loaded <= 10  # some of gzip's head may say anything


def test_every_byte_flipped_with_right_check_values(tabled, check):
    """Whoever flips the table can make all check values fit."""
    table = table_of(tabled.sizes, tabled.nbytes)
    for at in range(len(table)):
        for mask in (0x01, 0x10, 0xFF):
            forged = bytearray(table)
            forged[at] ^= mask
            if at < len(table) - 8:  # the table's own
                forged[-8:-4] = zlib.crc32(forged[:-8]).to_bytes(4, "little")
            check(tabled.forged(bytes(forged)), f"byte {at} of the table ^ {mask:#x}")
    assert check.n_loaded == check.n_files == len(table) * 3


def test_cut_anywhere(tabled, check):
    data = right(tabled)
    for size in [*range(tabled.table_start - 10, len(data)), *np.cumsum(tabled.sizes) + HEAD_SIZE[tabled.method]]:
        check(data[:size], f"cut to {size} of {len(data)}")
    assert check.n_loaded == 0


def test_cut_out_of(tabled, check):
    """A table of which a part is missing, and a stream of which one is."""
    data = right(tabled)
    for size in (1, 4, 5, 8, 24):
        for at in range(tabled.table_start - 8, len(data) - size, 3):
            check(data[:at] + data[at + size :], f"{size} bytes cut out at {at}")
    assert check.n_loaded <= 1  # without the empty stored block of the last flush nothing is missing


def test_moved_blocks(tabled, check):
    """They still lie one behind the other, but begin somewhere else."""
    a, b, c = tabled.sizes
    n = tabled.nbytes
    layouts = [
        *([a + k, b - k, c] for k in [*range(-12, 13), *range(-2000, 2000, 397), -a, b]),
        *([a, b + k, c - k] for k in [*range(-12, 13), -b, c]),
        *([a + k, b, c - k] for k in (-5, -1, 1, 5)),
        *([b, a, c], [c, b, a], [0, 0, a + b + c], [a + b + c, 0, 0], [a + b, 0, c], [0, a + b, c]),
        *([a + 1, b, c], [a, b, c + 1], [a, b, c - 1], [2**32 - 1, b, c], [a + b + c - 2**32 + 2**32, 2**31, 2**31]),
    ]
    for sizes in layouts:
        check(tabled.forged(table_of([size % 2**32 for size in sizes], n)), f"sizes {sizes}")
    assert check.n_loaded == check.n_files == len(layouts)


def test_other_counts(tabled, check):
    a, b, c = tabled.sizes
    n = tabled.nbytes
    tables = {
        "merged": table_of([a + b, c], n),
        "merged, with the bytes of two": table_of([a + b, c], 2 * BLOCK),
        "all merged": table_of([a + b + c], n),
        "all merged, with the bytes of one": table_of([a + b + c], BLOCK),
        "split": table_of([a, b, c // 2, c - c // 2], n),
        "split, with the bytes of four": table_of([a, b, c // 2, c - c // 2], n + BLOCK),
        "split in many": table_of([1] * (a + b + c), n),
        "many, with their bytes": table_of([1] * (a + b + c), (a + b + c) * BLOCK),
        "a block of nothing": table_of([a, b, c, 0], n),
        "a block of nothing, with its bytes": table_of([a, b, c, 0], n + BLOCK),
        "none": table_of([], n),
        "none, of none": table_of([], 0),
        "2^26": table_of([a, b, c], n, n_blocks=2**26),
        "2^26, with their bytes": table_of([a, b, c], 2**46, n_blocks=2**26),
        "2^26 + 1": table_of([a, b, c], n, n_blocks=2**26 + 1),
        "2^32 - 1": table_of([a, b, c], 2**52, n_blocks=2**32 - 1),
        "counts two": table_of([a, b, c], n, n_blocks=2),
        "counts four": table_of([a, b, c], n, n_blocks=4),
        **{f"version {i}": table_of([a, b, c], n, version=i) for i in (0, 2, 2**32 - 1)},
        **{f"magic {i}": table_of([a, b, c], n, magic=i) for i in (b"FJBT", b"\0" * 4)},
        "check value": table_of([a, b, c], n, crc=0),
    }
    for nbytes in (0, 1, BLOCK, 2 * BLOCK, 2 * BLOCK + 1, n - 1, n + 1, 3 * BLOCK, 3 * BLOCK + 1, 2**32 + n, 2**64 - 1):
        tables[f"{nbytes} bytes"] = table_of([a, b, c], nbytes)
    for name, table in tables.items():
        check(tabled.forged(table), name)
    assert check.n_loaded == check.n_files == len(tables)


def test_table_of_another_file(tabled, check, tmp_path):
    random = np.random.default_rng(0)
    for other in (random.integers(0, 91, 400_000), [str(i) * 10 for i in range(50_000)], random.bytes(2_300_000)):
        fastjoblib.dump(other, tmp_path / "other", (tabled.method, 1))
        theirs = Tabled((tmp_path / "other").read_bytes(), tabled.method)
        check(tabled.forged(table_of(theirs.sizes, theirs.nbytes)), "the table of another file")
        ours = table_of(tabled.sizes, tabled.nbytes)
        check(tabled.forged(ours, blocks=theirs.blocks, content=theirs.content), "the blocks of another file")
        # what is behind a STOP counts as data: the blocks tile, the object is of the first file
        both = table_of(tabled.sizes + theirs.sizes, tabled.nbytes + theirs.nbytes)
        check(
            tabled.forged(both, blocks=tabled.blocks + theirs.blocks, content=tabled.content + theirs.content),
            "the blocks of two files",
        )
    assert check.n_loaded == check.n_files == 9


def test_wrong_trailers(tabled, check):
    """The table is right, but the data, or the table, is not that of the check value."""
    table = table_of(tabled.sizes, tabled.nbytes)
    wrong = [trailer_of(data, tabled.method) for data in (tabled.content, table, b"")]
    for trailer in (*wrong, b"\xff" * 8):
        check(tabled.forged(table, trailer=trailer[: TRAILER_SIZE[tabled.method]]), f"trailer {trailer}")
    for trailer in (b"", trailer_of(tabled.content + table, tabled.method)[:-1]):
        check(tabled.forged(table, trailer=trailer), f"trailer {trailer}")
    assert check.n_loaded == 0


def test_stored_otherwise(tabled, check):
    """In other stored blocks than ours, or compressed, the table is data like any other."""
    table = table_of(tabled.sizes, tabled.nbytes)
    trailer = trailer_of(tabled.content + table, tabled.method)
    packed = zlib.compressobj(9, wbits=-15)
    forms = {
        "not the last": stored(table, last=False) + b"\x01\0\0\xff\xff",
        "an empty block before": b"\0\0\0\xff\xff" + stored(table),
        "in two": stored(table[:20], last=False) + stored(table[20:]),
        "compressed": packed.compress(table) + packed.flush(),
        "padding bits set": b"\xf9" + stored(table)[1:],
        "before the stream's end": stored(table, last=False) + b"\x03\0",
    }
    for name, form in forms.items():
        check(tabled.head + tabled.blocks + form + trailer, name)
    assert check.n_loaded == check.n_files == len(forms)


def test_in_front_twice_and_alone(tabled, check):
    table = table_of(tabled.sizes, tabled.nbytes)
    twice = trailer_of(tabled.content + table * 2, tabled.method)
    check(tabled.head + tabled.blocks + stored(table, last=False) + stored(table) + twice, "two tables")
    grown = [*tabled.sizes[:-1], tabled.sizes[-1] + len(stored(table))]
    for nbytes in (tabled.nbytes, tabled.nbytes + len(table)):
        second = table_of(grown, nbytes)
        trailer = trailer_of(tabled.content + table + second, tabled.method)
        check(tabled.head + tabled.blocks + stored(table, False) + stored(second) + trailer, "a table of a table")
    assert check.n_loaded == check.n_files == 3
    check(tabled.forged(table, blocks=b"", content=b""), "nothing but a table")
    front = trailer_of(table + tabled.content, tabled.method)
    check(tabled.head + stored(table, False) + tabled.blocks + b"\x03\0" + front, "a table in front")
    assert check.n_loaded == 3
