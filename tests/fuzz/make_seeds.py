# SPDX-License-Identifier: BSD-3-Clause
"""make_seeds.py FOLDER DICTIONARY: the files that fuzz_load starts from, and libFuzzer's dictionary of names.

Values of every kind that the tests have, by every protocol and compressor, damaged states of NumPy's, small models
of scikit-learn, and the attack corpus. Seeds are small: what they are about is in their first bytes.
"""

import hashlib
import io
import pathlib
import pickle
import pickletools
import sys
import warnings

import fastjoblib
import numpy as np
import sklearn.base

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from attacks import models  # noqa: E402
from attacks.corpus import attacks  # noqa: E402
from helpers import cases, cases_arrays, cases_containers, numpy_states  # noqa: E402

MOST_NBYTES = 6000
MODEL_NBYTES = 12_000
N_SELECTORS = 11  # entries of load_entries.py
COMPRESSIONS = [("zlib", 3), ("gzip", 1), ("lz4", 1), ("bz2", 1), ("xz", 1), ("lzma", 1)]
ROWS = 12


def values():
    for group in (
        cases.SCALARS[::6],
        cases.TEXT[::5],
        cases.BYTES[::4],
        cases_containers.SIZED[::5],
        cases_containers.RECURSIVE,
        cases_arrays.ARRAYS[::12],
        cases_arrays.EMPTY_ITEM_ARRAYS,
        cases_arrays.SUBCLASSES,
        cases_arrays.NUMPY_SCALARS[::3],
    ):
        for case in group:
            yield case.build()
    yield from ([1, "a", {"b": np.arange(3.0)}], {"x": np.zeros((2, 3), order="F"), "y": np.array([1, "o", None])})
    yield np.random.RandomState(0)
    yield np.random.default_rng(0)
    yield np.ma.masked_array([1.0, 2.0], [True, False])
    yield np.array(["2020-01-01", "NaT"], "M8[D]")


def small_models():
    """A fitted model of each kind, on few rows."""
    models.X, models.Y = models.X[:ROWS], models.Y[:ROWS]
    for name in models.FEW:
        for data in [(models.X, models.Y), *models.DATA]:
            try:
                cls = dict(sklearn.utils.all_estimators())[name]
                model = models.made(name, cls)
                for parameter, small in (("n_estimators", 2), ("max_iter", 3), ("max_depth", 2)):
                    if parameter in model.get_params():
                        model.set_params(**{parameter: small})
                yield model.fit(*data)
                break
            except Exception:  # other data, then
                continue


def written(value, most):
    """The value in each form that is small."""
    for protocol in (0, 2, 3, 4, 5):
        try:
            yield fastjoblib.dumps(value, protocol=protocol)
        except Exception:  # below protocol 2, not everything can be written
            continue
    try:
        yield pickle.dumps(value, 4)
    except Exception:
        return
    for compress in COMPRESSIONS:
        file = io.BytesIO()
        fastjoblib.dump(value, file, compress=compress)
        yield file.getvalue()


def seeds():
    for number, value in enumerate(values()):
        forms = list(written(value, MOST_NBYTES))
        yield from forms[:6] if number % 8 else forms
    for value in (np.zeros(1000), {"a": list(range(300)), "b": np.arange(50)}):
        yield from written(value, MOST_NBYTES)
        sealed = io.BytesIO()
        fastjoblib.dump(value, sealed, seal=True)
        yield sealed.getvalue()
    for states in (numpy_states.CRASHERS, numpy_states.OTHERS, numpy_states.CHANGED_LATER):
        yield from states.values()
    yield from (attack.data for attack in attacks("/nonexistent/marker", "/nonexistent/second"))


def model_seeds():
    for number, model in enumerate(small_models()):
        yield from list(written(model, MODEL_NBYTES))[3 : 7 if number % 8 else 9 : 3]


def write(folder, data, selector):
    content = bytes([selector]) + data
    (folder / hashlib.sha1(content).hexdigest()[:16]).write_bytes(content)


def names_in(data, names):
    """Adds what could be a name of a module, class or attribute."""
    try:
        for _, argument, _ in pickletools.genops(data):
            if isinstance(argument, str) and len(argument) < 40 and argument.isascii() and argument.isprintable():
                names.update(argument.split(" ") if argument.count(" ") == 1 else [argument])
    except Exception:  # raw arrays between the opcodes
        return


def main(folder, dictionary):
    warnings.simplefilter("ignore")
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names, number = set(), 0
    for most, made in ((MOST_NBYTES, seeds()), (MODEL_NBYTES, model_seeds())):
        for data in made:
            if len(data) <= most:
                number += 1
                write(folder, data, number % N_SELECTORS)
                names_in(data, names)
    lines = [f'"{name.encode().decode()}"' for name in sorted(names) if name and not set(name) & set('"\\')]
    pathlib.Path(dictionary).write_text("\n".join(lines) + "\n")
    print(f"{len(list(folder.iterdir()))} seeds, {len(lines)} names")


if __name__ == "__main__":
    main(*sys.argv[1:])
