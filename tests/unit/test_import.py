# SPDX-License-Identifier: BSD-3-Clause
"""``import fastjoblib`` imports no more than saving and loading begin with: the rest comes when it is asked for."""

from helpers.run import run_python

# Of the standard library what takes more than a third of a millisecond, and of us what most programs never use.
LATER = """
    asyncio bz2 concurrent.futures ctypes decimal hashlib http importlib.metadata json logging lzma multiprocessing
    pathlib queue resource socket subprocess tempfile threading urllib zlib
    joblib pandas scipy sklearn
    fastjoblib._by_value fastjoblib._clean fastjoblib._compress.bz2_blocks fastjoblib._compress.codecs
    fastjoblib._compress.streams fastjoblib._compress.workers fastjoblib._compress.xz_blocks fastjoblib._compress.zstd
    fastjoblib._compress.zstd_wrapper fastjoblib._convert fastjoblib._hash fastjoblib._inspect
    fastjoblib._joblib.memory fastjoblib._joblib.modules fastjoblib._joblib.parallel fastjoblib._legacy.arrays
    fastjoblib._legacy.zfile fastjoblib._mapping fastjoblib._onnx fastjoblib._patch fastjoblib._progress_shown
    fastjoblib._run fastjoblib._safe fastjoblib._seal.writing fastjoblib._seal.verifying fastjoblib._show_versions
""".split()


def test_little_is_imported():
    code = """
        import sys
        import numpy
        before = set(sys.modules)
        import fastjoblib
        print(*set(sys.modules) - before)
    """
    imported = set(run_python(code).split())
    assert "fastjoblib._files" in imported
    assert not imported.intersection(LATER)


def test_each_is_imported_when_it_is_used():
    code = """
        import sys
        import fastjoblib
        for method in ("bz2", "xz", "lzma"):
            assert fastjoblib.loads(fastjoblib.dumps([1, 2], compress=method)) == [1, 2]
        fastjoblib.hash([1])
        print("fastjoblib._compress.xz_blocks" in sys.modules, "decimal" in sys.modules)
    """
    assert run_python(code) == "True False\n"


def test_a_fork_waits_for_an_import(tmp_path):
    """Else the child would find the lock of that import taken by a thread that it does not have."""
    (tmp_path / "slow.py").write_text("import time; begun.set(); time.sleep(0.5); ended = True")
    code = """
        import builtins, os, signal, sys, threading, warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
        from fastjoblib._later import import_later
        sys.path.insert(0, sys.argv[1])
        begun = builtins.begun = threading.Event()
        thread = threading.Thread(target=import_later, args=("slow",))
        thread.start()
        begun.wait()
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            os._exit(0 if import_later("slow").ended else 1)
        thread.join()
        print(os.waitpid(child, 0)[1])
    """
    assert run_python(code, arguments=[tmp_path]) == "0\n"
