# SPDX-License-Identifier: BSD-3-Clause
"""URLs in place of paths: dump, load and the rest, with the stores that fsspec itself has."""

import io
import pickle
import sys

import fastjoblib
import fsspec
import joblib
import numpy as np
import pytest
from fastjoblib._stores.writer import _GROWTH, _PART
from fastjoblib._urls import is_url, shown_url

VALUE = {"coef": np.arange(100_000.0), "names": ["x" * 100] * 1000, "small": [np.ones(5)] * 3}
PARTS = {**VALUE, "noise": np.random.default_rng(0).integers(0, 256, 20 << 20, dtype="u1")}  # of three parts
METHODS = [0, "zlib", "gzip", "bz2", "xz", "lzma", "lz4"]


@pytest.fixture(autouse=True)
def memory():
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    yield fs
    fs.store.clear()


class Unpicklable:
    def __reduce__(self):
        raise RuntimeError("it cannot be saved")


class Interrupting:
    def __reduce__(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize("compress", METHODS)
def test_the_same_bytes_as_a_file(memory, tmp_path, compress):
    path, url = tmp_path / "m", "memory://folder/m"
    value = PARTS if compress in (0, "zlib", "gzip", "lz4") else VALUE
    fastjoblib.dump(value, path, compress=compress)
    assert fastjoblib.dump(value, url, compress=compress) == [url]
    found = memory.cat_file("/folder/m")
    if compress in ("zlib", "gzip", "lz4"):  # of a stream, the end and the size are not known before
        assert fastjoblib.loads(found).keys() == value.keys()
    else:
        assert found == path.read_bytes()
    with fsspec.open(url) as file:
        assert np.array_equal(joblib.load(io.BytesIO(file.read()))["coef"], VALUE["coef"])
    loaded = fastjoblib.load(url)
    assert np.array_equal(loaded["coef"], VALUE["coef"]) and loaded["names"] == VALUE["names"]
    assert memory.ls("/folder", detail=False) == ["/folder/m"]


def test_the_extension_of_a_url_chooses_the_method(memory):
    fastjoblib.dump([1] * 100, "memory://m.gz")
    assert memory.cat_file("/m.gz")[:2] == b"\x1f\x8b"
    assert fastjoblib.load("memory://m.gz") == [1] * 100


@pytest.mark.parametrize("compress", [0, "zlib", "lz4", "xz"])
def test_seals(memory, compress):
    url = "memory://sealed"
    fastjoblib.dump(VALUE, url, compress=compress, seal=True, metadata={"by": "me"})
    fastjoblib.verify(url)
    assert fastjoblib.load(url, verify=True)["names"] == VALUE["names"]
    assert fastjoblib.inspect(url).seal.facts["metadata"] == {"by": "me"}
    data = bytearray(memory.cat_file("/sealed"))
    data[len(data) // 2] ^= 1
    memory.pipe_file("/sealed", bytes(data))
    with pytest.raises(fastjoblib.DamagedFileError, match="'memory://sealed'"):
        fastjoblib.verify(url)
    fastjoblib.dump([1], url)
    with pytest.raises(fastjoblib.NotSealedError, match="'memory://sealed'"):
        fastjoblib.load(url, verify=True)


@pytest.mark.parametrize("bad", [Unpicklable(), Interrupting()])
@pytest.mark.parametrize("compress", [0, "zlib", "xz"])
def test_what_fails_leaves_the_old_object(memory, bad, compress):
    fastjoblib.dump("old", "memory://m")
    with pytest.raises((RuntimeError, KeyboardInterrupt)):
        fastjoblib.dump([PARTS, bad] if compress != "xz" else [bad], "memory://m", compress=compress)
    assert fastjoblib.load("memory://m") == "old" and list(memory.store) == ["/m"]
    with pytest.raises((RuntimeError, KeyboardInterrupt)):
        fastjoblib.dump([VALUE, bad], "memory://new/m", compress=compress)
    assert list(memory.store) == ["/m"]


def test_files_on_the_disk(tmp_path):
    url = f"file://{tmp_path}/m"
    assert fastjoblib.dump(VALUE, url) == [url]
    assert isinstance(fastjoblib.load(url, mmap_mode="r")["coef"], np.memmap)
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_copies_that_are_mapped(memory, tmp_path):
    fastjoblib.dump(VALUE, "memory://m")
    options = {"cache_storage": str(tmp_path)}
    url = "simplecache::memory://m"
    loaded = fastjoblib.load(url, mmap_mode="r", storage_options={"simplecache": options})
    assert isinstance(loaded["coef"], np.memmap) and loaded["coef"][7] == 7
    with pytest.raises(ValueError, match="memory://m: only files on the disk can be mapped; 'simplecache::'"):
        fastjoblib.load("memory://m", mmap_mode="r")


def test_other_names():
    for name in ("s3://b/k", "simplecache::s3://b/k", "zip://a::file:///b.zip", "abfs+x://c"):
        assert is_url(name), name
    for name in ("model.joblib", "a::b", "C:\\models\\m", "/a/s3://b", "./s3://b", "://x", b"s3://b", None, 3):
        assert not is_url(name), name
    with pytest.raises(ValueError, match="storage_options are for URLs, and 'm.joblib' is none"):
        fastjoblib.load("m.joblib", storage_options={"key": "1"})
    with pytest.raises(ValueError, match="storage_options are for URLs"):
        fastjoblib.dump(1, io.BytesIO(), storage_options={})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("s3://b/k", "s3://b/k"),
        ("https://me:secret@host/m", "https://***@host/m"),
        ("https://host/m?X-Amz-Signature=secret&a=b", "https://host/m?***"),
        ("simplecache::https://me:secret@host/m?sig=secret", "simplecache::https://***@host/m?***"),
        ("s3://b/k?versionId=abc", "s3://b/k?versionId=abc"),
        ("s3://b/k?versionId=abc&token=secret", "s3://b/k?***"),
        ("zip://m?x=secret::https://host/m?y=secret", "zip://m?***::https://host/m?***"),
    ],
)
def test_nothing_secret_is_shown(url, shown):
    assert shown_url(url) == shown


