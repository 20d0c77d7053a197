# SPDX-License-Identifier: BSD-3-Clause
"""Whether inspecting refuses what loading refuses, with the same message, and nothing else."""

import io
import warnings

import fastjoblib

from helpers.control import error_of

# What only an object knows that has been looked up or made.
DEPENDS_ON_OBJECTS = (
    "persistent id",
    "out-of-band",
    "extension code",
    "NEWOBJ class argument must be a type",
    "state is not a dictionary",
    "NumPy expects",
)


def is_structural(error):
    """Whether a load failed by the file's structure alone, and not by what it names."""
    kinds = (fastjoblib.TruncatedFileError, fastjoblib.InvalidFileError)
    return isinstance(error, kinds) and not any(text in str(error) for text in DEPENDS_ON_OBJECTS)


def check_refusals(data):
    """Returns why both refuse, or None."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is loaded
        value, error = error_of(fastjoblib.loads, data)
    report, refused = error_of(fastjoblib.inspect, io.BytesIO(data))
    reason = report.error if refused is None else str(refused)
    if error is None:
        # NumPy takes dtypes that it does not write.
        expected = reason is None or "cannot be known" in reason
        assert expected, f"{data!r}: {value!r} is loaded, and not inspected: {reason}"
    elif is_structural(error):
        assert reason is not None, f"{data!r}: inspected, and not loaded: {error}"
    if refused is not None:
        assert isinstance(refused, fastjoblib.FastjoblibError)
    return error if is_structural(error) else None
