# SPDX-License-Identifier: BSD-3-Clause
"""list_models, compare_models and rollback."""

import json
import os
import pickle

import fastjoblib
import pytest


def save(folder, *versions, name="model"):
    for i, version in enumerate(versions):
        parameters = {"C": i, "solver": "lbfgs"}
        fastjoblib.save_model(
            version, folder, name, version, metrics={"accuracy": 0.5 + i / 8}, hyperparameters=parameters
        )


def statuses(folder, name="model"):
    return {card.version: card.status for card in fastjoblib.list_models(folder, name)}


def latest(folder):
    found = fastjoblib.load_model(folder, "model")
    assert [version for version, status in statuses(folder).items() if status == "latest"] == [found]
    return found


def test_list(tmp_path):
    assert fastjoblib.list_models(tmp_path) == [] and str(fastjoblib.list_models(tmp_path)) == "no models"
    save(tmp_path, "1.10", "1.9", "2.0rc1")
    save(tmp_path, "0.1", name="another")
    found = fastjoblib.list_models(tmp_path)
    assert [(card.name, card.version, card.status) for card in found] == [
        ("another", "0.1", "latest"),
        ("model", "1.9", ""),
        ("model", "1.10", "latest"),
        ("model", "2.0rc1", ""),
    ]
    assert [card.name for card in fastjoblib.list_models(tmp_path, "another")] == ["another"]
    assert fastjoblib.list_models(tmp_path, "none") == []
    lines = str(found).splitlines()
    assert len(lines) == 5 and lines[0].split() == ["name", "version", "status", "saved", "size", "class", "metrics"]
    assert "accuracy 0.625" in lines[2] and "latest" in lines[3]
    with pytest.raises(FileNotFoundError):
        fastjoblib.list_models(tmp_path / "missing")
    with pytest.raises(ValueError, match="name of a model"):
        fastjoblib.list_models(tmp_path, "../x")


def test_cards_are_shown(tmp_path):
    card = fastjoblib.save_model([1], tmp_path, "model", "1.0", metrics={"<b>": "<script>\x1b[31m", "f1": 0.25})
    assert pickle.loads(pickle.dumps(card)) == card
    lines = {line.split()[0]: line.split()[-1] for line in str(card).splitlines()}
    assert lines["sha256"] == card.sha256 and lines["metrics.f1"] == "0.25" and "\x1b" not in str(card)
    assert str(card).startswith("name ") and "<th" not in card._repr_html_()
    html = card._repr_html_() + fastjoblib.list_models(tmp_path)._repr_html_()
    assert "&lt;script&gt;" in html and "<script" not in html and "<b>" not in html and "\x1b" not in html


def test_other_files_are_none_of_its_business(tmp_path):
    save(tmp_path, "1.0")
    for name in ("notes", "model", "model_vone_2025-01-15", "model_v1.0rc01_2025-01-15", "-_v1.0_2025-01-15"):
        (tmp_path / "metadata" / f"{name}_metadata.json").write_text("x")
    (tmp_path / "models" / "x.joblib").write_text("x")
    assert [card.version for card in fastjoblib.list_models(tmp_path)] == ["1.0"]


def test_a_file_of_another_size_is_left_out(tmp_path):
    save(tmp_path, "1.0", "2.0")
    path = tmp_path / fastjoblib.list_models(tmp_path)[1].file
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    message = rf"left out: '{path}' .*expected {len(data)} bytes, as .* says, found {len(data) - 1}"
    with pytest.warns(UserWarning, match=message):
        assert [card.version for card in fastjoblib.list_models(tmp_path)] == ["1.0"]
    path.unlink()
    with pytest.warns(UserWarning, match="left out: .*the file is missing that belongs to the card"):
        assert [card.version for card in fastjoblib.list_models(tmp_path)] == ["1.0"]


