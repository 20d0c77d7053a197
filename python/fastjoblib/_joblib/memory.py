"""joblib.Memory with our dump, load and hash; cache folders are shared with joblib's own."""

import functools
from typing import Any

import joblib
from joblib import memory as joblib_memory
from joblib._store_backends import FileSystemStoreBackend as JoblibsBackend

from fastjoblib._joblib.likeness import SavedAsJoblibs, StandsForJoblibs
from fastjoblib._joblib.rebind import rebound

__all__ = ["AsyncMemorizedFunc", "FileSystemStoreBackend", "MemorizedFunc", "MemorizedResult", "Memory"]


class FileSystemStoreBackend(JoblibsBackend, SavedAsJoblibs, metaclass=StandsForJoblibs):  # type: ignore[misc]
    _stands_for = JoblibsBackend
    vars().update(rebound(JoblibsBackend))


class MemorizedResult(joblib.MemorizedResult, SavedAsJoblibs, metaclass=StandsForJoblibs):  # type: ignore[misc]
    __doc__ = joblib.MemorizedResult.__doc__
    _stands_for = joblib.MemorizedResult

    @functools.wraps(joblib.MemorizedResult.__init__)  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _adopt(self.store_backend)


class MemorizedFunc(joblib_memory.MemorizedFunc, SavedAsJoblibs, metaclass=StandsForJoblibs):  # type: ignore[misc]
    __doc__ = joblib_memory.MemorizedFunc.__doc__
    _stands_for = joblib_memory.MemorizedFunc
    vars().update(rebound(joblib_memory.MemorizedFunc))

    def call_and_shelve(self, *args: Any, **kwargs: Any) -> Any:
        return _adopt(super().call_and_shelve(*args, **kwargs))

    call_and_shelve.__doc__ = joblib_memory.MemorizedFunc.call_and_shelve.__doc__


_OURS: dict[type, type] = {
    JoblibsBackend: FileSystemStoreBackend,
    joblib.MemorizedResult: MemorizedResult,
    joblib_memory.MemorizedFunc: MemorizedFunc,
}

# Since joblib 1.4.
_Async: Any = getattr(joblib_memory, "AsyncMemorizedFunc", None)
AsyncMemorizedFunc: Any = None
if _Async is not None:

    async def _call_and_shelve(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _adopt(await _Async.call_and_shelve(self, *args, **kwargs))

    namespace = {
        **rebound(_Async),
        "call_and_shelve": _call_and_shelve,
        "__module__": __name__,
        "__doc__": _Async.__doc__,
        "_stands_for": _Async,
    }
    AsyncMemorizedFunc = _OURS[_Async] = StandsForJoblibs("AsyncMemorizedFunc", (_Async, MemorizedFunc), namespace)


def _adopt(obj: Any) -> Any:
    """Make what joblib has made an object of ours: the classes differ in methods only."""
    cls = _OURS.get(type(obj))
    if cls is not None:
        obj.__class__ = cls
    return obj


class Memory(joblib.Memory, SavedAsJoblibs, metaclass=StandsForJoblibs):  # type: ignore[misc]
    __doc__ = joblib.Memory.__doc__
    _stands_for = joblib.Memory

    @functools.wraps(joblib.Memory.__init__)  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _adopt(self.store_backend)

    @functools.wraps(joblib.Memory.cache)
    def cache(self, *args: Any, **kwargs: Any) -> Any:
        return _adopt(super().cache(*args, **kwargs))
