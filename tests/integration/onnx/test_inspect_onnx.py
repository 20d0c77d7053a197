# SPDX-License-Identifier: BSD-3-Clause
"""`inspect_onnx`: what is in ONNX files, and in those that only look like some."""

import json
import os

import fastjoblib
import numpy as np
import pytest
from fastjoblib.__main__ import main
from helpers.onnx_files import external, field, model, tensor
from helpers.run import run_python
from integration.onnx.models import fitted

FLOATS = np.arange(6, dtype=np.float32).tobytes()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same model as ONNX and as a joblib file."""
    folder = tmp_path_factory.mktemp("onnx")
    fastjoblib.to_onnx(*fitted("columns"), folder / "model.onnx")
    fastjoblib.dump(fitted("columns")[0], folder / "model.joblib", compress=3)
    return folder


@pytest.fixture
def written(tmp_path):
    def write(data):
        path = tmp_path / "file.onnx"
        path.write_bytes(data)
        return path

    return write


def test_report(files):
    report = fastjoblib.inspect_onnx(files / "model.onnx")
    assert report.verdict == "clean" and report.notes == ()
    assert report.nbytes == os.path.getsize(files / "model.onnx")
    assert report.producer.startswith("skl2onnx")
    assert report.metadata["model_class"] == "sklearn.pipeline.Pipeline"
    assert report.metadata["fastjoblib_version"] == fastjoblib.__version__
    assert {value.name: value.type for value in report.inputs}["city"] == "string"
    assert [value.name for value in report.outputs] == ["label", "probabilities"]
    assert report.nodes["OneHotEncoder"] == 1 and report.n_tensors > 0 and report.tensor_nbytes > 0
    assert json.loads(json.dumps(report.to_dict())) == report.to_dict()
    assert "input city: string (n, 1)" in str(report) and "1 OneHotEncoder" in str(report)


def test_what_trees_hold(tmp_path):
    fastjoblib.to_onnx(*fitted("random forest"), tmp_path / "model.onnx")
    report = fastjoblib.inspect_onnx(tmp_path / "model.onnx")
    assert report.nodes["TreeEnsembleClassifier"] == 1
    assert report.nbytes / 2 < report.node_nbytes < 4 * report.nbytes


def test_beside(files, capsys):
    table = fastjoblib.inspect_onnx(files / "model.onnx").beside(files / "model.joblib")
    lines = dict(line.split(None, 1) for line in table.splitlines()[1:])
    assert table.splitlines()[0].split() == ["model.joblib", "model.onnx"]
    assert lines["class"].split() == ["sklearn.pipeline.Pipeline"] * 2
    assert lines["format"].split() == ["joblib", "ONNX"]
    names = [str(files / name) for name in ("model.onnx", "model.joblib", "missing.onnx")]
    assert main(["inspect", "--beside", names[0], names[1]]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{names[1]}: clean\n") and printed.endswith(f"{table}\n")
    assert main(["inspect", names[0]]) == 0
    assert capsys.readouterr().out == f"{fastjoblib.inspect_onnx(names[0])}\n"
    assert main(["inspect", "--json", *names]) == 2
    printed = capsys.readouterr()
    assert [each["filename"] for each in json.loads(printed.out)] == names[:2]
    assert "missing.onnx" in printed.err


def test_the_status_of_the_command_says_what_both_are(files, written, capsys):
    name = str(files / "model.joblib")
    suspicious = written(model(external([6], "elsewhere")))
    assert main(["inspect", "--beside", str(suspicious), name]) == 1
    assert capsys.readouterr().out.splitlines()[-1].split() == ["verdict", "clean", "suspicious"]
    assert main(["inspect", "--beside", str(files / "missing.onnx"), name]) == 2
    printed = capsys.readouterr()
    assert printed.out.startswith(f"{name}: clean\n") and printed.err.count("missing.onnx") == 1


def test_nodes_of_inner_graphs_and_functions(written):
    node = field(4, b"Add")
    inner = field(1, field(4, b"If") + field(5, field(6, field(1, node) + tensor([6], FLOATS))))
    function = field(25, field(7, field(4, b"Mul") + field(7, b"evil.ops")))
    report = fastjoblib.inspect_onnx(written(model(inner) + function + field(8, field(1, b"evil.ops"))))
    assert report.nodes == {"If": 1, "Add": 1, "evil.ops.Mul": 1}
    assert (report.n_tensors, report.tensor_nbytes) == (1, 24)
    assert report.notes == ("it needs operators of 'evil.ops'",) and report.verdict == "suspicious"


def test_external_data_is_not_read(written, tmp_path):
    (tmp_path / "inside").write_bytes(b"secret" * 4)
    os.mkfifo(tmp_path / "pipe")  # which would make a reader wait
    for location in ("inside", "pipe", "../../../../etc/passwd", "/etc/passwd", "missing"):
        report = fastjoblib.inspect_onnx(written(model(external([6], location))))
        assert report.verdict == "suspicious"
        assert report.notes == (f"data of 1 constant is in other files, which were not read: {location!r}",)
        assert report.tensor_nbytes == 0


@pytest.mark.parametrize(
    ("constant", "note"),
    [
        (tensor([2**40, 2**20]), "1,152,921,504,606,846,976 elements by its shape, none"),
        (tensor([2**40], FLOATS), "4,398,046,511,104 bytes by its shape, 24 in the file"),
        (tensor([5], FLOATS), "20 bytes by its shape, 24 in the file"),
        (tensor([-1], FLOATS), "by its shape, 24 in the file"),
        (tensor([2**62] * 100_000), "100,000 axes"),
    ],
)
def test_huge_claims(written, constant, note):
    [found] = fastjoblib.inspect_onnx(written(model(constant))).notes
    assert note in found


def test_right_claims(written):
    good = tensor([6], FLOATS) + tensor([0]) + tensor([2, 3], FLOATS)
    assert fastjoblib.inspect_onnx(written(model(good))).notes == ()


def test_texts_are_fit_for_a_terminal(written):
    node = field(1, field(4, b"A\x1b[31m\nfake: clean" * 50))
    text = str(fastjoblib.inspect_onnx(written(model(node) + field(2, b"\x1b]0;title\x07"))))
    assert "\x1b" not in text and "\x07" not in text
    assert "\nfake" not in text


@pytest.mark.parametrize("data", [b"", b"text", b"\x80\x04]\x94.", bytes(1000), b"\xff" * 1000, field(1, 8)])
def test_no_onnx_file(written, data):
    path = written(data)
    with pytest.raises(fastjoblib.InvalidFileError, match="expected an ONNX model") as found:
        fastjoblib.inspect_onnx(path)
    assert repr(str(path)) in str(found.value)


def test_cut_and_changed_files(files, written):
    good = (files / "model.onnx").read_bytes()
    random = np.random.default_rng(0)
    for end in random.integers(1, len(good), 3).tolist():
        with pytest.raises(fastjoblib.InvalidFileError):
            fastjoblib.inspect_onnx(written(good[:end]))
    for _ in range(5):
        changed = bytearray(good)
        changed[random.integers(len(good))] ^= 1 << random.integers(8)
        try:
            str(fastjoblib.inspect_onnx(written(bytes(changed))))
        except fastjoblib.InvalidFileError as error:
            assert "expected an ONNX model" in str(error)


@pytest.mark.parametrize("part", [b"\x0a\x00", b"\x2a\x00"], ids=["nodes", "constants"])
def test_what_takes_far_more_memory_than_it_has_bytes(written, part):
    """Two bytes become an object of some hundred: 20 MB would take 1.6 GB and more."""
    code = """
    import resource, sys, fastjoblib
    try:
        fastjoblib.inspect_onnx(sys.argv[1])
    except fastjoblib.InvalidFileError as error:
        print(error.detail)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    """
    said, most = run_python(code, arguments=[written(model(part * 10_000_000))]).splitlines()
    assert said.startswith("expected an ONNX model") and int(most) < 1_200_000  # KiB


def test_nested_too_deep(written):
    graph = b""
    for _ in range(2000):
        graph = field(1, field(5, field(6, graph)))
    with pytest.raises(fastjoblib.InvalidFileError):
        fastjoblib.inspect_onnx(written(model(graph)))


def test_no_descriptor_or_process_is_left(files, written):
    def left():
        children = open(f"/proc/self/task/{os.getpid()}/children")
        with children:
            return os.listdir("/proc/self/fd"), children.read()

    path = written(b"text")
    before = left()
    fastjoblib.inspect_onnx(files / "model.onnx")
    with pytest.raises(fastjoblib.InvalidFileError):
        fastjoblib.inspect_onnx(path)
    assert left() == before


def test_no_regular_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.onnx")
    for name in ("pipe.onnx", "."):
        with pytest.raises(fastjoblib.InvalidFileError, match="expected a file"):
            fastjoblib.inspect_onnx(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        fastjoblib.inspect_onnx(tmp_path / "missing.onnx")
    with open(tmp_path / "large.onnx", "wb") as file:
        file.truncate(2**31)
    with pytest.raises(fastjoblib.InvalidFileError, match="2,147,483,647 bytes, found 2,147,483,648"):
        fastjoblib.inspect_onnx(tmp_path / "large.onnx")
