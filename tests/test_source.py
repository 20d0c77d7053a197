# SPDX-License-Identifier: BSD-3-Clause
"""What a compiler does not check: the rooms of csrc/, its habits, and that tests and package keep to theirs."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
CSRC = ROOT / "csrc"
C_FILES = sorted([*CSRC.rglob("*.c"), *CSRC.rglob("*.h")])
# The rooms of csrc/, and those that each may include beside itself.
ROOMS = {
    "base": set(),
    "deflate": {"base"},
    "codec": {"base", "deflate"},
    "py": {"base"},
    "pickle": {"base", "py"},
    "array": {"base", "py", "pickle"},
    "file": {"base", "codec", "py", "pickle", "array"},
    "module": {"base", "codec", "py", "pickle", "array", "file"},
}
PLAIN_C = {"base", "deflate", "codec"}
# Each belongs to one machine that is spread over several files, which may call one another.
PRIVATE_HEADERS = {
    "array/symbolic_arrays",
    "base/sha256_rounds",
    "codec/chunks",
    "deflate/choose",
    "deflate/inflate_fast",
    "file/pyfile_kinds",
    "pickle/load",
    "pickle/save",
    "pickle/symbolic_run",
}

each_c_file = pytest.mark.parametrize("path", C_FILES, ids=lambda path: str(path.relative_to(CSRC)))


def room(path):
    return path.relative_to(CSRC).parts[0]


def without_comments(text):
    """Comments and the insides of strings become blanks; lines stay where they are."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''

    def blank(match):
        found = match.group()
        keep = found[0] if found[0] in "\"'" else ""
        return keep + re.sub(r"[^\n]", " ", found[len(keep) : len(found) - len(keep)]) + keep

    return re.sub(pattern, blank, text, flags=re.DOTALL)


def code(path):
    return without_comments(path.read_text(encoding="utf-8"))


