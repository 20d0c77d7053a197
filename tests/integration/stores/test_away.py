# SPDX-License-Identifier: BSD-3-Clause
"""What is said where the packages of stores are not installed."""

import importlib.util

import fastjoblib
import pytest


@pytest.mark.skipif(importlib.util.find_spec("s3fs") is not None, reason="s3fs is installed")
@pytest.mark.parametrize("call", [fastjoblib.load, fastjoblib.inspect, lambda url: fastjoblib.dump(1, url)])
def test_the_error_says_what_to_install(call):
    with pytest.raises(ImportError, match="s3://bucket/key: .*s3fs"):
        call("s3://bucket/key")
