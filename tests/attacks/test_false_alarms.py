# SPDX-License-Identifier: BSD-3-Clause
"""What harmless programs save is called clean."""

import datetime
import decimal
import http
import ipaddress
import itertools
import pickle
import re
import signal
import sys
import time
import urllib.parse
import warnings
import zoneinfo
from collections import Counter, OrderedDict, defaultdict, deque

import fastjoblib
import joblib
import numpy as np
import pytest
from attacks.models import FEW, models
from fastjoblib._inspect.scan import scan

pd = pytest.importorskip("pandas")
sparse = pytest.importorskip("scipy.sparse")

METHODS = [0, "zlib", "gzip", "bz2", "xz", "lzma", "lz4"]


def alarms(folder):
    return [(found.name, found.verdict, found.reasons) for found in scan(str(folder)) if found.verdict != "clean"]


def save(value, path, method, module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module.dump(value, path, compress=method and (method, 3))


def test_few_models(tmp_path):
    """Each by one method, in turn, by joblib and by us."""
    methods = itertools.cycle(METHODS)
    names = [name for name, model in models(FEW) for module in (joblib, fastjoblib)
             if save(model, tmp_path / f"{name}-{module.__name__}", next(methods), module) is None]  # fmt: skip
    assert len(names) > 100
    assert alarms(tmp_path) == []


@pytest.mark.slow
def test_300_models(tmp_path):
    count = 0
    for name, model in models():
        count += 1
        for method, module in itertools.product(METHODS, (joblib, fastjoblib)):
            save(model, tmp_path / f"{name}-{method}-{module.__name__}", method, module)
    assert count >= 300
    assert alarms(tmp_path) == []


def frames():
    yield pd.DataFrame(
        {
            "int": [1, 2],
            "float": [1.0, 2.0],
            "text": ["x", "y"],
            "time": pd.to_datetime(["2020-01-01", "2021-01-01"]),
            "zone": pd.date_range("2020", periods=2, tz="UTC"),
            "category": pd.Categorical(["a", "b"]),
            "nullable": pd.array([1, None], dtype="Int64"),
            "delta": pd.to_timedelta([1, 2], unit="s"),
            "period": pd.period_range("2020", periods=2, freq="M"),
            "interval": pd.interval_range(0, 2),
            "object": np.array([1, "a"], dtype=object),
        }
    )
    yield pd.Series([1.0], index=pd.MultiIndex.from_product([["a"], [1]]))
    yield [pd.Timestamp("2020"), pd.Timedelta(1, "s"), pd.Period("2020"), pd.Interval(0, 1), pd.NaT, pd.NA]
    yield [pd.RangeIndex(3), pd.Index(["a"]), pd.CategoricalIndex(["a"]), pd.date_range("2020", periods=3)]


def offsets():
    """pandas' steps in time."""
    classes = {each for each in vars(pd.offsets).values() if isinstance(each, type)}
    for each in sorted(classes, key=str):
        if each.__name__.startswith("FY"):
            yield each(weekday=0, startingMonth=1)
        elif issubclass(each, pd.offsets.BaseOffset) and each not in (pd.offsets.BaseOffset, pd.offsets.Tick):
            yield each(2)
    yield pd.offsets.DateOffset(months=1)


def zones():
    """Python pickles them by an attribute of their class."""
    yield pd.DataFrame({"time": pd.date_range("2020", periods=2, tz="Europe/Berlin")})
    yield datetime.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC"))
    yield [zoneinfo.ZoneInfo("Europe/Berlin"), zoneinfo.ZoneInfo.no_cache("Europe/Berlin")]


def values():
    yield from frames()
    yield list(zones())
    yield [re.compile("a"), time.localtime(0), decimal.Context()]
    if http.HTTPStatus.OK.__reduce_ex__(2)[0] is not getattr:  # as Python 3.11.0 to 3.11.3 have it
        yield [re.I | re.M, http.HTTPStatus.OK, signal.SIGINT]
    yield [ipaddress.ip_address("1.2.3.4"), ipaddress.ip_network("::/8"), ipaddress.ip_interface("1.2.3.4/8")]
    yield [urllib.parse.urlparse("http://a/b"), urllib.parse.urlsplit(b"http://a/b"), urllib.parse.urldefrag("a#b")]
    yield [sparse.random(5, 5, 0.5, format=name) for name in ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")]
    yield [np.random.RandomState(0), np.random.default_rng(0), np.random.PCG64(1)]
    yield [np.zeros(2, code) for code in "?bhilqBHILQefdFD"] + [np.zeros(2, "M8[s]"), np.array(["a"]), np.array([b"a"])]
    yield [np.float64(1), np.int32(2), np.str_("a"), np.datetime64("2020"), np.dtype("f8"), np.float32]
    yield [np.zeros(2, [("a", "f8"), ("b", "i4")]), np.rec.array([(1, 2.0)], dtype=[("a", int), ("b", float)])]
    yield [np.ma.array([1, 2], mask=[0, 1]), np.eye(2).view(np.matrix), np.array([{}, None], dtype=object), np.log1p]
    yield [OrderedDict(a=1), defaultdict(list, a=[1]), Counter("ab"), deque([1]), {1}, frozenset({2}), range(3)]
    yield [1j, bytearray(b"a"), slice(1), ..., decimal.Decimal(1), datetime.datetime(2020, 1, 1), datetime.timedelta(1)]


@pytest.mark.parametrize("protocol", range(6))
def test_values(tmp_path, protocol):
    for number, value in enumerate(values()):
        fastjoblib.dump(value, tmp_path / f"{number}.joblib", protocol=protocol)
        joblib.dump(value, tmp_path / f"{number}-joblib.joblib", protocol=protocol)
        (tmp_path / f"{number}.pickle").write_bytes(pickle.dumps(value, protocol))
    assert alarms(tmp_path) == []


@pytest.mark.parametrize("protocol", range(2, 6))
def test_offsets(tmp_path, protocol):
    """By older protocols, pandas 2 cannot pickle all of them."""
    for number, value in enumerate(offsets()):
        (tmp_path / f"{number}.pickle").write_bytes(pickle.dumps(value, protocol))
    assert len(list(tmp_path.iterdir())) > 25
    assert alarms(tmp_path) == []


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="they cannot be pickled any more")
@pytest.mark.filterwarnings("ignore:Pickle, copy, and deepcopy support:DeprecationWarning")
def test_iterators(tmp_path):
    value = [itertools.count(1, 2), itertools.repeat(1, 2), itertools.product([1], [2]), itertools.permutations([1])]
    value += [itertools.combinations([1, 2], 1), itertools.combinations_with_replacement([1], 2)]
    for protocol in range(6):
        (tmp_path / f"{protocol}.pickle").write_bytes(pickle.dumps(value, protocol))
    assert alarms(tmp_path) == []


def test_a_memory_map_saved_again(tmp_path):
    """joblib names numpy.memmap, which could open files, but does not call it."""
    fastjoblib.dump(np.arange(1000.0), tmp_path / "a.joblib")
    joblib.dump(fastjoblib.load(tmp_path / "a.joblib", mmap_mode="r"), tmp_path / "b.joblib")
    assert alarms(tmp_path) == []


def test_large_compressed_files(tmp_path):
    """Those that end with a table of blocks."""
    value = [np.arange(400_000.0), "x" * 3_000_000]
    for method in ("zlib", "gzip", "lz4"):
        fastjoblib.dump(value, tmp_path / method, compress=(method, 1))
    assert alarms(tmp_path) == []


@pytest.mark.parametrize("method", METHODS)
def test_sealed_files(tmp_path, method):
    value = {"coef": np.arange(200_000.0), "name": "x" * 1000}
    fastjoblib.dump(value, tmp_path / "model", compress=method and (method, 1), seal=True, metadata={"accuracy": 0.9})
    assert alarms(tmp_path) == []
