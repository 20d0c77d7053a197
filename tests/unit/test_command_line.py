# SPDX-License-Identifier: BSD-3-Clause
"""`python -m fastjoblib`: what `run` runs behaves as under plain python, but for the patch."""

import os
import pathlib
import re
import subprocess
import sys
import zipfile

import fastjoblib
import pytest
from fastjoblib.__main__ import main

PACKAGE = pathlib.Path(fastjoblib.__file__).resolve().parent.parent
IMPORT_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PACKAGE), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "80"}


def python(*words, cwd, options=()):
    return subprocess.run(
        [sys.executable, *options, *map(str, words)],
        cwd=cwd,
        env=IMPORT_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def run(*words, cwd, options=()):
    return python("-m", "fastjoblib", "run", *words, cwd=cwd, options=options)


SHOW = """
import sys
print(sys.argv, __name__, __file__, __package__, __doc__, type(__loader__).__name__, type(__builtins__).__name__)
print(__spec__ and (__spec__.name, __spec__.origin, __spec__.parent))
print(sys.path[0], sys.modules["__main__"].__dict__ is globals(), sorted(globals()))
"""

PROGRAMS = {
    "shows itself": SHOW,
    "docstring and future": '"Doc."\nfrom __future__ import annotations\nx: nonsense = 1\nprint(__doc__, x)',
    "annotations": "import sys, typing\nx: int = 1\nclass C:\n    y: 'C'\n"
    "print(typing.get_type_hints(sys.modules[__name__]), typing.get_type_hints(C), sorted(globals()))",
    "latin-1": b"# coding: latin-1\nprint(ascii('\xe9'))",
    "byte order mark": b"\xef\xbb\xbfprint('text')",
    "exits": "import sys\nsys.exit(7)",
    "exits with text": "import sys\nsys.exit('text')",
    "exits with nothing": "raise SystemExit",
    "raises": "def f():\n    raise ValueError('text')\nf()",
    "raises from": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e",
    "raises while handling": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    undefined",
    "raises at a distance": "import json\njson.loads('{')",
    "interrupted": "raise KeyboardInterrupt",
    "killed": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)",
    "no syntax": "x = 1\ndef (",
    "bad indentation": "if True:\nx",
    "own excepthook": "import sys\ndef hook(kind, error, tb):\n    print(tb.tb_frame.f_code.co_name, error)\n"
    "sys.excepthook = hook\nraise ValueError('text')",
    "exit handlers": "import atexit, sys\nX = 5\nclass C: pass\n"
    "@atexit.register\ndef last():\n    import pickle\n    print(X, pickle.loads(pickle.dumps(C)), sys.argv)\n1 / 0",
    "threads that go on": "import threading, time\nY = 'text'\ndef work():\n    time.sleep(0.2)\n    import __main__\n"
    "    print(__main__.Y)\nthreading.Thread(target=work).start()",
    "imports its neighbour": "import neighbour\nprint(neighbour.__file__)",
    "imports itself": "if __name__ == '__main__':\n    import program\n    print(program.Z)\nZ = 3",
    "spawns": "import multiprocessing\nclass C:\n    pass\ndef work(c):\n    return type(c).__name__, __name__\n"
    "if __name__ == '__main__':\n    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
    "        print(pool.map(work, [C()]))",
}
ARGUMENTS = ["-x", "--version", "-h", "-m", "word", "--", "last one"]


def without_runpy(text):
    """Plain `python -m` shows its own frames, of lines that differ from version to version."""
    return re.sub(r'  File "[^"]*runpy[^"]*", .*\n(?:    .*\n)*', "", text)


def write_programs(folder, content):
    folder.mkdir(exist_ok=True)
    (folder / "program.py").write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "neighbour.py").write_text("")


@pytest.mark.parametrize("name", PROGRAMS)
def test_script_is_run_as_by_python(tmp_path, name):
    write_programs(tmp_path / "folder", PROGRAMS[name])
    plain = python("folder/program.py", *ARGUMENTS, cwd=tmp_path)
    ours = run("folder/program.py", *ARGUMENTS, cwd=tmp_path)
    assert (ours.stdout, ours.returncode) == (plain.stdout, plain.returncode), ours.stderr
    assert ours.stderr == plain.stderr


# Plain `python -m` shows how it came to compile these.
NO_PROGRAMS = ("no syntax", "bad indentation")


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in NO_PROGRAMS])
def test_module_is_run_as_by_python(tmp_path, name):
    write_programs(tmp_path, PROGRAMS[name])
    plain = python("-m", "program", *ARGUMENTS, cwd=tmp_path)
    ours = run("-m", "program", *ARGUMENTS, cwd=tmp_path)
    if name == "own excepthook":
        assert ours.stdout == plain.stdout.replace("_run_module_as_main", "<module>")
        return
    assert (ours.stdout, ours.returncode) == (plain.stdout, plain.returncode), ours.stderr
    assert ours.stderr == without_runpy(plain.stderr)


@pytest.mark.parametrize("name", NO_PROGRAMS)
def test_syntax_errors_of_modules_look_like_those_of_scripts(tmp_path, name):
    write_programs(tmp_path, PROGRAMS[name])
    script = python("program.py", cwd=tmp_path)
    module = run("-m", "program", cwd=tmp_path)
    assert (module.stdout, module.stderr, module.returncode) == (script.stdout, script.stderr, script.returncode)


