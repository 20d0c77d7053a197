# SPDX-License-Identifier: BSD-3-Clause
"""Object arrays: joblib nests what C pickle writes, so C pickle's batches and frames count, not the pure pickler's."""

import pytest
from helpers.cases import BYTES, SCALARS, TEXT
from helpers.cases_arrays import MANY, NUMPY_SCALARS, SUBCLASSES
from helpers.cases_containers import BIG, CONTAINERS
from helpers.cases_object_arrays import OBJECT_ARRAYS, objects
from helpers.cases_objects import OBJECTS
from helpers.control import check_bytes, check_conformance, for_each_protocol


@pytest.mark.parametrize("case", OBJECT_ARRAYS, ids=str)
def test_object_arrays(case):
    for_each_protocol(check_conformance, case.build)


@pytest.mark.parametrize("case", SCALARS + TEXT + BYTES + CONTAINERS + OBJECTS, ids=str)
def test_every_case_inside_an_object_array(case):
    check_conformance(lambda: objects("before", case.build(), "after"), 4)


@pytest.mark.parametrize("case", MANY + SUBCLASSES + NUMPY_SCALARS, ids=str)
def test_arrays_inside_an_object_array(case):
    check_conformance(lambda: objects(case.build(), "after"), 4)


@pytest.mark.parametrize("case", BIG, ids=str)
def test_frames_and_memo_inside_an_object_array(case):
    check_bytes(lambda: objects(case.build(), "after"), 4)


@pytest.mark.parametrize("case", OBJECT_ARRAYS[::7], ids=str)
def test_object_array_twice_with_shared_items(case):
    """Each nested pickle has a memo of its own."""

    def build():
        array = case.build()
        return {"first": array, "again": array, "items": array.tolist()}

    check_conformance(build, 5)
