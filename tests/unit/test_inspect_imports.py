# SPDX-License-Identifier: BSD-3-Clause
"""Inspecting imports nothing, calls nothing and opens nothing that the file names."""

import pytest
from helpers.run import run_python

HOSTILE = """
import io, os, pickle, struct, sys, zlib
import numpy as np

folder = sys.argv[1]
marker = os.path.join(folder, "marker")
os.chdir(folder)
with open("trap.py", "w") as file:  # a module that leaves a trace where it is imported
    file.write(f"open({marker!r}, 'w').close()\\nclass Thing: pass\\n")
sys.path.insert(0, folder)
command = f"touch {marker}".encode()
text = b"X" + struct.pack("<I", len(command)) + command


class Calls:
    def __reduce__(self):
        return os.system, (command.decode(),)


def wrapper(**state):
    "joblib's wrapper of an array."
    values = dict(subclass=np.ndarray, shape=(1,), order="C", dtype=np.dtype("f8"), allow_mmap=True)
    body = pickle.dumps({**values, **state}, 2)[2:-1]
    return b"cjoblib.numpy_pickle\\nNumpyArrayWrapper\\n)\\x81" + body + b"b"


FILES = {
    "REDUCE": b"\\x80\\x02cposix\\nsystem\\n" + text + b"\\x85R.",
    "protocol 0": b"cos\\nsystem\\n(S'" + command + b"'\\ntR.",
    "INST": b"(" + text + b"ios\\nsystem\\n.",
    "OBJ": b"(cos\\nsystem\\n" + text + b"o.",
    "NEWOBJ": b"\\x80\\x02ctrap\\nThing\\n)\\x81.",
    "NEWOBJ_EX": b"\\x80\\x04ctrap\\nThing\\n)}\\x92.",
    "STACK_GLOBAL": b"\\x80\\x04\\x8c\\x04trap\\x8c\\x05Thing\\x93.",
    "BUILD": b"\\x80\\x02ctrap\\nThing\\n)\\x81}X\\x01\\0\\0\\0aK\\x01sb.",
    "nested": b"\\x80\\x02]" + wrapper(dtype=np.dtype("O")) + pickle.dumps([Calls()], 2) + b"a.",
    "state": b"\\x80\\x02" + wrapper(dtype=Calls())[:-1] + b"b.",
    "behind": pickle.dumps(1, 2) + pickle.dumps(Calls(), 2),
    "cut": b"\\x80\\x02cos\\nsystem\\n" + text + b"\\x85R(((",
    "compressed": zlib.compress(pickle.dumps(Calls(), 2)),
    "side file": b"\\x80\\x02cjoblib.numpy_pickle\\nNDArrayWrapper\\n)\\x81" + pickle.dumps(
        {"filename": "../../etc/passwd", "subclass": np.ndarray}, 2)[2:-1] + b"b.",
    "numpy": b"\\x80\\x02cnumpy\\nload\\nX\\x04\\0\\0\\0trap\\x85R.",
}
"""

WATCH = (
    HOSTILE
    + """
import fastjoblib

for data in (zlib.compress(b"N."), b"S'text'\\n.", b"N.N"):  # what ours imports is there
    with open("warm", "wb") as file:
        file.write(data)
    fastjoblib.inspect("warm")
allowed = {os.path.join(folder, str(n)) for n in range(len(FILES))}
seen = []

def watch(event, arguments):
    if event == "open" and (arguments[0] in allowed or str(arguments[0]).startswith("/sys/fs/cgroup")):
        return
    if event in ("import", "pickle.find_class", "exec", "compile", "open") or event.startswith(("os.", "subprocess.")):
        seen.append((event, arguments[:2]))

for n, data in enumerate(FILES.values()):
    with open(os.path.join(folder, str(n)), "wb") as file:
        file.write(data)
before = set(sys.modules)
sys.addaudithook(watch)
reports = [fastjoblib.inspect(os.path.join(folder, str(n))) for n in range(len(FILES))]
seen_then = list(seen)
assert not seen_then, seen_then
assert set(sys.modules) == before
assert not os.path.exists(marker)
for name, report in zip(FILES, reports):
    named = {(row.module, row.name) for row in report.globals}
    wanted = {("posix", "system"), ("os", "system"), ("trap", "Thing"), ("numpy", "load")}
    assert named & wanted or name == "side file", name
    assert (report.error is not None) == (name in ("cut", "state")), (name, report.error)
assert reports[list(FILES).index("side file")].arrays[0].filename == "../../etc/passwd"
print(len(reports))
"""
)

WORKS = (
    HOSTILE
    + """
import fastjoblib
harmless = {"cut", "state", "side file", "numpy", "behind"}  # the first two run it before they fail
for name, data in FILES.items():
    if os.path.exists(marker):
        os.remove(marker)
    sys.modules.pop("trap", None)
    try:
        fastjoblib.loads(data)
    except Exception:
        pass
    assert os.path.exists(marker) or name in harmless, name
"""
)


def test_nothing_is_imported_or_called(tmp_path):
    assert run_python(WATCH, arguments=[tmp_path]).strip() == "15"


def test_the_files_are_hostile(tmp_path):
    """Loaded, they do what they are made for."""
    run_python(WORKS, arguments=[tmp_path])


def test_a_fresh_interpreter_needs_no_joblib(tmp_path):
    code = """
    import sys, pathlib
    import fastjoblib
    data = pathlib.Path(sys.argv[1])
    report = fastjoblib.inspect(data)
    assert report.format == "joblib" and report.arrays[0].shape == (3,)
    assert not {"joblib", "sklearn", "pandas", "scipy"} & set(sys.modules)
    """
    import fastjoblib
    import numpy as np

    path = tmp_path / "file"
    fastjoblib.dump([np.zeros(3)], path)
    run_python(code, arguments=[path])


@pytest.mark.parametrize("event", ["pickle.find_class", "import"])
def test_a_load_would_raise_these_events(tmp_path, event):
    """So the watch above would see them."""
    code = """
    import sys
    import fastjoblib
    seen = []
    sys.addaudithook(lambda name, arguments: seen.append(name))
    fastjoblib.loads(b"\\x80\\x02cthis\\nd\\n.")
    assert sys.argv[1] in seen
    """
    run_python(code, arguments=[event])
