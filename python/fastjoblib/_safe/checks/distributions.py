"""Checks of SciPy's distributions, which a search for parameters draws from.

`rv_continuous.__setstate__` executes a text of the state: the functions that tell its
arguments apart.
"""

import functools
import sys
from typing import Any

from fastjoblib._safe.checks.values import demand, shown
from fastjoblib._safe.rules import Refused

__all__ = ["check_distribution"]


@functools.cache
def _own_state(cls: Any) -> dict[str, Any]:
    """Return the state of SciPy's own object of that class."""
    own = vars(sys.modules[cls.__module__]).values()
    found: Any = next(each for each in own if type(each) is cls)
    state: dict[str, Any] = found.__getstate__()
    return state


def check_distribution(obj: Any, state: Any) -> None:
    """Demand the text that SciPy itself has, and no other attributes than SciPy's own object."""
    name = type(obj).__name__
    if type(state) is not dict:
        raise Refused(f"{name}: a dict was expected, found {shown(state)}")
    cls: Any = type(obj)
    own = _own_state(cls)
    for key in state:
        demand(type(key) is str and (key in own or key == "__doc__"), name, "an attribute of SciPy's", key)
    text = state.get("_parse_arg_template")
    demand(type(text) is str and text == own["_parse_arg_template"], name, "the functions of this SciPy", text)
