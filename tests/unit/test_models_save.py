# SPDX-License-Identifier: BSD-3-Clause
"""save_model: what is written, what is refused, and that what fails leaves nothing."""

import datetime
import hashlib
import json
import math
import os
import platform
import re
import sys
import threading

import fastjoblib
import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from fastjoblib._models import saving
from fastjoblib._models.facts import json_safe
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X = pd.DataFrame(np.random.default_rng(0).random((30, 2)), columns=["width", "height"])
Y = np.arange(30) % 2
MODEL = make_pipeline(StandardScaler(), LogisticRegression(C=0.5)).fit(X, Y)


def files_in(folder):
    paths = (os.path.join(top, name) for top, _, names in os.walk(folder) for name in names)
    return sorted(os.path.relpath(path, folder) for path in paths)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def test_names_and_contents(tmp_path):
    before = now().replace(microsecond=0)
    metrics = {"accuracy": np.float64(0.75), "confusion": np.eye(2, dtype=int)}
    directory = tmp_path / "new" / "folder"
    card = fastjoblib.save_model(MODEL, directory, "iris_classifier", "1.0.0", metrics=metrics, X=X, y=Y)
    stem = f"iris_classifier_v1.0.0_{card.timestamp[:10]}"
    assert files_in(directory) == [
        "metadata/.iris_classifier.lock",
        f"metadata/{stem}_metadata.json",
        f"models/{stem}.joblib",
    ]
    written = json.loads((directory / f"metadata/{stem}_metadata.json").read_text())
    assert written == card.to_dict()
    content = (directory / card.file).read_bytes()
    assert written["sha256"] == hashlib.sha256(content).hexdigest() and written["size_bytes"] == len(content)
    assert before <= datetime.datetime.fromisoformat(written["timestamp"]) <= now()
    assert written["metrics"] == {"accuracy": 0.75, "confusion": [[1, 0], [0, 1]]}
    assert written["hyperparameters"]["logisticregression__C"] == 0.5
    assert written["hyperparameters"]["standardscaler"] == "sklearn.preprocessing._data.StandardScaler"
    assert (written["training_samples"], written["n_features"]) == (30, 2)
    assert written["feature_names"] == ["width", "height"]
    assert written["python"] == platform.python_version()
    assert written["packages"]["numpy"] == np.__version__ and "sklearn" in written["packages"]
    assert written["model_class"] == "sklearn.pipeline.Pipeline"


def test_the_file_is_sealed_and_joblibs(tmp_path):
    path = tmp_path / fastjoblib.save_model(MODEL, tmp_path, "model", "1").file
    fastjoblib.verify(path)
    report = fastjoblib.inspect(path)
    assert report.seal.facts["metadata"] == {"name": "model", "version": "1"}
    assert report.compressor == "zlib"
    assert (joblib.load(path).predict(X) == MODEL.predict(X)).all()


@pytest.mark.parametrize("compress", [0, "lz4", ("xz", 1)])
def test_compress(tmp_path, compress):
    card = fastjoblib.save_model(MODEL, tmp_path, "model", "1", compress=compress)
    method = compress if isinstance(compress, (int, str)) else compress[0]
    assert fastjoblib.inspect(tmp_path / card.file).compressor == (method or None)
    assert (fastjoblib.load_model(tmp_path, "model").predict(X) == MODEL.predict(X)).all()


def test_without_anything_known(tmp_path):
    card = fastjoblib.save_model([1], tmp_path, "list", "1")
    assert (card.hyperparameters, card.metrics, card.training_samples, card.n_features) == (None, {}, None, None)
    card = fastjoblib.save_model(MODEL, tmp_path, "list", "2", hyperparameters={"own": (1, 2)})
    assert card.hyperparameters == {"own": [1, 2]} and card.feature_names == ["width", "height"]


def test_training_data(tmp_path):
    sparse = scipy.sparse.csr_matrix(np.eye(4))
    assert fastjoblib.save_model([], tmp_path, "m", "1", X=sparse, y=[1, 2, 3, 4]).training_samples == 4
    card = fastjoblib.save_model([], tmp_path, "m", "2", X=["one text", "another"])
    assert (card.training_samples, card.n_features) == (2, None)
    with pytest.raises(ValueError, match="expected as many samples in y as in X, found 3 and 4"):
        fastjoblib.save_model([], tmp_path, "m", "3", X=sparse, y=[1, 2, 3])


class Opaque:
    pass


