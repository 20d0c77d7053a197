"""Random generators that NumPy 2 wrote, for NumPy 1.

In the place of ``numpy.random._pickle``, whose functions get the name of a
bit generator from NumPy 1, and from NumPy 2 its class or the generator itself.
The state of a bit generator is a dict, and with NumPy 2 a pair of that and of
the seed sequence.
"""

from typing import Any

import numpy as np
from numpy.random import _pickle

__all__: list[str] = []

_Seed = str | np.random.BitGenerator


def _set_state(self: Any, state: Any) -> None:
    """Take the state of either version; the seed sequence is NumPy 1's own."""
    self.state = state[0] if isinstance(state, tuple) else state


def _tolerant(kind: Any) -> Any:
    """Make a subclass of a bit generator that takes either state."""
    namespace = {"__setstate__": _set_state, "__module__": __name__}
    return type(kind.__name__, (kind,), namespace)


def _plain(seed: Any) -> Any:
    """Make an instance of NumPy's own class with the same state."""
    generators: dict[str, Any] = dict(_pickle.BitGenerators)
    plain = generators[type(seed).__name__]()
    plain.state = seed.state
    return plain


def __bit_generator_ctor(
    kind: str | type[np.random.BitGenerator] = "MT19937",
) -> Any:
    if isinstance(kind, str):
        return getattr(_pickle, "__bit_generator_ctor")(kind)
    return _tolerant(kind)()


def __generator_ctor(seed: _Seed = "MT19937", *unused: object) -> np.random.Generator:
    made = __bit_generator_ctor(seed) if isinstance(seed, str) else _plain(seed)
    return np.random.Generator(made)


def __randomstate_ctor(
    seed: _Seed = "MT19937", *unused: object
) -> np.random.RandomState:
    made = __bit_generator_ctor(seed) if isinstance(seed, str) else _plain(seed)
    return np.random.RandomState(made)