@pytest.mark.parametrize("content", [b"x = '\0'", b"x = '\xff'"], ids=["NUL", "not UTF-8"])
@pytest.mark.parametrize("words", [["program.py"], ["-m", "program"]], ids=["script", "module"])
def test_bytes_that_are_no_text(tmp_path, words, content):
    """Python words these in several ways, but always so that no frame of ours is of use."""
    write_programs(tmp_path, content)
    result = run(*words, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert "Error: " in result.stderr and "fastjoblib" not in result.stderr


def test_package(tmp_path):
    for name in ("package", "package/inner"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
    (tmp_path / "package" / "inner" / "__main__.py").write_text("from .. import inner" + SHOW)
    plain = python("-m", "package.inner", "x", cwd=tmp_path)
    ours = run("-m", "package.inner", "x", cwd=tmp_path)
    assert plain.returncode == 0 and ours.stdout == plain.stdout and ours.stderr == plain.stderr == ""


def test_folder_and_zip_file(tmp_path):
    write_programs(tmp_path / "folder", "")
    (tmp_path / "folder" / "__main__.py").write_text("import neighbour" + SHOW)
    with zipfile.ZipFile(tmp_path / "program.zip", "w") as archive:
        for path in (tmp_path / "folder").iterdir():
            archive.write(path, path.name)
    for path in ("folder", "program.zip", tmp_path / "folder"):
        plain = python(path, "x", cwd=tmp_path)
        ours = run(path, "x", cwd=tmp_path)
        assert plain.returncode == 0 and ours.stdout == plain.stdout and ours.stderr == plain.stderr == ""


def test_script_by_a_symbolic_link(tmp_path):
    write_programs(tmp_path / "folder", PROGRAMS["shows itself"] + "import neighbour")
    (tmp_path / "link.py").symlink_to("folder/program.py")
    plain, ours = python("link.py", cwd=tmp_path), run("link.py", cwd=tmp_path)
    assert plain.returncode == 0 and ours.stdout == plain.stdout and ours.stderr == plain.stderr == ""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the option -P came with Python 3.11")
def test_search_path_that_python_leaves_alone(tmp_path):
    write_programs(tmp_path, "import sys\nprint(sys.path)")
    plain, ours = (f("program.py", cwd=tmp_path, options=["-P"]) for f in (python, run))
    assert plain.returncode == 0 and ours.stdout == plain.stdout


def test_the_patch_is_on(tmp_path):
    (tmp_path / "script.py").write_text(
        """
from joblib import dump, load
import fastjoblib, joblib.numpy_pickle, sys, warnings
assert load.__wrapped__ is joblib.numpy_pickle.load.__wrapped__ is fastjoblib.load
print(dump([1, 2], "file"), load("file"))
warnings.warn("text", DeprecationWarning)
"""
    )
    for words in (["script.py"], ["-m", "script"]):
        result = run(*words, cwd=tmp_path)
        assert result.stdout == "['file'] [1, 2]\n" and result.returncode == 0, result.stderr
        assert "DeprecationWarning: text" in result.stderr  # shown, as it names __main__


@pytest.mark.parametrize(
    "words, status, message",
    [
        (["missing.py"], 2, r"can't open file 'missing.py': .*No such file"),
        (["-m", "missing"], 1, "No module named missing"),
        (["-m", "missing.inner"], 1, "No module named 'missing'"),
        (["-m", "collections"], 1, "No module named collections.__main__"),
        (["-m", "math"], 1, "math has no code to run"),
        (["."], 1, r"can't find '__main__' module in '\.'"),
        ([], 2, "expected a script, or -m and the name of a module"),
        (["-m"], 2, "expected a script, or -m and the name of a module"),
        (["-x", "script.py"], 2, "unrecognized arguments: -x"),
    ],
)
def test_nothing_to_run(tmp_path, words, status, message):
    result = run(*words, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (status, ""), result.stderr
    assert re.search(message, result.stderr) and "Traceback" not in result.stderr


def test_without_joblib(tmp_path):
    (tmp_path / "script.py").write_text("print('reached')")
    blocked = (
        "import sys; sys.modules['joblib'] = None; import fastjoblib.__main__ as m; sys.exit(m.main(sys.argv[1:]))"
    )
    result = python("-c", blocked, "run", "script.py", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert "patch_joblib needs joblib, which is not installed" in result.stderr and "Traceback" not in result.stderr


def test_versions(capsys):
    assert main(["versions"]) == 0
    assert f"fastjoblib: {fastjoblib.__version__}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, status, said",
    [
        ([], 2, "command"),
        (["unknown"], 2, "invalid choice: 'unknown'"),
        (["versions", "extra"], 2, "unrecognized arguments: extra"),
        (["--version"], 0, fastjoblib.__version__),
        (["--help"], 0, "versions"),
        (["run", "--help"], 0, "-m module"),
    ],
)
def test_usage(capsys, words, status, said):
    with pytest.raises(SystemExit) as caught:
        main(words)
    captured = capsys.readouterr()
    assert caught.value.code == status and said in captured.out + captured.err
    assert "__main__" not in captured.out + captured.err  # it goes by its name


def test_console_script_is_declared():
    checkout = pathlib.Path(__file__).resolve().parents[2]  # the package may lie in a build folder
    text = (checkout / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^\[project\.scripts\]\nfastjoblib = "fastjoblib\.__main__:main"$', text, re.MULTILINE)
