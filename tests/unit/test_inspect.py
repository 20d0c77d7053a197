# SPDX-License-Identifier: BSD-3-Clause
"""What a report says of an object: the paths and sizes of its parts, its globals."""

import io
import json
import pickle

import fastjoblib
import numpy as np
import pytest
from helpers.classes import Plain, Slots
from helpers.traced import check_sizes


def inspect(data):
    report = fastjoblib.inspect(io.BytesIO(data))
    check_sizes(report)
    return report


def found(report, module, name):
    return next(row for row in report.globals if (row.module, row.name) == (module, name))


def test_paths():
    value = {
        "a": [np.zeros(1), (np.zeros(2),)],
        7: np.zeros(3),
        (1, 2): np.zeros(4),
        "of": Plain(x=np.zeros(5), deep=Plain(y=[np.zeros(6)])),
        "it's": {"two words": np.zeros(7)},
        None: np.zeros(8),
    }
    report = inspect(fastjoblib.dumps(value))
    assert [array.path for array in report.arrays] == [
        "model['a'][0]",
        "model['a'][1][0]",
        "model[7]",
        "model[<tuple>]",
        "model['of'].x",
        "model['of'].deep.y[0]",
        'model["it\'s"][\'two words\']',
        "model[<NoneType>]",
    ]


def test_paths_of_arguments_and_states():
    value = [slice(np.zeros(1), None), Slots(np.zeros(2), 1), np.ma.masked_array(np.zeros(3), np.zeros(3, bool))]
    report = inspect(fastjoblib.dumps(value))
    assert [array.path for array in report.arrays] == ["model[0](0)", "model[1].state[1]['x']", "model[2]"]


def test_what_occurs_again_has_its_first_path():
    shared = [np.zeros(1)]
    report = inspect(fastjoblib.dumps({"first": shared, "again": [shared, shared]}))
    assert [array.path for array in report.arrays] == ["model['first'][0]"]
    (again,) = (part for part in report.pickles[0].root.parts if part.name == "['again']")
    assert again.nbytes < 20
    assert again.parts == ()


def test_recursive_objects():
    value = []
    value.append((value, {"me": value}))
    for protocol in range(6):
        assert inspect(fastjoblib.dumps(value, protocol=protocol)).error is None


def test_a_long_path_is_cut():
    value = np.zeros(1)
    for _ in range(50):
        value = [value]
    report = inspect(fastjoblib.dumps(value))
    assert report.arrays[0].path == "model..." + "[0]" * 32


def test_offsets_are_where_the_data_is():
    value = [np.arange(100.0), np.arange(5, dtype=">i2"), np.zeros((2, 3), "S7")]
    data = fastjoblib.dumps(value)
    for array, expected in zip(inspect(data).arrays, value, strict=True):
        there = data[array.offset : array.offset + array.nbytes]
        assert there == expected.tobytes()
        assert array.offset % 16 == 0
    data = pickle.dumps(value, 5)
    for array, expected in zip(inspect(data).arrays, value, strict=True):
        assert data[array.offset : array.offset + array.nbytes] == expected.tobytes()


def test_sizes_are_those_of_what_is_in_the_file():
    value = {"large": b"x" * 100_000, "array": np.zeros(10_000), "list": ["y" * 1000] + ["z" * 1000] * 3, "n": 1}
    data = fastjoblib.dumps(value)
    root = inspect(data).pickles[0].root
    assert (root.name, root.kind, root.nbytes) == ("model", "dict", len(data))
    sizes = {part.name: (part.kind, part.nbytes) for part in root.parts}
    assert list(sizes) == ["['large']", "['array']", "['list']"]  # by size; the number counts to the dict
    assert sizes["['large']"][0] == "bytes"
    assert 0 <= sizes["['large']"][1] - 100_000 < 20
    assert sizes["['array']"][0] == "array"
    assert 80_000 <= sizes["['array']"][1] < 80_500
    assert sizes["['list']"][0] == "list"
    assert 2000 <= sizes["['list']"][1] < 2040
    assert root.count == 4 + 1 + 1 + 1 + 1 + 4 + 1


def test_many_parts_are_summed_up():
    value = [[i] * (i % 1000) for i in range(2000)]
    root = inspect(fastjoblib.dumps(value)).pickles[0].root
    *largest, rest = root.parts
    assert len(largest) == 64
    assert [part.nbytes for part in largest] == sorted((part.nbytes for part in largest), reverse=True)
    assert rest.name == "and 1936 more"
    assert rest.nbytes + sum(part.nbytes for part in largest) > 0.99 * root.nbytes
    assert root.count == 1 + sum(1 + i % 1000 for i in range(2000))


def test_globals():
    value = [Plain(a=1), Plain(a=2), len, complex(1, 2), complex]
    report = inspect(fastjoblib.dumps(value, protocol=4))
    plain = found(report, "helpers.classes", "Plain")
    assert (plain.count, plain.uses, plain.paths) == (2, ("instantiated",), ("model[0]", "model[1]"))
    length = found(report, "builtins", "len")
    assert (length.uses, length.paths) == (("value",), ("model[2]",))
    number = found(report, "builtins", "complex")
    assert (number.count, number.uses, number.paths) == (1, ("called", "value"), ("model[3]", "model[4]"))


def test_classes_of_old_protocols():
    for protocol in (0, 1):
        report = inspect(fastjoblib.dumps([Plain(a=1)], protocol=protocol))
        assert "instantiated" in found(report, "helpers.classes", "Plain").uses
        assert found(report, "copyreg", "_reconstructor").uses == ("called",)
        assert report.pickles[0].root.parts[0].kind == "helpers.classes.Plain"


def test_a_global_that_is_not_used():
    report = inspect(b"\x80\x02cos\nsystem\n0N.")
    (row,) = report.globals
    assert (row.module, row.name, row.count, row.uses, row.paths) == ("os", "system", 1, ("unused",), ())


def test_a_call_whose_result_is_dropped():
    report = inspect(b"\x80\x02cos\nsystem\nX\x01\0\0\0a\x85R0N.")
    (row,) = report.globals
    assert row.uses == ("called",)


@pytest.mark.parametrize(
    ("data", "module", "name"),
    [
        (b"c__builtin__\nunicode\n.", "builtins", "str"),
        (b"ccopy_reg\n_reconstructor\n.", "copyreg", "_reconstructor"),
        (b"\x80\x02c__builtin__\neval\n.", "builtins", "eval"),
        (b"\x80\x03c__builtin__\neval\n.", "__builtin__", "eval"),  # mapped below protocol 3 only
        (b"\x80\x02csklearn.externals.joblib\ndump\n.", "joblib", "dump"),
        (b"\x80\x04\x8c\x02os\x8c\x0bpath.exists\x93.", "os", "path.exists"),
    ],
)
def test_names_are_those_that_are_looked_up(data, module, name):
    (row,) = inspect(data).globals
    assert (row.module, row.name) == (module, name)


def test_a_report_as_json():
    report = inspect(fastjoblib.dumps({"a": np.zeros((2, 3)), "b": Plain(c=1)}))
    plain = json.loads(report.to_json(indent=1))
    assert plain == report.to_dict()
    assert plain["arrays"][0]["shape"] == [2, 3]
    assert plain["pickles"][0]["root"]["parts"][0]["name"] == "['a']"
    assert plain["verdict"] == report.verdict