def test_compare(tmp_path):
    save(tmp_path, "1.0", "1.1")
    fastjoblib.save_model([1], tmp_path, "model", "1.2", metrics={"f1": 1.0})
    found = fastjoblib.compare_models(tmp_path, "model", "1.0.0", "1.1")
    assert (found.a.version, found.b.version) == ("1.0", "1.1")
    assert found.differences["metrics.accuracy"] == (0.5, 0.625)
    assert found.differences["hyperparameters.C"] == (0, 1) and "hyperparameters.solver" not in found.differences
    lines = [line.split() for line in str(found).splitlines()]
    assert lines[0] == ["model", "1.0", "1.1", "change"]
    assert ["metrics.accuracy", "0.5", "0.625", "+0.125"] in lines and ["hyperparameters.C", "0", "1", "+1"] in lines
    assert "the same" in str(found) and "+0.125" in found._repr_html_()
    other = fastjoblib.compare_models(tmp_path, "model", "1.1", "latest").differences
    assert other["metrics.f1"] == (None, 1.0) and other["metrics.accuracy"] == (0.625, None)
    assert fastjoblib.compare_models(tmp_path, "model", "1.1", "1.1").differences == {}
    fastjoblib.save_model([1], tmp_path, "model", "1.3", hyperparameters={"C": None})
    lines = str(fastjoblib.compare_models(tmp_path, "model", "1.1", "1.3")).splitlines()
    assert [line.split() for line in lines if "hyperparameters" in line] == [
        ["hyperparameters.C", "1", "null"],
        ["hyperparameters.solver", "lbfgs", "-"],
    ]
    with pytest.raises(FileNotFoundError, match="has no version 3"):
        fastjoblib.compare_models(tmp_path, "model", "1.0", "3")


def test_rollback(tmp_path):
    save(tmp_path, "1.0", "1.1", "1.2")
    card = fastjoblib.rollback(tmp_path, "model")
    assert (card.version, card.status) == ("1.1", "latest") and latest(tmp_path) == "1.1"
    assert statuses(tmp_path) == {"1.0": "", "1.1": "latest", "1.2": "withdrawn"}
    assert fastjoblib.rollback(tmp_path, "model").version == "1.0" and latest(tmp_path) == "1.0"
    with pytest.raises(ValueError, match="'model' has no version before 1.0 to go back to"):
        fastjoblib.rollback(tmp_path, "model")
    assert fastjoblib.load_model(tmp_path, "model", "1.2") == "1.2"
    with pytest.raises(FileExistsError):
        save(tmp_path, "1.1")


def test_what_is_saved_after_a_rollback_is_the_latest(tmp_path):
    save(tmp_path, "1.0", "1.1", "1.2")
    fastjoblib.rollback(tmp_path, "model", "1.0")
    save(tmp_path, "1.0.1")
    assert latest(tmp_path) == "1.0.1"
    save(tmp_path, "1.3")
    assert latest(tmp_path) == "1.3"
    assert fastjoblib.rollback(tmp_path, "model").version == "1.0.1"  # 1.1 and 1.2 stay withdrawn


def test_rollback_forward(tmp_path):
    save(tmp_path, "1.0", "1.1", "1.2")
    fastjoblib.rollback(tmp_path, "model", "1.1")
    fastjoblib.rollback(tmp_path, "model", "1.0")
    assert fastjoblib.rollback(tmp_path, "model", "1.2").version == "1.2" and latest(tmp_path) == "1.2"
    assert statuses(tmp_path) == {"1.0": "", "1.1": "withdrawn", "1.2": "latest"}
    (tmp_path / "metadata" / "model_rollback.json").unlink()
    assert statuses(tmp_path) == {"1.0": "", "1.1": "", "1.2": "latest"}


def test_rollback_and_pre_releases(tmp_path):
    save(tmp_path, "1.0", "2.0a1", "2.0a2", "2.0a3")
    assert fastjoblib.rollback(tmp_path, "model", "2.0a2").version == latest(tmp_path) == "2.0a2"
    assert fastjoblib.rollback(tmp_path, "model").version == latest(tmp_path) == "1.0"
    save(tmp_path, "2.0a4")
    assert latest(tmp_path) == "1.0"


