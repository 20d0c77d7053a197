"""to_onnx: a model as an ONNX file, and how its predictions compare."""

import contextlib
import os
from collections.abc import Mapping
from typing import Any

from fastjoblib import _core
from fastjoblib._errors import OnnxExportError, OnnxMismatchWarning
from fastjoblib._onnx.comparing import Predictions, methods_of
from fastjoblib._onnx.converting import Options, Runnable, convert, option_names, picks_columns
from fastjoblib._onnx.inputs import Inputs, inputs_of
from fastjoblib._onnx.packages import need
from fastjoblib._onnx.result import OnnxExport, OnnxOutput, OnnxValue
from fastjoblib._warnings import warn

__all__ = ["to_onnx"]

# What ONNX Runtime calls types, where NumPy has other names.
_TYPES = {"float": "float32", "double": "float64", "float16": "float16"}


def to_onnx(
    model: Any,
    X: Any,
    path: str | os.PathLike[str],
    *,
    rtol: float = 1e-5,
    atol: float = 1e-5,
    options: Options | None = None,
    target_opset: int | Mapping[str, int] | None = None,
) -> OnnxExport:
    """Write a fitted model of scikit-learn as an ONNX file, and compare what both predict.

    The model is converted by skl2onnx and run by ONNX Runtime before anything is written. The file
    takes the place of an old one when it is complete; where anything fails, the old one stays.

    Parameters
    ----------
    model : estimator or pipeline
        Fitted, with ``predict`` or ``transform``.
    X : ndarray or DataFrame of shape (n_samples, n_features)
        Data to compare predictions with, which also says what the inputs are: float32, float64 or int64 as
        `X` has them, or strings; other whole numbers and bools become int64. The columns of a DataFrame are
        inputs of their own where the model picks columns (``ColumnTransformer``) or some are strings, else
        one matrix "X". Where a model cannot be converted for float64, its inputs are float32, and the
        result says so.
    path : str or os.PathLike
    rtol, atol : float, default=1e-5
        Numbers are equal that differ by no more than ``atol + rtol * abs(the model's)``.
    options : dict, optional
        As skl2onnx takes them. Probabilities are one array, unless its option ``zipmap`` says otherwise.
    target_opset : int or dict, optional
        As skl2onnx takes it; by default the latest that it writes.

    Returns
    -------
    OnnxExport
        With `equal`, the differences of each output and the rows that differ; printed, a table.

    Raises
    ------
    OnnxExportError
        If the model cannot be converted, with the part of it that has no converter, or the file cannot be run.
    ValueError
        If `X` has values of which ONNX has no form, or no rows.
    ImportError
        If skl2onnx or ONNX Runtime is not installed: ``pip install 'fastjoblib[onnx]'``.
    OSError
        If the file cannot be written.

    Warns
    -----
    OnnxMismatchWarning
        If predictions differ by more than the tolerance. The file is written.

    Examples
    --------
    >>> import fastjoblib
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> model = LogisticRegression(max_iter=1000).fit(X, y)
    >>> export = fastjoblib.to_onnx(model, X, "iris.onnx")  # doctest: +SKIP
    >>> export.equal  # doctest: +SKIP
    True
    """
    path = os.fspath(path)
    for name in ("skl2onnx", "onnx", "onnxruntime"):
        need(name)
    if not (rtol >= 0 and atol >= 0):
        raise ValueError(f"expected rtol and atol of 0 or more, found {rtol!r} and {atol!r}")
    inputs = inputs_of(X, picks_columns(model))
    model_says = Predictions(model, X, rtol, atol)
    raw_scores = option_names(options).get("raw_scores") is True
    runnable, outputs, notes = _closest(model_says, inputs, options, target_opset, raw_scores)
    if any(output.rows for output in outputs):
        notes += (model_says.explain(outputs, runnable.results),)

    def write(fd: int, named: str | None) -> None:
        with open(fd, "wb", closefd=False) as file:
            file.write(runnable.data)

    _core.write_path(write, path, True, False, False)
    ins = tuple(map(_value, runnable.session.get_inputs()))
    export = OnnxExport(path, len(runnable.data), inputs.n_rows, rtol, atol, ins, outputs, notes)
    if not export.equal:
        warn(f"{path!r} was written, but makes {export.verdict()}. {notes[-1]}", OnnxMismatchWarning)
    return export


def _closest(
    model_says: Predictions, inputs: Inputs, options: Options | None, target_opset: Any, raw_scores: bool
) -> tuple[Runnable, tuple[OnnxOutput, ...], tuple[str, ...]]:
    """Convert for the inputs as they are and, where that fails or predicts otherwise, for float32.

    Not all that skl2onnx writes and that ONNX Runtime has is there for float64, or right for it: scikit-learn's
    forests round their data to float32 themselves, but those in ONNX do not.
    """
    def attempt(each: Inputs) -> tuple[Runnable, tuple[OnnxOutput, ...]]:
        runnable = convert(model_says.model, each, options, target_opset)
        values = [_value(found) for found in runnable.session.get_outputs()]
        methods = methods_of(model_says.model, len(values), raw_scores)
        return runnable, model_says.compare(values, methods, runnable.results)

    try:
        first = attempt(inputs)
    except OnnxExportError as error:
        if error.unsupported or not inputs.has_float64():
            raise
        note = "Its inputs are float32 where X is float64, for which this model cannot be converted."
        return *attempt(inputs.as_float32()), (note,)
    if inputs.has_float64() and _n_rows(first[1]):
        with contextlib.suppress(OnnxExportError):
            second = attempt(inputs.as_float32())
            if _n_rows(second[1]) < _n_rows(first[1]):
                return *second, ("Its inputs are float32 where X is float64, for which more rows differ.",)
    return *first, ()


def _n_rows(outputs: tuple[OnnxOutput, ...]) -> int:
    """Count rows that differ."""
    return len({row for output in outputs for row in output.rows})


def _value(found: Any) -> OnnxValue:
    """Describe an input or output of ONNX Runtime's."""
    name: str = found.type
    if name.startswith("tensor(") and "(" not in name[7:]:
        inner = name[7:-1]
        return OnnxValue(found.name, _TYPES.get(inner, inner), tuple(found.shape))
    for long, short in (("tensor(double)", "float64"), ("tensor(float)", "float32"), ("seq(", "sequence(")):
        name = name.replace(long, short)
    return OnnxValue(found.name, name, ())
