# SPDX-License-Identifier: BSD-3-Clause
"""`fastjoblib scan` in zip archives and .npy files."""

import gzip
import io
import pickle
import struct
import warnings
import zipfile

import joblib
import numpy as np
import pytest
from fastjoblib._inspect.scan import exit_status, scan
from helpers.run import run_python

EVIL = b"cos\nsystem\n(Vecho\ntR."
CLEAN = pickle.dumps([1, 2.0, "three"])


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def findings(tmp_path, data, name="file"):
    path = tmp_path / name
    path.write_bytes(data)
    return {found.name.removeprefix(str(path)): found.verdict for found in scan(str(path))}


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members(tmp_path, compression):
    large = pickle.dumps(np.arange(200_000.0))[:-1] + b"0" + EVIL
    members = {"a/model.pkl": EVIL, "b": CLEAN, "c.txt": b"text", "d": large, "e/": b"", "f": CLEAN[:-9]}
    assert findings(tmp_path, zipped(members, compression)) == {
        "!a/model.pkl": "dangerous",
        "!b": "clean",
        "!c.txt": "not a pickle",
        "!d": "dangerous",
        "!f": "unreadable",
    }


def test_one_level_of_archives_in_archives(tmp_path):
    inner = zipped({"model": EVIL})
    assert findings(tmp_path, zipped({"inner": inner})) == {"!inner!model": "dangerous"}
    assert findings(tmp_path, zipped({"outer": zipped({"inner": inner})})) == {"!outer!inner": "suspicious"}


def test_a_clean_archive_has_exit_status_0(tmp_path):
    (tmp_path / "a.zip").write_bytes(zipped({"model": CLEAN, "readme.txt": b"text"}))
    assert exit_status(scan(str(tmp_path / "a.zip"))) == 0


def test_an_archive_without_files_is_no_pickle(tmp_path):
    assert findings(tmp_path, zipped({})) == {"": "unreadable"}
    assert [found.verdict for found in scan(str(tmp_path))] == ["not a pickle"]


