"""What is in the bytes of an ONNX file, as plain data.

Run as a program, it reads such a file from its standard input and writes JSON, within limits that it
sets itself: protobuf makes objects of some hundred bytes from two bytes of a file.
"""

import contextlib
import json
import resource
import sys
from collections import Counter
from collections.abc import Iterator
from math import prod
from typing import Any

from fastjoblib._inspect.text import plural, shown
from fastjoblib._onnx.packages import need

__all__ = ["describe"]

# Of each kind of thing that is listed; a file has some, and one that was forged may have millions.
_N_LISTED = 1000
_NAME_LENGTH = 200
_STANDARD = ("", "ai.onnx", "ai.onnx.ml", "ai.onnx.preview.training", "ai.onnx.training")
# A forest of ONNX takes four times its file in memory: the numbers of its nodes are written with two bytes and more.
_MEMORY_FACTOR = 12
_MEMORY_LEAST = 512 * 1024 * 1024
_SECONDS = 120


def describe(data: bytes) -> dict[str, Any]:
    """Return what an `OnnxReport` has, but for its name.

    Raises
    ------
    ValueError
        If the data is no ONNX file; of what kind protobuf's errors are, too.
    """
    onnx = need("onnx")
    try:
        model = onnx.ModelProto.FromString(data)
    except need("google.protobuf.message").DecodeError as error:
        raise ValueError(f"expected an ONNX model, found damage or something else ({error})") from None
    if not model.HasField("graph") or not model.ir_version:
        raise ValueError("expected an ONNX model, found a message of protobuf without a graph or version")
    nodes: Counter[str] = Counter()
    lists: list[int] = []
    tensors = list(_tensors(model, nodes, lists))
    domains = {each.domain for each in model.opset_import} - set(_STANDARD)
    return {
        "producer": _text(f"{model.producer_name} {model.producer_version}".strip()),
        "ir_version": model.ir_version,
        "opsets": {_text(each.domain) or "ai.onnx": each.version for each in list(model.opset_import)[:_N_LISTED]},
        "metadata": {_text(each.key): _text(each.value) for each in list(model.metadata_props)[:_N_LISTED]},
        "inputs": [_value(onnx, each) for each in model.graph.input[:_N_LISTED]],
        "outputs": [_value(onnx, each) for each in model.graph.output[:_N_LISTED]],
        "nodes": dict(nodes.most_common(_N_LISTED)),
        "n_tensors": len(tensors),
        "tensor_nbytes": sum(map(_stored, tensors)),
        "node_nbytes": sum(lists),
        "notes": [*_notes(onnx, tensors), *(f"it needs operators of {_text(domain)!r}" for domain in sorted(domains))],
    }


def _text(text: str) -> str:
    return shown(text, _NAME_LENGTH)


def _tensors(model: Any, counts: Counter[str], lists: list[int]) -> Iterator[Any]:
    """Walk through all graphs, those in nodes too; count the nodes and what their lists take, and yield the tensors."""
    graphs = [model.graph]
    bodies = [function.node for function in model.functions]
    while graphs or bodies:
        if graphs:
            graph = graphs.pop()
            bodies.append(graph.node)
            yield from graph.initializer
            for sparse in graph.sparse_initializer:
                yield from (sparse.values, sparse.indices)
        for node in bodies.pop():
            counts[_text(f"{node.domain}.{node.op_type}" if node.domain not in _STANDARD else node.op_type)] += 1
            for attribute in node.attribute:
                if attribute.HasField("t"):
                    yield attribute.t
                yield from attribute.tensors
                lists.append(4 * len(attribute.floats) + 8 * len(attribute.ints) + sum(map(len, attribute.strings)))
                if attribute.HasField("g"):
                    graphs.append(attribute.g)
                graphs.extend(attribute.graphs)


_FIELDS = {"float_data": 4, "int32_data": 4, "int64_data": 8, "double_data": 8, "uint64_data": 8}


