# SPDX-License-Identifier: BSD-3-Clause
"""Stock joblib as the control: its bytes, its values, its errors."""

import io

import fastjoblib
import joblib

from helpers.compare import assert_same

PROTOCOLS = (None, 0, 1, 2, 3, 4, 5)


def stock_dumps(value, protocol=None):
    buffer = io.BytesIO()
    joblib.dump(value, buffer, protocol=protocol)
    return buffer.getvalue()


def stock_loads(data):
    return joblib.load(io.BytesIO(data))


def error_of(function, *args, **kwargs):
    """Call, and return (result, None) or (None, the exception)."""
    try:
        return function(*args, **kwargs), None
    except Exception as error:
        return None, error


def describe_difference(ours, theirs):
    at = next((i for i, (x, y) in enumerate(zip(ours, theirs, strict=False)) if x != y), min(len(ours), len(theirs)))
    window = slice(max(at - 24, 0), at + 40)
    return (
        f"first difference at byte {at} (lengths {len(ours)} and {len(theirs)})\n"
        f"  ours:   {ours[window]!r}\n  theirs: {theirs[window]!r}"
    )


def assert_same_bytes(ours, theirs):
    # a plain == would make pytest diff megabytes
    same = ours == theirs
    assert same, describe_difference(ours, theirs)


def check_bytes(build, protocol):
    """Byte identity of fastjoblib.dumps and joblib.dump, or the same type of error from both.

    Returns the bytes, or None where both failed.
    """
    value = build()
    theirs, their_error = error_of(stock_dumps, value, protocol)
    ours, our_error = error_of(fastjoblib.dumps, value, protocol=protocol)
    if their_error is not None or our_error is not None:
        assert type(our_error) is type(their_error), f"ours: {our_error!r}; theirs: {their_error!r}"
        return None
    assert_same_bytes(ours, theirs)
    return ours


def check_loads(data, expected=None):
    """Both read `data` (written by either, they are identical) to the same thing, or fail alike."""
    theirs, their_error = error_of(stock_loads, data)
    ours, our_error = error_of(fastjoblib.loads, data)
    if their_error is not None or our_error is not None:
        assert type(our_error) is type(their_error), f"ours: {our_error!r}; theirs: {their_error!r}"
        return
    assert_same(ours, theirs, sharing=True)


def check_conformance(build, protocol):
    data = check_bytes(build, protocol)
    if data is not None:
        check_loads(data)


def for_each_protocol(check, build, protocols=PROTOCOLS):
    """Run check(build, protocol) for all of them, in one test: thousands of cases would pay for each test apiece."""
    for protocol in protocols:
        try:
            check(build, protocol)
        except AssertionError as error:
            raise AssertionError(f"protocol {protocol}: {error}") from error