def includes(path):
    return re.findall(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', path.read_text(encoding="utf-8"), re.MULTILINE)


def test_there_are_sources():
    assert {room(path) for path in C_FILES} == ROOMS.keys()


def test_rooms_form_no_cycle():
    for name, below in ROOMS.items():
        assert all(name not in ROOMS[other] for other in below), name


def test_files_form_no_cycle():
    """A .c file and its header are one; private headers aside, none includes one that includes it in turn."""
    below = {}
    for path in C_FILES:
        unit = str(path.relative_to(CSRC).with_suffix(""))
        below.setdefault(unit, set()).update(name.removesuffix(".h") for _, name in includes(path))
    for unit in below:
        below[unit] &= below.keys() - PRIVATE_HEADERS - {unit}
    while free := {unit for unit, others in below.items() if not others}:
        below = {unit: others - free for unit, others in below.items() if unit not in free}
    assert not below


@each_c_file
def test_length(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 600


@each_c_file
def test_spdx_line_comes_first(path):
    assert "SPDX-License-Identifier: BSD-3-Clause" in path.read_text(encoding="utf-8").split("\n", 1)[0]


@each_c_file
def test_header_guard(path):
    if path.suffix == ".h":
        guard = "FJ_" + re.sub(r"\W", "_", str(path.relative_to(CSRC))).upper()
        assert re.search(rf"^#\s*ifndef {guard}\s*\n#\s*define {guard}\b", code(path), re.MULTILINE)


@each_c_file
def test_includes_point_down(path):
    own = room(path)
    for kind, name in includes(path):
        if kind == "<":
            continue
        target = CSRC / name
        assert target.exists(), f"{name} is not in csrc/"
        assert room(target) in ROOMS[own] | {own}, f"{own} may not include {name}"


@each_c_file
def test_python_stays_out_of_plain_c(path):
    if room(path) in PLAIN_C:
        assert not [name for _, name in includes(path) if re.match(r"(Python|structmember|numpy/|py\w+)\b", name)]
        assert not re.search(r"\bPy[A-Z_]\w*", code(path))


@each_c_file
def test_only_the_platform_files_know_the_system(path):
    """base/platform.h says what they do for the others."""
    if room(path) == "base" and path.name.startswith("platform"):
        return
    systems = r"_WIN32|_WIN64|WIN32|_MSC_VER|__MINGW\w+|__APPLE__|__MACH__|__linux(__)?|__unix__|__GLIBC__|__\w+BSD__"
    assert not re.search(rf"\b({systems})\b", code(path))
    assert not re.search(r"\b(_GNU_SOURCE|_POSIX_C_SOURCE|_DARWIN_C_SOURCE)\b", code(path))
    own = r"(sys|linux|mach)/|(unistd|pthread|sched|signal|dlfcn|poll|windows|io|direct|process)\.h"
    assert not [name for kind, name in includes(path) if kind == "<" and re.match(own, name)]


@each_c_file
def test_numpy_headers_stay_in_array(path):
    if room(path) != "array":
        assert not [name for _, name in includes(path) if name.startswith("numpy/") or "numpy" in name]


@each_c_file
def test_no_python_without_the_gil(path):
    """Between BEGIN and END, only what takes and gives back the GIL may be said."""
    allowed = {"Py_BEGIN_ALLOW_THREADS", "Py_END_ALLOW_THREADS", "Py_BLOCK_THREADS", "Py_UNBLOCK_THREADS", "Py_ssize_t"}
    blocks = re.findall(r"\bPy_BEGIN_ALLOW_THREADS\b(.*?)\bPy_END_ALLOW_THREADS\b", code(path), re.DOTALL)
    assert len(blocks) == len(re.findall(r"\bPy_BEGIN_ALLOW_THREADS\b", code(path)))
    for block in blocks:
        assert not set(re.findall(r"\bPy[A-Z_]\w*", block)) - allowed
        assert not re.search(r"\b(return|goto)\b", block), "leaves without the GIL"


@each_c_file
def test_no_mutable_statics(path):
    """State lives in the module; what is static is a function, or constant."""
    for match in re.finditer(r"^[ \t]*static\b[^;{(]*[;={(\[]", code(path), re.MULTILINE):
        declaration = " ".join(match.group().split())
        if declaration.endswith("("):
            continue  # a function
        constant = re.search(r"\bconst\b(?!\s*char\s*\*\s*\w)|\*\s*const\b", declaration)
        # the C API wants these tables without const, and does not write to them
        table = re.search(
            r"\b(PyMethodDef|PyType_Slot|PyType_Spec|PyModuleDef|PyModuleDef_Slot|PyMemberDef|PyGetSetDef)\b",
            declaration,
        )
        numpy_api = "PyArray_API" in declaration
        assert constant or table or numpy_api or "_Static_assert" in declaration, declaration


@each_c_file
def test_gotos_go_forward(path):
    """Within a function a label stands below each goto to it. Dispatch loops have their own word: for, switch."""
    text = code(path)
    for body in functions(text):
        labels = {m.group(1): m.start() for m in re.finditer(r"^[ \t]*(\w+):(?!:)", body, re.MULTILINE)}
        for match in re.finditer(r"\bgoto\s+(\w+)\s*;", body):
            assert labels[match.group(1)] > match.start(), f"goto {match.group(1)} goes back"


def functions(text):
    """The bodies of functions, which begin and end with a brace in the first column."""
    return re.findall(r"^\{$(.*?)^\}", text, re.DOTALL | re.MULTILINE)


@each_c_file
def test_no_unbounded_string_functions(path):
    assert not re.search(r"\b(strcpy|strcat|sprintf|gets|vsprintf|alloca)\s*\(", code(path))


def test_numpy_api_is_imported_in_one_file():
    found = [p for p in C_FILES if re.search(r"\bPyArray_ImportNumPyAPI\s*\(|\bimport_array\w*\s*\(", code(p))]
    assert len(found) == 1


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_test_files_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_the_package_does_not_import_joblib():
    """But for what joblib's own classes are the bases of, which is imported when it is asked for."""
    bases = ROOT / "python" / "fastjoblib" / "_joblib"
    for path in (ROOT / "python").rglob("*.py"):
        if path in (bases / "memory.py", bases / "parallel.py"):
            continue
        assert not re.search(r"^\s*(import|from) joblib", path.read_text(encoding="utf-8"), re.MULTILINE), path


def test_one_version():
    import fastjoblib

    assert re.fullmatch(r"\d+\.\d+(\.\d+)?((a|b|rc|\.dev)\d+)?", fastjoblib.__version__)


def test_make_check_runs_some_of_every_folder():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    chosen = re.findall(r"^CHECK_(?:C|PY) +:=((?:.*\\\n)*.*)", text, re.MULTILINE)
    paths = [path.split("::")[0] for path in " ".join(chosen).replace("\\\n", " ").split()]
    assert all((ROOT / path).is_file() for path in paths)
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.*") if path.suffix in (".c", ".py")}
    assert {(ROOT / path).parent for path in paths} == folders


def test_what_documents_call_tested_is_there():
    text = (ROOT / "docs" / "durability.md").read_text(encoding="utf-8")
    names = re.findall(r"`(\w+/test_\w+\.(?:py|c))`", text)
    assert len(names) > 30 and [name for name in names if not (ROOT / "tests" / name).is_file()] == []


def test_all_packages_are_installed():
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r"^\[tool\.setuptools\]\n(?:.*\n)*?packages = \[([^]]*)\]$", settings, re.MULTILINE)[1]
    found = {path.parent.relative_to(ROOT / "python") for path in (ROOT / "python").rglob("__init__.py")}
    assert sorted(re.findall(r'"([^"]+)"', listed)) == sorted(".".join(path.parts) for path in found)