@pytest.mark.parametrize("call", [fastjoblib.load, fastjoblib.safe_load, fastjoblib.inspect, fastjoblib.verify])
def test_what_is_not_there(memory, call):
    with pytest.raises(FileNotFoundError, match="no such object") as caught:
        call("memory://me:secret@none?token=secret")
    assert "secret" not in str(caught.value) and caught.value.filename == "memory://***@none?***"
    memory.makedirs("/folder", exist_ok=True)
    with pytest.raises(IsADirectoryError, match="memory://folder"):
        call("memory://folder")
    with pytest.raises(ValueError, match="nothing://x: Protocol not known: nothing"):
        call("nothing://x")


def test_versions_of_models_need_a_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    url = "s3://bucket/models"
    calls = [lambda: fastjoblib.save_model([1], url, "m", "1.0"), lambda: fastjoblib.load_model(url, "m")]
    calls += [lambda: fastjoblib.list_models(url), lambda: fastjoblib.rollback(url, "m", "1.0")]
    calls += [lambda: fastjoblib.compare_models(url, "m", "1.0", "2.0")]
    for call in calls:
        with pytest.raises(ValueError, match="s3://bucket/models: versions of models are kept in a directory"):
            call()
    assert list(tmp_path.iterdir()) == []


def test_without_fsspec(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    for call in (lambda: fastjoblib.load("s3://b/k"), lambda: fastjoblib.dump(1, "s3://b/k")):
        with pytest.raises(ImportError, match="s3://b/k: URLs need fsspec.*pip install fsspec s3fs"):
            call()


def test_fsspec_is_not_imported_for_files(tmp_path):
    from helpers.run import run_python

    run_python(
        """
        import sys, fastjoblib
        fastjoblib.dump([1], sys.argv[1])
        fastjoblib.load(sys.argv[1])
        assert not {"fsspec", "asyncio"} & set(sys.modules)
        """,
        arguments=[tmp_path / "m"],
    )


def test_an_upload_never_comes_to_ten_thousand_parts():
    """As many as S3 takes, for objects of the 5 TiB that it takes."""
    n = sent = 0
    while sent < 5 << 40:
        sent += max(_PART, sent // _GROWTH)
        n += 1
    assert n < 10_000


def test_the_error_can_be_sent_to_another_process():
    error = pickle.loads(pickle.dumps(fastjoblib.ObjectChangedError("s3://b/k")))
    assert error.filename == "s3://b/k" and "replaced" in str(error) and isinstance(error, OSError)
