"""joblib.Parallel, whose large arrays get to its workers by our dump.

Parallel writes large arrays to a folder that its workers map.  What writes is an
object of its pool, of a class whose method we replace while a Parallel of ours uses
the pool: pools are kept, and shared with Parallel objects of joblib's.
"""

from collections.abc import Iterator
from typing import Any

import joblib

from fastjoblib._joblib.rebind import rebound

__all__ = ["Parallel"]

try:
    from joblib._memmapping_reducer import ArrayMemmapForwardReducer as JoblibsReducer
except ImportError:  # where there is no multiprocessing
    JoblibsReducer = None


def _reducer_class() -> Any:
    """Return a class like joblib's, whose instances pickle as joblib's do."""
    return type(JoblibsReducer.__name__, (JoblibsReducer,), {**rebound(JoblibsReducer), "__module__": __name__})


_Reducer: Any = None if JoblibsReducer is None else _reducer_class()


def _reducers(workers: Any) -> Iterator[Any]:
    """Find what writes arrays for a pool: of loky, or of multiprocessing."""
    for queue in (getattr(workers, "_call_queue", None), getattr(workers, "_inqueue", None)):
        reducers = getattr(queue, "_reducers", None)
        yield from {id(each): each for each in dict(reducers or {}).values()}.values()


class Parallel(joblib.Parallel):  # type: ignore[misc]
    __doc__ = joblib.Parallel.__doc__

    _exchanged: tuple[Any, ...] = ()

    def _initialize_backend(self) -> Any:
        n_jobs = super()._initialize_backend()
        self._exchange()
        return n_jobs

    def __call__(self, iterable: Any) -> Any:
        if self._managed_backend:  # in a with statement, which has initialized it
            self._exchange()
        return super().__call__(iterable)

    def _exchange(self) -> None:
        workers = getattr(self._backend, "_workers", None) or getattr(self._backend, "_pool", None)
        found = tuple(each for each in _reducers(workers) if type(each) is JoblibsReducer)
        for reducer in found:
            reducer.__class__ = _Reducer
        self._exchanged += found

    def _give_back(self) -> None:
        for reducer in self._exchanged:
            reducer.__class__ = JoblibsReducer
        self._exchanged = ()

    # The second one until joblib 1.2.
    for _name in ("_terminate_and_reset", "_terminate_backend"):
        if hasattr(joblib.Parallel, _name):

            def _end(self, *args: Any, _name: str = _name, **kwargs: Any) -> Any:
                try:
                    return getattr(joblib.Parallel, _name)(self, *args, **kwargs)
                finally:
                    self._give_back()

            vars()[_name] = _end
            break
    del _name
