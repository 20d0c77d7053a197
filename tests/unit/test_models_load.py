# SPDX-License-Identifier: BSD-3-Clause
"""load_model: which version, and that nothing is run of a file that is not the one of its card."""

import json
import os
import pathlib

import fastjoblib
import numpy as np
import pytest
from fastjoblib._seal import environment
from helpers.control import error_of
from sklearn.linear_model import LinearRegression

RAN = []


def run(what):
    RAN.append(what)
    return what


class Runs:
    """Notes when it is loaded."""

    def __reduce__(self):
        return run, ("loaded",)


def save(folder, *versions, name="model", **options):
    return [fastjoblib.save_model(version, folder, name, version, **options) for version in versions]


def card_path(folder, card):
    return folder / "metadata" / (pathlib.Path(card.file).stem + "_metadata.json")


@pytest.mark.parametrize(
    "versions, latest",
    [
        (["1.9", "1.10", "1.2"], "1.10"),
        (["1.0", "2.0rc1", "2.0.dev3"], "1.0"),
        (["2.0a1", "2.0rc1", "2.0.dev3"], "2.0rc1"),
        (["1.0", "1.0.post1"], "1.0.post1"),
        (["1.0", "1.0+cpu"], "1.0+cpu"),
        (["2025.1", "1!0.1"], "1!0.1"),
        (["1.0rc1", "1.0"], "1.0"),
    ],
)
def test_order(tmp_path, versions, latest):
    save(tmp_path, *versions)
    assert fastjoblib.load_model(tmp_path, "model") == latest
    for version in versions:
        assert fastjoblib.load_model(tmp_path, "model", version) == version


def test_spellings(tmp_path):
    save(tmp_path, "1.0.0", "2.0rc1")
    for version in ("1", "v1.0", "1.0.0.0"):
        assert fastjoblib.load_model(tmp_path, "model", version) == "1.0.0"
    assert fastjoblib.load_model(str(tmp_path), "model", "2.0-rc.1") == "2.0rc1"


def test_what_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no model is called 'model' \(there are none\): '.*'"):
        fastjoblib.load_model(tmp_path, "model")
    save(tmp_path, "1.0", "1.1")
    with pytest.raises(FileNotFoundError, match=r"no model is called 'other' \(there are: model\): '.*'"):
        fastjoblib.load_model(tmp_path, "other")
    with pytest.raises(FileNotFoundError, match=r"'model' has no version 1.2 \(there are: 1.0, 1.1\): '.*'"):
        fastjoblib.load_model(tmp_path, "model", "1.2")
    with pytest.raises(FileNotFoundError, match="missing"):
        fastjoblib.load_model(tmp_path / "missing", "model")
    with pytest.raises(ValueError, match="expected a version by PEP 440"):
        fastjoblib.load_model(tmp_path, "model", "newest")


def test_the_missing_file_of_a_card(tmp_path):
    [card] = save(tmp_path, "1.0")
    (tmp_path / card.file).unlink()
    with pytest.raises(FileNotFoundError, match=r"missing that belongs to the card '.*json': '.*joblib'"):
        fastjoblib.load_model(tmp_path, "model")
    os.mkfifo(tmp_path / card.file)
    with pytest.raises(fastjoblib.InvalidFileError, match="expected a file, found a directory, device or pipe"):
        fastjoblib.load_model(tmp_path, "model")


def test_a_file_without_its_card_is_no_model(tmp_path):
    cards = save(tmp_path, "1.0", "1.1")
    card_path(tmp_path, cards[1]).unlink()
    assert fastjoblib.load_model(tmp_path, "model") == "1.0"
    assert [card.version for card in fastjoblib.list_models(tmp_path)] == ["1.0"]


DAMAGE = {
    "a byte": lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:],
    "cut": lambda data: data[:100],
    "longer": lambda data: data + b"\0",
    "empty": lambda data: b"",
    "another pickle": lambda data: fastjoblib.dumps(Runs()),
}


@pytest.mark.parametrize("trusted", [None, ("numpy", f"{__name__}.run")])
@pytest.mark.parametrize("damage", DAMAGE)
def test_nothing_of_another_file_is_run(tmp_path, damage, trusted):
    card = fastjoblib.save_model([Runs(), np.arange(1000)], tmp_path, "model", "1.0", compress=0)
    path = tmp_path / card.file
    RAN.clear()
    assert fastjoblib.load_model(tmp_path, "model", trusted=trusted)[0] == "loaded" and RAN == ["loaded"]
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    with pytest.raises(fastjoblib.DamagedFileError) as caught:
        fastjoblib.load_model(tmp_path, "model", trusted=trusted)
    assert RAN == ["loaded"] and str(path) in str(caught.value)


def test_the_seal_says_what_is_damaged(tmp_path):
    card = fastjoblib.save_model({"coef": np.arange(1000.0)}, tmp_path, "model", "1.0", compress=0)
    path = tmp_path / card.file
    data = path.read_bytes()
    at = data.index(np.arange(1.0, 10.0).tobytes())
    path.write_bytes(data[:at] + b"x" + data[at + 1 :])
    with pytest.raises(fastjoblib.DamagedFileError, match=r"""array "model\['coef'\]", byte 8 of 8,000"""):
        fastjoblib.load_model(tmp_path, "model")


