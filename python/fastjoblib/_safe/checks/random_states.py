"""Random generators of NumPy.

The setters of their states copy positions and lists as they come, and next numbers are
read from there.
"""

import functools
from typing import Any

import numpy as np

from fastjoblib._safe.checks.values import array, demand, integer, same, shown
from fastjoblib._safe.rules import Refused

__all__ = [
    "check_bit_generator_call",
    "check_bit_generator_state",
    "check_generator_call",
    "check_generator_state",
    "check_random_state_state",
    "check_seed_sequence_call",
    "check_seed_sequence_state",
]

NAMES = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")
WORD = 2**32 - 1


@functools.cache
def _bit_generators() -> tuple[type, ...]:
    import numpy.random

    return tuple(getattr(numpy.random, name) for name in NAMES)


def check_bit_generator_call(args: tuple[Any, ...]) -> None:
    """__bit_generator_ctor calls any class that it is given."""
    known = len(args) == 1 and (
        (type(args[0]) is str and args[0] in NAMES) or any(args[0] is cls for cls in _bit_generators())
    )
    demand(known, "a bit generator", "one of NumPy's classes", args[0] if args else None)


def check_generator_call(args: tuple[Any, ...]) -> None:
    """__generator_ctor and __randomstate_ctor: the second argument is called with the first."""
    from numpy.random import _pickle

    known = 1 <= len(args) <= 2 and ((type(args[0]) is str and args[0] in NAMES) or type(args[0]) in _bit_generators())
    demand(known, "a generator", "one of NumPy's bit generators", args[0] if args else None)
    if len(args) == 2:
        # getattr by its name: within a class it would be mangled.
        own = getattr(_pickle, "__bit_generator_ctor")  # noqa: B009
        demand(args[1] is own, "a generator", "NumPy's own constructor", args[1])


def _check_state(name: str, state: Any) -> None:
    """Refuse positions outside of the buffers that they point into, and lists that are too short."""
    demand(type(state) is dict, f"state of {name}", "a dict", state)
    same(state.get("bit_generator"), name, "bit_generator")
    inner = state.get("state")
    demand(type(inner) is dict, f"state of {name}", "a dict in it", inner)
    if name == "MT19937":
        array(inner.get("key"), "key of MT19937", 1, "iu", (624,))
        integer(inner.get("pos"), "pos of MT19937", 0, 624)
        return
    integer(state.get("has_uint32"), f"has_uint32 of {name}", 0, 1)
    integer(state.get("uinteger"), f"uinteger of {name}", 0, WORD)
    if name == "Philox":
        array(inner.get("counter"), "counter of Philox", 1, "u", (4,))
        array(inner.get("key"), "key of Philox", 1, "u", (2,))
        array(state.get("buffer"), "buffer of Philox", 1, "u", (4,))
        integer(state.get("buffer_pos"), "buffer_pos of Philox", 0, 4)
    elif name == "SFC64":
        array(inner.get("state"), "state of SFC64", 1, "u", (4,))
    else:
        integer(inner.get("state"), f"state of {name}", 0, 2**128 - 1)
        integer(inner.get("inc"), f"inc of {name}", 0, 2**128 - 1)


def check_bit_generator_state(generator: Any, state: Any) -> None:
    """A dict, or since NumPy 2 a dict and a SeedSequence."""
    from numpy.random import SeedSequence

    if type(state) is tuple and len(state) == 2:
        state, seeds = state
        demand(seeds is None or type(seeds) is SeedSequence, "seeds of a generator", "a SeedSequence", seeds)
    _check_state(type(generator).__name__, state)


def check_generator_state(generator: Any, state: Any) -> None:
    """Of a Generator: none, or in files of NumPy 1 a dict."""
    if state is not None:
        _check_state(type(generator.bit_generator).__name__, state)


def check_random_state_state(random_state: Any, state: Any) -> None:
    """Of a RandomState: a dict, or in older files a tuple of the Mersenne Twister."""
    if type(state) is tuple:
        demand(3 <= len(state) <= 5 and len(state) != 4, "state of a RandomState", "3 or 5 parts", state)
        name, key, position = state[:3]
        state = dict(zip(("has_gauss", "gauss"), state[3:], strict=False))
        state |= {"bit_generator": name, "state": {"key": key, "pos": position}}
    demand(type(state) is dict, "state of a RandomState", "a dict", state)
    integer(state.get("has_gauss", 0), "has_gauss", 0, 1)
    demand(type(state.get("gauss", 0.0)) in (float, int), "gauss", "a number", state.get("gauss"))
    _check_state(type(random_state._bit_generator).__name__, state)


def check_seed_sequence_call(args: tuple[Any, ...]) -> None:
    """__pyx_unpickle_SeedSequence(class, checksum, state)."""
    from numpy.random import SeedSequence

    good = len(args) == 3 and args[0] is SeedSequence and type(args[1]) is int
    demand(good, "a SeedSequence", "its class and a checksum", args)
    if args[2] is not None:
        check_seed_sequence_state(None, args[2])


def check_seed_sequence_state(sequence: Any, state: Any) -> None:
    """Refuse all but (entropy, n_children_spawned, pool, pool_size, spawn_key)."""
    if not (type(state) is tuple and len(state) == 5):
        raise Refused(f"a SeedSequence: a state of 5 was expected, found {shown(state)}")
    entropy, n_children, pool, pool_size, spawn_key = state
    _check_numbers(entropy, "entropy")
    integer(n_children, "n_children_spawned", 0, WORD)
    array(pool, "pool", 1, "u")
    same(integer(pool_size, "pool_size", 4, WORD), pool.size, "pool_size")
    _check_numbers(spawn_key, "spawn_key")


def _check_numbers(value: Any, what: str) -> None:
    """A number, or a list or tuple of numbers; None is no entropy."""
    if type(value) is np.ndarray:
        array(value, f"{what} of a SeedSequence", 1, "iu")
        return
    for each in value if type(value) in (list, tuple) else (value,):
        good = each is None or type(each) is int or isinstance(each, np.integer)
        demand(good, f"{what} of a SeedSequence", "numbers", each)
