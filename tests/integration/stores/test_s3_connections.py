# SPDX-License-Identifier: BSD-3-Clause
"""Models in S3 over connections that are reset at any byte, in either direction: `make test-stores`."""

import importlib.util
import os
import signal
import threading
import time

import fastjoblib
import numpy as np
import pytest

if importlib.util.find_spec("moto") is None or importlib.util.find_spec("s3fs") is None:
    pytest.skip("moto and s3fs are not installed: make test-stores does that", allow_module_level=True)

import s3fs
from botocore.exceptions import ClientError
from helpers.cutting_proxy import Proxy
from helpers.s3_server import BUCKET, s3_server

KEY = "folder/model.joblib"
URL = f"s3://{BUCKET}/{KEY}"
NOISE = np.random.default_rng(0).integers(0, 256, 40 << 20, dtype="u1")


@pytest.fixture(scope="module")
def through_proxy():
    with s3_server() as (client, options, faults):
        proxy = Proxy(int(client.meta.endpoint_url.rpartition(":")[2]))
        kwargs = {**options["client_kwargs"], "endpoint_url": f"http://127.0.0.1:{proxy.port}"}
        yield client, {"storage_options": {**options, "client_kwargs": kwargs}}, faults, proxy
        proxy.close()


@pytest.fixture
def s3(through_proxy):
    client, options, faults, proxy = through_proxy
    faults.__init__()
    proxy.calm()
    yield client, options, faults, proxy
    for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=found["Key"])
    for upload in uploads(client):
        client.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])


def uploads(client):
    return client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])


def exists(client):
    return bool(client.list_objects_v2(Bucket=BUCKET).get("Contents"))


def test_dumps_over_connections_that_are_reset(s3):
    """Each is whole or an error that names the URL; what is there is one of the objects."""
    client, options, _, proxy = s3
    right = 0
    fastjoblib.dump(-1, URL, **options)
    proxy.cut = 0.0005
    for number in range(8):
        try:
            fastjoblib.dump({"number": number, "noise": NOISE}, URL, **options)
            right = number
        except OSError as error:
            assert error.filename == URL
    assert proxy.n_cuts > 0
    proxy.cut = 0.0
    found = fastjoblib.load(URL, **options)
    assert found["number"] >= right and np.array_equal(found["noise"], NOISE)


@pytest.mark.parametrize("is_there", [True, False])
def test_the_answer_to_the_last_request_is_lost(s3, monkeypatch, is_there):
    """S3 then knows no such upload: a failure, if the object that has the name is another."""
    client, options, _, _ = s3
    fastjoblib.dump({"noise": NOISE[::-1].copy()}, URL, **options)
    call = s3fs.S3FileSystem._call_s3

    async def twice(self, method, *more, **arguments):
        if method != "complete_multipart_upload":
            return await call(self, method, *more, **arguments)
        if not is_there:
            method = "abort_multipart_upload"
            del arguments["MultipartUpload"]
        await call(self, method, **arguments)
        answer = {"Error": {"Code": "NoSuchUpload"}, "ResponseMetadata": {"HTTPStatusCode": 404}}
        raise s3fs.errors.translate_boto_error(ClientError(answer, method))

    monkeypatch.setattr(s3fs.S3FileSystem, "_call_s3", twice)
    if is_there:
        assert fastjoblib.dump({"noise": NOISE}, URL, **options) == [URL]
    else:
        with pytest.raises(OSError, match="forgotten the upload") as caught:
            fastjoblib.dump({"noise": NOISE}, URL, **options)
        assert caught.value.filename == URL
    found = fastjoblib.load(URL, **options)["noise"]
    assert np.array_equal(found, NOISE if is_there else NOISE[::-1]) and uploads(client) == []


def test_a_store_that_only_throttles_is_given_up(s3):
    """Ours are not multiplied by the attempts of the libraries below."""
    client, options, faults, _ = s3
    fastjoblib.dump({"noise": NOISE[:100]}, URL, **options)
    n = []

    def only_data(environ):
        is_data = environ["REQUEST_METHOD"] == "GET" and "HTTP_RANGE" in environ
        faults.throttled = float(is_data)
        n.append(environ) if is_data else None

    faults.on_request = only_data
    with pytest.raises(OSError, match="SlowDown|reduce your request rate") as caught:
        fastjoblib.load(URL, **options)
    assert caught.value.filename == URL
    assert 5 <= len(n) <= 30


@pytest.mark.parametrize("method, query", [("POST", "uploads"), ("PUT", "partNumber"), ("POST", "uploadId=")])
def test_an_interrupt_leaves_nothing(s3, method, query):
    """Whatever request the dump waits for: what is begun then is ended too."""
    client, options, faults, _ = s3
    met = threading.Event()

    def interrupt(environ):
        if environ["REQUEST_METHOD"] == method and query in environ["QUERY_STRING"] and not met.is_set():
            met.set()
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.5)

    faults.on_request = interrupt
    with pytest.raises(KeyboardInterrupt):
        fastjoblib.dump({"noise": NOISE}, URL, **options)
    assert met.is_set()
    time.sleep(1)
    assert uploads(client) == [] and not exists(client)
