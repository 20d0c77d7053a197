# SPDX-License-Identifier: BSD-3-Clause
"""The life of real models, and several processes that save at once."""

import json
import subprocess
import sys
import threading

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.run import SANITIZED, run_python
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

X, Y = load_breast_cancer(return_X_y=True, as_frame=True)
X_TRAIN, X_TEST, Y_TRAIN, Y_TEST = train_test_split(X, Y, random_state=0)

MODELS = {
    "forest": RandomForestClassifier(10, random_state=0),
    "pipeline": make_pipeline(make_column_transformer((StandardScaler(), slice(0, 20))), LogisticRegression()),
    "search": GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [0.5, 2.0]}, cv=2),
    "neighbors": KNeighborsClassifier(metric="minkowski"),
    "boosting": HistGradientBoostingClassifier(max_iter=5),
    "function": make_pipeline(FunctionTransformer(np.log1p), LogisticRegression(max_iter=5000)),
}


@pytest.mark.parametrize("kind", MODELS)
def test_the_life_of_a_model(tmp_path, kind):
    model = MODELS[kind].fit(X_TRAIN, Y_TRAIN)
    predicted = model.predict(X_TEST)
    metrics = {
        "accuracy": accuracy_score(Y_TEST, predicted),
        "confusion": confusion_matrix(Y_TEST, predicted),
        "report": classification_report(Y_TEST, predicted, output_dict=True),
    }
    card = fastjoblib.save_model(model, tmp_path, kind, "1.0.0", metrics=metrics, X=X_TRAIN, y=Y_TRAIN)
    assert (card.training_samples, card.n_features) == (len(X_TRAIN), 30)
    assert card.feature_names == list(X.columns) and card.metrics["accuracy"] == metrics["accuracy"]
    assert set(card.hyperparameters) == set(model.get_params())
    written = json.loads(next((tmp_path / "metadata").glob("*.json")).read_text())
    assert written == card.to_dict() and " at 0x" not in json.dumps(written)
    trusted = ("sklearn", "numpy.log1p") if kind == "function" else ("sklearn",)
    for loaded in (
        fastjoblib.load_model(tmp_path, kind),
        fastjoblib.load_model(tmp_path, kind, "1.0", trusted=trusted),
        joblib.load(tmp_path / card.file),
    ):
        assert (loaded.predict(X_TEST) == predicted).all()
    again = fastjoblib.save_model(model, tmp_path, kind, "1.0.1", metrics=metrics, X=X_TRAIN, y=Y_TRAIN)
    compared = fastjoblib.compare_models(tmp_path, kind, "1.0.0", "1.0.1")
    assert not any(name.startswith(("metrics", "hyperparameters", "packages")) for name in compared.differences)
    assert fastjoblib.rollback(tmp_path, kind).version == "1.0.0"
    assert [each.status for each in fastjoblib.list_models(tmp_path)] == ["latest", "withdrawn"]
    report = fastjoblib.check_size(model)
    assert report.compressed_nbytes < again.size_bytes < report.nbytes
    assert (fastjoblib.load_model(tmp_path, kind).predict(X_TEST) == predicted).all()


def test_another_process_serves_it(tmp_path):
    x, y = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=500).fit(x, y)
    fastjoblib.save_model(model, tmp_path, "iris_classifier", "1.0.0", X=x, y=y)
    code = """
        import sys, fastjoblib
        model = fastjoblib.load_model(sys.argv[1], "iris_classifier", trusted=("sklearn",))
        print(model.predict([[5.1, 3.5, 1.4, 0.2]]).tolist())
    """
    assert run_python(code, arguments=[tmp_path]) == f"{model.predict([[5.1, 3.5, 1.4, 0.2]]).tolist()}\n"
    command = [sys.executable, "-m", "fastjoblib", "models", tmp_path]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "iris_classifier" in shown and "LogisticRegression" in shown


AT_ONCE = """
import os, sys, traceback
import fastjoblib
folder, same, n, n_processes = sys.argv[1], sys.argv[2] == "True", int(sys.argv[3]), 3
ready, going = os.pipe(), os.pipe()
children = []
for process in range(n_processes):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(ready[1], b"!")
            os.read(going[0], 1)
            won = []
            for i in range(n):
                version = f"1.{i}" if same else f"{process}.{i}"
                try:
                    fastjoblib.save_model([process, i] * 1000, folder, "model", version, metrics={"by": process})
                    won.append(version)
                except FileExistsError:
                    pass
            with open(f"{folder}/{process}", "w") as file:
                file.write(" ".join(won))
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    children.append(child)
for _ in children:
    os.read(ready[0], 1)
os.write(going[1], b"!" * n_processes)
while children:
    # Whoever looks meanwhile sees whole versions only.
    cards = fastjoblib.list_models(folder) if os.path.exists(folder + "/metadata") else []
    for card in cards[-2:]:
        assert fastjoblib.load_model(folder, "model", card.version)[0] == card.metrics["by"]
    child, status = os.waitpid(-1, os.WNOHANG)
    if child:
        assert status == 0
        children.remove(child)
wins = {process: open(f"{folder}/{process}").read().split() for process in range(n_processes)}
cards = fastjoblib.list_models(folder)
assert sorted(card.version for card in cards) == sorted(sum(wins.values(), [])), wins
assert len(cards) == (n if same else n * n_processes)
for card in cards:
    assert card.version in wins[card.metrics["by"]]
    assert fastjoblib.load_model(folder, "model", card.version)[0] == card.metrics["by"]
assert sorted(os.listdir(folder + "/models")) == sorted(os.path.basename(card.file) for card in cards)
"""


@pytest.mark.skipif(SANITIZED, reason="AddressSanitizer makes forks slow")
@pytest.mark.parametrize("same", [False, True])
@pytest.mark.parametrize("n", [5, pytest.param(100, marks=pytest.mark.slow)])
def test_several_processes_save_at_once(tmp_path, same, n):
    """Versions of their own: all are saved; the same ones: of each, one process saves it, and the others are told."""
    run_python(AT_ONCE, arguments=[tmp_path, same, n])


FORKING = """
import os, sys, warnings
import fastjoblib
warnings.simplefilter("ignore", DeprecationWarning)  # forks are what this is about
parent = os.getpid()

class Forks:
    def __reduce__(self):
        child = os.fork()
        if child:
            assert os.waitpid(child, 0)[1] == 0
        return list, ()

try:
    fastjoblib.save_model(Forks(), sys.argv[1], "model", "1.0")
except RuntimeError as error:
    os._exit(0 if os.getpid() != parent and "fork" in str(error) else 1)
assert os.getpid() == parent and fastjoblib.load_model(sys.argv[1], "model") == []
"""


def test_a_fork_meanwhile(tmp_path):
    """The child can neither finish the save nor undo it."""
    run_python(FORKING, arguments=[tmp_path])


def test_threads_save_at_once(tmp_path):
    errors = []

    def save(i):
        try:
            fastjoblib.save_model([i], tmp_path, "model", "1.0")
        except FileExistsError:
            errors.append(i)

    threads = [threading.Thread(target=save, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 3 and fastjoblib.load_model(tmp_path, "model") not in [[i] for i in errors]
