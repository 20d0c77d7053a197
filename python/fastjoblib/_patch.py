"""patch_joblib: joblib's own dump, load and memory maps through fastjoblib.

joblib defines `dump`, `load` and `load_temporary_memmap` (which opens in a worker
the array that the parent process has written for it) in one module, from which
its others take them.  So every module of joblib that is loaded is searched for
these functions when the patch goes on, and for ours when it goes off again;
a module that joblib loads in between takes ours, and gives them back then.

Ours stand there under joblib's names.  Pickle writes a function as the name of
its module and its own, and that is how `joblib.Parallel` tells a worker process
what to call: a worker finds its own joblib's function by that name, patched or
not, and need not even have fastjoblib.
"""

import inspect
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import wraps
from types import ModuleType, TracebackType
from typing import Any, TypeVar

from fastjoblib import _files
from fastjoblib._arguments import MmapMode
from fastjoblib._later import fork_lock
from fastjoblib._warnings import warn

__all__ = ["patch_joblib", "unpatch_joblib"]

_HOME = "joblib.numpy_pickle"
_REDUCER = "joblib._memmapping_reducer"

# What the patch replaces or uses in joblib, by module.
_EXPECTED = {
    _HOME: ("dump", "load", "load_temporary_memmap"),
    _REDUCER: ("JOBLIB_MMAPS", "add_maybe_unlink_finalizer"),
}


def _import(name: str) -> ModuleType:
    # importlib.import_module takes locks for what is loaded, too, until Python
    # 3.10, and a process that is forked meanwhile would wait for them forever.
    __import__(name)
    return sys.modules[name]


_Function = TypeVar("_Function", bound=Callable[..., Any])


def _named(name: str) -> Callable[[_Function], _Function]:
    """Let a function be found by pickle as joblib's of that name."""

    def rename(function: _Function) -> _Function:
        function.__module__ = _HOME
        function.__name__ = function.__qualname__ = name
        return function

    return rename


@_named("dump")
@wraps(_files.dump)
def dump(value: object, filename: Any, *args: Any, **kwargs: Any) -> list[str] | None:
    names: list[str] | None = _files.dump(value, filename, *args, **kwargs)
    return names


@_named("dump")
@wraps(_files.dump)
def dump_until_1_4(
    value: object,
    filename: Any,
    compress: Any = 0,
    protocol: int | None = None,
    cache_size: int | None = None,
    **kwargs: Any,
) -> list[str] | None:
    if cache_size is not None:
        warn(
            f"cache_size={cache_size} has no effect on joblib.dump, and "
            "joblib 1.5 does not take it any more",
            DeprecationWarning,
        )
    return dump(value, filename, compress, protocol, **kwargs)


def _is_read_from_its_start(fileobj: Any) -> bool:
    """Tell whether joblib goes back to the start of a file object first.

    It does so, wherever they stand, with those that cannot peek, as io.BytesIO;
    `fastjoblib.load` reads on from where they stand.
    """
    if hasattr(fileobj, "peek") or not hasattr(fileobj, "seek"):
        return False
    seekable = getattr(fileobj, "seekable", None)
    return seekable is None or bool(seekable())


@_named("load")
@wraps(_files.load)
def load(filename: Any, *args: Any, **kwargs: Any) -> Any:
    if hasattr(filename, "read") and _is_read_from_its_start(filename):
        filename.seek(0)
    return _files.load(filename, *args, **kwargs)


@_named("load_temporary_memmap")
def load_temporary_memmap(
    filename: str, mmap_mode: MmapMode, unlink_on_gc_collect: bool
) -> Any:
    """Map an array that joblib has written for its worker processes.

    Parameters
    ----------
    filename : str
        A file that holds one array.
    mmap_mode : {'r+', 'r', 'w+', 'c'}
        As for `fastjoblib.load`.
    unlink_on_gc_collect : bool
        Whether the file may be removed once the array is gone from all processes.

    Returns
    -------
    numpy.memmap
        In the byte order of the file: what a task gets does not depend on
        whether its arrays are large enough to be mapped.
    """
    reducer = _import(_REDUCER)
    array = _files.load(filename, mmap_mode, ensure_native_byte_order=False)
    # Results that lie in these files travel back by value.
    reducer.JOBLIB_MMAPS.add(array.filename)
    if unlink_on_gc_collect:
        reducer.add_maybe_unlink_finalizer(array)
    return array


def _import_joblib() -> ModuleType:
    """Import what the patch replaces, or say what is missing."""
    try:
        joblib = _import("joblib")
    except ModuleNotFoundError as error:
        if error.name != "joblib":
            raise
        raise ImportError(
            "patch_joblib needs joblib, which is not installed", name="joblib"
        ) from error
    home = _import(_HOME)
    for module_name, attributes in _EXPECTED.items():
        module = sys.modules.get(module_name)
        for attribute in attributes:
            # The second is missing where there is no multiprocessing.
            if module is not None and not hasattr(module, attribute):
                raise ImportError(
                    f"patch_joblib needs joblib 1.0 to 1.6 or one like them: "
                    f"joblib {getattr(joblib, '__version__', '(no version)')} in "
                    f"{getattr(joblib, '__path__', ['?'])[0]} has no "
                    f"{module_name}.{attribute}",
                    name=module_name,
                )
    return home


