# SPDX-License-Identifier: BSD-3-Clause
"""`fastjoblib scan`: exit statuses, folders, what is no pickle, the standard input, hostile names."""

import io
import json
import os
import pathlib
import pickle
import socket
import string
import subprocess
import sys
import threading
import zipfile
import zlib

import fastjoblib
import numpy as np
import pytest
from fastjoblib.__main__ import main
from fastjoblib._inspect.machine import inspect
from fastjoblib._inspect.scan import exit_status, scan
from helpers import old_files
from helpers.run import run_python

EVIL = b"cos\nsystem\n(Vecho\ntR."
UNKNOWN = b"\x80\x02cmypackage\nModel\n)\x81."
CLEAN = pickle.dumps([1, 2.0, "three"])
CUT = pickle.dumps(["a" * 1000])[:-200]
TEXTS = {
    "README.md": "(c) somebody\n\nText\n",
    "table.csv": "Name,Age\nx,1\n",
    "code.py": "class Model:\n    pass\n",
    "import.py": "import os\nimport sys\n",
    "from.py": "import sys\nfrom os.path import join\n",
    "RECORD": "colorlog-6.12.0.dist-info/METADATA,sha256=R3,1\ncolorlog-6.12.0.dist-info/WHEEL,sha256=R4,2\nx",
    "license.txt": "Version 2.0, January 2004\nterms and conditions\n",
    "list.json": "[1, 2]",
    "dict.json": '{"a": 1}',
    "project.txt": "PROJECT\nhas an id\n",
    "ini.cfg": "c = os\nname\n",
    "point.csv": "id,name\n1,a.b\n",
    "points.csv": "(id)\n1.2\n3.4\n",
    "country.csv": "country\na.b\n",
    "code.csv": "config\nsystem\nx\n",
    "double.csv": "customer\n__doc__\nx\n",
    "module.txt": "contents\nos\n",
    "join.py": 'import os\nx = os.path.join("a")\n',
    "numpy.py": "import numpy as np\nimport os.path\n",
    "inst.py": "import this\ns\n",
    "letter": "}",
    "empty": "",
    "picture.png": "\x89PNG\r\n\x1a\n",
}


def verdicts(path):
    return {os.path.relpath(found.name, path): found.verdict for found in scan(str(path))}


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"a": CLEAN}, 0),
        ({"a": CLEAN, "b.txt": b"text"}, 0),
        ({"a": CLEAN, "b": EVIL}, 1),
        ({"a": CLEAN, "b": UNKNOWN}, 1),
        ({"a": CLEAN, "b": CUT}, 2),
        ({"a": CUT, "b": EVIL, "c": CLEAN}, 1),
        ({}, 0),
    ],
)
def test_exit_status(tmp_path, capsys, files, status):
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert main(["scan", str(tmp_path)]) == status
    summary = capsys.readouterr().out.splitlines()[-1]
    assert summary.startswith("1 file:" if len(files) == 1 else f"{len(files)} files:")


def test_what_is_printed(tmp_path, capsys):
    (tmp_path / "evil").write_bytes(pickle.dumps({"x": 1})[:-1] + EVIL)
    (tmp_path / "good").write_bytes(CLEAN)
    assert main(["scan", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}/evil: dangerous",
        "    dangerous: os.system, called at model",
        f"{tmp_path}/good: clean",
        "2 files: 1 dangerous, 1 clean",
    ]


def test_json(tmp_path, capsys):
    (tmp_path / "a").write_bytes(CLEAN)
    (tmp_path / "b").write_bytes(UNKNOWN)
    assert main(["scan", "--json", str(tmp_path)]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed["summary"] == {"suspicious": 1, "clean": 1}
    assert printed["files"][0] == {"name": f"{tmp_path}/a", "verdict": "clean", "reasons": []}
    assert printed["files"][1]["reasons"] == ["unknown: mypackage.Model, instantiated at model"]


def test_texts_in_folders_are_no_errors(tmp_path):
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text, encoding="latin-1")
    for letter in string.printable:
        (tmp_path / f"{ord(letter)}.txt").write_text(f"{letter}ome text\nin lines\nof words\n\n1, 2\n")
    assert set(verdicts(tmp_path).values()) == {"not a pickle"}
    assert main(["scan", str(tmp_path)]) == 0


@pytest.mark.parametrize("name", TEXTS)
def test_texts_that_are_named_are_unreadable(tmp_path, name):
    (tmp_path / name).write_text(TEXTS[name], encoding="latin-1")
    assert main(["scan", str(tmp_path / name)]) == 2


@pytest.mark.parametrize(
    "text",
    [b"cos\nsystem\n", b"cos.path\njoin\n ", b"ios\nsystem\n", b"cnumpy\nload\n\xff", b"(imy.module\nModel\n\xff",
     b"(imy-module\nmodule.Model\n\xff", b"]cbuiltins\neval\n?", b"cmy\nModel\n)R\xff",
     b"csklearn.pipeline\nPipeline\n(N(S'predict'\ncnumpy\nsum\ndtb\xff"],
)  # fmt: skip
def test_names_that_are_no_text(tmp_path, text):
    """What is called or changed, and what the tables list as it stands, even if an error follows."""
    (tmp_path / "a").write_bytes(text)
    assert set(verdicts(tmp_path).values()) <= {"dangerous", "suspicious"}


