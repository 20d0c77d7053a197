# SPDX-License-Identifier: BSD-3-Clause
"""dump(..., seal=True), verify() and load(verify=True) on whole files."""

import hashlib
import io
import json
import os
import sys
import zlib

import fastjoblib
import joblib
import numpy as np
import pytest
from fastjoblib._compress import registry
from fastjoblib._seal import environment
from fastjoblib._seal.finding import read_seal
from fastjoblib._seal.form import Seal, build, parse, read_pieces
from helpers.compare import assert_same
from helpers.compression import ALL_METHODS, METHODS, decompressed, lz4_readers_are_left

MIB = 1 << 20
SMALL = {"a": np.arange(500.0), "b": [np.ones((7, 3), order="F"), "text"], "c": np.array(["x", {}], object)}
LARGE = {
    "big": (np.arange(1_500_000) % 251).astype("u1"),
    "random": np.random.default_rng(0).random(20_000),
    "n": list(range(9000)),
}


def tree_hash(data):
    """By its definition."""
    leaf = 1 << 16
    digests = [hashlib.sha256(data[i : i + leaf]).digest() for i in range(0, len(data), leaf)] or [
        hashlib.sha256(b"").digest()
    ]
    while len(digests) > 1:
        pairs = [b"".join(digests[i : i + 2]) for i in range(0, len(digests), 2)]
        digests = [hashlib.sha256(pair).digest() if len(pair) == 64 else pair for pair in pairs]
    return digests[0].hex()


def seal_of(path):
    with open(path, "rb") as file:
        return read_seal(file)


@pytest.fixture(params=[None, *ALL_METHODS])
def compress(request):
    return 0 if request.param is None else (request.param, 3)


@pytest.mark.parametrize("value", [SMALL, LARGE, None], ids=["small", "large", "none"])
def test_a_seal_tells_what_the_file_holds(tmp_path, compress, value):
    path = tmp_path / "model"
    metadata = {"name": "äöü", "scores": [1, 0.5]}
    assert fastjoblib.dump(value, path, compress, seal=True, metadata=metadata) == [str(path)]
    plain = fastjoblib.dumps(value)
    seal = seal_of(path)
    content = path.read_bytes()
    assert seal.data_nbytes == len(plain)
    assert seal.digest == tree_hash(content[: seal.file_nbytes])
    pieces = list(read_pieces(seal.pieces))
    assert [piece.begin for piece in pieces[1:]] == [piece.end for piece in pieces[:-1]]
    assert pieces[-1].end == len(plain)
    assert all(zlib.crc32(plain[piece.begin : piece.end]) == piece.check for piece in pieces)
    assert seal.facts["metadata"] == metadata
    assert seal.facts["python"] == sys.version.split()[0]
    assert seal.facts["packages"]["numpy"] == np.__version__
    fastjoblib.verify(path)
    for loaded in (fastjoblib.load(path), fastjoblib.load(path, verify=True)):
        assert_same(loaded, value)


@pytest.mark.parametrize("method", [None, "zlib", "gzip", "lz4", "zstd", "xz"])
def test_a_seal_over_several_mib(tmp_path, method):
    """Of the file too, not only of its data: what is hashed has several leaves."""
    path = tmp_path / "model"
    noise = np.random.default_rng(0).integers(0, 256, 2_500_000, "u1")
    fastjoblib.dump(noise, path, 0 if method is None else (method, 1), seal=True)
    seal = seal_of(path)
    assert seal.file_nbytes > 2 * MIB
    assert seal.digest == tree_hash(path.read_bytes()[: seal.file_nbytes])
    fastjoblib.verify(path)
    assert_same(fastjoblib.load(path, verify=True), noise)
    assert_same(fastjoblib.load(path), noise)


def test_each_array_is_a_piece_of_its_own(tmp_path):
    path = tmp_path / "model"
    fastjoblib.dump(SMALL, path, seal=True)
    content = path.read_bytes()
    arrays = [content[p.begin : p.end] for p in read_pieces(seal_of(path).pieces) if p.kind == 1]
    assert arrays == [SMALL["a"].tobytes(), SMALL["b"][0].tobytes("A")]


def test_the_object_is_written_as_without_a_seal(tmp_path, compress):
    fastjoblib.dump(LARGE, tmp_path / "sealed", compress, seal=True)
    data = (tmp_path / "sealed").read_bytes()
    plain = fastjoblib.dumps(LARGE)
    if compress and compress[0] == "lzma":
        data = data[: seal_of(tmp_path / "sealed").file_nbytes]
    assert decompressed(data).startswith(plain)


@lz4_readers_are_left
@pytest.mark.parametrize("method", [None, *METHODS])
def test_joblib_loads_it(tmp_path, method):
    for value in (SMALL, LARGE):
        fastjoblib.dump(value, tmp_path / "m", 0 if method is None else (method, 3), seal=True)
        assert_same(joblib.load(tmp_path / "m"), value)
    if method is None:
        mapped = joblib.load(tmp_path / "m", mmap_mode="r")
        assert isinstance(mapped["big"], np.memmap)


def test_threads_do_not_change_the_bytes(tmp_path, compress, monkeypatch):
    monkeypatch.setattr(environment, "describe", lambda found, metadata: {})
    monkeypatch.setattr("fastjoblib._seal.writing.describe", lambda found, metadata: {})
    contents = set()
    for n_threads in (1, 5):
        fastjoblib.dump(LARGE, tmp_path / "m", compress, seal=True, n_threads=n_threads)
        contents.add((tmp_path / "m").read_bytes())
    assert len(contents) == 1


