# SPDX-License-Identifier: BSD-3-Clause
"""Arrays, tables and schemas of Arrow, by themselves."""

import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["objects"]

ARRAYS = {
    "bool": lambda: pa.array([True, None, False]),
    "int8": lambda: pa.array([1, None, 3], pa.int8()),
    "float64": lambda: pa.array(np.arange(9.0)),
    "string": lambda: pa.array(["a", "é", None]),
    "string-view": lambda: pa.array(["a", "a text of more than twelve bytes", None], pa.string_view()),
    "binary": lambda: pa.array([b"a", b"\xff"]),
    "list": lambda: pa.array([[1, 2], [], None]),
    "struct": lambda: pa.array([{"a": 1, "b": "x"}, None]),
    "map": lambda: pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
    "dictionary": lambda: pa.array(["a", "b", "a"]).dictionary_encode(),
    "run-ends": lambda: pc.run_end_encode(pa.array([1, 1, 2])),
    "timestamp": lambda: pa.array([datetime.datetime(2024, 2, 29)], pa.timestamp("us", "UTC")),
    "null": lambda: pa.nulls(3),
    "sliced": lambda: pa.array(np.arange(5000))[100:-3],
    "large": lambda: pa.array(np.arange(100_000)),
    "of-numpy": lambda: pa.Array.from_buffers(pa.int64(), 3, [None, pa.py_buffer(np.arange(3))]),
    "read-only": lambda: pa.Array.from_buffers(pa.uint8(), 3, [None, pa.py_buffer(b"abc")]),
}


def seen(value):
    return [type(value).__name__, str(value.type), len(value), value.null_count, value.to_pylist()]


def objects():
    for name, make in ARRAYS.items():
        yield f"array-{name}", make(), seen
        yield f"chunks-{name}", pa.chunked_array([make(), make()]), seen
    table = pa.table({"a": ARRAYS["of-numpy"](), "b": ["x", None, "z"]}, metadata={"unit": "kg"})
    yield "table", table, lambda it: [str(it.schema), it.to_pydict()]
    yield "batch", table.to_batches()[0], lambda it: [str(it.schema), it.to_pydict()]
    yield "schema", table.schema, lambda it: it.to_string()
    types = [pa.int8(), pa.list_(pa.string()), pa.decimal128(9, 2), pa.field("a", pa.int64(), nullable=False)]
    yield "types", types, repr
    yield "scalar", pa.scalar({"a": [1, None]}), lambda it: it.as_py()
    yield "buffer", pa.py_buffer(b"abc" * 1000), lambda it: it.to_pybytes()
    yield "tensor", pa.Tensor.from_numpy(np.arange(6).reshape(2, 3)), lambda it: it.to_numpy()
    yield "expression", pc.field("a") + 1 > 2, str
