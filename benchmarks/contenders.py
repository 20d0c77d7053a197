# SPDX-License-Identifier: BSD-3-Clause
"""The three that are compared, each with a dump and a load for a path."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastjoblib
import joblib


def pickle_dump(value: Any, path: Path) -> None:
    with open(path, "wb") as file:
        pickle.dump(value, file, protocol=5)


def pickle_load(path: Path) -> Any:
    with open(path, "rb") as file:
        return pickle.load(file)


@dataclass(frozen=True)
class Tool:
    name: str
    dump: Callable[[Any, Path], Any]
    load: Callable[[Path], Any]


PICKLE = Tool("pickle", pickle_dump, pickle_load)
JOBLIB = Tool("joblib", joblib.dump, joblib.load)
FASTJOBLIB = Tool("fastjoblib", fastjoblib.dump, fastjoblib.load)
TOOLS = [PICKLE, JOBLIB, FASTJOBLIB]
