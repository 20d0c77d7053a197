"""Saving one model by each of the usual ways, for the table of ``fastjoblib compare``."""

import importlib
import os
import pickle
import tempfile
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from fastjoblib._files import dump, load
from fastjoblib._hash import hash as hash_of
from fastjoblib._joblib import is_installed

__all__ = ["Measured", "compare_tools"]

_ROUNDS = 3  # of which the best counts
_ENOUGH = 2.0  # seconds, after which there is no other round


class Measured(NamedTuple):
    """What one way of saving a model takes.

    Attributes
    ----------
    tool : str
    nbytes : int
    dump_s, load_s : float
        Seconds, the least of several times.
    identical : bool or None
        Whether the loaded model predicts the same; None where no data was given.
    failure : str
        Why the tool cannot save and load the model, if so; the numbers are 0 then.
    """

    tool: str
    nbytes: int = 0
    dump_s: float = 0.0
    load_s: float = 0.0
    identical: bool | None = None
    failure: str = ""


def _pickle_dump(model: object, path: str) -> None:
    with open(path, "wb") as file:
        pickle.dump(model, file, protocol=5)


def _pickle_load(path: str) -> Any:
    with open(path, "rb") as file:
        return pickle.load(file)


def _tools() -> dict[str, tuple[Callable[..., Any], Callable[..., Any]]]:
    tools: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {"pickle": (_pickle_dump, _pickle_load)}
    if is_installed():
        joblib = importlib.import_module("joblib")
        tools["joblib"] = joblib.dump, joblib.load
        tools["joblib, compress=3"] = partial(joblib.dump, compress=3), joblib.load
    tools["fastjoblib"] = dump, load
    tools["fastjoblib, compress=3"] = partial(dump, compress=3), load
    return tools


def _best(call: Callable[[], Any], before: Callable[[], Any] = lambda: None) -> float:
    times: list[float] = []
    while len(times) < _ROUNDS and sum(times) < _ENOUGH:
        before()
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
        del result  # its end is not part of the time
    return min(times)


def _remove(path: str) -> None:
    if os.path.exists(path):
        os.unlink(path)


def predictions(model: Any, inputs: Any) -> Any:
    """Return what a model makes of data: probabilities if it has them."""
    for name in ("predict_proba", "predict", "transform"):
        method = getattr(model, name, None)
        if method is not None:
            return method(inputs)
    raise ValueError(f"expected a model with predict_proba, predict or transform, found {type(model).__name__}")


def compare_tools(model: Any, inputs: Any = None) -> list[Measured]:
    """Save and load a model with pickle, joblib (if it is installed) and fastjoblib, and measure.

    Parameters
    ----------
    model : object
    inputs : array-like, optional
        Data for which the loaded models must predict the same as the model itself.
    """
    expected = None if inputs is None else hash_of(predictions(model, inputs))
    rows = []
    with tempfile.TemporaryDirectory(prefix="fastjoblib-") as folder:
        path = os.path.join(folder, "model")
        for tool, (save, read) in _tools().items():
            try:
                dump_s = _best(partial(save, model, path), partial(_remove, path))  # each time a new file
                load_s = _best(partial(read, path))
                identical = None if inputs is None else hash_of(predictions(read(path), inputs)) == expected
            except Exception as error:  # such as pickle's RecursionError
                rows.append(Measured(tool, failure=type(error).__name__))
            else:
                rows.append(Measured(tool, os.path.getsize(path), dump_s, load_s, identical))
    return rows
