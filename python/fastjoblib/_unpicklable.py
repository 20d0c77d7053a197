"""find_unpicklable: all that a dump would fail at, by a dump that writes nothing and goes on."""

from dataclasses import dataclass
from typing import Any

from fastjoblib import _core

__all__ = ["Unpicklable", "find_unpicklable"]

_LONGEST_REASON = 500
_OTHER_PATHS = 4


@dataclass(frozen=True)
class Unpicklable:
    """A part of an object that cannot be pickled.

    Attributes
    ----------
    path : str
        Where it is met first, like "model.steps[1][1].func".
    type : str
        Its class, like "function" or "_thread.lock".
    reason : str
        What pickling it raises; or why it would not load elsewhere.
    other_paths : tuple of str
        Where else it is met, at most four places.
    """

    path: str
    type: str
    reason: str
    other_paths: tuple[str, ...] = ()

    def __str__(self) -> str:
        also = f" (also {', '.join(self.other_paths)})" if self.other_paths else ""
        return f"{self.path}: {self.type}: {self.reason}{also}"


class _Elsewhere(Exception):
    """Raised within the walk for what would not load elsewhere."""


def find_unpicklable(
    obj: object, *, elsewhere: bool = False, protocol: int | None = None
) -> list[Unpicklable]:
    """List all parts of an object that cannot be pickled.

    `dump` stops at the first of them.  This is the same walk, which writes nothing,
    and goes on behind each.  If the list is empty, `dump` will not fail for what is
    in the object; if `dump` fails for that, the list is not empty.  What `dump` would
    write with ``by_value`` is listed all the same.

    Parameters
    ----------
    obj : object
        It is not changed; methods of its parts are called as by `dump`
        (``__reduce__``, ``__getstate__``).
    elsewhere : bool, default=False
        List also the functions and classes that can be pickled here, but which another
        program would not find when it loads them: those of ``__main__`` (a script, a
        notebook), of modules that no installed package has (which are found here
        because of the working directory, ``PYTHONPATH`` or a changed ``sys.path``),
        that were loaded from a path, or made while the program ran.
    protocol : int, optional
        As for `dump`.

    Returns
    -------
    list of Unpicklable
        In the order of the walk.  What is met in several places is listed once.  The
        paths begin with "model", which is `obj`.  They are Python expressions where
        there are such: where something comes from neither an item nor an attribute,
        the call that returns it is named, ``model.__getstate__()[1]``.  Items of sets
        have the number in which they come, ``model[0]``; the keys of dicts themselves
        are ``model[key 'a']``, and ``[?]`` is an item of which nothing more is known.
        The middle of long paths is left out.

    Raises
    ------
    MemoryError
        If there is not enough, in which case it is not known what else there is.
        (Nor is it where the list ends with a RecursionError of the walk itself: an
        object that is reduced to itself again and again.  One that is reduced to new
        objects like it, without an end, takes all memory, as it does in `dump`.)

    See Also
    --------
    dump : Save an object.  An exception that it raises has a note with the path.

    Examples
    --------
    >>> import fastjoblib, threading
    >>> for part in fastjoblib.find_unpicklable({"lock": threading.Lock(), "names": ["a", (i for i in "b")]}):
    ...     print(part)
    model['lock']: _thread.lock: TypeError: cannot pickle '_thread.lock' object
    model['names'][1]: generator: TypeError: cannot pickle 'generator' object
    """
    found: dict[int, Unpicklable] = {}
    kept: list[Any] = []  # so that no two have the same id

    def report(path: str, part: Any, error: Exception) -> None:
        key = -1 - len(kept) if part is None else id(part)
        kept.append(part)
        known = found.get(key)
        if known is None:
            found[key] = Unpicklable(path, _name_of_type(part), _reason(error))
        elif path != known.path and path not in known.other_paths and len(known.other_paths) < _OTHER_PATHS:
            found[key] = Unpicklable(known.path, known.type, known.reason, (*known.other_paths, path))

    _core.find_unpicklable(obj, protocol, report, _judge() if elsewhere else None)
    return list(found.values())


def _judge() -> Any:
    """Return what raises for names that another program does not find."""
    from fastjoblib._elsewhere import Modules

    modules = Modules()

    def judge(obj: object, module: str, name: str) -> None:
        reason = modules.why_not(module, name)
        if reason is not None:
            raise _Elsewhere(reason)

    return judge


def _name_of_type(part: Any) -> str:
    cls = type(part)
    module = cls.__module__
    return cls.__qualname__ if module in ("builtins", None) else f"{module}.{cls.__qualname__}"


def _reason(error: Exception) -> str:
    try:
        text = str(error)
    except Exception:
        text = ""  # it is the caller's class
    if not isinstance(error, _Elsewhere):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."
