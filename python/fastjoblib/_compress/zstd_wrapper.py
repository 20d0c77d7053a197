"""zstd for stock joblib."""

import functools
import os
import sys
from typing import Any

from fastjoblib._compress.registry import ZSTD_PREFIX, ZSTD_SKIPPABLE, CompressorWrapper
from fastjoblib._compress.streams import CompressingWriter, DecompressingReader
from fastjoblib._compress.zstd import Zstd
from fastjoblib._threads import resolve

__all__ = ["ZstdCompressorWrapper"]


@functools.cache
def _joblibs(ours: Any, theirs: Any) -> Any:
    """Return `ours` as a subclass of joblib's class: it takes instances of that only."""
    return type(ours.__name__, (ours, theirs), {"__module__": ours.__module__, "__doc__": ours.__doc__})


class ZstdCompressorWrapper(CompressorWrapper):
    """Makes stock joblib write and read zstd, with the extension ``.zst``.

    fastjoblib knows 'zstd' by itself.  joblib does not, so that whoever is to read
    such files with joblib must register this with it.

    Raises
    ------
    ValueError
        Once it is used, if there is neither Python 3.14 nor the backports.zstd package.

    See Also
    --------
    register_compressor : Add a method of compression to fastjoblib.

    Notes
    -----
    Files that joblib writes with it are read by fastjoblib and the other way round.
    Large ones are compressed by all cores, or by as many threads as the environment
    variable FASTJOBLIB_NUM_THREADS says.

    Examples
    --------
    >>> import joblib, fastjoblib
    >>> joblib.register_compressor("zstd", fastjoblib.ZstdCompressorWrapper(), force=True)
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "model.zst")
    >>> fastjoblib.dump([1, 2], path) == [path]
    True
    >>> joblib.load(path)
    [1, 2]
    """

    def __new__(cls) -> "ZstdCompressorWrapper":
        kind: Any = cls
        # Who has joblib's register_compressor to call has imported joblib.
        theirs = getattr(sys.modules.get("joblib.compressor"), "CompressorWrapper", None)
        if theirs is not None and not issubclass(cls, theirs):
            kind = _joblibs(kind, theirs)
        wrapper: ZstdCompressorWrapper = super().__new__(kind)
        return wrapper

    def __init__(self) -> None:
        super().__init__(None, ZSTD_PREFIX, ".zst")

    def compressor_file(self, fileobj: Any, compresslevel: int | None = None) -> CompressingWriter:
        """Return a file object that compresses into `fileobj`, a file object or path."""
        compressor = Zstd().compressor(compresslevel, resolve(None))
        if isinstance(fileobj, (str, bytes, os.PathLike)):
            return CompressingWriter(open(fileobj, "wb"), compressor, closefd=True)
        return CompressingWriter(fileobj, compressor)

    def decompressor_file(self, fileobj: Any) -> DecompressingReader:
        """Return a file object that decompresses `fileobj`."""
        return DecompressingReader(fileobj, Zstd(), (ZSTD_PREFIX, *ZSTD_SKIPPABLE))
