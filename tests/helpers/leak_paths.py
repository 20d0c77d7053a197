# SPDX-License-Identifier: BSD-3-Clause
"""What each public function does, in success and in error, as calls to be repeated: see leaks/test_leaks.py."""

import copyreg
import io
import threading
import warnings

import fastjoblib
import joblib
import numpy as np

from helpers import classes, old_files, streams
from helpers.cases_arrays import fill
from helpers.cases_object_arrays import objects
from helpers.compression import ALL_METHODS
from helpers.control import error_of
from helpers.leak_paths_models import MODEL_PATHS
from helpers.leak_paths_onnx import ONNX_PATHS
from helpers.leak_paths_unpicklable import find_unpicklable_paths


class Boom(Exception):
    pass


class Exploding:
    def __reduce__(self):
        raise Boom


def rich_value():
    recursive = [1]
    recursive.append(recursive)
    return {
        "scalars": [None, True, 5, -(2**40), 2**100, 1.5, "text", "\u20ac", b"bytes", bytearray(b"x")],
        "containers": [(), (1,), (1, 2, 3, 4), {1: 2}, {3}, frozenset({4}), recursive],
        "objects": [classes.Plain(a=1), classes.Slots(1, 2), classes.StateSetter(a=1), classes.Dispatched(a=1)],
        "reduce": [classes.Getnewargs(1, "x"), classes.GetnewargsEx(1, k=2), classes.NAMED, len, complex(1, 2)],
        "arrays": [
            np.arange(5),
            np.eye(3, order="F"),
            fill((4, 4), "<i4")[::2],
            np.zeros(2, [("a", "<i4"), ("b", "S3")]),
        ],
        "more arrays": [objects(1, "two", np.arange(3)), np.float64(1.5), fill(3, ">f8"), fill((), "<M8[ns]")],
        "large": ["x" * 70_000, bytes(70_000), np.arange(10_000)],
    }


VALUE = rich_value()
DATA = {protocol: fastjoblib.dumps(VALUE, protocol=protocol) for protocol in (2, 3, 4, 5)}
SIMPLE = {protocol: fastjoblib.dumps([VALUE["scalars"], VALUE["containers"]], protocol=protocol) for protocol in (0, 1)}
WATCHED = [
    np.ndarray,
    np.dtype("<f8"),
    np.dtype("<i8"),
    classes.Plain,
    classes.Slots,
    copyreg.dispatch_table,
    "text",
    VALUE,
]


def dumps_paths():
    yield lambda: [fastjoblib.dumps(VALUE, protocol=p) for p in (2, 3, 4, 5)]
    yield lambda: [fastjoblib.dumps([VALUE["scalars"], VALUE["containers"]], protocol=p) for p in (0, 1)]
    for bad in (Exploding(), lambda: None, threading.Lock()):
        for value in (bad, [VALUE, bad], {"k": (1, [bad])}, classes.Plain(a=bad), objects(1, bad), {"s": {1, bad}}):
            yield lambda value=value: error_of(fastjoblib.dumps, value)[1].with_traceback(None)
    for rv in (5, (list,), (list, 5), (5, ()), "no_such_name", (list, (), None, iter([Exploding()]))):
        yield lambda rv=rv: error_of(fastjoblib.dumps, [VALUE, classes.Reduce(rv)])
    yield lambda: error_of(fastjoblib.dumps, [1], protocol=77)
    yield lambda: error_of(fastjoblib.dumps, [1], 5)


