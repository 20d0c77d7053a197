"""Classes of ours that stand for joblib's: joblib's objects count as theirs, and theirs are saved as joblib's."""

import copy
import sys
from abc import ABCMeta
from typing import Any

__all__ = ["SavedAsJoblibs", "StandsForJoblibs"]


class StandsForJoblibs(ABCMeta):
    """The class of such a class: joblib's ``_stands_for``, and what is of that, are instances of ours too."""

    def __instancecheck__(cls, instance: Any) -> bool:
        stands_for = vars(cls).get("_stands_for")
        return super().__instancecheck__(instance) or (stands_for is not None and isinstance(instance, stands_for))


class SavedAsJoblibs:
    """Comes behind joblib's class among the bases (whose layout counts): what is saved names that one.

    Then files and workers need no fastjoblib, and hashes are joblib's, by which caches
    are shared.  A user's subclasses are saved as they are.
    """

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any, /) -> Any:
        cls = type(self)
        reduced: Any = super().__reduce_ex__(protocol)
        function, arguments, *rest = reduced
        return (function, tuple(_saved_as(cls) if each is cls else each for each in arguments), *rest)

    # Pickle compares it with the class that is saved.
    __class__: Any = property(lambda self: _saved_as(type(self)))

    def __copy__(self) -> Any:
        return self._with(vars(self).copy())

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        memo[id(self)] = twin = self._with({})
        vars(twin).update(copy.deepcopy(vars(self), memo))
        return twin

    def _with(self, attributes: dict[str, Any]) -> Any:
        """Make another one, of ours as this one is."""
        twin = type(self).__new__(type(self))
        vars(twin).update(attributes)
        return twin


def _saved_as(cls: type) -> type:
    """Return the class that stands in a file for one of ours: joblib's, if that is found under its name.

    Where fastjoblib takes joblib's place in sys.modules, ours is.
    """
    joblibs: type = vars(cls).get("_stands_for", cls)
    module = sys.modules.get(joblibs.__module__)
    return joblibs if getattr(module, joblibs.__name__, None) is joblibs else cls
