# SPDX-License-Identifier: BSD-3-Clause
"""Every file of the corpus is flagged, nothing of it is run by looking at it, and its payloads are real."""

import json
import os
import pathlib
import stat
import time

import pytest
from attacks import corpus, tester
from attacks import found as found_by_us
from fastjoblib.__main__ import main
from helpers.run import run_python

FLAGGED = {"dangerous", "suspicious"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The corpus on disk, and where its payloads would leave the marker."""
    folder = tmp_path_factory.mktemp("corpus")
    marker = tmp_path_factory.mktemp("marker") / "marker"
    second = marker.with_name("second")
    corpus.write_second(marker, second)
    return corpus.write(folder, marker, second), marker


def scanned(capfd, *paths):
    """What `scan --json` says, by file, and its exit status."""
    status = main(["scan", "--json", *map(str, paths)])
    printed = json.loads(capfd.readouterr().out)
    found = {}
    for each in printed["files"]:
        found.setdefault(each["name"].split("!")[0], []).append(each["verdict"])
    return found, status, printed["summary"]


def test_there_are_many():
    attacks = corpus.attacks("marker", "second")
    assert len(attacks) >= 250
    assert sum(attack.loader is not None for attack in attacks) >= 220
    assert all(attack.shows for attack in attacks)


def test_the_corpus_is_the_same_each_time():
    first = corpus.attacks("marker", "second")
    time.sleep(2.1)  # zip archives know the time in steps of two seconds
    assert corpus.attacks("marker", "second") == first


def test_each_is_flagged_and_leaves_no_marker(files, capfd):
    written, marker = files
    found, status, _ = scanned(capfd, written[0][1].parent)
    missed = [attack.name for attack, path in written if not FLAGGED & set(found[str(path)])]
    assert missed == []
    assert status == 1
    assert not marker.exists()


def test_each_alone_gives_exit_status_1(files, capfd):
    written, marker = files
    wrong = [attack.name for attack, path in written if scanned(capfd, path)[1] != 1]
    assert wrong == []
    assert not marker.exists()


def test_all_but_a_few_are_called_dangerous(files, capfd):
    """The rest names nothing that could be judged: computed names, persistent ids, bytes behind the pickle."""
    written, _ = files
    found, _, _ = scanned(capfd, written[0][1].parent)
    rest = {attack.name for attack, path in written if "dangerous" not in found[str(path)]}
    assert rest == {
        *("computed-name", "persid", "binpersid", "upper-case", "own-class", "text-second", "bz2-prefix"),
        *tester.SUSPICIOUS,
        *found_by_us.SUSPICIOUS,
    }


def test_looking_runs_nothing(files):
    """No module that a file names is imported, no other file opened, no program started."""
    written, marker = files
    code = """
        import encodings.ascii, encodings.cp437, sys
        from fastjoblib._inspect.scan import scan
        import fastjoblib._inspect.html, fastjoblib._inspect.text
        import fastjoblib._compress.bz2_blocks, fastjoblib._compress.xz_blocks, fastjoblib._legacy.zfile
        folder = sys.argv[1]
        seen = []
        def watch(event, arguments):
            if event == "open" and not str(arguments[0]).startswith((folder, "/sys/fs/cgroup/", "/proc/")):
                seen.append((event, arguments[0]))
            elif event == "compile" and arguments[1] == "<unknown>":
                pass  # ast.literal_eval, which does not run what it has parsed
            elif event in ("compile", "exec", "pickle.find_class", "subprocess.Popen", "os.system", "socket.connect"):
                seen.append((event, arguments))
        before = set(sys.modules)
        sys.addaudithook(watch)
        findings = list(scan(folder))
        late = set(sys.modules) - before
        print(len(findings), sorted(late), seen)
    """
    count, rest = run_python(code, arguments=[written[0][1].parent]).split(maxsplit=1)
    assert int(count) >= len(written)
    assert rest.strip() == "[] []"
    assert not marker.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs each payload in a fork")
def test_the_payloads_are_real(tmp_path):
    attacks = [attack for attack in corpus.attacks("marker", "second") if attack.loader is not None]
    code = """
        import pathlib, sys, warnings
        warnings.simplefilter("ignore")
        from attacks import run_payloads
        run_payloads.main(pathlib.Path(sys.argv[1]))
    """
    result = json.loads(run_python(code, arguments=[tmp_path]))
    real = {*result["worked"], *result["lacking"]}
    assert [attack.name for attack in attacks if attack.name not in real] == []
    assert len(result["worked"]) >= 200


def test_files_are_private():
    """Nothing of the corpus lies about in the repository, where a virus scanner would find it."""
    folder = pathlib.Path(corpus.__file__).parent
    assert {path.suffix for path in folder.iterdir() if stat.S_ISREG(path.stat().st_mode)} == {".py"}
