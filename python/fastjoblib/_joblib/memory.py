"""joblib.Memory with our dump, load and hash; cache folders are shared with joblib's own."""

from typing import Any

import joblib
from joblib import memory as joblib_memory
from joblib._store_backends import FileSystemStoreBackend as JoblibsBackend

from fastjoblib._joblib.rebind import rebound

__all__ = ["AsyncMemorizedFunc", "FileSystemStoreBackend", "MemorizedFunc", "MemorizedResult", "Memory"]


class FileSystemStoreBackend(JoblibsBackend):  # type: ignore[misc]
    vars().update(rebound(JoblibsBackend))


class MemorizedFunc(joblib_memory.MemorizedFunc):  # type: ignore[misc]
    vars().update(rebound(joblib_memory.MemorizedFunc))


# Since joblib 1.4.
_Async: Any = getattr(joblib_memory, "AsyncMemorizedFunc", None)
AsyncMemorizedFunc: Any = None
if _Async is not None:
    namespace = {**rebound(_Async), "__module__": __name__, "__doc__": _Async.__doc__}
    AsyncMemorizedFunc = type("AsyncMemorizedFunc", (_Async,), namespace)


def _adopt(obj: Any) -> Any:
    """Make what joblib has made an object of ours: the classes differ in methods only."""
    ours = {
        JoblibsBackend: FileSystemStoreBackend,
        joblib_memory.MemorizedFunc: MemorizedFunc,
        _Async: AsyncMemorizedFunc,
    }
    cls = ours.get(type(obj))
    if cls is not None:
        obj.__class__ = cls
    return obj


class MemorizedResult(joblib.MemorizedResult):  # type: ignore[misc]
    __doc__ = joblib.MemorizedResult.__doc__

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _adopt(self.store_backend)


class Memory(joblib.Memory):  # type: ignore[misc]
    __doc__ = joblib.Memory.__doc__

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _adopt(self.store_backend)

    def cache(self, *args: Any, **kwargs: Any) -> Any:
        return _adopt(super().cache(*args, **kwargs))

    cache.__doc__ = joblib.Memory.cache.__doc__
