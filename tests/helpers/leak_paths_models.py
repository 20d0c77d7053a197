# SPDX-License-Identifier: BSD-3-Clause
"""The part of leak_paths.PATHS that is about models and their versions."""

import os
import pathlib
import shutil
import tempfile
import threading

import fastjoblib
import numpy as np

from helpers.control import error_of


def in_memory():
    """Return a folder that need not wait for a disk, as each save does several times."""
    shared = pathlib.Path("/dev/shm")
    return shared if shared.is_dir() else pathlib.Path(tempfile.gettempdir())


def save_model_paths(path):
    folder = in_memory() / f"{path.parent.name}-{os.getpid()}"
    value = [np.arange(5), {"a": (1, "x")}]

    def save():
        fastjoblib.save_model(value, folder, "model", "1.0", metrics={"a": np.float64(1)}, X=value[0], y=value[0])
        error_of(fastjoblib.save_model, value, folder, "model", "1.0.0")
        error_of(fastjoblib.save_model, [value, threading.Lock()], folder, "model", "1.1")
        shutil.rmtree(folder)

    yield save
    yield lambda: error_of(fastjoblib.save_model, value, folder, "../x", "1.0")
    yield lambda: error_of(fastjoblib.save_model, value, folder, "model", "first")


def kept_models(path):
    folder = path.with_suffix(".models")
    if not folder.exists():
        for version in ("1.0", "1.1"):
            fastjoblib.save_model([np.arange(5), {"a": (1, version)}], folder, "model", version)
    return folder


def load_model_paths(path):
    folder = kept_models(path)
    fastjoblib.save_model(len, folder, "refused", "1.0")
    [damaged] = (folder / "models").glob("model_v1.0_*")
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    yield lambda: fastjoblib.load_model(folder, "model")
    yield lambda: fastjoblib.load_model(folder, "model", "1.1", trusted=("numpy",))
    yield lambda: error_of(fastjoblib.load_model, folder, "refused", trusted=())
    yield lambda: error_of(fastjoblib.load_model, folder, "model", "1.0")
    yield lambda: error_of(fastjoblib.load_model, folder, "model", "1.2")


def card_paths(path):
    folder = kept_models(path)
    cards = fastjoblib.list_models(folder)
    return [cards.__str__, cards._repr_html_, cards[0].__str__, cards[0]._repr_html_]


def compare_models_paths(path):
    folder = kept_models(path)
    return [
        lambda: str(fastjoblib.compare_models(folder, "model", "1.0", "latest")),
        lambda: error_of(fastjoblib.compare_models, folder, "model", "1.0", "3.0"),
    ]


def rollback_paths(path):
    folder = kept_models(path)
    return [
        lambda: [fastjoblib.rollback(folder, "model", version) for version in ("1.0", "1.1")],
        lambda: error_of(fastjoblib.rollback, folder, "model", "3.0"),
    ]


MODEL_PATHS = {
    "save_model": save_model_paths,
    "load_model": load_model_paths,
    "list_models": lambda path: [lambda: fastjoblib.list_models(kept_models(path))],
    "ModelCard": card_paths,
    "compare_models": compare_models_paths,
    "rollback": rollback_paths,
    "check_size": lambda path: [lambda: str(fastjoblib.check_size([np.arange(5), {"a": (1, "x" * 1000)}]))],
}
