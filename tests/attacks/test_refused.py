# SPDX-License-Identifier: BSD-3-Clause
"""safe_load refuses every file of the corpus, in a process that lives on, and no payload runs."""

import json
import os

import pytest
from helpers.run import run_python

pytest.importorskip("sklearn")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="loads each file in a fork")
def test_each_is_refused(tmp_path):
    code = """
        import pathlib, sys
        from attacks import run_safe_loads
        run_safe_loads.main(pathlib.Path(sys.argv[1]))
    """
    outcomes = json.loads(run_python(code, arguments=[tmp_path]))
    assert len(outcomes) >= 250
    errors = {"UntrustedError", "InvalidFileError", "TruncatedFileError"}
    assert {name: said for name, said in outcomes.items() if said not in errors} == {}
    # The others are no pickles, or damaged ones.
    assert sum(said == "UntrustedError" for said in outcomes.values()) >= 0.85 * len(outcomes)