@pytest.mark.parametrize("name", ["table.csv", "README.md", "picture.png", "no_extension"])
def test_pickles_by_other_names(tmp_path, name):
    (tmp_path / name).write_bytes(EVIL)
    assert verdicts(tmp_path) == {name: "dangerous"}


def test_missing_file(tmp_path, capsys):
    assert main(["scan", str(tmp_path / "missing")]) == 2
    assert "No such file" in capsys.readouterr().out


def test_links_and_loops(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "model").write_bytes(EVIL)
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "nothing").symlink_to(tmp_path / "missing")
    (tmp_path / "file").symlink_to(tmp_path / "a" / "model")
    assert verdicts(tmp_path) == {"a/model": "dangerous", "file": "dangerous"}


def test_what_is_no_file_is_left_alone(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # names of sockets must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        (tmp_path / "terminal").symlink_to("/dev/zero")
        (tmp_path / "model").write_bytes(CLEAN)
        assert verdicts(tmp_path) == {"model": "clean"}


def test_a_pipe_that_is_named_is_read(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(EVIL,))
    writer.start()
    assert [found.verdict for found in scan(str(pipe))] == ["dangerous"]
    writer.join()


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="a file that cannot be read even by root is in /proc")
def test_a_file_that_cannot_be_read(tmp_path):
    (tmp_path / "memory").symlink_to("/proc/self/mem")
    (tmp_path / "model").write_bytes(CLEAN)
    assert verdicts(tmp_path) == {"memory": "unreadable", "model": "clean"}
    assert exit_status(scan(str(tmp_path))) == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path):
    (tmp_path / "model").write_bytes(CLEAN)
    (tmp_path / "model").chmod(0)
    assert verdicts(tmp_path) == {"model": "unreadable"}


@pytest.mark.parametrize(
    "error", [RecursionError("too deep"), MemoryError(), KeyError("x"), AssertionError(), OSError("no")]
)
def test_what_goes_wrong_with_one_file_does_not_end_the_scan(tmp_path, monkeypatch, error):
    def fail(source):
        if source == str(tmp_path / "bad") or getattr(source, "peek", bytes)(9) == b"\x80\x04bad":
            raise error
        return inspect(source)

    monkeypatch.setattr("fastjoblib._inspect.scan.inspect", fail)
    (tmp_path / "bad").write_bytes(CLEAN)
    (tmp_path / "c.zip").write_bytes(zipped(bad=b"\x80\x04bad", evil=EVIL))
    (tmp_path / "good").write_bytes(CLEAN)
    found = {os.path.relpath(each.name, tmp_path): each for each in scan(str(tmp_path))}
    expected = {"bad": "unreadable", "c.zip!bad": "unreadable", "c.zip!evil": "dangerous", "good": "clean"}
    assert {name: each.verdict for name, each in found.items()} == expected
    assert found["bad"].reasons == (str(error) or type(error).__name__,)


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit])
def test_a_scan_can_be_stopped(tmp_path, monkeypatch, error):
    def stop(source):
        raise error

    monkeypatch.setattr("fastjoblib._inspect.scan.inspect", stop)
    (tmp_path / "a").write_bytes(CLEAN)
    with pytest.raises(error):
        list(scan(str(tmp_path)))


def test_names_cannot_control_the_terminal(tmp_path, capsys):
    (tmp_path / "a\n\x1b[31mb").write_bytes(b"\x80\x04\x8c\x06a\x1b[2Jb\x8c\x03x\ny\x93)R.")
    name = os.fsdecode(b"not \xff utf-8")
    (tmp_path / name).write_bytes(EVIL)
    assert main(["scan", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "\\n\\x1b[31mb: suspicious" in printed
    assert "\x1b" not in printed
    assert all(line.isprintable() for line in printed.splitlines())


def test_the_standard_input():
    def status(data):
        command = [sys.executable, "-m", "fastjoblib", "scan", "-"]
        environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(fastjoblib.__file__).parents[1])}
        result = subprocess.run(command, input=data, capture_output=True, env=environment, timeout=60)
        return result.returncode, result.stdout.splitlines()[0]

    assert status(EVIL) == (1, b"-: dangerous")
    assert status(CLEAN) == (0, b"-: clean")
    assert status(b"") == (2, b"-: unreadable")
    assert status(zipped(model=EVIL)) == (1, b"-!model: dangerous")


@pytest.mark.parametrize(
    ("side", "verdict"), [("a_01.npy", "clean"), ("/etc/a.npy", "suspicious"), ("../a.npy", "suspicious")]
)
def test_side_files_of_old_joblib(tmp_path, side, verdict):
    (tmp_path / "old.pkl").write_bytes(old_files.pickle_of(old_files.wrapper(side)))
    assert verdicts(tmp_path) == {"old.pkl": verdict}


def test_a_large_claim_takes_no_memory(tmp_path):
    """A quarter of a gigabyte of zeros in a megabyte of zlib."""
    packer = zlib.compressobj(1)
    data = packer.compress(b"\x80\x04\x8e" + (2**28).to_bytes(8, "little"))
    data += b"".join(packer.compress(bytes(2**24)) for _ in range(16))
    (tmp_path / "bomb").write_bytes(data + packer.compress(b".") + packer.flush())
    np.save(tmp_path / "numbers.npy", np.zeros(3))
    code = """
        import sys
        from fastjoblib._inspect.scan import scan
        limit_memory(96 << 20)
        print(*[found.verdict for found in scan(sys.argv[1])])
    """
    assert run_python(code, arguments=[tmp_path]).split() == ["clean", "clean"]
