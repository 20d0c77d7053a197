# SPDX-License-Identifier: BSD-3-Clause
"""Damaged files, seeded: inspecting ends with a report or a clear error, and refuses what a load refuses.

Processes with limited memory inspect them. What is loaded for comparison is loaded in forked children, since damaged
states make NumPy itself crash.
"""

import io

import fastjoblib
import numpy as np
import pytest
from helpers.cases_object_arrays import objects
from helpers.classes import Plain
from helpers.run import SANITIZED, run_python

MUTATE = """
import io, os, random, signal, sys, time, warnings
import numpy as np
import fastjoblib
from helpers.cases_object_arrays import objects
from helpers.classes import Plain
from helpers.control import stock_dumps
from helpers.refusals import check_refusals, is_structural
from helpers.control import error_of
from helpers.traced import check_sizes

warnings.simplefilter("ignore")
seed, rounds = int(sys.argv[1]), int(sys.argv[2])
values = [
    [1, 2**70, "text", b"bytes", (1, 2, (3, [4])), {"k": {5}}, frozenset({6}), None, 1.5, bytearray(9)],
    [np.arange(6.0).reshape(2, 3), "between", np.asfortranarray(np.eye(2)), np.zeros(2, "S3"), np.zeros(1, "M8[s]")],
    np.zeros(3, [("a", "f8"), ("b", "i4", (2,)), ("c", [("d", "U3")])]),
    [objects([1], "x", shape=(2, 1)), Plain(a=1, b=[2])],
    [Plain(a=Plain(b=3)), complex(1, 2), range(5), Plain],
    ["x" * 3000, b"y" * 3000, "é" * 2000],
]
files = [stock_dumps(value, protocol) for value in values for protocol in range(6)]
DIRTY = bytes(range(256))
STRUCTURE = b"\\x00\\x7f\\x80\\xff().0b]}e12aehqr\\x85\\x86\\x87\\x94\\x93R\\x81"


def damaged(i):
    rng = random.Random(seed * 1_000_003 + i)
    data = bytearray(rng.choice(files))
    for at in sorted(rng.sample(range(len(data)), rng.choice((1, 1, 1, 2, 5))), reverse=True):
        kind = rng.randrange(6)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.choice(DIRTY)
        elif kind == 2:
            del data[at]
        elif kind == 3:
            data[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif kind == 4:
            data[at] = rng.choice(STRUCTURE)
        else:
            del data[at:]
    return bytes(data)
"""

INSPECT = (
    MUTATE
    + """
limit_memory(64 << 20)
counts = {"report": 0, "with error": 0, "refused": 0}
longest = 0
for i in range(rounds):
    data = damaged(i)
    begin = time.process_time()
    report, error = error_of(fastjoblib.inspect, io.BytesIO(data))
    longest = max(longest, time.process_time() - begin)
    if error is not None:
        assert isinstance(error, fastjoblib.FastjoblibError), (data, repr(error))
        counts["refused"] += 1
        continue
    check_sizes(report)
    report.to_json()
    counts["report" if report.error is None else "with error"] += 1
assert min(counts["report"], counts["with error"]) > rounds // 10, counts
assert longest < 5, longest
print(counts)
"""
)

COMPARE = (
    MUTATE
    + """
def child(i):
    import resource
    limit_memory(256 << 20)
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
    data = damaged(i)
    try:
        error = check_refusals(data)
    except AssertionError as failure:
        # The memo of small arrays' wrappers is not kept by a load.
        if "Memo value not found" not in str(failure) or b"NumpyArrayWrapper" not in data:
            raise
        error = None
    return error is not None


refused = 0
for first in range(0, rounds, 50):
    i = first
    while i < min(first + 50, rounds):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                for k in range(i, min(first + 50, rounds)):
                    os.write(writer, b"1" if child(k) else b"0")
                status = 0
            except AssertionError as failure:
                print("seed", seed, "number", k, failure, file=sys.stderr)
                status = 3
            finally:
                os._exit(status)
        os.close(writer)
        with open(reader, "rb") as results:
            done = results.read()
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) != 3, done
        refused += done.count(b"1")
        i += len(done) + 1 if status else 50  # what killed the child is NumPy's, or out of memory
print(refused)
assert refused > rounds // 5
"""
)


@pytest.mark.parametrize("rounds", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_damaged_files_are_inspected(rounds):
    run_python(INSPECT, arguments=(rounds, rounds))


@pytest.mark.parametrize("rounds", [500, pytest.param(5000, marks=pytest.mark.slow)])
@pytest.mark.skipif(SANITIZED, reason="the objects that are loaded crash NumPy, which ends the run")
def test_what_a_load_refuses_is_refused(rounds):
    run_python(COMPARE, arguments=(rounds + 1, rounds), timeout=170)


VALUE = {
    "first": [np.arange(100.0)],
    "second": Plain(x=np.zeros((3, 3), "f4"), y=objects(1, "two", np.zeros(2))),
    "third": {"more": [1, 2], "deep": (np.zeros(7, "i2"), "text")},
}


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_every_cut(protocol):
    """A report of what was there, with the right paths and sizes."""
    data = fastjoblib.dumps(VALUE, protocol=protocol)
    whole = fastjoblib.inspect(io.BytesIO(data))
    seen = 0
    for nbytes in range(3, len(data)):
        report = fastjoblib.inspect(io.BytesIO(data[:nbytes]))
        assert "truncated" in report.error
        assert report.verdict in ("unreadable", "dangerous")
        assert len(report.arrays) >= seen
        seen = len(report.arrays)
        for array, expected in zip(report.arrays, whole.arrays, strict=False):
            assert (array.dtype, array.shape, array.offset) == (expected.dtype, expected.shape, expected.offset)
        assert report.pickles[0].root.nbytes == report.pickles[0].end - report.pickles[0].start
    assert seen == len(whole.arrays)
    if protocol == 2:  # without frames, of which one that is cut is not read at all
        assert [array.path for array in report.arrays] == [array.path for array in whole.arrays]
    assert [array.path for array in report.arrays][:3] == [array.path for array in whole.arrays][:3]


def test_compressed_and_cut(tmp_path):
    path = tmp_path / "file"
    fastjoblib.dump([np.arange(1000.0), np.random.default_rng(0).bytes(200_000), np.zeros(3)], path, compress="zlib")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    report = fastjoblib.inspect(path)
    assert report.error is not None
    assert [array.path for array in report.arrays] == ["model[0]"]
    path.write_bytes(data[:-1])  # only the check value is damaged
    report = fastjoblib.inspect(path)
    assert report.error is not None
    assert len(report.arrays) == 2
