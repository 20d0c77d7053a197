# SPDX-License-Identifier: BSD-3-Clause
"""Scalars, text, bytes and containers: joblib's bytes, and joblib and we read them to the same."""

import pytest
from helpers.cases import BYTES, SCALARS, TEXT
from helpers.cases_containers import BIG, CONTAINERS
from helpers.control import PROTOCOLS, check_bytes, check_conformance


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("case", SCALARS + TEXT + BYTES, ids=str)
def test_scalars_text_bytes(case, protocol):
    check_conformance(case.build, protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("case", CONTAINERS, ids=str)
def test_containers(case, protocol):
    check_conformance(case.build, protocol)


@pytest.mark.parametrize("protocol", (0, 2, 4, 5))
@pytest.mark.parametrize("case", BIG, ids=str)
def test_frames_and_memo(case, protocol):
    check_bytes(case.build, protocol)
