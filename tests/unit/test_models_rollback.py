# SPDX-License-Identifier: BSD-3-Clause
"""What is the latest after a rollback, and what rollback refuses."""

import os

import fastjoblib
import pytest


def save(folder, *versions):
    return [fastjoblib.save_model([version], folder, "model", version) for version in versions]


def latest(folder):
    return fastjoblib.load_model(folder, "model")[0]


def remove(folder, card):
    """As docs/models.md says it."""
    stem = os.path.basename(card.file).removesuffix(".joblib")
    os.unlink(folder / "metadata" / f"{stem}_metadata.json")
    os.unlink(folder / card.file)


def test_a_number_that_was_withdrawn_is_served_when_it_is_saved_anew(tmp_path):
    bad = save(tmp_path, "1.0", "1.1", "1.2")[-1]
    fastjoblib.rollback(tmp_path, "model")
    remove(tmp_path, bad)
    assert latest(tmp_path) == "1.1"
    fastjoblib.save_model(["mended"], tmp_path, "model", "1.2")
    assert latest(tmp_path) == "mended"
    assert [card.status for card in fastjoblib.list_models(tmp_path)] == ["", "", "latest"]


def test_other_versions_stay_withdrawn(tmp_path):
    cards = save(tmp_path, "1.0", "1.1", "1.2", "1.3")
    fastjoblib.rollback(tmp_path, "model", "1.0")
    remove(tmp_path, cards[1])
    save(tmp_path, "1.1")
    assert latest(tmp_path) == "1.1"
    assert [card.status for card in fastjoblib.list_models(tmp_path)] == ["", "latest", "withdrawn", "withdrawn"]


def test_a_damaged_note_does_not_keep_from_saving(tmp_path):
    save(tmp_path, "1.0")
    (tmp_path / "metadata" / "model_rollback.json").write_text("{")
    save(tmp_path, "1.1")
    with pytest.raises(fastjoblib.InvalidFileError, match="model_rollback.json"):
        latest(tmp_path)


def test_pre_releases_after_a_rollback_to_one(tmp_path):
    save(tmp_path, "1.0", "2.0rc1", "2.0rc2")
    fastjoblib.rollback(tmp_path, "model", to="2.0rc1")
    assert latest(tmp_path) == "2.0rc1"
    save(tmp_path, "2.0a1", "2.0rc3")
    assert latest(tmp_path) == "2.0rc3"
    fastjoblib.rollback(tmp_path, "model", to="1.0")
    save(tmp_path, "3.0a1")
    assert latest(tmp_path) == "1.0"


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_no_way_back_to_a_version_that_cannot_be_loaded(tmp_path, damage):
    path = tmp_path / save(tmp_path, "1.0", "1.1", "1.2")[1].file
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        path.unlink()
    for to in (None, "1.1"):
        with pytest.raises((FileNotFoundError, fastjoblib.DamagedFileError), match="missing|expected .* bytes"):
            fastjoblib.rollback(tmp_path, "model", to)
        assert latest(tmp_path) == "1.2"
    assert fastjoblib.rollback(tmp_path, "model", "1.0").version == "1.0"