def test_what_json_does_not_have():
    safe = json_safe(
        {
            1: [math.nan, -math.inf, np.float32(0.5), np.int64(3), np.bool_(True)],
            "names": [Opaque, np.mean, Opaque(), StandardScaler()],
            "large": np.zeros((100, 100)),
            "set": {3, 1},
            "lines": ValueError("one\n  two"),
            "time": np.datetime64("2025-01-15"),
            "record": np.zeros(1, [("a", int)])[0],
        }
    )
    assert json.loads(json.dumps(safe, allow_nan=False)) == safe
    assert safe["1"] == ["nan", "-inf", 0.5, 3, True]
    name = f"{Opaque.__module__}.Opaque"
    assert safe["names"] == [name, "numpy.mean", name, "sklearn.preprocessing._data.StandardScaler"]
    assert safe["large"] == "array of float64, shape (100, 100)" and safe["set"] == [1, 3]
    assert safe["lines"] == "ValueError('one\\n two')" and "2025" in safe["time"]
    recursive = []
    recursive.append(recursive)
    json.dumps(json_safe(recursive))


@pytest.mark.parametrize("version", ["1.0.0", "1", "1.0", "v1.0.0"])
def test_a_version_is_not_overwritten(tmp_path, version):
    fastjoblib.save_model("first", tmp_path, "model", "1.0.0")
    before = files_in(tmp_path)
    with pytest.raises(FileExistsError, match="has a version 1.0.0, and versions are not overwritten: '.*json'"):
        fastjoblib.save_model("second", tmp_path, "model", version)
    assert files_in(tmp_path) == before and fastjoblib.load_model(tmp_path, "model") == "first"
    fastjoblib.save_model("other", tmp_path, "other", version)


def test_nor_is_a_file_without_a_card(tmp_path):
    card = fastjoblib.save_model("first", tmp_path, "model", "1.0.0")
    for path in (tmp_path / "metadata").glob("*.json"):
        path.unlink()
    with pytest.raises(FileExistsError, match="file of this name without a card: '.*joblib'"):
        fastjoblib.save_model("second", tmp_path, "model", "1.0.0")
    assert fastjoblib.load(tmp_path / card.file) == "first"
    fastjoblib.save_model("second", tmp_path, "model", "1.0.1")
    assert (tmp_path / card.file).exists()


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "a\\b", "a\0b", "a b", "-x", "x" * 101, "\u20ac", "a\n"])
def test_bad_names(tmp_path, name):
    with pytest.raises(ValueError, match="expected as the name of a model"):
        fastjoblib.save_model(1, tmp_path, name, "1.0")
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("version", ["", "latest", "one", "1.0/..", "1_v2_3", "1.0+" + "a" * 60])
def test_bad_versions(tmp_path, version):
    with pytest.raises(ValueError, match="version"):
        fastjoblib.save_model(1, tmp_path, "model", version)
    assert files_in(tmp_path) == []


def test_bad_types(tmp_path):
    for arguments, options in (((5, "1"), {}), (("m", 1.0), {}), (("m", "1"), {"metrics": [1]})):
        with pytest.raises(TypeError):
            fastjoblib.save_model(1, tmp_path, *arguments, **options)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("name", ["x" * 100, "mod\u00e8le", "a_v1.0_2025-01-15", "v2", "a.b-c", "m_rollback"])
@pytest.mark.parametrize("version", ["1.0", "1!2.0.post1.dev3+local.7", "1.0+" + "a" * 56])
def test_odd_names_and_versions(tmp_path, name, version):
    fastjoblib.save_model("other", tmp_path, "a", "1.0")
    fastjoblib.save_model(version, tmp_path, name, version)
    assert fastjoblib.load_model(tmp_path, name) == fastjoblib.load_model(tmp_path, name, version) == version
    assert [card.name for card in fastjoblib.list_models(tmp_path, name)] == [name]
    assert fastjoblib.load_model(tmp_path, "a") == "other"


class Interrupted:
    def __reduce__(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize("bad, error", [(threading.Lock(), TypeError), (Interrupted(), KeyboardInterrupt)])
def test_a_dump_that_fails_leaves_nothing(tmp_path, bad, error):
    with pytest.raises(error):
        fastjoblib.save_model([np.zeros(100_000), bad], tmp_path, "model", "1.0")
    assert files_in(tmp_path) == ["metadata/.model.lock"]
    fastjoblib.save_model("good", tmp_path, "model", "1.0")


def test_a_card_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving, "put", full)
    with pytest.raises(OSError, match="No space left"):
        fastjoblib.save_model([1], tmp_path, "model", "1.0")
    assert files_in(tmp_path) == ["metadata/.model.lock"] and fastjoblib.list_models(tmp_path) == []


def test_text_that_is_no_unicode(tmp_path):
    card = fastjoblib.save_model([1], tmp_path, "model", "1.0", metrics={"\udc80": "\udc81\n\x1b[31m"})
    [listed] = fastjoblib.list_models(tmp_path)
    assert listed == card and listed.metrics == {"\udc80": "\udc81\n\x1b[31m"}
    assert str(listed).replace("\n", "").isprintable()


def test_without_packaging(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.version", None)
    for call in (
        lambda: fastjoblib.save_model([1], tmp_path, "model", "1.0"),
        lambda: fastjoblib.load_model(tmp_path, "model", "1.0"),
    ):
        with pytest.raises(ImportError, match=re.escape("pip install 'fastjoblib[models]'")):
            call()
