"""What a model predicts, and how an ONNX file's outputs differ from it."""

from typing import Any

import numpy as np

from fastjoblib._inspect.text import plural
from fastjoblib._onnx.inputs import rounded
from fastjoblib._onnx.result import OnnxOutput, OnnxValue

__all__ = ["Predictions", "methods_of"]


def methods_of(model: Any, n_outputs: int, raw_scores: bool) -> list[str]:
    """Name the method for each output of a file that skl2onnx wrote, '' where there is none.

    Raises
    ------
    ValueError
        If the model has no method for the first one.
    """
    if not hasattr(model, "predict"):
        if not hasattr(model, "transform"):
            raise ValueError(f"expected a model with predict or transform, found {type(model).__name__}")
        names = ["transform"]
    else:
        scores = ("decision_function", "predict_proba") if raw_scores else ("predict_proba", "decision_function")
        found = [name for name in (*scores, "transform") if hasattr(model, name)]
        names = ["predict", *found[:1]]
    return (names + [""] * n_outputs)[:n_outputs]


class Predictions:
    """What a model says of data, with which outputs are compared.

    Parameters
    ----------
    model : estimator
    X : ndarray or DataFrame
    rtol, atol : float
    """

    def __init__(self, model: Any, X: Any, rtol: float, atol: float) -> None:
        self.model = model
        self.X = X
        self.rtol = rtol
        self.atol = atol
        self._known: dict[str, Any] = {}

    def _of(self, method: str) -> Any:
        if method not in self._known:
            self._known[method] = getattr(self.model, method)(self.X)
        return self._known[method]

    def compare(self, values: list[OnnxValue], methods: list[str], results: list[Any]) -> tuple[OnnxOutput, ...]:
        """Compare all outputs of a file, each with a method of the model."""
        return tuple(
            self._compare(value, method, found) if method else OnnxOutput(value, "", None, None, ())
            for value, method, found in zip(values, methods, results, strict=True)
        )

    def _compare(self, value: OnnxValue, method: str, found: Any) -> OnnxOutput:
        wanted = self._of(method)
        expected = _expected(wanted)
        actual = _found(found, wanted, expected, self.model)
        if actual.shape != expected.shape:
            return OnnxOutput(value, method, np.inf, np.inf, tuple(range(len(expected))))
        if method == "predict" and (hasattr(self.model, "classes_") or expected.dtype.kind not in "fc"):
            return OnnxOutput(value, method, None, None, _rows(actual.astype(object) != expected.astype(object)))
        distance, relative = _differences(actual.astype(np.float64), expected.astype(np.float64))
        differ = (distance > 0) & ~(distance <= self.atol + self.rtol * np.abs(expected.astype(np.float64)))
        return OnnxOutput(value, method, float(distance.max()), float(relative.max()), _rows(differ))

    def explain(self, outputs: tuple[OnnxOutput, ...], results: list[Any]) -> str:
        """Say how many of the rows that differ do so because ONNX computes with float32.

        That is so where the model itself predicts the same as the file for `X` rounded to float32, as
        happens where values lie between a threshold of a tree and its neighbour in float32.
        """
        differing = {row for output in outputs for row in output.rows}
        left = differing
        nearby = rounded(self.X)
        if nearby is not None:
            again = Predictions(self.model, nearby, self.rtol, self.atol)
            values, methods = [output.value for output in outputs], [output.method for output in outputs]
            still = again.compare(values, methods, results)
            left = differing & {row for output in still for row in output.rows}
        explained = len(differing) - len(left)
        if not explained:
            return "Not because X is rounded to float32: ONNX computes this model otherwise, or less exactly."
        rest = f"; {plural(len(left), 'row')} for another reason" if left else ""
        return (
            f"{plural(explained, 'row')} because X is rounded to float32: for X rounded so, "
            f"the model itself predicts what the file does{rest}."
        )


def _expected(value: Any) -> Any:
    """Make an array of rows: of sparse matrices, frames, and of the lists that models of several outputs return."""
    if isinstance(value, list):
        return np.hstack([np.asarray(each) for each in value])
    if hasattr(value, "toarray"):
        value = value.toarray()
    return np.asarray(value)


def _found(value: Any, wanted: Any, expected: Any, model: Any) -> Any:
    """Bring what ONNX Runtime returns into the shape of what the model returns."""
    if isinstance(value, list) and value and isinstance(value[0], dict):  # zipmap
        value = np.array([[row[label] for label in row] for row in value])
    elif isinstance(value, list):
        value = np.hstack([np.asarray(each) for each in value])
    elif isinstance(wanted, list) and np.ndim(value) == 3 and len(value) == len(wanted):
        widths = [np.shape(each)[1] for each in wanted]
        if any(np.any(each[:, width:]) for each, width in zip(value, widths, strict=True)):
            return value  # something where the model has no class, which makes shapes differ
        value = np.hstack([each[:, :width] for each, width in zip(value, widths, strict=True)])
    value = np.asarray(value)
    if expected.ndim == 1 and value.ndim == 2:
        if value.shape[1] == 1:
            return value[:, 0]
        if value.shape[1] == 2 and hasattr(model, "decision_function"):  # of two classes, one the other's opposite
            return value[:, 1]
    return value


def _differences(actual: Any, expected: Any) -> tuple[Any, Any]:
    """The distance of each two numbers, none where both are NaN; and in relation to the larger of the two."""
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.abs(actual - expected)
        distance[(actual == expected) | (np.isnan(actual) & np.isnan(expected))] = 0
        distance[np.isnan(distance)] = np.inf
        scale = np.fmax(np.abs(actual), np.abs(expected))
        relative = np.where(distance > 0, np.inf, 0.0)
        np.divide(distance, scale, out=relative, where=np.isfinite(distance) & (scale > 0))
    return distance, relative


def _rows(differ: Any) -> tuple[int, ...]:
    flat = np.asarray(differ, dtype=bool).reshape(len(differ), -1)
    return tuple(np.flatnonzero(flat.any(axis=1)).tolist())
