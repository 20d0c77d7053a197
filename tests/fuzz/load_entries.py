# SPDX-License-Identifier: BSD-3-Clause
"""What fuzz_load.c runs: each entry reads one file with one function, from one kind of source.

Everything that a load could need is imported here, so that afterwards an import is something to look at.
"""

import codecs
import collections
import contextlib
import gc
import importlib
import io
import os
import pkgutil
import sys
import warnings

import fastjoblib
import fuzz_load  # made by fuzz_load.c
import joblib  # noqa: F401
import numpy as np
import numpy.random._pickle  # noqa: F401
import pandas  # noqa: F401
import scipy.sparse  # noqa: F401
import sklearn.pipeline  # noqa: F401

warnings.simplefilter("ignore")
LOAD, INSPECT, SAFE_LOAD = 1, 2, 3
COLLECTED_EVERY = 1000  # cases; in between, cycles stay
MOST_WALKED = 200  # objects of a result that are used
LARGEST_USED = 10_000  # items of an array that is
WIDEST_MODEL = 100
PREDICT = os.environ.get("FUZZ_PREDICT") == "1"

# What the file may name in plain load: it can call all of these, in any way, without harm.
IMPORTABLE = {
    *(("builtins", name) for name in ("complex", "object", "set", "frozenset", "dict", "list", "int", "slice")),
    *(("__builtin__", name) for name in ("complex", "object", "set", "frozenset", "dict", "list", "int", "slice")),
    ("_codecs", "encode"),
    ("copyreg", "_reconstructor"),
    ("copy_reg", "_reconstructor"),
    *(("collections", name) for name in ("OrderedDict", "Counter", "deque", "defaultdict")),
    *(("numpy", name) for name in ("dtype", "ndarray", "float64", "int64", "bool", "str_", "record", "matrix")),
    *(
        (f"numpy.{core}.{module}", name)
        for core in ("core", "_core")
        for module, name in (("multiarray", "_reconstruct"), ("multiarray", "scalar"), ("numeric", "_frombuffer"))
    ),
    ("numpy.ma.core", "_mareconstruct"),
    ("numpy.ma", "MaskedArray"),
    ("numpy.ma.core", "MaskedArray"),
    ("joblib.numpy_pickle", "NumpyArrayWrapper"),
    ("joblib.numpy_pickle", "NDArrayWrapper"),
    ("joblib.numpy_pickle_compat", "ZNDArrayWrapper"),
    ("scipy.sparse._csr", "csr_matrix"),
    ("sklearn.linear_model._ridge", "Ridge"),
    ("sklearn.linear_model._base", "LinearRegression"),
    ("sklearn.preprocessing._data", "StandardScaler"),
    ("sklearn.pipeline", "Pipeline"),
}  # fmt: skip

PATH = os.path.join(os.environ["FUZZ_FOLDER"], f"file-{os.getpid()}")
FILE = open(PATH, "wb", buffering=0)  # noqa: SIM115


class Trickle(io.RawIOBase):
    """A stream that cannot be searched, and gives a little at a time."""

    def __init__(self, data):
        super().__init__()
        self.inner = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self.inner.readinto(memoryview(buffer)[:97])


def as_path(data):
    FILE.truncate(0)
    FILE.seek(0)
    FILE.write(data)
    return PATH


def mapped(path):
    return fastjoblib.load(path, mmap_mode="r")


# A name, what runs, how the data becomes the argument, and what may be raised.
KNOWN = (fastjoblib.FastjoblibError, MemoryError)
ENTRIES = [
    ("load", LOAD, fastjoblib.loads, bytes),
    ("load", LOAD, fastjoblib.load, io.BytesIO),
    ("load", LOAD, fastjoblib.load, Trickle),
    ("load", LOAD, fastjoblib.load, as_path),
    ("load", LOAD, mapped, as_path),
    ("inspect", INSPECT, fastjoblib.inspect, io.BytesIO),
    ("inspect", INSPECT, fastjoblib.inspect, Trickle),
    ("inspect", INSPECT, fastjoblib.inspect, as_path),
    ("safe_load", SAFE_LOAD, fastjoblib.safe_load, io.BytesIO),
    ("safe_load", SAFE_LOAD, fastjoblib.safe_load, Trickle),
    ("safe_load", SAFE_LOAD, fastjoblib.safe_load, as_path),
]
CHOSEN = [entry for entry in ENTRIES if entry[0] == os.environ.get("FUZZ_ENTRY", entry[0])]
OURS = {name for name in dir(fastjoblib._core) if not name.startswith("_")}

