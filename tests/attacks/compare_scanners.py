# SPDX-License-Identifier: BSD-3-Clause
"""Compare scanners on the corpus: `python tests/attacks/compare_scanners.py PYTHON` writes docs/scanners.md.

PYTHON is an interpreter for which picklescan, fickling and modelscan are installed. Each runs as its
command does, on one file after another.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "python")]

from attacks import corpus, models  # noqa: E402
from fastjoblib import __version__  # noqa: E402

# Runs a command's main function for each file, in a fork; prints a list of exit statuses and texts.
DRIVER = """
import importlib, importlib.metadata, json, os, signal, sys, tempfile
tool, module, function, *arguments = json.loads(sys.argv[1])
main = getattr(importlib.import_module(module), function)
results = []
for path in json.load(sys.stdin):
    with tempfile.TemporaryFile() as output:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                signal.alarm(60)
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
                sys.argv[:] = [tool] + [path if word == "PATH" else word for word in arguments]
                status = main() or 0
            except SystemExit as exit:
                status = exit.code or 0
            except BaseException as error:
                print("Traceback", repr(error))
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status if isinstance(status, int) else 1)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        output.seek(0)
        results.append([status, output.read().decode("utf-8", "replace")[-5000:]])
print(json.dumps([importlib.metadata.version(tool), results]))
"""
TOOLS = {
    "picklescan": ["picklescan", "picklescan.cli", "main", "--path", "PATH"],
    "fickling": ["fickling", "fickling.cli", "main", "--check-safety", "--json-output", os.devnull, "PATH"],
    "modelscan": ["modelscan", "modelscan.cli", "main", "--path", "PATH"],
}
# What a command prints of a file that it could not read, or left out.
UNREAD = {
    "picklescan": r"Scanned files: 0|could not parse|WARNING|ERROR",
    "fickling": r"Traceback|Error",
    "modelscan": r"Total skipped: [1-9]|--- Errors ---",
    "fastjoblib": r"unreadable",
}
HEAD = """# Scanners, and the corpus of attacks

`tests/attacks/compare_scanners.py` makes this page, from the {count} files that `tests/attacks/corpus.py`
makes. Each does no more than to leave a marker. {real} of them leave it when they are loaded without
protection, which `tests/attacks/test_attacks.py` checks; the others need a package, a program or a user that
the tests do not have. Many are ways past one of these scanners that were published and mended.

A cell says how many files the scanner flags; in brackets, how many of the others it could not read, or left
out. The rest it calls clean. The corpus is ours, and the other scanners were not made for joblib's arrays and
compressed files: a row tells which kinds of files a scanner is for. None finds everything: see
[verify.md](verify.md) for what `scan` does not promise.

Versions: {versions}.

"""
HARMLESS = "harmless models"


def flagged(name, status, text):
    if "Traceback" in text:
        return "unread"
    if status == 1:
        return "flagged"
    return "unread" if status or re.search(UNREAD[name], text) else "clean"


def run_others(python, paths):
    """Yield names, versions and what became of each file."""
    for name, words in TOOLS.items():
        command = [python, "-W", "ignore", "-c", DRIVER, json.dumps(words)]
        environment = {**os.environ, "PYTHONPATH": ""}
        with tempfile.TemporaryDirectory() as folder:  # some look for their settings where they run
            output = subprocess.check_output(
                command, input=json.dumps(paths), text=True, cwd=folder, env=environment, stderr=subprocess.DEVNULL
            )
        version, results = json.loads(output)
        yield name, version, [flagged(name, status, text) for status, text in results]


def run_ours(paths):
    from fastjoblib._inspect.scan import exit_status, scan

    words = ("clean", "flagged", "unread")
    return [words[exit_status(scan(path))] for path in paths]


def harmless(folder):
    """Models by joblib, without and with compression."""
    import joblib

    for number, (_, model) in enumerate(models.models(models.FEW)):
        path = folder / f"model{number}.joblib"
        joblib.dump(model, path, compress=3 if number % 2 else 0)
        yield path


def compare(python):
    """Return the groups of files, and for each scanner's name and version what became of each file."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "files").mkdir()
        marker, second = folder / "marker", folder / "second"
        corpus.write_second(marker, second)
        files = [(attack.group, str(path)) for attack, path in corpus.write(folder / "files", marker, second)]
        files += [(HARMLESS, str(path)) for path in harmless(folder)]
        paths = [path for _, path in files]
        found = {f"{name} {version}": results for name, version, results in run_others(python, paths)}
        found[f"fastjoblib {__version__}"] = run_ours(paths)
        assert not marker.exists(), "a scanner has run a payload"
    return [group for group, _ in files], found


def row(label, found, chosen):
    """A line of the table, about the files of these numbers."""
    cells = []
    for results in found.values():
        counts = Counter(results[i] for i in chosen)
        cells.append(f"{counts['flagged']}" + (f" ({counts['unread']})" if counts["unread"] else ""))
    return f"| {label} | {len(chosen)} | " + " | ".join(cells) + " |"


def main(python):
    groups, found = compare(python)
    lines = ["| group | files | " + " | ".join(name.split()[0] for name in found) + " |"]
    lines.append("|---|---|" + "---|" * len(found))
    for group in dict.fromkeys(groups):
        if group == HARMLESS:
            attacks = [i for i, other in enumerate(groups) if other != HARMLESS]
            lines.append(row("**all attacks**", found, attacks))
        lines.append(row(group, found, [i for i, other in enumerate(groups) if other == group]))
    attacks = corpus.attacks("marker", "second")
    real = sum(attack.loader is not None for attack in attacks)
    versions = ", ".join([*found, f"Python {sys.version.split()[0]}"])
    page = HEAD.format(count=len(attacks), real=real, versions=versions) + "\n".join(lines) + "\n"
    (ROOT / "docs" / "scanners.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