def test_another_sealed_file(tmp_path):
    card, other = save(tmp_path, "1.0", "2.0")
    (tmp_path / card.file).write_bytes((tmp_path / other.file).read_bytes())
    with pytest.raises(fastjoblib.DamagedFileError, match=f"expected SHA-256 {card.sha256}, as .*found {other.sha256}"):
        fastjoblib.load_model(tmp_path, "model", "1.0")


def edited(**changes):
    return lambda values: json.dumps({**values, **changes})


BROKEN = {
    "empty": (lambda values: "", "expected JSON, found what is none"),
    "no JSON": (lambda values: '{"name": NaN}', "JSON has no NaN"),
    "deep": (lambda values: "[" * 100_000, "expected JSON, found what is none"),
    "no text": (lambda values: b"\xff", "expected JSON, found what is none"),
    "a list": (lambda values: "[]", "expected a JSON object, found list"),
    "no key": (lambda values: json.dumps({k: v for k, v in values.items() if k != "sha256"}), "the key 'sha256'"),
    "no number": (edited(size_bytes="5"), "expected 'size_bytes' to be of type int, found '5'"),
    "a flag": (edited(size_bytes=True), "expected 'size_bytes' to be of type int, found True"),
    "no names": (edited(feature_names="abc"), "expected 'feature_names' to be of type list or null"),
    "other version": (edited(version="1.1"), "expected version '1.0', as its own name says, found '1.1'"),
    "other name": (edited(name="x"), "expected name 'model', as its own name says, found 'x'"),
    "other file": (edited(file="../secret\x1b"), r"expected file 'models/.*joblib', as its own name says"),
    "too large": (lambda values: " " * ((32 << 20) + 1), "expected at most 33,554,432 bytes"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_cards(tmp_path, kind):
    [card] = save(tmp_path, "1.0")
    change, message = BROKEN[kind]
    path = card_path(tmp_path, card)
    text = change(card.to_dict())
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(fastjoblib.InvalidFileError, match=message) as caught:
        fastjoblib.load_model(tmp_path, "model")
    assert caught.value.filename == str(path) and str(caught.value).isprintable()
    with pytest.warns(UserWarning, match="left out: .*_metadata.json") as warned:
        assert fastjoblib.list_models(tmp_path) == []
    assert warned[0].filename == __file__


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)])
def test_cards_that_are_no_files(tmp_path, make):
    cards = save(tmp_path, "1.0", "1.1")
    path = card_path(tmp_path, cards[1])
    path.unlink()
    make(path)
    with pytest.raises(fastjoblib.InvalidFileError, match="expected a file, found a directory, device") as caught:
        fastjoblib.load_model(tmp_path, "model")
    assert caught.value.filename == str(path)
    with pytest.warns(UserWarning, match="left out: .*_v1.1_.*expected a file, found a directory, device or pipe"):
        assert [card.version for card in fastjoblib.list_models(tmp_path)] == ["1.0"]


def test_more_in_a_card_is_no_harm(tmp_path):
    [card] = save(tmp_path, "1.0")
    card_path(tmp_path, card).write_text(edited(note="trained by hand")(card.to_dict()))
    assert fastjoblib.load_model(tmp_path, "model") == "1.0" and fastjoblib.list_models(tmp_path) == [card]


def test_two_cards_of_one_version(tmp_path):
    [card] = save(tmp_path, "1.0")
    path = card_path(tmp_path, card)
    other = path.with_name(path.name.replace(card.timestamp[:10], "2001-01-01"))
    other.write_bytes(path.read_bytes())
    for version in ("1.0", "latest"):
        error = error_of(fastjoblib.load_model, tmp_path, "model", version)[1]
        assert isinstance(error, ValueError) and str(path) in str(error) and str(other) in str(error)
    with pytest.warns(UserWarning, match="left out"):
        assert [each.status for each in fastjoblib.list_models(tmp_path)] == [""]


def test_trusted(tmp_path):
    model = LinearRegression().fit(np.eye(3), [1, 2, 3])
    fastjoblib.save_model(model, tmp_path, "linear", "1.0")
    loaded = fastjoblib.load_model(tmp_path, "linear", trusted=("sklearn",))
    assert (loaded.coef_ == model.coef_).all()
    fastjoblib.save_model(Runs(), tmp_path, "runs", "1.0")
    RAN.clear()
    for trusted in (("sklearn",), ()):
        with pytest.raises(fastjoblib.UntrustedError, match=r"_v1.0_.*joblib' is refused: .*names '.*run', which"):
            fastjoblib.load_model(tmp_path, "runs", trusted=trusted)
    assert RAN == []


@pytest.mark.parametrize("trusted", [None, ("numpy",)])
def test_other_versions_are_warned_of(tmp_path, monkeypatch, trusted):
    fastjoblib.save_model([np.ones(3), str(trusted)], tmp_path, "model", "1.0")
    monkeypatch.setattr(environment.platform, "python_version", lambda: "2.7.18")
    with pytest.warns(fastjoblib.EnvironmentMismatchWarning, match="saved with python 3.*here: 2.7.18") as warned:
        fastjoblib.load_model(tmp_path, "model", trusted=trusted)
    assert warned[0].filename == __file__
