# SPDX-License-Identifier: BSD-3-Clause
"""Models by http, from a server with ranges and versions, and from one without."""

import functools
import http.server
import importlib.util
import re
import threading

import fastjoblib
import numpy as np
import pytest

if importlib.util.find_spec("aiohttp") is None:
    pytest.skip("aiohttp is not installed: make test-stores does that", allow_module_level=True)

MODEL = {"noise": np.random.default_rng(0).integers(0, 256, 20 << 20, dtype="u1"), "names": ["name"] * 1000}


class Ranges(http.server.BaseHTTPRequestHandler):
    """Serves `data`, of version `version`, to those who have a token."""

    protocol_version = "HTTP/1.1"
    data, version, moved, swap_after = b"", 1, 0, None
    status = None

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self.answer(False)

    def do_GET(self):
        self.answer(True)

    def answer(self, with_body):
        cls = type(self)
        start, end, status = 0, len(self.data), 200
        if found := re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", "")):
            start, end, status = int(found[1]), min(int(found[2]) + 1, end), 206
            if cls.swap_after is not None and cls.moved >= cls.swap_after:
                cls.version = 2
        etag = f'"{cls.version}"'
        if self.headers.get("If-Match", etag) != etag:
            status, start, end = 412, 0, 0
        if cls.status is not None and with_body:
            status, start, end = cls.status, 0, 0
        self.send_response(status)
        self.send_header("Content-Length", str(end - start))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", etag)
        self.end_headers()
        if with_body:
            cls.moved += end - start
            self.wfile.write(self.data[start:end])


@pytest.fixture
def serve():
    servers = []

    def start(handler):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def ranges():
    return type("Served", (Ranges,), {"data": fastjoblib.dumps(MODEL)})


def test_ranges(serve, ranges):
    url = f"{serve(ranges)}/m"
    assert len(fastjoblib.inspect(url).arrays) == 1 and ranges.moved < 256 << 10
    assert np.array_equal(fastjoblib.load(url)["noise"], MODEL["noise"])


def test_a_file_that_is_replaced(serve, ranges):
    ranges.swap_after = 4 << 20
    with pytest.raises(fastjoblib.ObjectChangedError):
        fastjoblib.load(f"{serve(ranges)}/m")


def test_what_is_refused_shows_no_secret(serve, ranges):
    ranges.status = 403
    with pytest.raises(PermissionError, match="HTTP status 403") as caught:
        fastjoblib.load(f"{serve(ranges)}/m?X-Amz-Signature=secret")
    error = caught.value
    while error is not None:
        assert "secret" not in str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_a_server_that_stays_away(serve, ranges):
    ranges.status = 503
    with pytest.raises(OSError, match="HTTP status 503"):
        fastjoblib.load(f"{serve(ranges)}/m")


def test_without_ranges(serve, tmp_path):
    handler = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *args: None})
    url = serve(functools.partial(handler, directory=str(tmp_path)))
    for compress in (0, 3, "xz"):
        fastjoblib.dump({"names": MODEL["names"], "x": MODEL["noise"][: 1 << 20]}, tmp_path / "m", compress=compress)
        assert fastjoblib.load(f"{url}/m")["names"] == MODEL["names"]
        assert fastjoblib.inspect(f"{url}/m").error is None
    with pytest.raises(FileNotFoundError, match="/none"):
        fastjoblib.load(f"{url}/none")


def test_it_cannot_be_written(serve, ranges):
    with pytest.raises(OSError, match="cannot be written"):
        fastjoblib.dump(MODEL, f"{serve(ranges)}/m")