def test_mapped_and_verified(tmp_path):
    fastjoblib.dump(LARGE, tmp_path / "m", seal=True)
    loaded = fastjoblib.load(tmp_path / "m", mmap_mode="r", verify=True)
    assert isinstance(loaded["big"], np.memmap)
    assert_same(dict(loaded, big=np.array(loaded["big"]), random=np.array(loaded["random"])), LARGE)


def test_files_without_a_seal(tmp_path):
    fastjoblib.dump(SMALL, tmp_path / "m")
    for call in (fastjoblib.verify, lambda path: fastjoblib.load(path, verify=True)):
        with pytest.raises(fastjoblib.NotSealedError, match="m' has no seal"):
            call(tmp_path / "m")
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(fastjoblib.NotSealedError):
        fastjoblib.verify(tmp_path / "empty")
    with pytest.raises(FileNotFoundError):
        fastjoblib.verify(tmp_path / "missing")


@pytest.mark.parametrize(
    ("metadata", "error", "message"),
    [
        ({"f": print}, TypeError, "metadata must be what JSON can hold"),
        (float("nan"), ValueError, "metadata must be what JSON can hold"),
        ("x" * (1 << 18), ValueError, "metadata may take 262,144 bytes"),
    ],
)
def test_metadata_that_cannot_be(tmp_path, metadata, error, message):
    (tmp_path / "m").write_bytes(b"old")
    with pytest.raises(error, match=message):
        fastjoblib.dump([], tmp_path / "m", seal=True, metadata=metadata)
    assert (tmp_path / "m").read_bytes() == b"old"


def test_metadata_needs_a_seal(tmp_path):
    with pytest.raises(ValueError, match="needs seal=True"):
        fastjoblib.dump([], tmp_path / "m", metadata={})


def test_registered_methods_have_no_seals(tmp_path):
    fastjoblib.register_compressor("mine", registry.CompressorWrapper(io.FileIO, b"mine"), force=True)
    try:
        with pytest.raises(ValueError, match="built in"):
            fastjoblib.dump([], tmp_path / "m", "mine", seal=True)
    finally:
        del registry._registered["mine"]


def test_the_largest_seal_fits(tmp_path):
    """A hundred thousand arrays and the most metadata: still less than 1 MiB."""
    value = [np.arange(i % 40, dtype="u1") for i in range(100_000)]
    fastjoblib.dump(value, tmp_path / "m", seal=True, metadata="x" * ((1 << 18) - 2))
    fastjoblib.verify(tmp_path / "m")
    with open(tmp_path / "m", "rb") as file:
        assert len(build(read_seal(file))) < MIB
    assert len(fastjoblib.load(tmp_path / "m")) == len(value)


def test_what_is_no_seal_has_no_effect(tmp_path):
    seal = build(parse(_sealed_bytes()))
    plain = fastjoblib.dumps([1, 2])
    for junk in (seal[:-1], seal[1:], b"x" + seal, seal[:40] + b"\0" + seal[41:], seal + b"x", b"fjseal\x01\n" * 9):
        (tmp_path / "m").write_bytes(plain + junk)
        assert fastjoblib.load(tmp_path / "m") == [1, 2]
        assert fastjoblib.load(io.BytesIO(plain + junk)) == [1, 2]


def _sealed_bytes():
    stream = io.BytesIO()
    fastjoblib.dump([1, 2], stream, seal=True)
    return stream.getvalue()[len(fastjoblib.dumps([1, 2])) :]


def test_facts_are_plain_json(tmp_path):
    facts = parse(_sealed_bytes()).facts
    assert json.loads(json.dumps(facts)) == facts
    assert facts["metadata"] is None
    assert facts["warn_by_themselves"] == []


def test_seals_stay_behind_where_files_are_converted(tmp_path, compress):
    from fastjoblib._convert import convert

    fastjoblib.dump(LARGE, tmp_path / "in", compress, seal=True)
    with pytest.warns(UserWarning, match="the seal of .*in' stays behind"):
        convert(str(tmp_path / "in"), str(tmp_path / "out"), 0)
    assert (tmp_path / "out").read_bytes() == fastjoblib.dumps(LARGE)


def test_progress_is_that_of_the_object(tmp_path, compress):
    calls = []
    fastjoblib.dump(LARGE, tmp_path / "m", compress, seal=True, progress=lambda *call: calls.append(call))
    size = len(fastjoblib.dumps(LARGE))
    assert calls[-1] == (size, size)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)


def test_the_command_shows_nothing_of_a_stranger_as_it_is(tmp_path, capsys):
    from fastjoblib.__main__ import main

    plain = fastjoblib.dumps([1])
    packages = {"\ud800": "1.0", "a": "\n", "b": "2"}
    facts = {"time": "\x1b[2J\nmodel2: ok", "python": "\x1b]0;x\x07", "packages": packages}
    digest = hashlib.sha256(plain).hexdigest()
    (tmp_path / "m").write_bytes(plain + build(Seal(len(plain), len(plain), digest, 0, b"", facts)))
    assert main(["verify", str(tmp_path / "m")]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert out.strip().isprintable()
    assert fastjoblib.load(tmp_path / "m") == [1]


def test_the_command(tmp_path, capsys):
    from fastjoblib.__main__ import main

    fastjoblib.dump(SMALL, tmp_path / "good", seal=True)
    fastjoblib.dump(SMALL, tmp_path / "plain")
    content = bytearray((tmp_path / "good").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "bad").write_bytes(content)
    assert main(["verify", str(tmp_path / "good")]) == 0
    assert "good: ok, saved 20" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "plain"), str(tmp_path / "good")]) == 2
    assert "plain' has no seal" in capsys.readouterr().err
    assert main(["verify", *(os.path.join(tmp_path, name) for name in ("plain", "bad", "good"))]) == 1
    assert "bad' is not what was saved: " in capsys.readouterr().err
