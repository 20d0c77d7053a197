# SPDX-License-Identifier: BSD-3-Clause
"""Payloads inside, behind and between what a scanner may skip: arrays, compression, archives, damaged ends."""

import bz2
import gzip
import io
import lzma
import struct
import zipfile
import zlib

import joblib
import numpy as np
from attacks import assemble as a


class Touch:
    """Writes the marker when it is loaded."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        import os

        return os.system, (self.command,)


def dumped(value, **kwargs):
    file = io.BytesIO()
    joblib.dump(value, file, **kwargs)
    return file.getvalue()


def compressed_by(method, value):
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:  # joblib compresses by the name
        path = os.path.join(folder, "x")
        joblib.dump(value, path, compress=method)
        with open(path, "rb") as file:
            return file.read()


def object_array(*items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def arrays(mark):
    """joblib's arrays: raw bytes, nested pickles, wrappers."""
    evil, numbers = Touch(mark.command), np.arange(1000.0)
    stops = np.full(1000, ord("."), np.uint8)
    with_metadata = np.zeros(3, np.dtype("f8", metadata={"unit": evil}))
    structured = np.zeros(2, [("a", np.dtype("i4", metadata={"x": evil})), ("b", "f8")])
    inner = object_array(1, object_array(evil, 2))
    for name, shows, value in (
        ("behind-array", "behind an array's raw bytes", [numbers, evil]),
        ("between-arrays", "between two arrays", [numbers, evil, numbers]),
        ("behind-stops", "behind an array of bytes that are all STOP", [stops, evil]),
        ("object-array", "in the nested pickle of an object array", object_array(1, evil)),
        ("nested-object-arrays", "in an object array in an object array", inner),
        ("dtype-metadata", "in the metadata of a dtype", [with_metadata]),
        ("field-metadata", "in the metadata of a field's dtype", [structured]),
        ("matrix", "behind an np.matrix", [np.eye(3).view(np.matrix), evil]),
        ("fortran", "behind an array in Fortran's order", [np.asfortranarray(np.ones((3, 4))), evil]),
        ("empty-array", "behind an array without elements", [np.zeros((0, 3)), evil]),
    ):
        yield name, shows, dumped(value)
    yield "array-protocol-2", "behind an array, protocol 2", dumped([numbers, evil], protocol=2)
    yield "array-protocol-0", "behind an array, protocol 0", dumped([numbers, evil], protocol=0)
    wrapper = a.instance("joblib.numpy_pickle", "NumpyArrayWrapper")
    evil_call = a.run("os", "system", mark.command)
    yield "wrapper-item", "as an item of a wrapper's state", a.pickled(wrapper, a.dict_of(x=evil_call), b"b")
    yield "wrapper-shape", "as the shape of a wrapper", a.pickled(wrapper, a.dict_of(shape=a.tuple_of(evil_call)), b"b")
    yield (
        "wrapper-subclass",
        "as the class that a wrapper shall make",
        a.pickled(wrapper, a.dict_of(subclass=evil_call, shape=b")", order=a.text("C")), b"b"),
    )
    yield "wrapper-dtype", "as the dtype of a wrapper", a.pickled(wrapper, a.dict_of(dtype=evil_call), b"b")
    yield (
        "scalar",
        "as the object of a NumPy scalar",
        a.pickled(a.call(a.named("numpy.core.multiarray", "scalar"), a.run("numpy", "dtype", "O"), evil_call)),
    )
    old = a.instance("joblib.numpy_pickle", "NDArrayWrapper")
    yield "old-wrapper", "in the state of an old wrapper", a.pickled(old, a.dict_of(filename=evil_call), b"b")


