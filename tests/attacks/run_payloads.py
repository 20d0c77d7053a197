# SPDX-License-Identifier: BSD-3-Clause
"""Load every file of the corpus without any protection, each in a process of its own.

This is for a process of its own, too, which has nothing to lose.
"""

import importlib.util
import json
import os
import pickle
import resource
import shutil
import time
import zipfile

import fastjoblib
import joblib
import numpy as np
from attacks import corpus

PATIENCE = 10.0  # seconds for a program that a payload has started, and not waited for


def load_pickles(file):
    while True:  # until the end of the file raises
        pickle.load(file)


def load_zip(file):
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                if name.endswith(".zip"):
                    load_zip(member)
                elif not name.endswith(".txt"):
                    load_pickles(member)


def set_off(loader, path):
    if loader == "joblib":
        joblib.load(path)
    elif loader == "fastjoblib":  # joblib does not end on it
        fastjoblib.load(path)
    elif loader == "numpy":
        np.load(path, allow_pickle=True)
    elif loader == "npz":
        with np.load(path, allow_pickle=True) as arrays:
            [arrays[name] for name in arrays if name != "readme.txt"]
    else:
        with open(path, "rb") as file:
            (load_zip if loader == "zip" else load_pickles)(file)


def exists(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


def child(loader, path):
    """Never returns."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        set_off(loader, path)
    finally:
        os._exit(0)


def import_libraries():
    """Once, and not again in every child; the last attacks need them."""
    import pandas  # noqa: F401
    import scipy.io
    import scipy.stats  # noqa: F401
    import sklearn.datasets
    import sklearn.utils._testing  # noqa: F401


def main(folder):
    """Print JSON: the names of those that left the marker, and of those that this Python has no module for."""
    marker, second = folder / "marker", folder / "second"
    corpus.write_second(marker, second)
    worked, lacking = [], []
    for attack, path in corpus.write(folder, marker, second):
        if attack.loader is None:
            continue
        if attack.needs and not exists(attack.needs):
            lacking.append(attack.name)
            continue
        if attack.group == "libraries":
            import_libraries()
        pid = os.fork()
        if pid == 0:
            child(attack.loader, path)
        os.waitpid(pid, 0)
        deadline = time.monotonic() + PATIENCE
        while not marker.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        if marker.exists():
            worked.append(attack.name)
            shutil.rmtree(marker) if marker.is_dir() else marker.unlink()
    print(json.dumps({"worked": worked, "lacking": lacking}))
