# SPDX-License-Identifier: BSD-3-Clause
"""Models in S3, as moto's server has it, with s3fs: `make test-stores`."""

import importlib.util

import fastjoblib
import numpy as np
import pytest

if importlib.util.find_spec("moto") is None or importlib.util.find_spec("s3fs") is None:
    pytest.skip("moto and s3fs are not installed: make test-stores does that", allow_module_level=True)

from helpers.s3_server import BUCKET, KEYS, s3_server

URL = f"s3://{BUCKET}/folder/model.joblib"
NOISE = np.random.default_rng(0).integers(0, 256, 40 << 20, dtype="u1")
MODEL = {"noise": NOISE, "names": ["name"] * 1000, "coef": np.arange(1000.0)}
OTHER = {**MODEL, "noise": NOISE[::-1].copy()}


@pytest.fixture(scope="module")
def server():
    with s3_server() as found:
        yield found


@pytest.fixture
def s3(server):
    client, options, faults = server
    faults.__init__()
    yield client, {"storage_options": options}, faults
    faults.__init__()
    for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=found["Key"])
    assert uploads(client) == []


def uploads(client):
    return client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])


def keys(client):
    return [found["Key"] for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def same(found, value):
    return found.keys() == value.keys() and all(np.array_equal(found[key], value[key]) for key in value)


@pytest.mark.parametrize("compress", [0, "zlib", "lz4"])
def test_round_trip(s3, tmp_path, compress):
    client, options, faults = s3
    assert fastjoblib.dump(MODEL, URL, compress=compress, seal=True, **options) == [URL]
    assert same(fastjoblib.load(URL, **options), MODEL)
    assert same(fastjoblib.safe_load(URL, **options), MODEL)
    fastjoblib.verify(URL, **options)
    client.download_file(BUCKET, "folder/model.joblib", str(tmp_path / "m"))
    assert same(fastjoblib.load(tmp_path / "m", verify=True), MODEL)


@pytest.mark.parametrize("nbytes", [0, 1, (8 << 20) - 200, 8 << 20, (16 << 20) + 1])
def test_sizes_around_parts(s3, nbytes):
    value = {"noise": NOISE[:nbytes]}
    fastjoblib.dump(value, URL, **s3[1])
    assert same(fastjoblib.load(URL, **s3[1]), value)


def test_inspect_moves_kilobytes(s3):
    fastjoblib.dump(MODEL, URL, seal=True, **s3[1])
    s3[2].body_nbytes = 0
    report = fastjoblib.inspect(URL, **s3[1])
    assert len(report.arrays) == 2 and report.seal is not None
    assert s3[2].body_nbytes < 512 << 10


def test_connections_that_are_cut_and_throttled(s3):
    """Two hundred of each."""
    client, options, faults = s3
    faults.throttled = 0.3
    fastjoblib.dump(MODEL, URL, **options)
    faults.cut = faults.throttled = 0.35
    n_loads = 0
    while min(faults.n["cut"], faults.n["throttled"]) < 200 and n_loads < 200:
        n_loads += 1
        try:
            assert same(fastjoblib.load(URL, **options), MODEL)
        except OSError as error:  # six times in a row, in one range of many
            assert error.filename == URL
    assert faults.n["cut"] >= 200
    faults.cut = faults.throttled = 0.0
    assert same(fastjoblib.load(URL, **options), MODEL)


def test_an_object_that_is_replaced_while_it_is_loaded(s3):
    client, options, faults = s3
    fastjoblib.dump(OTHER, f"{URL}.other", **options)
    fastjoblib.dump(MODEL, URL, **options)
    seen = []

    def replace(environ):
        if environ["REQUEST_METHOD"] == "GET" and "HTTP_RANGE" in environ:
            seen.append(environ["HTTP_RANGE"])
            if len(seen) == 4:
                source = {"Bucket": BUCKET, "Key": "folder/model.joblib.other"}
                client.copy_object(Bucket=BUCKET, Key="folder/model.joblib", CopySource=source)

    faults.on_request = replace
    with pytest.raises(fastjoblib.ObjectChangedError, match=URL):
        fastjoblib.load(URL, **options)
    assert len(seen) >= 4
    assert same(fastjoblib.load(URL, **options), OTHER)


@pytest.mark.parametrize("when", [0, 3])
def test_expired_credentials(s3, when):
    client, options, faults = s3
    fastjoblib.dump(MODEL, URL, **options)
    n = []

    def expire(environ):
        n.append(environ)
        faults.expired = len(n) > when

    faults.on_request = expire
    with pytest.raises(PermissionError, match="has expired|Forbidden") as caught:
        fastjoblib.load(URL, **options)
    assert caught.value.filename == URL and KEYS["secret"] not in str(caught.value)
    n.clear()
    with pytest.raises(PermissionError):
        fastjoblib.dump(MODEL, f"{URL}.new", **options)
    faults.__init__()
    left = uploads(client)
    assert (len(left) <= 1) and keys(client) == ["folder/model.joblib"]
    for upload in left:  # what was begun cannot be aborted without credentials
        assert when == 3
        client.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])


class Failing:
    def __init__(self, error):
        self.error = error

    def __reduce__(self):
        raise self.error


@pytest.mark.parametrize("error", [RuntimeError("no"), KeyboardInterrupt()])
def test_a_dump_that_fails_leaves_nothing(s3, error):
    client, options, _ = s3
    fastjoblib.dump("old", URL, **options)
    for url in (URL, f"{URL}.new"):
        with pytest.raises(type(error)):
            fastjoblib.dump([MODEL, Failing(error)], url, **options)
    assert uploads(client) == [] and keys(client) == ["folder/model.joblib"]
    assert fastjoblib.load(URL, **options) == "old"


def test_what_is_not_there(s3):
    for url in (f"s3://{BUCKET}/none", "s3://nobucket/none"):
        with pytest.raises(FileNotFoundError) as caught:
            fastjoblib.load(url, **s3[1])
        assert caught.value.filename == url
    with pytest.raises(FileNotFoundError):
        fastjoblib.dump(MODEL, "s3://nobucket/none", **s3[1])
    with pytest.raises(ValueError, match="names a bucket"):
        fastjoblib.dump(1, f"s3://{BUCKET}", **s3[1])


def test_a_version_by_its_number(s3):
    client, options, _ = s3
    client.create_bucket(Bucket="versions")
    client.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    for value in ("old", "new"):
        fastjoblib.dump(value, "s3://versions/m", **options)
    versions = client.list_object_versions(Bucket="versions", Prefix="m")["Versions"]
    old = next(found["VersionId"] for found in versions if not found["IsLatest"])
    assert fastjoblib.load("s3://versions/m", **options) == "new"
    assert fastjoblib.load(f"s3://versions/m?versionId={old}", **options) == "old"
