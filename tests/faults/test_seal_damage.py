# SPDX-License-Identifier: BSD-3-Clause
"""A sealed file of which any byte was changed, cut or added is found out, and the right array named."""

import os
import re

import fastjoblib
import numpy as np
import pytest
from fastjoblib._seal.finding import find, method_of
from helpers.compression import ALL_METHODS

METHODS = [None, *ALL_METHODS]
RNG = np.random.default_rng(0)
MODEL = {
    "coef": RNG.random(300),
    "trees": [{"nodes": RNG.integers(0, 99, 120 + 7 * i), "depth": i} for i in range(4)],
    "names": np.array(["alpha", "beta", {"gamma": 1}], object),
    "text": "some text " * 30,
    "one": np.array([2.5]),
}
ARRAYS = {
    "model['coef']": MODEL["coef"],
    **{f"model['trees'][{i}]['nodes']": tree["nodes"] for i, tree in enumerate(MODEL["trees"])},
    "model['one']": MODEL["one"],
}
FOUND = (fastjoblib.DamagedFileError, fastjoblib.NotSealedError)


class Sealed:
    """A sealed file, and the places of the arrays in its data."""

    def __init__(self, path, method):
        self.path = path
        self.method = method
        fastjoblib.dump(MODEL, path, 0 if method is None else (method, 3), seal=True)
        self.content = path.read_bytes()
        plain = fastjoblib.dumps(MODEL)
        self.places = {name: plain.index(array.tobytes()) for name, array in ARRAYS.items()}

    def verify(self, content):
        """Return the error of a changed file."""
        # Over the old content: as fast as verifying in memory, and the file that users have.
        with open(self.path, "r+b") as file:
            file.write(content)
            file.truncate()
        with pytest.raises(FOUND) as caught:
            fastjoblib.verify(self.path)
        assert str(self.path) in str(caught.value)
        return caught.value

    def hit(self, position):
        """Return the array that a byte of the data is in, and which of its bytes it is."""
        for name, start in self.places.items():
            if start <= position < start + ARRAYS[name].nbytes:
                return name, position - start
        return None, None


@pytest.fixture(params=METHODS, ids=lambda method: method or "raw")
def sealed(request, tmp_path):
    return Sealed(tmp_path / "model.joblib", request.param)


def seal_start(path, content):
    path.write_bytes(content)
    with open(path, "rb") as file:
        return find(file, method_of(file)).start


def check_flips(sealed, bits):
    for bit in bits:
        content = bytearray(sealed.content)
        content[bit // 8] ^= 1 << bit % 8
        error = sealed.verify(content)
        assert isinstance(error, fastjoblib.DamagedFileError), (bit, error)
        if sealed.method is None:
            name, byte = sealed.hit(bit // 8)
            if name is not None:
                wanted = f"array {name!r}, byte {byte:,} of {ARRAYS[name].nbytes:,}"
                assert wanted in str(error), (bit, error)


def test_flipped_bits(sealed):
    check_flips(sealed, range(3, len(sealed.content) * 8, len(sealed.content) * 8 // 150))


@pytest.mark.slow
def test_every_flipped_bit(sealed):
    check_flips(sealed, range(len(sealed.content) * 8))


def test_every_bit_of_the_seal_and_around(tmp_path):
    """Those of the end of the stream too."""
    for method in ("zlib", "gzip", "lz4", "xz"):
        sealed = Sealed(tmp_path / "model.joblib", method)
        check_flips(sealed, range((len(sealed.content) - 60) * 8, len(sealed.content) * 8))
        start = seal_start(sealed.path, sealed.content)
        check_flips(sealed, range(start * 8, (start + 30) * 8))


def test_cut_files(sealed):
    step = max(1, len(sealed.content) // 100)
    for size in [*range(0, len(sealed.content), step), *range(len(sealed.content) - 30, len(sealed.content))]:
        sealed.verify(sealed.content[:size])


def test_added_bytes(sealed):
    size = len(sealed.content)
    for where in (0, 1, size // 3, size // 2, size - 30, size - 1, size):
        for added in (b"\0", b"x" * 17, sealed.content):
            sealed.verify(sealed.content[:where] + added + sealed.content[where:])


def test_missing_bytes(sealed):
    size = len(sealed.content)
    for where in range(0, size - 40, size // 25):
        for count in (1, 13):
            sealed.verify(sealed.content[:where] + sealed.content[where + count :])


def test_the_array_of_a_longer_damage(tmp_path):
    sealed = Sealed(tmp_path / "model.joblib", None)
    for name, array in ARRAYS.items():
        if array.nbytes < 100:
            continue
        start = sealed.places[name] + 40
        content = sealed.content[:start] + bytes(50) + sealed.content[start + 50 :]
        assert re.search(rf"array {re.escape(repr(name))}, bytes [\d,]+ to [\d,]+ of", str(sealed.verify(content)))


@pytest.mark.parametrize("method", ["zlib", "gzip", "lz4"])
def test_the_array_in_compressed_data(tmp_path, method):
    """Where the first wrong byte of the data is in an array, that array is named, if what follows still leads to it."""
    sealed = Sealed(tmp_path / "model.joblib", method)
    plain = fastjoblib.dumps(MODEL)
    named = hidden = 0
    for at in range(40, len(sealed.content) - 900, 37):
        content = bytearray(sealed.content)
        content[at] ^= 0x10
        error = sealed.verify(content)
        name, _ = sealed.hit(_first_difference(bytes(content), method, plain))
        if name is not None:
            is_named = repr(name) in str(error)
            assert is_named or "an array whose name the damage hides" in str(error), (at, error)
            named += is_named
            hidden += not is_named
    assert named > 10 and hidden <= 2


def _first_difference(content, method, plain):
    from fastjoblib._seal.decoding import decode

    data = bytearray()
    try:
        import io

        for piece in decode(io.BytesIO(content), method, len(content)):
            data += piece
    except ValueError:
        pass
    return next((i for i, (a, b) in enumerate(zip(data, plain, strict=False)) if a != b), min(len(data), len(plain)))


def test_large_arrays(tmp_path):
    """Of many MiB: the byte is found, whichever MiB it is in."""
    path = tmp_path / "model.joblib"
    value = {"large": RNG.integers(0, 255, 5 << 20, dtype="u1"), "other": np.arange(9)}
    fastjoblib.dump(value, path, seal=True)
    start = path.read_bytes().index(value["large"][:64].tobytes())
    for byte in (0, 1234567, (5 << 20) - 1):
        with open(path, "r+b") as file:
            file.seek(start + byte)
            old = file.read(1)
            file.seek(start + byte)
            file.write(bytes([old[0] ^ 0x55]))
        with pytest.raises(fastjoblib.DamagedFileError, match=re.escape(f"byte {byte:,} of 5,242,880")):
            fastjoblib.verify(path)
        with pytest.raises(fastjoblib.DamagedFileError):
            fastjoblib.load(path, verify=True)
        with open(path, "r+b") as file:
            file.seek(start + byte)
            file.write(old)
    fastjoblib.verify(path)


def test_nothing_is_run_before_it_is_verified(tmp_path):
    marker = tmp_path / "marker"
    path = tmp_path / "model.joblib"

    class Payload:
        def __reduce__(self):
            return os.mkdir, (str(marker),)

    fastjoblib.dump([np.arange(5), Payload()], path, seal=True)
    content = bytearray(path.read_bytes())
    content[60] ^= 1
    path.write_bytes(content)
    with pytest.raises(fastjoblib.DamagedFileError):
        fastjoblib.load(path, verify=True)
    assert not marker.exists()
