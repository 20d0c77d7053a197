# SPDX-License-Identifier: BSD-3-Clause
"""`to_onnx`: what cannot be exported, and that the old file stays."""

import builtins
import os

import fastjoblib
import numpy as np
import pandas as pd
import pytest
from fastjoblib._onnx import packages
from helpers.run import run_python
from integration.onnx.models import FRAME, X, Y, fitted
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline


class NoConverter(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X


class Failing(LogisticRegression):
    def predict(self, X):
        raise ZeroDivisionError


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"old")
    yield path
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model.onnx"]


def test_the_part_without_a_converter_is_named(old):
    model = make_pipeline(NoConverter(), LogisticRegression()).fit(X, Y)
    with pytest.raises(fastjoblib.OnnxExportError, match=r"NoConverter \(its part 'noconverter'\)") as found:
        fastjoblib.to_onnx(model, X, old)
    assert found.value.unsupported.endswith("NoConverter")


def test_not_fitted(old):
    with pytest.raises((fastjoblib.OnnxExportError, ValueError), match="LogisticRegression"):
        fastjoblib.to_onnx(LogisticRegression(), X, old)


def test_a_model_that_fails(old):
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
    from skl2onnx.operator_converters.linear_classifier import convert_sklearn_linear_classifier

    update_registered_converter(
        Failing,
        "Failing",
        calculate_linear_classifier_output_shapes,
        convert_sklearn_linear_classifier,
        options={"zipmap": [True, False], "raw_scores": [True, False], "nocl": [True, False]},
    )
    with pytest.raises(ZeroDivisionError):
        fastjoblib.to_onnx(Failing().fit(X, Y), X, old)


@pytest.mark.parametrize("model", [object(), {"a": 1}, NearestNeighbors().fit(X)])
def test_no_model(old, model):
    with pytest.raises(ValueError, match=r"predict or transform|cannot be converted"):
        fastjoblib.to_onnx(model, X, old)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (X.tolist(), "a NumPy array or a DataFrame, found list"),
        (X[:0], "at least one row"),
        (X[0], "rows and columns, found an array of shape"),
        (X.astype(complex), "complex128, which ONNX has not"),
        (X.astype(np.longdouble), "longdouble|float128"),
        (np.array([[1.0, "a"]], dtype=object), "strings only, found a value of float"),
        (np.array([[2**63]], dtype=np.uint64), "beyond int64"),
        (FRAME.rename(columns={"age": 5}), "names of columns that are strings, found 5"),
        (FRAME[["age", "age"]], "different names"),
        (FRAME.assign(city=FRAME["city"].where(FRAME["visits"] > 5)), "column 'city' has missing values"),
        (FRAME.assign(visits=pd.array([None] * 120, dtype="Int64")), "column 'visits' has missing values"),
        (FRAME.assign(visits=pd.date_range("2025-01-01", periods=120)), "column 'visits' is of"),
    ],
)
def test_data_that_onnx_has_not(old, data, message):
    model, _ = fitted("columns")
    with pytest.raises(ValueError, match=message):
        fastjoblib.to_onnx(model, data, old)


def test_where_nothing_can_be_written(tmp_path):
    model, data = fitted("pipeline")
    with pytest.raises(FileNotFoundError) as found:
        fastjoblib.to_onnx(model, data, tmp_path / "missing" / "model.onnx")
    assert "missing" in str(found.value)
    with pytest.raises(TypeError):
        fastjoblib.to_onnx(model, data, 5)


@pytest.mark.parametrize("package", ["skl2onnx", "onnx", "onnxruntime"])
def test_missing_packages(old, monkeypatch, package):
    def missing(name):
        if name.partition(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        return builtins.__import__(name)

    monkeypatch.setattr(packages.importlib, "import_module", missing)
    with pytest.raises(ImportError, match=rf"'{package}': pip install 'fastjoblib\[onnx\]'") as found:
        fastjoblib.to_onnx(*fitted("pipeline"), old)
    assert found.value.name == package


def test_nothing_is_imported_before():
    code = """
        import sys
        import fastjoblib
        fastjoblib.to_onnx, fastjoblib.inspect_onnx, fastjoblib.OnnxReport
        print(*{"onnx", "onnxruntime", "skl2onnx", "sklearn"} & set(sys.modules))
    """
    assert run_python(code).split() == []


def test_one_class_that_is_a_string(old):
    """In a process of its own: ONNX Runtime would abort, not raise."""
    printed = run_python(
        f"""
        import fastjoblib, numpy as np
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        X = np.arange(40.0).reshape(20, 2)
        forest = RandomForestClassifier(n_estimators=3)
        for model in (forest, make_pipeline(StandardScaler(), forest)):
            try:
                fastjoblib.to_onnx(model.fit(X, ["one"] * 20), X, {os.fspath(old)!r})
            except fastjoblib.OnnxExportError as error:
                assert "one class, a string" in str(error), error
            else:
                raise AssertionError(model)
        print("refused")
        """
    )
    assert printed == "refused\n"


def test_trees_that_part_missing_values_from_all_others(old):
    """In a process of its own: the conversion would never end."""
    printed = run_python(
        f"""
        import fastjoblib, numpy as np
        from sklearn.ensemble import RandomForestClassifier, VotingClassifier
        X = np.where(np.arange(40) % 2, np.nan, 1.0).reshape(-1, 1)
        y = np.arange(40) % 2
        forest = RandomForestClassifier(n_estimators=3, random_state=0)
        for model in (forest, VotingClassifier([("forest", forest)])):
            try:
                fastjoblib.to_onnx(model.fit(X, y), X, {os.fspath(old)!r})
            except fastjoblib.OnnxExportError as error:
                assert "parts missing values" in str(error), error
            else:
                raise AssertionError(model)
        print("refused")
        """,
        timeout=60,
    )
    assert printed == "refused\n"
