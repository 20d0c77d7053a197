# SPDX-License-Identifier: BSD-3-Clause
"""What cards say of odd models and data, and odd cards that others wrote."""

import functools
import json
import os
import pathlib
import pickle
import stat
import tempfile

import fastjoblib
import numpy as np
import pytest
from helpers.users import as_nobody, as_root
from sklearn.linear_model import LogisticRegression


class Odd:
    """Raises wherever it can."""

    def get_params(self):
        raise KeyError("nothing is set")

    def __repr__(self):
        raise RuntimeError("no text")


def of_two(a):
    return a


def save(folder, version="1.0", model=(1,), **said):
    return fastjoblib.save_model(list(model) if isinstance(model, tuple) else model, folder, "m", version, **said)


def test_differences_are_all_that_differs(tmp_path):
    save(tmp_path, "1.0", metrics={"a": {"b": 1}, "a.b": 2, "e": {}, "n": None, "": 1})
    save(tmp_path, "1.1", metrics={"a": {"b": 5}, "a.b": 3, "": 2})
    found = fastjoblib.compare_models(tmp_path, "m", "1.0", "1.1").differences
    assert {name: pair for name, pair in found.items() if name.startswith("metrics")} == {
        "metrics.a.b": (1, 5),
        'metrics["a.b"]': (2, 3),
        "metrics.e": ({}, None),
        "metrics.n": (None, None),
        'metrics[""]': (1, 2),
    }


def test_numbers_of_any_size(tmp_path):
    save(tmp_path, "1.0", metrics={"n": 10**400})
    save(tmp_path, "1.1", metrics={"n": 0.5})
    assert "n 1000" in str(fastjoblib.list_models(tmp_path)) and fastjoblib.list_models(tmp_path)._repr_html_()
    assert "metrics.n" in str(fastjoblib.compare_models(tmp_path, "m", "1.0", "1.1"))
    with pytest.raises(ValueError, match=r"metrics\['a'\]\[1\]: expected a number of at most 3,900 digits"):
        save(tmp_path, "1.2", metrics={"a": [1, 10**5000]})
    with pytest.raises(ValueError, match="a version may have 60 characters, and this has 5,000"):
        save(tmp_path, "9" * 5000)


def test_cards_have_no_addresses(tmp_path):
    said = {"state": np.random.RandomState(0), "f": functools.partial(of_two, a=2), "g": [Odd(), object()]}
    text = json.dumps(save(tmp_path, hyperparameters=said).to_dict())
    assert "0x" not in text and "RandomState(MT19937)" in text and "of_two" in text and "test_models_cards.Odd" in text


@pytest.mark.parametrize(("model", "reason"), [(Odd(), "KeyError"), (LogisticRegression, "")])
def test_models_that_say_nothing_of_themselves(tmp_path, model, reason):
    if reason:
        with pytest.warns(UserWarning, match=f"get_params.. of the model fails: {reason}"):
            card = save(tmp_path, model=model)
    else:
        card = save(tmp_path, model=model)
    assert card.hyperparameters is None
    assert save(tmp_path, "1.1", model=model, hyperparameters={"a": 1}).hyperparameters == {"a": 1}


class Shaped:
    def __init__(self, shape, columns=None):
        self.shape = shape
        self.columns = columns or self.all_columns

    def all_columns(self):
        return []


def test_data_of_any_kind(tmp_path):
    columns = {"a": [1, 2, 3], "b": [1, 2, 3]}
    card = save(tmp_path, X=columns, y=[1, 2, 3])
    assert (card.training_samples, card.n_features, card.feature_names) == (3, 2, ["a", "b"])
    card = save(tmp_path, "1.1", X=Shaped((3, None)))
    assert (card.training_samples, card.n_features, card.feature_names) == (3, None, None)
    with pytest.raises(TypeError, match="X must have a shape or a length, not be of type list_iterator"):
        save(tmp_path, "1.2", X=iter([1]))
    assert [card.version for card in fastjoblib.list_models(tmp_path)] == ["1.0", "1.1"]


def test_what_contains_itself(tmp_path):
    twice = {"list": []}
    twice["a"] = twice["b"] = twice
    twice["list"] += [twice["list"], 1]
    assert save(tmp_path, metrics=twice).metrics == {"list": ["...", 1], "a": "...", "b": "..."}
    doubled = [0]
    for _ in range(19):
        doubled = [doubled, doubled]
    with pytest.raises(ValueError, match="a card has room for 100,000 entries"):
        save(tmp_path, "1.1", metrics={"doubled": doubled})


def test_keys_that_would_be_one(tmp_path):
    assert save(tmp_path, metrics={1: "a", np.int64(2): "b", None: "c"}).metrics == {"1": "a", "2": "b", "None": "c"}
    with pytest.raises(ValueError, match="metrics.*: two keys are written '1' in a card"):
        save(tmp_path, "1.1", metrics={"deep": {1: "a", "1": "b"}})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"acc": 0.5', '"acc": 1e999', "1e999 is too large"),
        ('"acc": 0.5', f'"acc": {"[" * 900}{"]" * 900}', "more than 100 levels"),
        ('"acc": 0.5', f'"acc": {"[" * 100_000}', "found what is none"),
        ('"size_bytes": ', f'"size_bytes": {"9" * 4000}', "to be from 0 to"),
        ('"size_bytes": ', '"size_bytes": -', "to be from 0 to"),
    ],
)
def test_cards_that_others_wrote(tmp_path, old, new, message):
    save(tmp_path, metrics={"acc": 0.5})
    (path,) = (tmp_path / "metadata").glob("*.json")
    path.write_text(path.read_text().replace(old, new))
    with pytest.warns(UserWarning, match=f"left out: .*{message}") as warned:
        assert fastjoblib.list_models(tmp_path) == []
    assert len(str(warned[0].message)) < 1000


def test_listing_many_names_reads_the_directory_once(tmp_path, monkeypatch):
    for i in range(20):
        fastjoblib.save_model([i], tmp_path, f"m{i}", "1.0")
    calls = []
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda *given: calls.append(given) or listdir(*given))
    assert len(fastjoblib.list_models(tmp_path)) == 20 and len(calls) == 1


@as_root
def test_two_users_of_a_group():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        save(folder, "1.0")  # which makes folders and lock, and imports what is needed
        fastjoblib.rollback(folder, "m", "1.0")
        for each in (folder / "models", folder / "metadata"):
            os.chown(each, 0, 4242)
            each.chmod(0o2775)
        assert stat.S_IMODE((folder / "metadata" / ".m.lock").stat().st_mode) == 0o644
        as_nobody(save, folder, "1.1", group=4242)
        as_nobody(fastjoblib.rollback, folder, "m", "1.0", group=4242)
        assert fastjoblib.list_models(folder)[0].status == "latest"


def test_a_card_is_pickled(tmp_path):
    card = save(tmp_path)
    assert pickle.loads(pickle.dumps(card)) == card
