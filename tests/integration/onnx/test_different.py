# SPDX-License-Identifier: BSD-3-Clause
"""`to_onnx`: where an ONNX file predicts otherwise, it says so, of which rows, and why."""

import warnings

import fastjoblib
import numpy as np
import pytest
from integration.onnx.models import X, Y, fitted
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

BELOW = np.float64(np.float32(1.0))
BETWEEN = BELOW + 2.0**-30  # the same float32 as BELOW


def split_between_neighbours():
    """A model whose thresholds lie between two values that are one in float32, and rows on both sides."""
    data = np.array([BELOW] * 40 + [BETWEEN] * 40 + [2.0] * 40).reshape(-1, 1)
    target = np.repeat([0.0, 10.0, 20.0], 40)
    return HistGradientBoostingRegressor(max_iter=50, learning_rate=0.5, min_samples_leaf=5).fit(data, target), data


def test_values_between_neighbours_in_float32(tmp_path):
    model, data = split_between_neighbours()
    assert abs(model.predict([[BELOW]]) - model.predict([[BETWEEN]])) > 5  # it can tell them apart
    path = tmp_path / "model.onnx"
    with pytest.warns(fastjoblib.OnnxMismatchWarning, match="DIFFERENT predictions for 40 of 120 rows") as found:
        export = fastjoblib.to_onnx(model, data, path)
    assert found[0].filename == __file__
    assert not export.equal
    assert export.rows in (tuple(range(40)), tuple(range(40, 80)))  # one of the two sides
    assert export.outputs[0].largest_absolute == pytest.approx(10, abs=1e-3)
    assert export.outputs[0].largest_relative > 0.9
    assert "40 rows because X is rounded to float32" in export.notes[-1]
    assert "another reason" not in export.notes[-1]
    assert "DIFFERENT" in str(export) and "40 rows because" in str(export)
    assert path.exists()


def test_forests_round_to_float32_themselves(tmp_path):
    """Their ONNX form does not, where it is given float64: an input of float32 is the one that predicts the same."""
    data = np.round(X, 1)
    model = RandomForestClassifier(50, random_state=0).fit(data, Y)
    export = fastjoblib.to_onnx(model, data, tmp_path / "model.onnx")
    assert export.equal
    assert [value.type for value in export.inputs] == ["float32"]
    assert "for which more rows differ" in export.notes[0]


def test_other_labels(tmp_path):
    """Of a model that a converter gets wrong: here one that changes after the conversion has seen it."""
    model, data = fitted("string labels")

    class Contrary(type(model)):
        def predict(self, X):
            labels = super().predict(X)
            labels[[3, 77]] = "something else"
            return labels

    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
    from skl2onnx.operator_converters.linear_classifier import convert_sklearn_linear_classifier

    update_registered_converter(
        Contrary,
        "Contrary",
        calculate_linear_classifier_output_shapes,
        convert_sklearn_linear_classifier,
        options={"zipmap": [True, False, "columns"], "raw_scores": [True, False], "nocl": [True, False]},
    )
    contrary = Contrary().fit(data, model.predict(data))
    with pytest.warns(fastjoblib.OnnxMismatchWarning, match="2 of 120 rows .*: rows 3, 77"):
        export = fastjoblib.to_onnx(contrary, data.astype(np.float32), tmp_path / "model.onnx")
    label, probabilities = export.outputs
    assert label.rows == (3, 77) and label.largest_absolute is None and not label.equal
    assert probabilities.equal and probabilities.rows == ()
    assert "Not because X is rounded" in export.notes[-1]


def test_scores_of_a_svc_of_two_classes(tmp_path):
    """skl2onnx has its columns in the other order; the labels are right."""
    with pytest.warns(fastjoblib.OnnxMismatchWarning, match="120 of 120 rows"):
        export = fastjoblib.to_onnx(SVC().fit(X, Y > 0), X, tmp_path / "model.onnx")
    assert [output.equal for output in export.outputs] == [True, False]


def test_words_beyond_ascii(tmp_path):
    """To ONNX Runtime "\\w" is ASCII, so that it finds other words."""
    texts = np.array(["a city like Oslo", "a city like Z\u00fcrich"] * 20)
    model = make_pipeline(CountVectorizer(lowercase=False), LogisticRegression()).fit(texts, [0, 1] * 20)
    with pytest.warns(fastjoblib.OnnxMismatchWarning, match="20 of 40 rows"):
        export = fastjoblib.to_onnx(model, texts, tmp_path / "model.onnx")
    assert export.rows == tuple(range(1, 40, 2))


def test_tolerance(tmp_path):
    model, data = fitted("random forest")
    path = tmp_path / "model.onnx"
    with pytest.warns(fastjoblib.OnnxMismatchWarning):
        strict = fastjoblib.to_onnx(model, data, path, rtol=0, atol=0)
    assert 0 < strict.outputs[1].largest_absolute < 1e-6 and not strict.equal
    model, data = split_between_neighbours()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fastjoblib.to_onnx(model, data, path, atol=11).equal
    for wrong in ({"rtol": -1}, {"atol": float("nan")}):
        with pytest.raises(ValueError, match="rtol and atol of 0 or more"):
            fastjoblib.to_onnx(model, data, path, **wrong)


def test_nan_and_infinity_are_not_taken_for_equal(tmp_path):
    class Odd(LinearRegression):
        def predict(self, X):
            return np.concatenate([[np.nan, np.inf], super().predict(X)[2:]])

    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import calculate_linear_regressor_output_shapes
    from skl2onnx.operator_converters.linear_regressor import convert_sklearn_linear_regressor

    update_registered_converter(
        Odd, "Odd", calculate_linear_regressor_output_shapes, convert_sklearn_linear_regressor
    )
    with pytest.warns(fastjoblib.OnnxMismatchWarning):
        export = fastjoblib.to_onnx(Odd().fit(X, X[:, 0]), X, tmp_path / "model.onnx", rtol=1e9, atol=1e9)
    # A number is within any tolerance of infinity for numpy.allclose too; but not NaN.
    assert 0 in export.rows
    assert export.outputs[0].largest_absolute == np.inf
