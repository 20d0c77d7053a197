# SPDX-License-Identifier: BSD-3-Clause
"""Checked by mypy, never run: the calls users make, and what each of them gives."""

import io
import pathlib
from typing import Any

import fastjoblib


def progress(done: int, total: int | None) -> None:
    print(done, total)


def files(value: object, path: pathlib.Path) -> None:
    written: list[str] | None = fastjoblib.dump(value, path)
    fastjoblib.dump(value, str(path), 0, 4)
    fastjoblib.dump(value, path, compress=0, protocol=None, atomic=False, fsync=True)
    fastjoblib.dump(value, path, True)
    fastjoblib.dump(value, path, ("gzip", 9))
    fastjoblib.dump(value, path, compress="xz")
    fastjoblib.dump(value, path, by_value=True)
    fastjoblib.dump(value, io.BytesIO(), by_value=["package.module", io])
    loaded: Any = fastjoblib.load(path, rename={"__main__.Model": "package.module.Model"})
    fastjoblib.load(str(path), mmap_mode="r", ensure_native_byte_order=False)
    fastjoblib.load(path, ensure_native_byte_order="auto")
    fastjoblib.dump(value, path, n_threads=2, progress=True)
    fastjoblib.load(path, n_threads=None, progress=progress)
    nothing: None = fastjoblib.dump(value, io.BytesIO(), progress=lambda done, total: print(done, total))
    print(nothing)
    print(written, loaded)


def reports(path: pathlib.Path) -> None:
    report: fastjoblib.Report = fastjoblib.inspect(path)
    fastjoblib.inspect(io.BytesIO(b"N."))
    sizes: dict[str, int] = {array.path: array.nbytes for array in report.arrays}
    names: list[tuple[str, str]] = [(found.module, found.name) for found in report.globals]
    print(report.verdict, report.to_json(indent=1), report.pickles[0].root.parts[:3], sizes, names)


def unpicklable(value: object) -> list[str]:
    found = fastjoblib.find_unpicklable(value, elsewhere=True, protocol=5)
    return [f"{part.path} {part.type} {part.reason} {part.other_paths[:1]}" for part in found]


def streams(value: object) -> None:
    stream = io.BytesIO()
    fastjoblib.dump(value, stream)
    stream.seek(0)
    loaded: Any = fastjoblib.load(stream)
    print(loaded)


def memory(value: object) -> None:
    data: bytes = fastjoblib.dumps(value, protocol=5)
    data = fastjoblib.dumps(value, ("lzma", None))
    loaded: Any = fastjoblib.loads(data)
    fastjoblib.loads(bytearray(data))
    fastjoblib.loads(memoryview(data))
    print(loaded)


def errors(path: str) -> tuple[str, int, int]:
    try:
        fastjoblib.load(path)
    except fastjoblib.TruncatedFileError as error:
        return error.filename, error.expected, error.actual
    except fastjoblib.InvalidFileError as error:
        raise EOFError(str(error)) from error
    except fastjoblib.FastjoblibError:
        raise
    return "", 0, 0


class Compressor:
    prefix = b"prefix"
    extension = ".extension"

    def compressor_file(self, fileobj: Any, compresslevel: int | None = None) -> Any:
        return fileobj

    def decompressor_file(self, fileobj: Any) -> Any:
        return fileobj


def compressors() -> None:
    fastjoblib.register_compressor("name", Compressor())
    fastjoblib.register_compressor("name", Compressor(), force=True)


def versions() -> None:
    fastjoblib.show_versions()
    version: str = fastjoblib.__version__
    print(version)


def patch() -> None:
    fastjoblib.patch_joblib()
    with fastjoblib.patch_joblib():
        pass
    fastjoblib.unpatch_joblib()
