# SPDX-License-Identifier: BSD-3-Clause
"""What every test relies on. Markers and warnings-as-errors stand in pyproject.toml."""

import os
import pathlib
import sys
import tempfile

import pytest
from hypothesis import HealthCheck, settings

HERE = os.path.dirname(os.path.abspath(__file__))
if HERE not in sys.path:  # --import-mode=importlib does not add it
    sys.path.insert(0, HERE)

pytest.register_assert_rewrite("helpers.compare", "helpers.control")

settings.register_profile(
    "fast",
    deadline=None,
    max_examples=120,
    print_blob=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("expensive", parent=settings.get_profile("fast"), max_examples=5000)
settings.register_profile("repeatable", parent=settings.get_profile("fast"), derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))

# Single tests that take longest.
FIRST = {"test_portion_on_this_interpreter", "test_within_one_process"}


def pytest_collection_modifyitems(items):
    """Begin with these, so that no process is left with one of them at the end."""
    items.sort(key=lambda item: item.name not in FIRST)


@pytest.fixture
def open_folder():
    """A folder that every user may come to and write into."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        yield pathlib.Path(folder)
