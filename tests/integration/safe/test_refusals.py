# SPDX-License-Identifier: BSD-3-Clause
"""What restricted loading refuses of harmless files, because it is the user's own, or could be anything."""

import functools
import io
import operator

import cloudpickle
import fastjoblib
import joblib
import numpy as np
import pandas as pd
import pytest
from attacks.test_false_alarms import offsets, values
from fastjoblib import UntrustedError, safe_load
from helpers.compare import assert_same
from integration.safe.datasets import FRAME, NULLABLE, TEXT, X, Y
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

pytestmark = pytest.mark.filterwarnings("ignore")


class Own(TransformerMixin, BaseEstimator):
    """A transformer of the user's."""

    def fit(self, given, target=None):
        self.offset_ = given.mean(axis=0)
        return self

    def transform(self, given):
        return given - self.offset_


def twice(given):
    return given * 2


def weights(distances):
    return 1 / (distances + 1)


def agreement(one, other):
    return float(np.mean(one == other))


def words(text):
    return text.split()


def of_the_users():
    """A name, a fitted model, and what a user has to trust for it."""
    own = lambda *objects: tuple(f"{each.__module__}.{each.__qualname__}" for each in objects)  # noqa: E731
    yield "class", make_pipeline(Own(), StandardScaler()).fit(X), own(Own)
    yield "function", FunctionTransformer(twice).fit(X), own(twice)
    yield "weights", KNeighborsClassifier(3, weights=weights).fit(X, Y), own(weights)
    yield "tokenizer", CountVectorizer(tokenizer=words, token_pattern=None).fit(TEXT), own(words)
    scorer = make_scorer(agreement)
    yield "scorer", GridSearchCV(KNeighborsClassifier(), {"p": [1, 2]}, scoring=scorer, cv=2).fit(X, Y), own(agreement)


@pytest.mark.parametrize("case", list(of_the_users()), ids=lambda case: case[0])
def test_what_is_the_users(case):
    _, model, names = case
    data = fastjoblib.dumps(model)
    with pytest.raises(UntrustedError) as caught:
        safe_load(io.BytesIO(data))
    assert caught.value.names == names
    assert all(caught.value.paths[name] for name in names)
    loaded = safe_load(io.BytesIO(data), ("sklearn", *names))
    assert fastjoblib.dumps(loaded) == fastjoblib.dumps(fastjoblib.load(io.BytesIO(data)))


def never(folder):
    """What no list of names can make safe: code, calls of anything, and what writes files."""
    yield "lambda", cloudpickle.dumps(FunctionTransformer(lambda given: given * 2))
    yield "partial", fastjoblib.dumps(FunctionTransformer(functools.partial(np.clip, a_min=0, a_max=1)))
    yield "getter", fastjoblib.dumps(FunctionTransformer(operator.itemgetter("a")))
    yield "method", fastjoblib.dumps(CountVectorizer(preprocessor=str.lower))
    yield "cache", fastjoblib.dumps(make_pipeline(StandardScaler(), memory=joblib.Memory(folder)))
    yield "bound", fastjoblib.dumps({"predict": StandardScaler().fit(X).transform})
    distribution = loguniform(0.1, 1)
    distribution.dist._parse_arg_template = "raise SystemExit"
    yield "template", fastjoblib.dumps(distribution)


def test_what_is_never_loaded(tmp_path):
    for name, data in never(tmp_path):
        with pytest.raises(UntrustedError):
            pytest.fail(f"{name}: {safe_load(io.BytesIO(data))!r}")


# Of the values that `scan` finds clean.
REFUSED_VALUES = {
    "Context": "Python's arithmetic has settings for a whole thread",
    "recarray": "NumPy makes it of a class that the file names",
    "dok_matrix": "before protocol 2, a dict with what SciPy does not check",
}


@pytest.mark.parametrize("protocol", [2, 5])
def test_values(protocol):
    """Python's, NumPy's, SciPy's and pandas' own, one by one."""
    refused = set()
    for value in (part for whole in values() for part in (whole if isinstance(whole, list) else [whole])):
        data = fastjoblib.dumps(value, protocol=protocol)
        try:
            loaded = safe_load(io.BytesIO(data))
        except UntrustedError:
            refused.add(type(value).__name__)
        else:
            if loaded is not pd.NaT and loaded is not pd.NA:  # they are equal to nothing
                assert_same(loaded, fastjoblib.load(io.BytesIO(data)))
    assert refused <= REFUSED_VALUES.keys()


def test_offsets():
    for value in offsets():
        data = fastjoblib.dumps(value)
        assert safe_load(io.BytesIO(data)) == value


def test_frames():
    for frame in (FRAME, NULLABLE, FRAME.T, FRAME.set_index(["colour", "count"]), FRAME["grade"], FRAME.columns):
        data = fastjoblib.dumps({"frame": frame, "dtypes": getattr(frame, "dtypes", None)})
        assert_same(safe_load(io.BytesIO(data))["frame"], frame)


def test_a_model_cannot_read_files():
    """It calls what it holds with the user's data and with keywords of the file's: a Booster would read a file."""
    lightgbm = pytest.importorskip("lightgbm")
    reader = FunctionTransformer(lightgbm.Booster, kw_args={"model_file": "model.txt"})
    with pytest.raises(UntrustedError, match="a function was expected"):
        safe_load(io.BytesIO(fastjoblib.dumps(reader)), ("sklearn", "lightgbm"))
    stand_in = safe_load(io.BytesIO(fastjoblib.dumps([lightgbm.Booster])), ("lightgbm",))[0]
    with pytest.raises(TypeError):
        stand_in(None, model_file="model.txt")


def test_settings_of_python_stay_as_they_are():
    masked = fastjoblib.dumps(np.ma.masked)
    assert safe_load(io.BytesIO(masked)) is np.ma.masked
    missing = fastjoblib.dumps([pd.NA, pd.NaT, ..., NotImplemented, None])
    assert all(map(operator.is_, safe_load(io.BytesIO(missing)), fastjoblib.load(io.BytesIO(missing))))
