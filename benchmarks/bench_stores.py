# SPDX-License-Identifier: BSD-3-Clause
"""Time loads and saves in S3 against joblib through files of s3fs, and against boto3's transfer of the bytes alone.

    tools/own-environment.sh .venv/bin/python stores-test benchmarks/bench_stores.py

A small server in a process of its own answers from memory, first as fast as it can, then as a
store far away does: each request waits 30 ms, and a connection gives 90 MB/s, which is what
AWS names for one of S3. Each time is that of a process of its own; the order alternates.
"""

import argparse
import io
import statistics
import subprocess
import sys
import time

from report import environment

MIB = 1 << 20
WHATS = [f"{step} {who}" for step in ("load", "dump") for who in ("joblib", "fastjoblib", "boto3")]
BUCKET = "bucket"

# The least of S3 that clients need: objects, ranges, multipart uploads, all in memory.
SERVER = """
import http.server, re, socketserver, sys, time, urllib.parse
objects, uploads = {}, {}
latency, rate = float(sys.argv[1]), float(sys.argv[2])

class S3(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            started = time.perf_counter()
            for at in range(0, len(body), 1 << 19):
                self.wfile.write(body[at : at + (1 << 19)])
                self.wait(started, at)

    def wait(self, started, nbytes):
        ahead = nbytes / rate - (time.perf_counter() - started) if rate else 0
        if ahead > 0:
            time.sleep(ahead)

    def parts(self):
        url = urllib.parse.urlsplit(self.path)
        return url.path, dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))

    def body(self):
        if "chunked" in self.headers.get("Content-Encoding", "") + self.headers.get("Transfer-Encoding", ""):
            data = bytearray()
            left = None
            while True:
                line = self.rfile.readline()
                n = int(line.split(b";")[0], 16)
                if n == 0:
                    while self.rfile.readline().strip():
                        pass
                    return data
                data += self.rfile.read(n)
                self.rfile.readline()
        data, left, started = bytearray(), int(self.headers.get("Content-Length", 0)), time.perf_counter()
        while left:
            piece = self.rfile.read(min(left, 1 << 19))
            data += piece
            left -= len(piece)
            self.wait(started, len(data))
        return data

    def parse_request(self):
        time.sleep(latency)
        return super().parse_request()

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path, query = self.parts()
        if path not in objects:
            return self.reply(404, b"<Error><Code>NoSuchKey</Code></Error>")
        data = memoryview(objects[path])
        found = re.fullmatch(r"bytes=(\\d+)-(\\d*)", self.headers.get("Range", ""))
        last = {"ETag": '"1"', "Last_Modified": "Fri, 27 Nov 2026 00:00:00 GMT", "Accept_Ranges": "bytes"}
        if not found:
            if self.command == "HEAD":
                last["Content-Length"] = str(len(data))
                return self.reply(200, b"", **last)
            return self.reply(200, data, **last)
        start, end = int(found[1]), min(int(found[2] or len(data)) + 1, len(data))
        self.reply(206, data[start:end], Content_Range=f"bytes {start}-{end - 1}/{len(data)}", **last)

    def do_PUT(self):
        path, query = self.parts()
        data = self.body()
        if "uploadId" in query:
            uploads[query["uploadId"]][int(query["partNumber"])] = data
        else:
            objects[path] = data
        self.reply(200, ETag='"1"')

    def do_POST(self):
        path, query = self.parts()
        self.body()
        if "uploads" in query:
            name = str(len(uploads))
            uploads[name] = {}
            kind = "InitiateMultipartUploadResult"
            return self.reply(200, f"<{kind}><UploadId>{name}</UploadId></{kind}>".encode())
        parts = uploads.pop(query["uploadId"])
        objects[path] = b"".join(parts[number] for number in sorted(parts))
        self.reply(200, b"<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>")

class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 100

server = Server(("127.0.0.1", 0), S3)
print(server.server_port, flush=True)
server.serve_forever()
"""


