# SPDX-License-Identifier: BSD-3-Clause
"""Large arrays and models of them: what bench_arrays.py and its like measure.

A case is built for a size in MiB, that of its file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

MIB = 1 << 20


@dataclass(frozen=True)
class ArrayCase:
    name: str
    description: str
    build: Callable[[float], Any]
    is_single: bool = True  # one array, which NumPy can save
    is_contiguous: bool = True  # so that it can be written from its own memory
    is_small: bool = False


def normal(mib: float) -> np.ndarray:
    """Standard-normal numbers, of which every page differs."""
    array = np.empty(int(mib * MIB) // 8)
    np.random.default_rng(0).standard_normal(out=array)
    return array


def cube(mib: float) -> np.ndarray:
    side = max(2, round((mib * MIB / 8) ** (1 / 3)))
    return normal(side**3 * 8 / MIB).reshape(side, side, side)


def steps(mib: float) -> np.ndarray:
    n_outer = max(2, int(mib * MIB / 8 / 256 / 64))
    return normal(2 * n_outer * 64 * 258 * 8 / MIB).reshape(2 * n_outer, 64, 258)[::2, :, 1:-1]


def dict_of_arrays(mib: float) -> dict[str, np.ndarray]:
    n_arrays = max(2, round(mib * 200 / 1024))
    return {f"layer-{i}": normal(4) + i for i in range(n_arrays)}


def neighbors(mib: float, n_features: int, algorithm: str) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    x = normal(mib)
    x = x[: len(x) // n_features * n_features].reshape(-1, n_features)
    return KNeighborsClassifier(algorithm=algorithm).fit(x, x[:, 0] > 0)


def buffers_of(value: Any) -> list[memoryview]:
    """The memory of all arrays in the value, which are contiguous."""
    if isinstance(value, np.ndarray):
        flat = value.ravel(order="K")
        return [memoryview(flat.view(np.uint8))] if flat.nbytes else []
    if isinstance(value, dict):
        return [buffer for item in value.values() for buffer in buffers_of(item)]
    if isinstance(value, (tuple, list)):
        return [buffer for item in value for buffer in buffers_of(item)]
    if hasattr(value, "__getstate__") and type(value).__module__.startswith("sklearn."):
        return buffers_of(value.__getstate__())
    return []


CASES: dict[str, ArrayCase] = {
    case.name: case
    for case in [
        ArrayCase("float64", "one array of float64", normal),
        ArrayCase("arrays_200", "dict of arrays of 4 MiB, 200 for 1024 MiB", dict_of_arrays, is_single=False),
        ArrayCase(
            "knn",
            "KNeighborsClassifier, brute, 64 features; half the size",
            lambda mib: neighbors(mib / 2, 64, "brute"),
            is_single=False,
        ),
        ArrayCase(
            "knn_tree",
            "KNeighborsClassifier, kd_tree, 8 features; half the size; two copies in joblib's format, one in pickle's",
            lambda mib: neighbors(mib / 4, 8, "kd_tree"),
            is_single=False,
        ),
        ArrayCase(
            "transposed",
            "x.transpose(0, 2, 1) of a cube: neighbours in the file are a row apart; pickle leaves them as they lie",
            lambda mib: cube(mib).transpose(0, 2, 1),
            is_contiguous=False,
        ),
        ArrayCase(
            "transposed_rows",
            "x.transpose(1, 0, 2) of a cube: whole rows, from far apart; pickle leaves them as they lie",
            lambda mib: cube(mib).transpose(1, 0, 2),
            is_contiguous=False,
        ),
        ArrayCase(
            "columns",
            "x[:, ::2] of 2048 columns: every second number",
            lambda mib: normal(2 * mib).reshape(-1, 2048)[:, ::2],
            is_contiguous=False,
        ),
        ArrayCase(
            "steps",
            "x[::2, :, 1:-1] of rows of 258: pieces of 2 KiB with gaps",
            steps,
            is_contiguous=False,
        ),
    ]
}


def small_case(mib: int) -> ArrayCase:
    return ArrayCase(f"float64, {mib} MiB", f"one array of float64 of {mib} MiB", normal, is_small=True)
