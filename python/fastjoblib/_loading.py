"""One load, of a path or a file object, from opening to what is to be said of its end."""

import functools
import io
from typing import Any

from fastjoblib import _core
from fastjoblib._arguments import MmapMode
from fastjoblib._compress.dump_load import Fallback
from fastjoblib._ends import leave_end, note_end
from fastjoblib._errors import TruncatedFileError
from fastjoblib._fileobjects import name_of
from fastjoblib._later import import_later
from fastjoblib._legacy import SideFiles
from fastjoblib._missing import say_where
from fastjoblib._progress import Report
from fastjoblib._rename import Rename
from fastjoblib._threads import resolve
from fastjoblib._warnings import warn

__all__ = ["load_opened"]


def _warn_unmappable(filename: object, mmap_mode: object, compressed: bool) -> None:
    """Say that arrays are read, not mapped, where joblib does."""
    if compressed:
        name = filename if isinstance(filename, str) else getattr(filename, "name", "")
        message = (
            f'mmap_mode "{mmap_mode}" is not compatible with compressed file '
            f'{name}. "{mmap_mode}" flag will be ignored.'
        )
    elif isinstance(filename, io.BytesIO):
        message = (
            "In memory persistence is not compatible with "
            f'mmap_mode "{mmap_mode}" flag passed. '
            "mmap_mode option will be ignored."
        )
    elif hasattr(filename, "read") and not isinstance(getattr(filename, "raw", filename), io.FileIO):
        message = f'"{filename!r}" is not a raw file, mmap_mode "{mmap_mode}" flag will be ignored.'
    else:
        return
    warn(message)


def load_opened(
    source: Any,
    filename: Any,
    mmap_mode: MmapMode | None,
    native: bool,
    n_threads: int | None,
    report: Report | None,
    restrictions: tuple[Any, ...] | None = None,
    rename: Rename | None = None,
) -> Any:
    """Load from a path or a file object, which `load` was given as `filename`.

    `restrictions` and `rename` are those of `_core.load_path`.
    """
    by_name = isinstance(source, str)
    start = 0 if by_name else leave_end(source)
    name = source if by_name else name_of(source)
    threads = functools.partial(resolve, n_threads)
    with SideFiles(name, mmap_mode if by_name else None, restrictions is not None) as side_files:
        fallback = Fallback(name, side_files, n_threads, by_name, report)
        try:
            with fallback:
                if by_name:
                    mapping = None if mmap_mode is None else import_later("fastjoblib._mapping")
                    mapper = mapping and mapping.Mapper(name, mmap_mode)
                    sealed = functools.partial(_look_at_seal, name)
                    value = _core.load_path(
                        name,
                        native,
                        mapper,
                        fallback,
                        side_files,
                        threads,
                        fallback.report,
                        sealed,
                        restrictions,
                        rename,
                    )
                    if fallback.in_python:  # C has not seen the end of the file
                        import_later("fastjoblib._seal.loading").look_for_seal(name)
                    return value
                value = _core.load_file(
                    source, name, native, fallback, side_files, threads, fallback.report, restrictions, rename
                )
            if fallback.compressed:
                import_later("fastjoblib._seal.loading").leave_behind_seal(source)
            note_end(source)
            return value
        except (ImportError, AttributeError) as error:
            say_where(error, source, start, rename)
            raise
        except TruncatedFileError as error:
            error.start = start or 0
            raise
        finally:
            if mmap_mode is not None and not side_files.in_zfile:
                _warn_unmappable(filename, mmap_mode, fallback.compressed)


def _look_at_seal(name: str, data: bytes) -> None:
    """Warn where a seal says that other versions saved the file."""
    import_later("fastjoblib._seal.loading").look_at_seal(name, data)