def compressions(mark):
    evil = Touch(mark.command)
    value = [np.arange(1000.0), evil]
    for method in ("zlib", "gzip", "bz2", "xz", "lzma", "lz4"):
        yield f"compressed-{method}", f"compressed by {method}", compressed_by((method, 3), value), "joblib"
    stream = dumped(value)
    large = dumped([np.zeros(2**19), evil])
    yield "large-zlib", "behind four megabytes, in zlib", zlib.compress(large), "joblib"
    yield "stored-zlib", "in stored blocks", zlib.compress(stream, 0), "joblib"
    half = len(stream) - 30
    yield (
        "two-gzip-members",
        "cut in two at the call, a gzip member each",
        gzip.compress(stream[:half], mtime=0) + gzip.compress(stream[half:], mtime=0),
        "fastjoblib",
    )
    yield "bz2-streams", "cut in two bz2 streams", bz2.compress(stream[:half]) + bz2.compress(stream[half:]), "joblib"
    yield (
        "zf",
        "joblib before 0.10",
        b"ZF" + hex(len(stream)).encode().ljust(19) + zlib.compress(a.pickled(a.run("os", "system", mark.command))),
        None,
    )
    table = struct.pack("<IQII", 100, len(stream), 1, 1)
    table += struct.pack("<I4s", zlib.crc32(table), b"fjbt")
    yield "forged-table", "a block table that says otherwise", zlib.compress(stream + table), "joblib"
    behind = a.pickled(a.run("os", "system", mark.command))
    yield (
        "before-table",
        "a second pickle where the block table stands",
        zlib.compress(dumped(1) + behind + table),
        None,
    )
    yield "wrong-check", "zlib with a wrong check value", zlib.compress(stream)[:-4] + b"\0\0\0\0", None
    yield "cut-zlib", "zlib whose end is missing", zlib.compress(large + b"x" * 100000)[:-100], None


WHY_NOT = {
    "zf": "joblib warns of such files, and stops at the length",
    "before-table": "a second load from the stream finds it",
    "wrong-check": "some programs run it before they look at the check value",
    "cut-zlib": "some programs run it before they find the end",
}


def ends(mark):
    """What comes before and after the payload's pickle."""
    evil = a.run("os", "system", mark.command)
    harmless = a.pickled(b"]K\x01a")
    yield from (
        ("no-stop", "no STOP", b"\x80\x02" + evil),
        ("bad-opcode", "a byte that is no opcode, behind the call", b"\x80\x02" + evil + b"\xff."),
        ("cut-string", "a string that is longer than the file", b"\x80\x02" + evil + b"X\xff\xff\xff\x0fabc"),
        ("bad-utf-8", "text that is no UTF-8", b"\x80\x02" + evil + b"X\x02\x00\x00\x00\xff\xff."),
        ("memo-miss", "GET of what is not there", b"\x80\x02" + evil + b"g99\n."),
        ("underflow", "POP of what is not there", b"\x80\x02" + evil + b"0000."),
        (
            "bad-frame",
            "a frame that is longer than the file",
            b"\x80\x04" + evil + b"\x95\xff\xff\xff\x00\x00\x00\x00\x00.",
        ),
        ("negative-size", "a string of a negative size", b"\x80\x02" + evil + b"T\xff\xff\xff\xff."),
        ("bad-persid", "a persistent id, which most programs refuse", b"\x80\x02" + evil + b"Q."),
        ("bad-extension", "an extension code that nobody knows", b"\x80\x02" + evil + b"\x82\x07."),
        ("bad-build", "BUILD of None", b"\x80\x02" + evil + b"0N}b."),
        (
            "failing-call",
            "a call that fails, behind the payload",
            b"\x80\x02" + evil + a.run("builtins", "int", "x") + b".",
        ),
        (
            "bz2-prefix",
            "a string whose opcode and size read BZ, like bz2",
            b"BZ\0\0\0" + b"x" * 0x5A + b"0" + evil + b".",
        ),
        ("second-pickle", "in a second pickle", harmless + b"\x80\x02" + evil + b"."),
        ("third-pickle", "in a third pickle", harmless * 2 + b"\x80\x02" + evil + b"."),
        (
            "text-second",
            "in a second pickle of protocol 0",
            harmless + b"cos\nsystem\n(V" + mark.command.encode() + b"\ntR.",
        ),
    )