def model(nbytes):
    import numpy as np

    rng = np.random.default_rng(0)
    n = nbytes // 8 // MIB
    value = {f"layer {i}": rng.standard_normal(8 * MIB // 8) for i in range(n)}
    return {**value, "names": [f"feature {i}" for i in range(10_000)]}


def clients(port):
    import boto3
    import s3fs
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    endpoint = f"http://127.0.0.1:{port}"
    kwargs = {"endpoint_url": endpoint, "region_name": "us-east-1"}
    plain = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
    options = {"key": "k", "secret": "s", "client_kwargs": kwargs, "config_kwargs": plain}
    client = boto3.client("s3", aws_access_key_id="k", aws_secret_access_key="s", config=Config(**plain), **kwargs)
    return client, s3fs.S3FileSystem(**options), options, TransferConfig(max_concurrency=10)


def once(what, port, nbytes):
    """Run one contender in this process; return seconds, and the peak of memory beyond that at the start in MiB."""
    import fastjoblib
    import joblib

    client, fs, options, config = clients(port)
    value = model(nbytes) if what.startswith("dump") else None
    data = fastjoblib.dumps(value) if what == "dump boto3" else b""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak begins anew
    before = peak()
    started = time.perf_counter()
    if what == "prepare":
        fastjoblib.dump(model(nbytes), f"s3://{BUCKET}/m", storage_options=options)
    elif what == "load fastjoblib":
        fastjoblib.load(f"s3://{BUCKET}/m", storage_options=options)
    elif what == "load joblib":
        with fs.open(f"{BUCKET}/m", "rb") as file:
            joblib.load(file)
    elif what == "load boto3":
        client.download_fileobj(BUCKET, "m", io.BytesIO(), Config=config)
    elif what == "dump fastjoblib":
        fastjoblib.dump(value, f"s3://{BUCKET}/d", storage_options=options)
    elif what == "dump joblib":
        with fs.open(f"{BUCKET}/d", "wb") as file:
            joblib.dump(value, file)
    elif what == "dump boto3":
        client.upload_fileobj(io.BytesIO(data), BUCKET, "d", Config=config)
    seconds = time.perf_counter() - started
    return seconds, (peak() - before) / 1024


def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def measure(rounds, mib, latency, rate):
    """Return lists of seconds and peaks by contender."""
    command = [sys.executable, "-c", SERVER, str(latency), str(rate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            port = server.stdout.readline().strip()
            prepare = [sys.executable, __file__, "--mib", str(mib), "--one", "prepare", port]
            subprocess.run(prepare, stdout=subprocess.DEVNULL, check=True)
            found = {what: [] for what in WHATS}
            for number in range(rounds):
                for what in WHATS if number % 2 == 0 else WHATS[::-1]:
                    command = [sys.executable, __file__, "--mib", str(mib), "--one", what, port]
                    line = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
                    found[what].append(tuple(map(float, line.split())))
        finally:
            server.kill()
    return found


def table(found):
    """Print one table."""
    print("| | median, s | best, s | joblib / this, median | best | memory at the peak, MiB |")
    print("|---|---|---|---|---|---|")
    for what in WHATS:
        seconds = [row[0] for row in found[what]]
        control = [row[0] for row in found[f"{what.split()[0]} joblib"]]
        middle, best = statistics.median(seconds), min(seconds)
        print(
            f"| {what} | {middle:.2f} | {best:.2f} | {statistics.median(control) / middle:.2f} "
            f"| {min(control) / best:.2f} | {statistics.median(row[1] for row in found[what]):.0f} |"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mib", type=int, default=512)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(*once(arguments.one[0], arguments.one[1], arguments.mib * MIB))
        return
    print(f"# Object stores\n\n{arguments.mib} MiB in arrays of 8 MiB, {arguments.rounds} rounds. {environment()}\n")
    for title, latency, rate in (("On this machine", 0, 0), ("30 ms and 90 MB/s a connection", 0.03, 90e6)):
        print(f"## {title}\n")
        table(measure(arguments.rounds, arguments.mib, latency, rate))
        print(flush=True)


if __name__ == "__main__":
    main()