def test_a_broken_archive_is_unreadable(tmp_path):
    data = zipped({"model": CLEAN})
    assert findings(tmp_path, data[: len(data) // 2]) == {"": "unreadable"}
    assert findings(tmp_path, b"PK\x03\x04" + bytes(100)) == {"": "unreadable"}


def test_a_member_that_is_elsewhere_is_unreadable(tmp_path):
    data = zipped({"model": CLEAN})
    directory = data.index(b"PK\x01\x02")
    moved = data[: directory + 42] + struct.pack("<I", 3) + data[directory + 46 :]
    assert findings(tmp_path, moved) == {"": "unreadable"}


def test_a_member_by_another_method_is_unreadable(tmp_path):
    assert findings(tmp_path, zipped({"model": EVIL}, zipfile.ZIP_LZMA)) == {"": "unreadable"}


def test_a_cut_member_is_unreadable(tmp_path):
    data = zipped({"model": pickle.dumps(bytes(range(256)) * 100)})
    at = data.index(b"PK\x01\x02") + 20
    size = int.from_bytes(data[at : at + 4], "little")
    assert findings(tmp_path, data[:at] + struct.pack("<I", size // 2) + data[at + 4 :]) == {"!model": "unreadable"}


def test_an_encrypted_member_is_suspicious(tmp_path):
    data = bytearray(zipped({"model": CLEAN}, zipfile.ZIP_STORED))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert findings(tmp_path, bytes(data)) == {"!model": "suspicious"}


def test_members_that_share_their_data_end_at_a_budget(tmp_path):
    """Twenty thousand members that are one: 300 gigabytes in a file of one megabyte."""
    zeros = b"\x80\x04\x8e" + (2**24).to_bytes(8, "little") + bytes(2**24) + b"."
    one = zipped({"m": zeros})
    start = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    entry = one[start:end]
    count = 20_000
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, start, 0)
    (tmp_path / "bomb.zip").write_bytes(one[:start] + entry * count + tail)
    code = """
        import sys
        from fastjoblib._inspect.scan import exit_status, scan
        limit_memory(512 << 20)
        found = list(scan(sys.argv[1]))
        print(len(found), exit_status(found), found[-1].reasons)
    """
    count, status, reasons = run_python(code, arguments=[tmp_path / "bomb.zip"]).split(maxsplit=2)
    assert int(count) < 200
    assert status == "1"
    assert "more than an archive of its size can" in reasons


def test_npy_and_npz(tmp_path):
    objects = np.array([1, {}], dtype=object)
    evil = np.empty(1, dtype=object)
    evil[0] = type("Evil", (), {"__reduce__": lambda self: (__import__, ("os",))})()
    structured = np.zeros(2, [("O", "f8"), ("b", object)])
    for name, array, verdict in (
        ("numbers", np.arange(1000.0), "clean"),
        ("objects", objects, "clean"),
        ("structured", structured, "clean"),
        ("evil", evil, "dangerous"),
    ):
        file = io.BytesIO()
        np.save(file, array, allow_pickle=True)
        assert findings(tmp_path, file.getvalue(), f"{name}.npy") == {"": verdict}
        file = io.BytesIO()
        np.savez_compressed(file, a=np.eye(3), b=array)
        assert findings(tmp_path, file.getvalue(), f"{name}.npz") == {"!a.npy": "clean", "!b.npy": verdict}


@pytest.mark.parametrize("version", [b"\x01\x00", b"\x02\x00", b"\x03\x00"])
def test_each_version_of_npy(tmp_path, version):
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n"
    length = len(header).to_bytes(2 if version[0] == 1 else 4, "little")
    assert findings(tmp_path, b"\x93NUMPY" + version + length + header + EVIL) == {"": "dangerous"}


def test_a_header_without_end(tmp_path):
    assert findings(tmp_path, b"\x93NUMPY\x02\x00\xff\xff\xff\xff") == {"": "unreadable"}


HEADERS_OF_NUMBERS = """
    '<f8' '|b1' '|u1' '<c16' '|S5' '<U7' '|V3' '<M8[ns]' '<m8[25s]' 'f4' "<i4"
    [('a','<f8'),('O','|S3'),('object','<U3')] [('a','<f8',(2,3)),('b',[('c','|V2')])] [(('title','name'),'>i2')]
    ('<f8',(2,)) [('a',('<f8',(2L,)))]
    """.split()
OTHER_HEADERS = r"""
    '|O' 'O' '|\x4f' '\117' '|\u004f' '\N{LATIN\u0020CAPITAL\u0020LETTER\u0020O}' 'T' '|T16' 'object' 'x' '<f8,O'
    '|''O' '''O''' b'|O' '<f8'+'O' [('a','|\x4f')] [('a',[('b','T')])] ('|O',(2,)) ('<f8',(2,),'O')
    [('a','<f8',(2,),'O')] {'names':['a'],'formats':['O']} None 3 -1 [['a','<f8']] '<f8 '<f8')) \
    """.split()


def npy(descr, data, version=1):
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}\n".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + len(header).to_bytes(2 if version == 1 else 4, "little") + header + data


@pytest.mark.parametrize("descr", HEADERS_OF_NUMBERS)
def test_numbers_are_not_taken_for_a_pickle(tmp_path, descr):
    """What follows would be dangerous, if NumPy took it for a pickle."""
    assert findings(tmp_path, npy(descr, EVIL)) == {"": "clean"}


@pytest.mark.parametrize("descr", OTHER_HEADERS)
def test_what_may_be_a_pickle_is_looked_at(tmp_path, descr):
    assert findings(tmp_path, npy(descr, EVIL)) == {"": "dangerous"}
    assert findings(tmp_path, zipped({"a.npy": npy(descr, EVIL)})) == {"!a.npy": "dangerous"}


@pytest.mark.parametrize(
    "descr",
    ["-" * 200_000 + "1", "(" * 200_000, "1+" * 100_000 + "1", "[('a'," * 5000, "'<f8'" + " " * 2**20, "1" * 200_000],
    ids=["minus", "parentheses", "plus", "fields", "blanks", "digits"],
)
def test_headers_that_are_long_or_deep(tmp_path, descr):
    assert findings(tmp_path, npy(descr, EVIL, 2)) == {"": "dangerous"}


def test_what_numpy_writes_is_numbers(tmp_path):
    """Each type that it writes without pickle."""
    for number, dtype in enumerate([*"?bhilqBHILQefdgFDGMm", "M8[D]", "S3", "U3", "V3", "S0", "i4,f8", "3f4"]):
        array = np.zeros(2, [("a", dtype), ("b\N{GREEK SMALL LETTER BETA}", dtype)] if number % 2 else dtype)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # letters that are not Latin need version 3
            np.save(tmp_path / f"{number}.npy", array, allow_pickle=False)
    assert {found.verdict for found in scan(str(tmp_path))} == {"clean"}


def test_what_joblib_alone_skips_in_an_npy_file(tmp_path):
    """NumPy loads by pickle: opcodes in an array's bytes would run there."""
    joblib.dump([np.frombuffer(EVIL.ljust(64), np.uint8)], tmp_path / "model")
    assert findings(tmp_path, npy("'|O'", (tmp_path / "model").read_bytes())) == {"": "suspicious"}
    assert findings(tmp_path, npy("'|O'", gzip.compress(CLEAN))) == {"": "suspicious"}
