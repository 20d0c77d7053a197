# SPDX-License-Identifier: BSD-3-Clause
"""The part of leak_paths.PATHS that is about ONNX files."""

import fastjoblib
import numpy as np

from helpers.control import error_of

DATA = np.linspace(0, 1, 12).reshape(6, 2)


def exported(path):
    """Return an ONNX file, a joblib file, and what `to_onnx` has returned."""
    from sklearn.linear_model import LinearRegression  # not for every process that looks for leaks

    model = LinearRegression().fit(DATA, DATA[:, 0])
    onnx, joblib = path.with_suffix(".onnx"), path.with_suffix(".joblib")
    fastjoblib.dump(model, joblib)
    return model, onnx, joblib, fastjoblib.to_onnx(model, DATA, onnx)


def to_onnx_paths(path):
    model, onnx, _, _ = exported(path)
    yield lambda: fastjoblib.to_onnx(model, DATA, onnx)
    yield lambda: error_of(fastjoblib.to_onnx, model, DATA, path.parent / "missing" / "file")
    yield lambda: error_of(fastjoblib.to_onnx, model, DATA[:0], onnx)


def inspect_onnx_paths(path):
    # Not those that start a process, which takes a second: test_inspect_onnx.py looks at what they leave.
    yield lambda: error_of(fastjoblib.inspect_onnx, path.parent)
    yield lambda: error_of(fastjoblib.inspect_onnx, path.parent / "missing")


def onnx_report_paths(path):
    _, onnx, joblib, _ = exported(path)
    report = fastjoblib.inspect_onnx(onnx)
    return [report.__str__, report.to_dict, lambda: report.beside(joblib)]


ONNX_PATHS = {
    "to_onnx": to_onnx_paths,
    "inspect_onnx": inspect_onnx_paths,
    "OnnxExport": lambda path: [exported(path)[3].__str__],
    "OnnxReport": onnx_report_paths,
}
