# SPDX-License-Identifier: BSD-3-Clause
"""The notebooks of examples/: they run from first to last cell in a fresh kernel, and show what they tell of."""

import ast
import importlib.util
import json
import os
import pathlib
import re
import sys

import fastjoblib
import pytest

EXAMPLES = pathlib.Path(__file__).parents[3] / "examples"
PACKAGE = pathlib.Path(fastjoblib.__file__).parents[1]
# How many plots each makes, and what its cells must print, whatever the machine and the versions.
PLOTS = {"quickstart": 4, "model_lifecycle": 3}
PRINTED = {
    "quickstart": {
        "train": r"accuracy 0\.9",
        "save": r"same predictions: True\nsame bytes as joblib's file: True\njoblib loads it: True\n",
        "cache": r"computed: [\d.]+ s\nfrom the cache: [\d.]+ s\n",
        "seal": r"whole: \{'trained by'.*\nDamagedFileError: '.*' is not what was saved: array 'model\.\S+', byte",
        "hostile": r"dangerous\nrefused because of \('\w+\.system',\)\ndid it run\? False\n",
        "honest": r"same predictions: True\n",
    },
    "model_lifecycle": {
        "overwrite": r"FileExistsError: .*2\.0\.0, and versions are not overwritten",
        "load": r"latest: GradientBoostingClassifier 0\.9\d+\nfirst:  Pipeline 0\.9",
        "rollback": r"served again: True\n",
        "serve": r"the service ended with 0\nsame predictions in both processes: True\n",
        "damage": r"the service ended with 1\nfastjoblib\S*\.DamagedFileError: '.*v2\.0\.0.*' is not what was saved",
        "repair": r"RandomForestClassifier 0\.9",
    },
}
# What HTML the last expressions of cells are shown as.
SHOWN = {
    "quickstart": {"progress": "100% of 80 MB", "inspect": "fj-map"},
    "model_lifecycle": {
        "release": ">latest<",
        "card": "hyperparameters.learning_rate",
        "compare": "hyperparameters.n_estimators",
        "size": "model.estimators_",
        "bad": "metrics.accuracy",
        "repair": ">withdrawn<",
    },
}

COLOURS = re.compile("\x1b\\[[0-9;]*m")  # of tracebacks, from Python 3.13 on

each_notebook = pytest.mark.parametrize("name", PLOTS)
needs_nbclient = pytest.mark.skipif(
    any(importlib.util.find_spec(each) is None for each in ("nbclient", "ipykernel", "matplotlib")),
    reason="nbclient, ipykernel or matplotlib is not installed; the extra notebooks of fastjoblib has them",
)


def read(name):
    return json.loads((EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8"))


def test_all_are_tested():
    assert {path.stem for path in EXAMPLES.glob("*.ipynb")} == set(PLOTS) == set(PRINTED) == set(SHOWN)


@each_notebook
def test_they_are_kept_without_outputs(name):
    notebook = read(name)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) >= (4, 5)  # where cells have ids
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert notebook["metadata"]["language_info"] == {"name": "python"}  # and no version
    for cell in notebook["cells"]:
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None


@each_notebook
def test_ids_are_words_so_that_they_stay(name):
    ids = [cell["id"] for cell in read(name)["cells"]]
    assert len(set(ids)) == len(ids)
    assert [each for each in ids if not re.fullmatch("[a-z]+(-[a-z]+)*", each)] == []
    assert {*PRINTED[name], *SHOWN[name]} <= set(ids)


@each_notebook
def test_the_first_cell_installs_what_the_others_import(name):
    install, *others = ["".join(cell["source"]) for cell in read(name)["cells"] if cell["cell_type"] == "code"]
    lines = install.splitlines()
    assert lines[-1].startswith("    %pip install") and lines[-2].startswith("if not all(")  # only what is missing
    needed = set(ast.literal_eval(re.search(r"^needed = (.*)$", install, re.MULTILINE)[1]))
    imported = set(re.findall(r"^(?:import|from) (\w+)", "\n".join(others), re.MULTILINE)) - sys.stdlib_module_names
    assert "numpy" in imported and imported - {"numpy"} <= needed  # which needs NumPy itself


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A function that runs a notebook once, and returns it with its outputs."""
    done = {}

    def run(name):
        if name not in done:
            done[name] = execute(name, tmp_path_factory.mktemp(name))
        return done[name]

    return run


def execute(name, folder):
    import nbclient
    import nbformat

    notebook = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    (folder / "work").mkdir()
    (folder / "temporary").mkdir()
    folders = dict.fromkeys(["IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"], str(folder))
    path = os.pathsep.join(filter(None, [str(PACKAGE), os.environ.get("PYTHONPATH")]))
    settings = {**os.environ, **folders, "PYTHONPATH": path, "TMPDIR": str(folder / "temporary")}
    client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder / "work")}})
    client.execute(env=settings)
    assert list((folder / "work").iterdir()) == list((folder / "temporary").iterdir()) == []
    return notebook


def outputs(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            yield cell.id, output


@each_notebook
@needs_nbclient
def test_it_runs_and_tells_the_story(run, name):
    found = dict.fromkeys(PRINTED[name], "")
    for ident, output in outputs(run(name)):
        assert output.output_type != "error"
        if output.output_type == "stream":
            found[ident] = found.get(ident, "") + COLOURS.sub("", output.text)
    assert {ident: text for ident, text in found.items() if not re.search(PRINTED[name].get(ident, ""), text)} == {}


@each_notebook
@needs_nbclient
def test_it_warns_of_nothing(run, name):
    written = [output.text for _, output in outputs(run(name)) if output.get("name") == "stderr"]
    written = [text for text in written if "building the font cache" not in text]  # Matplotlib, once on a machine
    assert written == []


@each_notebook
@needs_nbclient
def test_it_draws_plots_and_tables(run, name):
    shown = [(ident, output.data) for ident, output in outputs(run(name)) if "data" in output]
    assert sum("image/png" in data for _, data in shown) == PLOTS[name]
    html = {ident: data["text/html"] for ident, data in shown if "text/html" in data}
    assert set(html) == set(SHOWN[name])
    assert {ident: text for ident, text in html.items() if SHOWN[name][ident] not in text} == {}
    # Beside it stands text for what shows no HTML, which is short too.
    assert max(len(data["text/plain"]) for _, data in shown) < 5000