def test_rollback_needs_a_whole_version(tmp_path):
    save(tmp_path, "1.0", "1.1")
    with pytest.raises(FileNotFoundError, match="no model is called 'other'"):
        fastjoblib.rollback(tmp_path, "other")
    with pytest.raises(FileNotFoundError, match="has no version 3.0"):
        fastjoblib.rollback(tmp_path, "model", "3.0")
    [card] = (tmp_path / "metadata").glob("model_v1.0_*.json")
    card.write_text("{}")
    with pytest.raises(fastjoblib.InvalidFileError, match="expected the key"):
        fastjoblib.rollback(tmp_path, "model")
    assert fastjoblib.load_model(tmp_path, "model") == "1.1"


@pytest.mark.parametrize(
    "noted, message",
    [
        ("{", "expected JSON"),
        ('{"to": "1.0"}', "expected the key 'withdrawn'"),
        ('{"to": "x", "withdrawn": []}', "expected a version by PEP 440, like .*, found 'x'"),
        ('{"to": "1.0", "withdrawn": [5]}', "a version must be a str"),
    ],
)
def test_a_damaged_rollback(tmp_path, noted, message):
    save(tmp_path, "1.0", "1.1")
    path = tmp_path / "metadata" / "model_rollback.json"
    path.write_text(noted)
    for call in (fastjoblib.load_model, fastjoblib.rollback):
        with pytest.raises(fastjoblib.InvalidFileError, match=message) as caught:
            call(tmp_path, "model")
        assert caught.value.filename == str(path)
    assert fastjoblib.load_model(tmp_path, "model", "1.1") == "1.1"
    save(tmp_path, "2.0", name="other")
    with pytest.warns(UserWarning, match=f"the latest is unknown: '?{path}.*{message}") as warned:
        found = fastjoblib.list_models(tmp_path)
    assert [(card.version, card.status) for card in found] == [("1.0", ""), ("1.1", ""), ("2.0", "latest")]
    assert [warning.filename for warning in warned] == [__file__]
    assert fastjoblib.rollback(tmp_path, "model", "1.0").version == latest(tmp_path) == "1.0"
    assert statuses(tmp_path) == {"1.0": "latest", "1.1": "withdrawn"}


def test_a_rollback_that_is_no_file(tmp_path):
    save(tmp_path, "1.0", "1.1")
    path = tmp_path / "metadata" / "model_rollback.json"
    for make, mended in ((path.mkdir, False), (lambda: os.mkfifo(path), True)):
        make()
        with pytest.raises(fastjoblib.InvalidFileError, match="_rollback.json.*expected a file, found a directory"):
            fastjoblib.load_model(tmp_path, "model")
        with pytest.warns(UserWarning, match="_rollback.json.*expected a file, found a directory"):
            assert statuses(tmp_path) == {"1.0": "", "1.1": ""}
        if mended:
            assert fastjoblib.rollback(tmp_path, "model", "1.0").version == latest(tmp_path) == "1.0"
        else:
            with pytest.raises(IsADirectoryError, match="_rollback.json"):
                fastjoblib.rollback(tmp_path, "model", "1.0")
            path.rmdir()
    assert not list((tmp_path / "metadata").glob(".*pending"))


def test_all_withdrawn(tmp_path):
    save(tmp_path, "1.0", "1.1")
    fastjoblib.rollback(tmp_path, "model")
    noted = json.loads((tmp_path / "metadata" / "model_rollback.json").read_text())
    assert (noted["to"], noted["withdrawn"]) == ("1.0", ["1.1"])
    for path in (tmp_path / "metadata").glob("model_v1.0_*"):
        path.unlink()
    with pytest.raises(ValueError, match="all versions of 'model' are withdrawn, as '.*model_rollback.json' says"):
        fastjoblib.load_model(tmp_path, "model")
    assert statuses(tmp_path) == {"1.1": "withdrawn"}
    assert fastjoblib.rollback(tmp_path, "model", "1.1").version == "1.1" == latest(tmp_path)