def _stored(tensor: Any) -> int:
    """Bytes of data that are in the file."""
    numbers = sum(width * len(getattr(tensor, name)) for name, width in _FIELDS.items())
    return len(tensor.raw_data) + numbers + sum(map(len, tensor.string_data))


def _notes(onnx: Any, tensors: list[Any]) -> Iterator[str]:
    names = dict(map(reversed, onnx.TensorProto.DataType.items()))
    outside, wrong = [], []
    for tensor in tensors:
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            outside.append(tensor)
        elif claim := _wrong_claim(tensor, _BITS.get(names.get(tensor.data_type, ""))):
            wrong.append(claim)
    if outside:
        places = sorted({entry.value for each in outside for entry in each.external_data if entry.key == "location"})
        found = ", ".join(repr(_text(place)) for place in places[:3]) + (", ..." if len(places) > 3 else "")
        count = plural(len(outside), "constant")
        yield f"data of {count} is in other files, which were not read: {found or 'no names'}"
    if wrong:
        yield f"{plural(len(wrong), 'constant')} not as claimed: the first has {wrong[0]}"


def _wrong_claim(tensor: Any, bits: int | None) -> str:
    """Say what is wrong with the shape of a tensor; '' if nothing is."""
    if len(tensor.dims) > _MOST_AXES:
        return f"{len(tensor.dims):,} axes"
    elements = prod(tensor.dims)
    if tensor.raw_data:
        claimed = len(tensor.raw_data) if bits is None else (elements * bits + 7) // 8
        right = claimed == len(tensor.raw_data)
        return "" if right else f"{claimed:,} bytes by its shape, {len(tensor.raw_data):,} in the file"
    empty = not (tensor.string_data or _stored(tensor))
    return f"{plural(elements, 'element')} by its shape, none in the file" if elements and empty else ""


_MOST_AXES = 64  # as in NumPy
_BITS = {
    **dict.fromkeys(("FLOAT", "INT32", "UINT32"), 32),
    **dict.fromkeys(("DOUBLE", "INT64", "UINT64", "COMPLEX64"), 64),
    **dict.fromkeys(("FLOAT16", "BFLOAT16", "INT16", "UINT16"), 16),
    **dict.fromkeys(("INT8", "UINT8", "BOOL"), 8),
    "COMPLEX128": 128,
}
_OTHER_NAMES = {"FLOAT": "float32", "DOUBLE": "float64"}


def _value(onnx: Any, value: Any) -> dict[str, Any]:
    """Describe an input or output."""
    kind = value.type.WhichOneof("value") or "unknown"
    if kind != "tensor_type":
        return {"name": _text(value.name), "type": kind.removesuffix("_type"), "shape": []}
    tensor = value.type.tensor_type
    names = dict(map(reversed, onnx.TensorProto.DataType.items()))
    name = names.get(tensor.elem_type, f"type {tensor.elem_type}")
    shape = [
        axis.dim_value if axis.HasField("dim_value") else _text(axis.dim_param) or None
        for axis in list(tensor.shape.dim)[:_N_LISTED]
    ]
    return {"name": _text(value.name), "type": _OTHER_NAMES.get(name, name.lower()), "shape": shape}


def _limit(nbytes: int) -> None:
    """Let no file take more memory or time of this process than a good one of that size would."""
    used = 0
    with contextlib.suppress(OSError), open("/proc/self/statm") as file:  # where it is not, nor is such a limit
        used = int(file.read().split()[0]) * resource.getpagesize()
    for kind, limit in (
        (resource.RLIMIT_AS, used + _MEMORY_FACTOR * nbytes + _MEMORY_LEAST),
        (resource.RLIMIT_CPU, _SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _main() -> None:
    need("onnx")
    data = sys.stdin.buffer.read()
    _limit(len(data))
    try:
        found: Any = describe(data)
    except ValueError as error:
        found = str(error)
    except MemoryError:
        found = "expected an ONNX model, found one that takes far more memory than it has bytes"
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    _main()
