"""inspect_onnx: what is in an ONNX file, found without running it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, fields
from typing import Any, Literal

from fastjoblib._errors import InvalidFileError
from fastjoblib._inspect import Report, inspect
from fastjoblib._inspect.text import plural, shown, size
from fastjoblib._models.files import open_regular
from fastjoblib._models.tables import text_table
from fastjoblib._onnx.packages import need
from fastjoblib._onnx.result import OnnxValue

__all__ = ["OnnxReport", "inspect_onnx"]

_LARGEST = 2**31 - 1  # of protobuf's messages
_N_SHOWN = 12


@dataclass(frozen=True)
class OnnxReport:
    """What is in an ONNX file; printed, a text.  See `inspect_onnx`.

    Attributes
    ----------
    filename : str
    nbytes : int
    producer : str
        Who wrote it, with the version.
    ir_version : int
    opsets : dict of str to int
        The versions of the sets of operators that it needs.
    metadata : dict of str to str
    inputs, outputs : tuple of OnnxValue
    nodes : dict of str to int
        How many there are of each operator, the most frequent first.
    n_tensors, tensor_nbytes : int
        Of the constants.
    node_nbytes : int
        Of the numbers and strings that nodes hold themselves, as those of trees do, in memory.
    notes : tuple of str
        What is suspicious: data in other files, which is not read, constants that are not what they
        claim to be, operators of other makers.
    """

    filename: str
    nbytes: int
    producer: str
    ir_version: int
    opsets: dict[str, int]
    metadata: dict[str, str]
    inputs: tuple[OnnxValue, ...]
    outputs: tuple[OnnxValue, ...]
    nodes: dict[str, int]
    n_tensors: int
    tensor_nbytes: int
    node_nbytes: int
    notes: tuple[str, ...]

    @property
    def verdict(self) -> Literal["clean", "suspicious"]:
        """'suspicious' if there are notes."""
        return "suspicious" if self.notes else "clean"

    def to_dict(self) -> dict[str, Any]:
        """Return all as dicts, lists, str, int and None."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        values = {name: [vars(each) for each in plain[name]] for name in ("inputs", "outputs")}
        return json.loads(json.dumps({**plain, **values, "verdict": self.verdict}))  # type: ignore[no-any-return]

    def beside(self, joblib_file: str | os.PathLike[str] | Report) -> str:
        """Return a table of this file and a joblib file, or its report: it is inspected too, and not loaded."""
        other = joblib_file if isinstance(joblib_file, Report) else inspect(joblib_file)
        root = other.pickles[0].root if other.pickles else None
        arrays = sum(array.nbytes for array in other.arrays)
        rows = [
            ("size", size(other.nbytes), size(self.nbytes)),
            ("format", other.format, "ONNX"),
            ("compressed", other.compressor or "no", "no"),
            ("class", root.kind if root else "", self.metadata.get("model_class", "")),
            ("arrays", f"{len(other.arrays):,}, {size(arrays)}", self._constants()),
            ("consists of", plural(root.count, "object") if root else "", self._nodes()),
            ("inputs", "", ", ".join(f"{value.name} {value}" for value in self.inputs)),
            ("outputs", "", ", ".join(f"{value.name} {value}" for value in self.outputs)),
            ("verdict", other.verdict, self.verdict),
        ]
        names = (os.path.basename(each) for each in (other.filename, self.filename))
        return text_table(("", *names), rows)

    def _constants(self) -> str:
        return f"{plural(self.n_tensors, 'constant')}, {size(self.tensor_nbytes)}"

    def _nodes(self) -> str:
        return f"{plural(sum(self.nodes.values()), 'node')} with {size(self.node_nbytes)}"

    def __str__(self) -> str:
        opsets = ", ".join(f"{name} {version}" for name, version in list(self.opsets.items())[:_N_SHOWN])
        lines = [
            f"{shown(self.filename, 200)}: {self.verdict}",
            f"  ONNX, {size(self.nbytes)}, from {self.producer or 'nobody'}, operators of {opsets or 'no set'}",
            *(f"  note: {shown(note)}" for note in self.notes),
            *(f"  {name}: {text}" for name, text in list(self.metadata.items())[:_N_SHOWN]),
        ]
        for name, values in (("input", self.inputs), ("output", self.outputs)):
            lines += (f"  {name} {value.name}: {value}" for value in values[:_N_SHOWN])
            if len(values) > _N_SHOWN:
                lines.append(f"    and {len(values) - _N_SHOWN:,} more")
        nodes = [f"{count:,} {operator}" for operator, count in list(self.nodes.items())[:_N_SHOWN]]
        more = [f"{len(self.nodes) - _N_SHOWN:,} other kinds"] if len(self.nodes) > _N_SHOWN else []
        lines.append(f"  {self._constants()}; {self._nodes()}: {', '.join([*nodes, *more])}")
        return "\n".join(lines)


def inspect_onnx(filename: str | os.PathLike[str]) -> OnnxReport:
    """Find what is in an ONNX file, without running it.

    A process of its own reads the file, with a limit of memory and time, so that no file can harm this one.
    Data that the file keeps in others is not read.

    Parameters
    ----------
    filename : str or os.PathLike

    Returns
    -------
    OnnxReport
        With inputs, outputs, operators, constants and notes; `OnnxReport.beside` compares with a joblib file.

    Raises
    ------
    InvalidFileError
        If it is no ONNX file, damaged, larger than the 2 GiB that protobuf reads, or takes too much memory.
    ImportError
        If ``onnx`` is not installed: ``pip install 'fastjoblib[onnx]'``.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import fastjoblib
    >>> report = fastjoblib.inspect_onnx("iris.onnx")  # doctest: +SKIP
    >>> print(report.beside("iris.joblib"))  # doctest: +SKIP
    """
    path = os.fspath(filename)
    need("onnx")
    with open_regular(path) as file:
        nbytes = os.fstat(file.fileno()).st_size
        if not 0 < nbytes <= _LARGEST:
            raise InvalidFileError(path, f"expected an ONNX model of 1 to {_LARGEST:,} bytes, found {nbytes:,}", 0)
        # With the packages that this process has, and none of the current directory's that it has not.
        path_there = os.pathsep.join(each or os.getcwd() for each in sys.path)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "fastjoblib._onnx.description"],
            stdin=file,
            capture_output=True,
            env={**os.environ, "PYTHONPATH": path_there, "PYTHONSAFEPATH": "1"},
        )
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        why = f"the process that reads it ended with {done.returncode}{': ' if last else ''}{shown(last, 200)}"
        raise InvalidFileError(path, f"expected an ONNX model, found what cannot be read ({why})", 0)
    found = json.loads(done.stdout)
    if isinstance(found, str):
        raise InvalidFileError(path, found, 0)
    for name in ("inputs", "outputs"):
        found[name] = tuple(OnnxValue(each["name"], each["type"], tuple(each["shape"])) for each in found[name])
    return OnnxReport(path, nbytes, **{**found, "notes": tuple(found["notes"])})
