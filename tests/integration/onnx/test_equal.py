# SPDX-License-Identifier: BSD-3-Clause
"""`to_onnx`: models of many kinds predict the same from their ONNX files."""

import warnings

import fastjoblib
import numpy as np
import onnxruntime
import pandas as pd
import pytest
from integration.onnx.models import FRAME, LABELS, MODELS, columns, fitted
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def run(path, X):
    """What a service would do with the file: nothing of fastjoblib."""
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    types = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64}
    feeds = {}
    for each in session.get_inputs():
        data = X if each.name == "X" or not hasattr(X, "columns") else X[[each.name]]
        array = np.asarray(data).astype(types.get(each.type, object))
        feeds[each.name] = array.reshape(len(array), -1)
    return session.run(None, feeds)


@pytest.mark.parametrize("name", MODELS)
def test_predictions_are_equal(tmp_path, name):
    model, X = fitted(name)
    path = str(tmp_path / "model.onnx")
    export = fastjoblib.to_onnx(model, X, path)
    assert export.equal and export.rows == () and export.n_rows == len(X)
    assert all(output.method for output in export.outputs)
    print(f"{name:24} {export.outputs[-1].method:18} {export.outputs[-1].largest_absolute:.1e}")
    # Not by its word alone.
    first = run(path, X)[0]
    method = "predict" if hasattr(model, "predict") else "transform"
    expected = getattr(model, method)(X)
    expected = expected.toarray() if hasattr(expected, "toarray") else expected
    first = first.reshape(expected.shape)
    if method == "predict" and hasattr(model, "classes_"):
        assert (first == expected).all()
    else:
        np.testing.assert_allclose(first, expected, rtol=1e-5, atol=1e-5)
    if hasattr(model, "predict_proba") and not name.startswith("multi"):
        np.testing.assert_allclose(run(path, X)[1], model.predict_proba(X), rtol=1e-5, atol=1e-5)


def test_the_same_file_each_time(tmp_path):
    model, X = fitted("columns")
    paths = [tmp_path / f"{i}.onnx" for i in range(2)]
    for path in paths:
        fastjoblib.to_onnx(model, X, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_each_column_is_an_input(tmp_path):
    export = fastjoblib.to_onnx(*fitted("columns"), tmp_path / "model.onnx")
    assert [value.type for value in export.inputs] == ["float64", "float32", "int64", "string"]
    assert all(str(value).endswith(" (n, 1)") for value in export.inputs)
    assert [value.name for value in export.inputs] == ["age", "height", "visits", "city"]


def test_other_types_of_columns(tmp_path):
    """pandas' own dtypes, with missing numbers too; bools and small whole numbers are int64."""
    frame = FRAME.assign(
        age=pd.array([None, *FRAME["age"][1:]], dtype="Float64"),
        visits=FRAME["visits"].astype("Int16"),
        city=FRAME["city"].astype("category"),
        height=FRAME["height"] > 0,
    )
    model = columns(LogisticRegression(max_iter=1000), SimpleImputer()).fit(frame, LABELS)
    export = fastjoblib.to_onnx(model, frame, tmp_path / "model.onnx")
    assert export.equal
    assert [value.type for value in export.inputs[1:]] == ["int64", "int64", "string"]


def test_float32_where_float64_would_not_do(tmp_path):
    for name, why in (("gradient boosting", "cannot be converted"), ("histogram boosting", "cannot be converted")):
        export = fastjoblib.to_onnx(*fitted(name), tmp_path / "model.onnx")
        assert [value.type for value in export.inputs] == ["float32"]
        assert "float32 where X is float64" in export.notes[0] and why in export.notes[0]
    model, X = fitted("gradient boosting")
    assert fastjoblib.to_onnx(model, X.astype(np.float32), tmp_path / "model.onnx").notes == ()


def test_options_and_opset(tmp_path):
    model, X = fitted("string labels")
    path = tmp_path / "model.onnx"
    export = fastjoblib.to_onnx(model, X.astype(np.float32), path, options={"zipmap": True}, target_opset=15)
    assert export.equal and export.outputs[1].value.type.startswith("sequence(map(string")
    assert fastjoblib.inspect_onnx(path).opsets["ai.onnx"] == 15
    export = fastjoblib.to_onnx(model, X, path, options={id(model): {"raw_scores": True}})
    assert export.equal and export.outputs[1].method == "decision_function"
    with pytest.raises(fastjoblib.OnnxExportError, match="no_such_option"):
        fastjoblib.to_onnx(model, X, path, options={"no_such_option": 1})


def test_no_warnings_of_other_packages(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("histogram boosting", "multi-output"):
            fastjoblib.to_onnx(*fitted(name), tmp_path / "model.onnx")


def test_columns_whose_names_are_no_identifiers(tmp_path):
    """skl2onnx makes `a_b`, `a_b1` and `_1st` of them."""
    names = {"age": "a b", "height": "a_b", "visits": "1st", "city": "\u00e4-\u00f6"}
    frame = FRAME.rename(columns=names)
    numbers = ("numbers", StandardScaler(), ["a b", "a_b", "1st"])
    transformer = ColumnTransformer([numbers, ("city", OneHotEncoder(), ["\u00e4-\u00f6"])])
    model = make_pipeline(transformer, LogisticRegression()).fit(frame, LABELS)
    path = str(tmp_path / "model.onnx")
    assert fastjoblib.to_onnx(model, frame, path).equal
    assert [value.name for value in fastjoblib.inspect_onnx(path).inputs] == list(names.values())
    assert (run(path, frame)[0] == model.predict(frame)).all()
