# SPDX-License-Identifier: BSD-3-Clause
"""What cannot work in the matrix, for reasons that lie in joblib or NumPy. All else must work.

The tests demand that each limit fails in the way that stands here, so that no entry outlives its reason.
"""

import collections.abc
import dataclasses
import re

from matrix.environments import Environment
from matrix.layout import DESCRIPTIONS, PROTOCOLS


def version(environment):
    return tuple(map(int, environment.joblib.split(".")))


def is_joblib(environment):
    return environment.tool == "joblib"


def is_before_1_2(environment):
    return is_joblib(environment) and version(environment) < (1, 2)


def has_numpy_1(environment):
    return environment.numpy.startswith("1.")


def has_numpy_2(environment):
    return not has_numpy_1(environment)


def has_numpy_2_3(environment):
    """Whether the newest NumPy 2 that the interpreter can have is 2.3 or later: that of Python 3.10 is 2.2."""
    return has_numpy_2(environment) and environment.python != "3.10"


def wraps_arrays(environment):
    return environment.tool != "pickle"


def aligns_arrays(environment):
    return wraps_arrays(environment) and not is_before_1_2(environment)


def anybody(environment):
    return True


@dataclasses.dataclass(frozen=True)
class Limit:
    """Objects that some readers cannot read from some writers, and the failure (a regular expression) that shows it."""

    reason: str
    failure: str
    objects: tuple
    reader: collections.abc.Callable = anybody
    writer: collections.abc.Callable = anybody
    protocols: tuple = PROTOCOLS

    def holds_for(self, reader, writer, file):
        name, protocol, _ = file.split(".")
        return (
            name in self.objects
            and int(protocol.removeprefix("protocol")) in self.protocols
            and self.reader(reader)
            and self.writer(writer)
        )


# Objects with arrays whose items protocol 5 writes as they lie in memory, and with those that only joblib writes so.
CONTIGUOUS = (
    *("records", "simple", "big_endian", "structured", "c_order", "f_order", "zero_d", "empty", "many", "paddings"),
    *("medium", "large", "large_f_order", "masked", "everything", "several_blocks"),
)
ARRAYS = (*CONTIGUOUS, "strided", "axes_moved", "broadcast")

# The first one that holds counts.
LIMITS = (
    Limit(
        "joblib 1.2 began to align arrays: earlier ones take the padding for opcodes of pickle, so anything may follow",
        r"^(KeyError|IndexError|ValueError|TypeError|AttributeError|EOFError|UnpicklingError|at value)",
        (*ARRAYS, "matrix", "random_state"),
        reader=is_before_1_2,
        writer=aligns_arrays,
    ),
    Limit(
        "the same: what NumPy 2 saves of a Generator contains an array",
        r"^(KeyError|IndexError|ValueError|TypeError|AttributeError|EOFError|UnpicklingError|at value)",
        ("generator",),
        reader=is_before_1_2,
        writer=lambda e: aligns_arrays(e) and has_numpy_2(e),
    ),
    Limit(
        "NumPy 2 saves random generators in a way that NumPy 1 does not know; fastjoblib does",
        r"is not a known BitGenerator module|No module named 'numpy\._core\.numeric'",
        ("random_state", "generator"),
        reader=lambda e: is_joblib(e) and has_numpy_1(e),
        writer=has_numpy_2,
    ),
    Limit(
        "NumPy 2 saves the flags of an aligned dtype as a number that is too large for NumPy 1",
        r"^ValueError: incorrect value for flags variable \(overflow\)",
        ("aligned_dtype",),
        reader=lambda e: has_numpy_1(e) and is_joblib(e),  # ours gives NumPy its own form
        writer=has_numpy_2,
    ),
    Limit(
        "NumPy 2 does not find the alignment in the flags of a dtype that NumPy 1 saved",
        r"^at value\[1\]\[2\] of the description: found false, expected true",
        ("aligned_dtype",),
        reader=has_numpy_2,
        writer=has_numpy_1,
    ),
    Limit(
        "joblib before 1.4 swaps bytes with a method that arrays of NumPy 2 have no more",
        r"^AttributeError: .*newbyteorder",
        ("big_endian",),
        reader=lambda e: is_joblib(e) and (1, 1) <= version(e) < (1, 4) and has_numpy_2(e),
        writer=wraps_arrays,
    ),
    Limit(
        "joblib makes a matrix through a method that NumPy 2 has no more, and leaves it an array without that",
        r'found "ndarray", expected "matrix"',
        ("matrix",),
        reader=lambda e: is_joblib(e) and has_numpy_2(e),
        writer=wraps_arrays,
    ),
    Limit(
        "NumPy 1 has no module numpy.rec, where NumPy 2 says that records are; fastjoblib knows",
        r"^ModuleNotFoundError: No module named 'numpy\.rec'",
        ("records_array",),
        reader=lambda e: is_joblib(e) and has_numpy_1(e),
        writer=has_numpy_2,
    ),
    Limit(
        "NumPy 1 has no module numpy._core.numeric, which protocol 5 of NumPy 2 names; fastjoblib knows",
        r"^ModuleNotFoundError: No module named 'numpy\._core\.numeric'",
        (*CONTIGUOUS, "object_array", "ragged"),
        reader=lambda e: is_joblib(e) and has_numpy_1(e),
        writer=lambda e: e.tool == "pickle" and has_numpy_2(e),
        protocols=(5,),
    ),
    Limit(
        "NumPy 2.3 began to pickle such an array as a buffer and an order of axes; fastjoblib knows",
        r"^ModuleNotFoundError: No module named 'numpy\._core\.numeric'"
        r"|^TypeError: _frombuffer\(\) takes 4 positional arguments but 5 were given",
        ("axes_moved",),
        reader=lambda e: is_joblib(e) and not has_numpy_2_3(e),
        writer=lambda e: e.tool == "pickle" and has_numpy_2_3(e),
        protocols=(5,),
    ),
    Limit(
        "joblib from 1.5 on, and so fastjoblib, saves object arrays with protocol 5 whatever is asked for, so likewise",
        r"^ModuleNotFoundError: No module named 'numpy\._core\.numeric'",
        ("object_array", "ragged"),
        reader=lambda e: is_joblib(e) and has_numpy_1(e),
        writer=lambda e: has_numpy_2(e) and (e.tool == "fastjoblib" or is_joblib(e) and version(e) >= (1, 5)),
    ),
)

NO_WHEEL = "NumPy 1 has no wheels for Python 3.13 and later"


def has_no_wheel(environment):
    return has_numpy_1(environment) and tuple(map(int, environment.python.split("."))) >= (3, 13)


def unusable_as_stated(environment, message):
    """Whether `message` is how an environment fails of which NO_WHEEL says that it cannot be had.

    The versions that pip found show that it did reach the registry.
    """
    return has_no_wheel(environment) and bool(
        re.search(rf"from versions: .*2\..*\n.*No matching distribution found for numpy=={environment.numpy}", message)
    )


def limit_of(reader: Environment, writer: Environment, file: str):
    """Return the limit that holds when `reader` reads `file` of `writer`, or None."""
    if file == DESCRIPTIONS:
        return None
    return next((limit for limit in LIMITS if limit.holds_for(reader, writer, file)), None)
