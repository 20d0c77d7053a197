# SPDX-License-Identifier: BSD-3-Clause
"""scikit-learn's tests that persist, clone, cache or run in parallel: with the patch on the outcomes stay the same.

They are found by what is in their source, or in that of the check of estimators that a test is called with.
`make test-sklearn` runs them.
"""

import pathlib
import re

import pytest
import sklearn
from helpers.run import SANITIZED
from helpers.suite_runs import SITE, check_same

CONCERNED = r"pickle|joblib|\bclone\b|[Mm]emory|n_jobs|Parallel"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SANITIZED, reason="thousands of fits, most of them in code that is not ours"),
]


def modules():
    files = pathlib.Path(sklearn.__file__).resolve().parent.rglob("tests/**/test_*.py")
    concerned = [path for path in files if re.search(CONCERNED, path.read_text(encoding="utf-8"))]
    return sorted(".".join(path.relative_to(SITE).with_suffix("").parts) for path in concerned)


def test_what_concerns_joblib(tmp_path):
    tests = modules()
    assert len(tests) > 100
    keywords = {"plugins": ["xdist"], "options": ["-n2", "--dist=worksteal"], "seconds": 3600}
    check_same(tmp_path, tests, "patched", {}, least=10_000, select=CONCERNED, **keywords)
