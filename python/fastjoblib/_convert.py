"""Compressing a file anew, without unpickling it."""

import contextlib
import io
from typing import Any

from fastjoblib import _core
from fastjoblib._compress.dump_load import core_compression
from fastjoblib._compress.registry import BuiltInCompressor, CoreCompressor, StreamCompressor, choose, detect
from fastjoblib._compress.streams import DecompressingReader, FirstBytes
from fastjoblib._errors import InvalidFileError, TruncatedFileError
from fastjoblib._legacy import ZFormat
from fastjoblib._seal.finding import read_seal
from fastjoblib._threads import resolve
from fastjoblib._warnings import warn

__all__ = ["convert", "parse_compress"]

_BUFFER_SIZE = 1024 * 1024
_START_SIZE = 64  # bytes, more than any prefix has


def parse_compress(text: str) -> str | int | tuple[str, int]:
    """Return what `dump` takes as `compress` for "METHOD", "METHOD:LEVEL" or "none".

    Raises
    ------
    ValueError
        If the level is no number.
    """
    method, colon, level = text.partition(":")
    if text == "none":
        return 0
    if not colon:
        return method
    if not (level.isascii() and level.isdigit()):
        raise ValueError(f"the level in {text!r} is no number from 0 to 9")
    return method, int(level)


def convert(source: str, target: str, compress: Any = 0, n_threads: int | None = None) -> int:
    """Write what a file holds to another one, compressed otherwise.

    Nothing is unpickled, so that nothing in the file is run.  A seal is not copied,
    with a warning.

    Parameters
    ----------
    source, target : str
        Paths, which may be the same.  The target is put in place when it is whole.
    compress, n_threads
        As for `dump`.

    Returns
    -------
    int
        The number of bytes before compression.

    Raises
    ------
    TruncatedFileError, InvalidFileError
        If the source is empty, damaged, or was written by joblib before 0.10 with
        compression: such files belong to others.
    OSError, ValueError
        As for `dump`.
    """
    choice = choose(compress, target)
    compression = core_compression(choice, n_threads)
    nbytes = 0

    with open(source, "rb") as file:
        start = file.peek(_START_SIZE)[:_START_SIZE]
        if not start:
            raise TruncatedFileError(source, 1, 0)
        compressor = detect(start)
        if compressor is ZFormat:
            raise InvalidFileError(source, "joblib before 0.10 wrote it, so load and dump it instead", 0)
        codec, origin, reader = None, file, None
        if isinstance(compressor, CoreCompressor):
            codec = compressor.codec
        elif compressor is not None:
            reader = compressor.decompressor_file(file)
            origin = io.BufferedReader(reader, _BUFFER_SIZE)
        if file.seekable() and (seal := read_seal(file)) is not None:
            warn(f"the seal of {source!r} stays behind: it is the seal of that file")
            if codec is None and reader is not None:
                origin = io.BufferedReader(FirstBytes(origin, seal.data_nbytes), _BUFFER_SIZE)

        def copy(fd: int, path: str | None) -> None:
            nonlocal nbytes
            if choice is None or compression is not None:
                nbytes = _core.convert(origin, codec, source, fd, target, compression)
                return
            method, level = choice
            with contextlib.ExitStack() as stack:
                if isinstance(method, StreamCompressor):
                    raw = stack.enter_context(io.FileIO(fd, "wb", closefd=False))
                    raw.name = target
                    inner = method.compressor_file(raw, level, resolve(n_threads))
                    stack.push(lambda error, *_: inner.abandon() if error else None)
                else:
                    inner = method.compressor_file(path, level)
                stream = stack.enter_context(io.BufferedWriter(inner, _BUFFER_SIZE))
                nbytes = _core.convert(origin, codec, source, stream, target, None)

        def write(fd: int, path: str | None) -> None:
            copy(fd, path)
            if isinstance(reader, DecompressingReader):
                reader.finish(whole=True)

        by_path = choice is not None and not isinstance(choice[0], BuiltInCompressor)
        _core.write_path(write, target, True, False, by_path)
    return nbytes
