# SPDX-License-Identifier: BSD-3-Clause
"""Scalars, text, bytes and containers: joblib's bytes, and joblib and we read them to the same."""

import pytest
from helpers.cases import BYTES, SCALARS, TEXT
from helpers.cases_containers import BIG, CONTAINERS
from helpers.control import check_bytes, check_conformance, for_each_protocol


@pytest.mark.parametrize("case", SCALARS + TEXT + BYTES, ids=str)
def test_scalars_text_bytes(case):
    for_each_protocol(check_conformance, case.build)


@pytest.mark.parametrize("case", CONTAINERS, ids=str)
def test_containers(case):
    for_each_protocol(check_conformance, case.build)


@pytest.mark.parametrize("case", BIG, ids=str)
def test_frames_and_memo(case):
    for_each_protocol(check_bytes, case.build, (0, 2, 4, 5))