def loads_paths():
    for data in (*DATA.values(), *SIMPLE.values()):
        yield lambda data=data: fastjoblib.loads(data)
        yield lambda data=data: [error_of(fastjoblib.loads, data[: len(data) * i // 10]) for i in range(10)]
    data = fastjoblib.dumps([[1] * 50, np.arange(3), classes.Plain(a=np.arange(3)), objects(1, [2]), {"a": (1, 2)}])
    yield lambda: [error_of(fastjoblib.loads, data[:i]) for i in range(len(data))]
    for bad in (
        b"garbage",
        b"<html>",
        b"\x78\x9c",
        b"",
        b"\x80\x04(((]}",
        b"\x80\x02U\x01\xe9.",
        b"cno_such\nx\n.",
        b"h\x05.",
    ):
        yield lambda bad=bad: error_of(fastjoblib.loads, bad)
    exploding = fastjoblib.dumps([VALUE, classes.Reduce((classes.explode, (VALUE,)))])
    yield lambda: error_of(fastjoblib.loads, exploding)
    yield lambda: error_of(fastjoblib.loads, None)


def dump_paths(path):
    def local_function(given):
        return local_function, VALUE["scalars"], given

    missing = path.parent / "missing" / "file"
    yield lambda: fastjoblib.dump(VALUE, path)
    yield lambda: fastjoblib.dump(VALUE, path, atomic=False)
    yield lambda: fastjoblib.dump(VALUE, io.BytesIO())
    yield lambda: fastjoblib.dump(VALUE, streams.NoTell())
    yield lambda: fastjoblib.dump([VALUE, local_function, objects(local_function)], path, by_value=True)
    yield lambda: error_of(fastjoblib.dump, [local_function, threading.Lock()], path, by_value=["json"])
    yield lambda: error_of(fastjoblib.dump, VALUE, path, by_value=5)
    yield lambda: error_of(fastjoblib.dump, [VALUE, Exploding()], path)
    yield lambda: error_of(fastjoblib.dump, [VALUE, Exploding()], path, atomic=False)
    yield lambda: error_of(fastjoblib.dump, [VALUE, Exploding()], io.BytesIO())
    yield lambda: error_of(fastjoblib.dump, VALUE, missing)
    yield lambda: error_of(fastjoblib.dump, VALUE, path.parent)
    yield lambda: error_of(fastjoblib.dump, VALUE, 5)
    yield lambda: error_of(fastjoblib.dump, VALUE, streams.FailingWriter(100))
    yield lambda: error_of(fastjoblib.dump, VALUE, streams.FailingWriter(70_000))
    yield lambda: error_of(fastjoblib.dump, VALUE, "/dev/full")


def compressed_paths(path):
    whole, cut = path.with_suffix(".whole"), path.with_suffix(".cut")
    for method in ALL_METHODS:
        yield lambda method=method: fastjoblib.loads(fastjoblib.dumps(VALUE, method))
        yield lambda method=method: error_of(fastjoblib.dump, [VALUE, Exploding()], path, method)
        yield lambda method=method: error_of(fastjoblib.dump, VALUE, streams.FailingWriter(100), method)
        data = fastjoblib.dumps(VALUE, method)
        for part in (data, data[:-20], data[:1000] + b"damage" + data[1000:]):
            yield lambda part=part: error_of(fastjoblib.load, streams.OnlyRead(part))
        fastjoblib.dump(VALUE, whole, method)
        cut.write_bytes(data[:-20])
        yield lambda: [error_of(fastjoblib.load, file) for file in (whole, cut)]
    yield lambda: fastjoblib.load(fastjoblib.dump(VALUE, path, 1)[0])
    yield lambda: error_of(fastjoblib.dumps, VALUE, "no such method")
    yield lambda: error_of(fastjoblib.dump, VALUE, path.parent / "missing" / "file", 3)


def sealed_paths(path):
    damaged = path.with_suffix(".damaged")
    for method in (None, *ALL_METHODS):
        compress = 0 if method is None else method
        yield lambda compress=compress: fastjoblib.dump(VALUE, path, compress, seal=True, metadata={"a": 1})
        fastjoblib.dump(VALUE, path, compress, seal=True)
        content = path.read_bytes()
        good = path.with_suffix(f".{method}")
        good.write_bytes(content)
        yield lambda good=good: fastjoblib.load(good)
        yield lambda good=good: fastjoblib.load(good, verify=True)
        yield lambda good=good: fastjoblib.verify(io.BytesIO(good.read_bytes()))
        for start, end in ((0, len(content) // 2), (0, -1)):
            damaged.write_bytes(content[start:end] + b"x" + content[end:])
            yield lambda: error_of(fastjoblib.verify, damaged)
        yield lambda compress=compress: error_of(fastjoblib.dump, [VALUE, Exploding()], path, compress, seal=True)
    yield lambda: error_of(fastjoblib.dump, VALUE, "/dev/full", seal=True)
    yield lambda: error_of(fastjoblib.dump, VALUE, path, seal=True, metadata=print)
    yield lambda: error_of(fastjoblib.verify, path.parent)


def inspect_paths(path):
    for method in (None, *ALL_METHODS):
        stream = io.BytesIO()
        fastjoblib.dump(VALUE, stream, 0 if method is None else method, seal=True)
        data = stream.getvalue()
        yield lambda data=data: fastjoblib.inspect(io.BytesIO(data))
        yield lambda data=data: error_of(fastjoblib.inspect, io.BytesIO(data[: len(data) // 2]))
    yield lambda: error_of(fastjoblib.inspect, path.parent)


def report_paths(path):
    fastjoblib.dump(VALUE, path, seal=True)
    report = fastjoblib.inspect(path)
    return [report.to_json, report.__str__, report._repr_html_]


def register_compressor_paths(path):
    wrapper = gzip_wrapper()
    yield lambda: fastjoblib.register_compressor("gzip again", wrapper, force=True)
    yield lambda: fastjoblib.load(fastjoblib.dump(VALUE, path, "gzip again")[0])
    yield lambda: error_of(fastjoblib.register_compressor, "gzip again", wrapper)
    yield lambda: error_of(fastjoblib.register_compressor, 5, wrapper)


def gzip_wrapper():
    return joblib.compressor.CompressorWrapper(joblib.compressor.BinaryGzipFile, b"\x1f\x8b", ".gz-again")


def load_paths(path):
    whole, cut, gone = (path.with_suffix(suffix) for suffix in (".whole", ".cut", ".gone"))
    fastjoblib.dump(VALUE, whole)
    cut.write_bytes(DATA[4][:-70_000])
    gone.write_bytes(b"\x80\x02]cgone\nName\na.")
    yield lambda: error_of(fastjoblib.load, gone)
    yield lambda: error_of(fastjoblib.loads, gone.read_bytes())
    for mode in (None, "r", "r+", "c"):
        yield lambda mode=mode: fastjoblib.load(whole, mmap_mode=mode)
        yield lambda mode=mode: error_of(fastjoblib.load, cut, mmap_mode=mode)
    yield lambda: error_of(fastjoblib.load, whole, mmap_mode="x")
    yield lambda: error_of(fastjoblib.load, whole, "r", True)
    yield lambda: error_of(fastjoblib.load, path.parent)
    yield lambda: error_of(fastjoblib.load, path.with_suffix(".missing"))
    for data in (DATA[2], DATA[5], DATA[4][:-5], b"garbage", b""):
        yield lambda data=data: error_of(fastjoblib.load, io.BytesIO(data))
        yield lambda data=data: error_of(fastjoblib.load, streams.OnlyRead(data))
    yield lambda: error_of(fastjoblib.load, streams.FailingReader(DATA[4], 1000, Boom()))
    yield lambda: error_of(fastjoblib.load, streams.GivesText(DATA[4]))


def old_file_paths(path):
    arrays = [np.arange(10.0), np.arange(3, dtype=">i4")]

    def load(source, **kwargs):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            error_of(fastjoblib.load, source, **kwargs)

    for writer in (old_files.write_plain, old_files.write_zipped):
        main = writer(path.parent, arrays)
        for mode in (None, "r", "c"):
            yield lambda main=main, mode=mode: load(main, mmap_mode=mode)
        yield lambda main=main: load(io.BytesIO(main.read_bytes()))
        cut = writer(path.parent, arrays, name="cut")
        side = next(path.parent.glob("cut_01*"))
        side.write_bytes(side.read_bytes()[:-5])
        yield lambda cut=cut: load(cut)
    for name in ("numpy.core.numeric\nones", "numpy.core.numeric\ngone", "numpy\nround_", "numpy.gone\ngone"):
        yield lambda name=name: error_of(fastjoblib.loads, b"\x80\x02c" + name.encode() + b"\n.")
    yield lambda: error_of(fastjoblib.loads, b"some text\n")


def show_versions_paths():
    import contextlib

    def quietly():
        with contextlib.redirect_stdout(io.StringIO()):
            fastjoblib.show_versions()

    yield quietly


def patch_paths():
    def block():
        with fastjoblib.patch_joblib():
            pass

    def calls():
        fastjoblib.patch_joblib()
        fastjoblib.patch_joblib()
        fastjoblib.unpatch_joblib()

    return [block, calls]


def hash_paths():
    value = rich_value()
    del value["containers"][-1]  # which joblib cannot hash
    return [
        lambda: fastjoblib.hash([value["arrays"], value["scalars"], {"b": {1, 2}, "a": [].append, 1: 2}]),
        lambda: fastjoblib.hash(np.arange(10_000.0)[::2], "sha1"),
        lambda: error_of(fastjoblib.hash, [1, threading.Lock()]),
        lambda: error_of(fastjoblib.hash, [np.arange(3), Exploding()]),
    ]


def safe_load_paths(path):
    fastjoblib.dump([np.arange(5), {"a": (1, "x")}, np.array([None, "x"], dtype=object)], path)
    fastjoblib.dump([np.arange(5), {"a": (1, len)}], bad := f"{path}.bad")
    limits = fastjoblib.Limits(objects=5, memory=100)
    return [
        lambda: fastjoblib.safe_load(path),
        lambda: error_of(fastjoblib.safe_load, bad),
        lambda: error_of(lambda: fastjoblib.safe_load(path, limits=limits)),
    ]


# what each public function is tested by; a function without an entry fails test_every_function_is_covered
PATHS = {
    "dumps": lambda path: dumps_paths(),
    "loads": lambda path: loads_paths(),
    "dump": dump_paths,
    "load": load_paths,
    "verify": sealed_paths,
    "find_unpicklable": lambda path: find_unpicklable_paths(VALUE, Exploding()),
    "hash": lambda path: hash_paths(),
    "safe_load": safe_load_paths,
    "Limits": lambda path: [fastjoblib.Limits],
    "inspect": inspect_paths,
    "Report": report_paths,
    **MODEL_PATHS,
    **ONNX_PATHS,
    "register_compressor": register_compressor_paths,
    "show_versions": lambda path: show_versions_paths(),
    "patch_joblib": lambda path: patch_paths(),
    "unpatch_joblib": lambda path: patch_paths(),
    "ZstdCompressorWrapper": lambda path: [fastjoblib.ZstdCompressorWrapper],
    "compression": compressed_paths,
    "old files": old_file_paths,
}
