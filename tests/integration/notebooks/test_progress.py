# SPDX-License-Identifier: BSD-3-Clause
"""progress=True in a real kernel: what a notebook is told during a dump and a load, at the end and after an error."""

import importlib.util
import os
import pathlib

import fastjoblib
import pytest
from helpers.progress import bar

TESTS = pathlib.Path(__file__).parents[2]
PACKAGE = pathlib.Path(fastjoblib.__file__).parents[1]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ipykernel") is None,
    reason="ipykernel is not installed; the extra notebooks of fastjoblib has it",
)


@pytest.fixture(scope="module")
def execute(tmp_path_factory):
    """A function that executes a cell, and returns what it displays, as (kind, display id, data), and its reply."""
    from jupyter_client.manager import start_new_kernel

    folder = str(tmp_path_factory.mktemp("kernel"))
    folders = dict.fromkeys(["IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"], folder)
    path = os.pathsep.join([str(PACKAGE), str(TESTS)])
    manager, client = start_new_kernel(kernel_name="python3", env={**os.environ, **folders, "PYTHONPATH": path})

    def execute(code):
        shown = []

        def take(message):
            if message["msg_type"] in ("display_data", "update_display_data"):
                content = message["content"]
                shown.append((message["msg_type"], content["transient"]["display_id"], content["data"]))
            assert message["msg_type"] != "stream", message["content"]["text"]

        return shown, client.execute_interactive(code, timeout=60, output_hook=take)["content"]

    try:
        yield execute
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def check_one_display(shown):
    kinds, ids, _ = zip(*shown, strict=True)
    assert kinds == ("display_data", *["update_display_data"] * (len(shown) - 1))
    assert len(set(ids)) == 1


def test_a_dump_and_a_load(execute, tmp_path):
    path = str(tmp_path / "model.joblib")
    shown, reply = execute(f"""
        import fastjoblib
        from helpers.progress import spread
        fastjoblib.dump(spread(), {path!r}, progress=True)
    """)
    assert reply["status"] == "ok", reply
    check_one_display(shown)
    *moving, last = [bar(data["text/html"]) for _, _, data in shown]
    assert last == ("green", 0, 100)
    assert len(set(moving)) == len(moving) >= 2 and {colour for colour, _, _ in moving} == {"blue"}
    assert shown[-1][2]["text/plain"].startswith("dump model.joblib: 100% of 2.4 MB")

    shown, reply = execute(f"fastjoblib.load({path!r}, progress=True)")
    assert reply["status"] == "ok", reply
    check_one_display(shown)
    *moving, last = [bar(data["text/html"]) for _, _, data in shown]
    assert last == ("green", 0, 100)
    ends = [end for _, _, end in moving]
    assert len(ends) >= 2 and ends == sorted(ends) and ends[0] < 100


def test_an_error(execute, tmp_path):
    shown, reply = execute(f"""
        import fastjoblib
        from helpers.progress import spread
        class Unpicklable:
            def __reduce__(self):
                raise RuntimeError("cannot be saved")
        fastjoblib.dump([spread(), Unpicklable()], {str(tmp_path / "model.joblib")!r}, progress=True)
    """)
    assert (reply["status"], reply["ename"]) == ("error", "RuntimeError")
    check_one_display(shown)
    *_, before, last = [bar(data["text/html"]) for _, _, data in shown]
    assert before[0] == "blue" and last == ("red", *before[1:])
    assert shown[-1][2]["text/plain"].endswith(", stopped: RuntimeError")
