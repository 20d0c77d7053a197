# SPDX-License-Identifier: BSD-3-Clause
"""Where in pandas' and scikit-learn's objects a dump fails, and in what Memory and Parallel are given."""

import sys

import fastjoblib
import joblib
import numpy as np
import pandas as pd
import pytest
from helpers.control import error_of
from helpers.unpicklable_places import LOCK
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_union
from sklearn.preprocessing import FunctionTransformer

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="exceptions have notes since Python 3.11")

FUNC = lambda values: values  # noqa: E731


def pipeline():
    return Pipeline([("same", FunctionTransformer()), ("own", FunctionTransformer(FUNC))])


def frame():
    return pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "locks": [None, LOCK]})


def with_attrs(value):
    value.attrs["lock"] = LOCK
    return value


MODELS = {
    "pipeline": (pipeline, "model.steps[1][1].func", "Pipeline > list > tuple > FunctionTransformer > function"),
    "pipeline in a dict": (lambda: {"m": pipeline()}, "model['m'].steps[1][1].func", None),
    "grid search": (
        lambda: GridSearchCV(pipeline(), {}),
        "model.estimator.steps[1][1].func",
        "GridSearchCV > Pipeline > list > tuple > FunctionTransformer > function",
    ),
    "scoring": (
        lambda: GridSearchCV(LogisticRegression(), {"C": [1]}, scoring=make_scorer(FUNC)),
        "model.scoring._score_func",
        None,
    ),
    "parameters": (lambda: GridSearchCV(LogisticRegression(), {"C": [1, FUNC]}), "model.param_grid['C'][1]", None),
    "columns": (
        lambda: ColumnTransformer([("a", FunctionTransformer(), ["a"]), ("b", FunctionTransformer(FUNC), ["b"])]),
        "model.transformers[1][1].func",
        None,
    ),
    "union": (lambda: make_union(pipeline()), "model.transformer_list[0][1].steps[1][1].func", None),
    "voting": (
        lambda: VotingClassifier([("a", LogisticRegression()), ("b", pipeline())]),
        "model.estimators[1][1].steps[1][1].func",
        None,
    ),
}


def fitted_forest():
    forest = RandomForestClassifier(3, random_state=0).fit([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1])
    forest.estimators_[2].callback = FUNC
    return forest


MODELS["fitted forest"] = (
    fitted_forest,
    "model.estimators_[2].callback",
    "RandomForestClassifier > list > DecisionTreeClassifier > function",
)


def note_of(error):
    """Return the note that says where; behind it are those of Python's own pickle, from 3.14 on."""
    note, *others = error.__notes__
    assert all(each.startswith("when serializing ") for each in others) and (sys.version_info >= (3, 14) or not others)
    return note


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("options", [{}, {"compress": 3}, {"compress": "xz"}, {"protocol": 2}], ids=str)
def test_models(tmp_path, name, options):
    build, path, types = MODELS[name]
    model = build()
    error = error_of(fastjoblib.dump, model, tmp_path / "model", **options)[1]
    note = note_of(error)
    assert note.startswith(f"in `{path}`: ")
    assert types is None or note == f"in `{path}`: {types}"
    assert eval(path, {"model": model}) is FUNC
    assert [part.path for part in fastjoblib.find_unpicklable(model)] == [path]


@pytest.mark.parametrize("value", [frame(), {"f": frame().set_index("a")}, frame()["locks"], frame().T], ids=type)
def test_object_columns(value):
    """The inner names are pandas' and change, but they lead there."""
    note = note_of(error_of(fastjoblib.dumps, value)[1])
    path = note.removeprefix("in `").partition("`")[0]
    assert note.endswith(" > ndarray > lock")
    assert eval(path, {"model": value}) is LOCK


@pytest.mark.parametrize("value", [with_attrs(frame()["a"].to_frame()), with_attrs(frame()["a"])], ids=type)
def test_attributes_of_frames(value):
    note = note_of(error_of(fastjoblib.dumps, value)[1])
    assert note.startswith("in `model.") and "attrs['lock']`: " in note


def test_index_of_objects():
    value = pd.DataFrame({"a": [1]}, index=pd.Index([LOCK], dtype=object))
    note = note_of(error_of(fastjoblib.dumps, {"x": value})[1])
    path = note.removeprefix("in `").partition("`")[0]
    assert eval(path, {"model": {"x": value}}) is LOCK


def returns_a_lock(x):
    return {"result": [x, LOCK]}


def takes_anything(x):
    return 1


def test_arguments_of_memory(tmp_path):
    cached = fastjoblib.Memory(tmp_path, verbose=0).cache(takes_anything)
    error = error_of(cached, {"a": [1, LOCK]})[1]
    assert note_of(error) == "in `model['x']['a'][1]`: dict > dict > list > lock"


def test_results_of_memory(tmp_path):
    """joblib makes a warning of what it cannot keep."""
    cached = fastjoblib.Memory(tmp_path, verbose=0).cache(returns_a_lock)
    with pytest.warns(Warning, match="Unable to cache to disk.*cannot pickle '_thread.lock' object"):
        assert cached(1) == {"result": [1, LOCK]}


def test_with_the_patch(tmp_path):
    with fastjoblib.patch_joblib():
        error = error_of(joblib.dump, [np.zeros(3), {"a": FUNC}], tmp_path / "file")[1]
    assert note_of(error) == "in `model[1]['a']`: list > dict > function"