def _exchange(pairs: Sequence[tuple[object, object]], *, but: str | None) -> None:
    """In all modules of joblib but one, put the second of each pair for the first."""
    for name, module in sys.modules.copy().items():
        if name.partition(".")[0] != "joblib" or name == but:
            continue
        if not isinstance(module, ModuleType):  # None blocks an import
            continue
        for attribute, value in vars(module).copy().items():
            for old, new in pairs:
                if value is old:
                    setattr(module, attribute, new)


class _Patch:
    """The patch, from going on to going off: what it replaced and who wants it.

    Attributes
    ----------
    calls : int
        How often `patch_joblib` was called outside a with statement.
    blocks : int
        How many with statements are being executed.
    """

    def __init__(self, home: ModuleType) -> None:
        self.calls = 0
        self.blocks = 0
        self._but: str | None = None
        takes_cache_size = "cache_size" in inspect.signature(home.dump).parameters
        ours = {
            "dump": dump_until_1_4 if takes_cache_size else dump,
            "load": load,
            "load_temporary_memmap": load_temporary_memmap,
        }
        if not hasattr(home, "NUMPY_ARRAY_ALIGNMENT_BYTES"):
            # Workers of joblib before 1.2 could not read what we write for them.
            warn(
                "Files written while joblib is patched are those of joblib 1.2 and "
                "later, which this version of joblib cannot read without the patch"
            )
            self._but = _REDUCER
            del ours["load_temporary_memmap"]
        self._pairs = [(getattr(home, name), ours[name]) for name in ours]
        try:
            _exchange(self._pairs, but=self._but)
        except BaseException:  # Ctrl-C, too
            self.remove()
            raise

    def remove(self) -> None:
        _exchange([(ours, joblibs) for joblibs, ours in self._pairs], but=self._but)


# Changed with fork_lock held, so that no child process begins half patched.
_current: _Patch | None = None


def _switch_on(home: ModuleType) -> _Patch:
    """Return the patch that is on.  The lock is held."""
    global _current
    if _current is None:
        _current = _Patch(home)
    return _current


def _switch_off() -> None:
    """Restore joblib's functions.  The lock is held."""
    global _current
    if _current is not None:
        _current.remove()
        _current = None


class _Block:
    """What `patch_joblib` returns: a with statement takes the call over."""

    def __init__(self, patch: _Patch) -> None:
        self._called: _Patch | None = patch
        self._entered: list[_Patch] = []

    def __enter__(self) -> None:
        home = _import_joblib()
        with fork_lock:
            patch = _switch_on(home)
            patch.blocks += 1
            if self._called is patch and patch.calls > 0:
                patch.calls -= 1
            self._called = None
            self._entered.append(patch)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with fork_lock:
            patch = self._entered.pop()
            patch.blocks -= 1
            # unpatch_joblib may have ended this patch already.
            if patch is _current and patch.blocks == 0 and patch.calls == 0:
                _switch_off()


def patch_joblib() -> AbstractContextManager[None]:
    """Make joblib itself dump and load through fastjoblib.

    From here on ``joblib.dump`` and ``joblib.load`` are fastjoblib's, and so are the
    functions by which `joblib.Memory` keeps results and `joblib.Parallel` hands
    arrays to its workers.  Files stay the same, so patched and unpatched
    processes can share them.

    Called as a statement, the patch stays on until `unpatch_joblib`; calling it
    again changes nothing.  In a with statement it stays on until the end of the
    block, or longer if a block around it or an earlier call wants it on.

    Returns
    -------
    context manager
        For ``with patch_joblib():``; otherwise to be ignored.

    Raises
    ------
    ImportError
        If joblib is not installed, or is a version that differs too much from
        those from 1.0 to 1.6.

    See Also
    --------
    unpatch_joblib : The way back.

    Notes
    -----
    The patch is one for the whole process and all its threads.  It replaces what
    joblib's own modules refer to: a module that has done ``from joblib import load``
    before keeps joblib's function, one that does so now keeps ours.

    Worker processes that are started anew, as those of joblib's default
    backend, are not patched, and need not be: they map the files that the parent
    has written by joblib's own functions.  Processes made by fork inherit the patch.

    joblib 1.0 and 1.1 cannot read files of later versions, which the patch writes, so
    there is a warning, and with these `joblib.Parallel` is not patched.

    Switch the patch while `joblib.Parallel` is not sending work: a function that is
    no longer the one of that name in its module cannot be pickled.

    ``joblib.load`` goes back to the start of file objects without ``peek``, such as
    `io.BytesIO`, before it reads; while the patch is on it still does, unlike
    `fastjoblib.load`.

    ``python -m fastjoblib run script.py`` runs a script with the patch on.

    Examples
    --------
    >>> import fastjoblib, joblib
    >>> with fastjoblib.patch_joblib():
    ...     joblib.load.__wrapped__ is fastjoblib.load
    True
    >>> hasattr(joblib.load, "__wrapped__")
    False
    """
    home = _import_joblib()
    with fork_lock:
        patch = _switch_on(home)
        patch.calls += 1
        return _Block(patch)


def unpatch_joblib() -> None:
    """Give joblib its own functions back.

    They are the very objects that were there before.  The patch goes off at
    once, however often `patch_joblib` was called; a with statement that is still
    being executed then ends without effect.  Nothing happens if the patch is off.

    See Also
    --------
    patch_joblib : Switch the patch on.
    """
    with fork_lock:
        _switch_off()