runs = collections.Counter()
accepted = collections.Counter()
errors = collections.Counter()


def use(value):
    """Do with a result what anybody may do: what is broken shows now."""
    left, seen = [value], 0
    while left and seen < MOST_WALKED:
        value = left.pop()
        seen += 1
        if isinstance(value, np.ndarray):
            use_array(value, left)
        elif isinstance(value, np.generic):
            repr(value)
        elif type(value) in (list, tuple, set, frozenset):
            left += list(value)[:MOST_WALKED]
        elif type(value) is dict:
            left += list(value.values())[:MOST_WALKED]
        elif type(getattr(value, "__dict__", None)) is dict:
            left.append(value.__dict__)


def use_array(array, left):
    if array.size > LARGEST_USED:
        return
    hash(array.dtype)
    repr(array.dtype)
    array.copy()
    array.astype(array.dtype.newbyteorder())
    items = array.tolist()
    if array.dtype.names:
        np.sort(array)
    if array.dtype.hasobject and isinstance(items, list):
        left += items[:MOST_WALKED]


def predict(value):
    """Ask a model that was accepted for what it is there for: compiled code trusts its values."""
    width = getattr(value, "n_features_in_", None)
    if type(width) is not int or not 0 < width <= WIDEST_MODEL:
        return
    for name in ("predict", "predict_proba", "decision_function", "transform", "score_samples", "kneighbors"):
        for rows in (np.zeros((2, width)), np.full((1, width), np.nan)):
            with contextlib.suppress(Exception):
                getattr(value, name)(rows)


def is_wrong(kind, error):
    """Whether the exception itself is a finding."""
    if isinstance(error, SystemError) and any(f"function {name}>" in str(error) for name in OURS):
        return True
    return kind != LOAD and not isinstance(error, KNOWN)


def run(selector, data, limit):
    name, kind, function, prepare = CHOSEN[selector % len(CHOSEN)]
    runs[name] += 1
    argument = prepare(data)
    fuzz_load.begin(kind, limit)
    try:
        value = function(argument)
    except Exception as error:
        fuzz_load.end()
        if is_wrong(kind, error):
            raise
        errors[name, type(error).__name__] += 1
    else:
        accepted[name] += 1
        if kind != INSPECT:
            try:
                fuzz_load.begin(kind, sys.maxsize)
                use(value)
            except Exception:
                pass  # NumPy's and other packages' own: values need not be usable
            fuzz_load.end()
        if kind == SAFE_LOAD and PREDICT:
            predict(value)
        del value
    if sum(runs.values()) % COLLECTED_EVERY == 0:
        gc.collect()


def tell():
    """Print how many cases each function has had, and what became of them."""
    for name, count in runs.items():
        kinds = ", ".join(f"{n} {kind}" for (of, kind), n in errors.most_common() if of == name)
        print(f"{name}: {count} cases, {accepted[name]} accepted; {kinds}", file=sys.stderr)


def warm_up():
    """Import what is imported late: afterwards, an import is caused by a file."""
    for module in pkgutil.walk_packages(fastjoblib.__path__, "fastjoblib."):
        if module.name not in ("fastjoblib.__main__", "fastjoblib.mlflow"):  # which needs a package that is not here
            importlib.import_module(module.name)
    for encoding in ("latin1", "ascii", "utf-8", "raw-unicode-escape", "unicode-escape"):
        codecs.lookup(encoding)
    for module in ("compression.zstd", "backports.zstd", "zstandard"):
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
        sys.modules.setdefault(module, None)  # what is not here is not looked for again
    for names in fastjoblib._safe.policy._names().values():
        for module, _ in names:
            with contextlib.suppress(ImportError):  # of versions that are not here
                importlib.import_module(module)
    for method in ("zlib", "gzip", "bz2", "lzma", "xz", "lz4", "zstd"):
        file = io.BytesIO()
        with contextlib.suppress(Exception):  # zstd needs a package
            fastjoblib.dump([1, np.arange(3)], file, compress=(method, 1))
        for _, _, function, prepare in CHOSEN:
            for data in (file.getvalue(), file.getvalue()[:-4], b"\x80\x04cos\nsystem\n."):
                with contextlib.suppress(Exception):
                    function(prepare(data))


warm_up()
gc.collect()
gc.freeze()
gc.disable()