def named_in_zip(name, data, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for member, content in (("readme.txt", b"harmless"), (name, data)):
            # A ZipInfo of our own has no time in it.
            archive.writestr(zipfile.ZipInfo(member), content, compression)
    return file.getvalue()


def archives(mark):
    evil = a.pickled(a.run("os", "system", mark.command))
    plain_zip = named_in_zip("model.pkl", evil)
    yield "zip", "in a zip file", plain_zip, ".zip", "zip"
    yield "zip-in-zip", "in a zip file in a zip file", named_in_zip("inner.zip", plain_zip), ".zip", "zip"
    yield "zip-odd-name", "under a name that says picture", named_in_zip("logo.png", evil), ".zip", "zip"
    yield (
        "torch",
        "where torch.save puts the pickle",
        named_in_zip("archive/data.pkl", evil, zipfile.ZIP_STORED),
        ".pt",
        "zip",
    )
    yield "zip-no-extension", "a zip file that is called .bin", plain_zip, ".bin", "zip"
    yield (
        "zip-wrong-crc",
        "a member whose check value is wrong",
        plain_zip.replace(struct.pack("<I", zlib.crc32(evil)), b"\1\2\3\4"),
        ".zip",
        None,
    )
    at = plain_zip.index(b"model.pkl")
    yield (
        "zip-other-local-name",
        "a member whose two names differ",
        plain_zip[:at] + b"model.txt" + plain_zip[at + 9 :],
        ".zip",
        None,
    )
    flags = plain_zip.rindex(b"PK\1\2") + 8
    yield (
        "zip-encrypted-flag",
        "a member that says it is encrypted, and is not",
        (plain_zip[:flags] + b"\1" + plain_zip[flags + 1 :]),
        ".zip",
        None,
    )
    yield (
        "zip-behind-pickle",
        "a pickle with a zip file behind it",
        evil + named_in_zip("a.txt", b"harmless"),
        ".zip",
        "pickle",
    )
    yield (
        "zip-behind-junk",
        "a zip file behind bytes of something else",
        b"\x89PNG" + bytes(100) + plain_zip,
        ".png",
        "zip",
    )
    array = io.BytesIO()
    np.save(array, object_array(Touch(mark.command)), allow_pickle=True)
    yield "npy", "an object array in an .npy file", array.getvalue(), ".npy", "numpy"
    yield "npz", "an object array in an .npz file", named_in_zip("b.npy", array.getvalue()), ".npz", "npz"
    for suffix in (".png", ".txt", ".csv", ".json", ".md", "", ".PKL", ".npy", ".safetensors"):
        yield f"called{suffix or '-nothing'}", "a pickle by another name", evil, suffix, "pickle"
    text = b"cos\nsystem\n(V" + mark.command.encode() + b"\ntR."
    yield "text-called.csv", "a pickle of protocol 0 that is called .csv", text, ".csv", "pickle"
    yield "lzma-called.json", "a compressed pickle that is called .json", lzma.compress(evil), ".json", "joblib"


ZIP_WHY_NOT = "Python's zipfile refuses it; PyTorch reads it"


def build(mark):
    for name, shows, data in arrays(mark):
        yield a.Attack("arrays", name, shows, data, loader="joblib", suffix=".joblib")
    for name, shows, data, loader in compressions(mark):
        yield a.Attack("compression", name, shows, data, loader=loader, suffix=".joblib", why_not=WHY_NOT.get(name, ""))
    for name, shows, data in ends(mark):
        yield a.Attack("ends", name, shows, data)
    for name, shows, data, suffix, loader in archives(mark):
        yield a.Attack("archives", name, shows, data, loader, suffix, "" if loader else ZIP_WHY_NOT)
