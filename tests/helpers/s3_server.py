# SPDX-License-Identifier: BSD-3-Clause
"""S3 on this machine, by moto's server, with faults between it and its clients."""

import contextlib
import random
import threading

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

BUCKET = "models"
KEYS = {"key": "AKIATESTING", "secret": "very-secret-key"}
_ERROR = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"


class _Quiet(WSGIRequestHandler):
    def log(self, *args):
        pass


class Faults:
    """What may happen to requests; each is a chance, 0 to 1, or a function of the environment."""

    def __init__(self):
        self.cut = self.throttled = 0.0
        self.expired = False
        self.on_request = lambda environ: None
        self.n = dict.fromkeys(("cut", "throttled", "requests"), 0)
        self.body_nbytes = 0
        self._chance = random.Random(0)
        self._lock = threading.Lock()

    def _count(self, what):
        with self._lock:
            self.n[what] += 1

    def _happens(self, chance):
        with self._lock:
            return self._chance.random() < chance

    def around(self, application):
        """Return a WSGI application that has these faults."""

        def answer(environ, start_response):
            self._count("requests")
            self.on_request(environ)
            for here, status, code, message in (
                (self.expired, "403 Forbidden", "ExpiredToken", "The provided token has expired."),
                (self._happens(self.throttled), "503 Slow Down", "SlowDown", "Please reduce your request rate."),
            ):
                if here:
                    self._count("throttled")
                    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                    body = _ERROR.format(code=code, message=message).encode()
                    start_response(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
                    return [body]
            body = b"".join(application(environ, start_response))
            if environ["REQUEST_METHOD"] == "GET":
                with self._lock:
                    self.body_nbytes += len(body)
            if len(body) > 1000 and self._happens(self.cut):
                self._count("cut")
                return self._half(body)
            return [body]

        return answer

    @staticmethod
    def _half(body):
        yield body[: len(body) // 2]
        raise ConnectionAbortedError("cut")  # the server closes the connection


@contextlib.contextmanager
def s3_server():
    """Serve S3 with one bucket; give a client of boto3, options for fsspec, and the faults."""
    faults = Faults()
    application = faults.around(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEYS["key"],
        aws_secret_access_key=KEYS["secret"],
    )
    client.create_bucket(Bucket=BUCKET)
    options = {**KEYS, "client_kwargs": {"endpoint_url": endpoint, "region_name": "us-east-1"}}
    try:
        yield client, options, faults
    finally:
        server.shutdown()
        server.server_close()
        client.close()
