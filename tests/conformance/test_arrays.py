# SPDX-License-Identifier: BSD-3-Clause
"""Arrays of every dtype and layout: joblib's bytes, and loading gives the type, dtype and flags that joblib gives."""

import fastjoblib
import numpy as np
import pytest
from helpers.cases_arrays import (
    ARRAYS,
    DTYPES,
    EMPTY_ITEM_ARRAYS,
    LAYOUTS,
    MANY,
    NUMPY_SCALARS,
    SUBCLASSES,
    WITH_GAPS,
    fill,
)
from helpers.compare import assert_same
from helpers.control import (
    PROTOCOLS,
    assert_same_bytes,
    check_bytes,
    check_conformance,
    for_each_protocol,
    stock_dumps,
    stock_loads,
)


@pytest.mark.parametrize("case", ARRAYS, ids=str)
def test_arrays(case):
    for_each_protocol(check_conformance, case.build)


@pytest.mark.parametrize("dtype, layout", sorted(WITH_GAPS))
def test_gaps_between_fields_are_the_same_every_time(dtype, layout):
    """joblib copies strided items without their gaps, into memory it has not cleared; ours must not leak memory."""
    array = LAYOUTS[layout](DTYPES[dtype])
    ours = fastjoblib.dumps(array)
    assert len(ours) == len(stock_dumps(array))
    assert_same(fastjoblib.loads(ours), stock_loads(stock_dumps(array)))
    assert_same(stock_loads(ours), np.ascontiguousarray(array))
    dirty = [bytes([i]) * array.nbytes for i in range(1, 50)]
    del dirty
    assert_same_bytes(fastjoblib.dumps(array), ours)


@pytest.mark.parametrize("case", MANY + SUBCLASSES + NUMPY_SCALARS, ids=str)
def test_many_subclasses_scalars(case):
    for_each_protocol(check_conformance, case.build)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("layout", ["C", "F", "0-d", "1-d", "empty", "strided"])
def test_loaded_array_is_what_was_saved(layout, protocol):
    array = LAYOUTS[layout]("<f8")
    loaded = fastjoblib.loads(fastjoblib.dumps(array, protocol=protocol))
    assert_same(loaded, np.array(array, order="F" if layout == "F" else "C"))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("order", "CF")
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_matrix(order, protocol):
    """The bytes are joblib's; ours comes back as a matrix, which joblib means to do and cannot with NumPy 2."""
    matrix = np.matrix(fill((2, 3), "<f8", order))
    data = check_bytes(lambda: matrix, protocol)
    assert_same(fastjoblib.loads(data), np.matrix(matrix))
    assert_same(np.asarray(fastjoblib.loads(data)), np.asarray(stock_loads(data)))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("case", EMPTY_ITEM_ARRAYS, ids=str)
def test_items_of_no_bytes(case, protocol):
    """joblib divides by the item size; ours round-trips them, and joblib's files of size-0 items do not exist."""
    array = case.build()
    if array.dtype.itemsize:  # NumPy made "S0" into "S1"
        check_conformance(lambda: array, protocol)
        return
    with pytest.raises(ZeroDivisionError):
        stock_dumps(array, protocol)
    assert_same(fastjoblib.loads(fastjoblib.dumps([array, "after"], protocol=protocol)), [array, "after"])


@pytest.mark.parametrize("dtype", ["?", "<i4", "<f8", "<c16", "<f2", "S5", "<U5", "<M8[ns]"])
def test_builtin_dtypes_are_the_singletons(dtype):
    loaded = fastjoblib.loads(stock_dumps([np.zeros(1, dtype), np.dtype(dtype)]))
    if np.dtype(dtype).isbuiltin == 1 and np.dtype(dtype).itemsize and dtype[-1] not in "5]":
        assert loaded[0].dtype is np.dtype(dtype)
    assert_same(loaded[0].dtype, np.dtype(dtype))
    assert_same(loaded[1], np.dtype(dtype))


@pytest.mark.parametrize("offset", range(0, 34))
def test_padding_depends_on_the_position_in_the_stream(offset):
    import io

    import joblib

    ours, theirs = io.BytesIO(), io.BytesIO()
    for stream, library in ((ours, fastjoblib), (theirs, joblib)):
        stream.write(b"-" * offset)
        library.dump([np.arange(5), "x", np.arange(3, dtype="u1")], stream)
    assert_same_bytes(ours.getvalue(), theirs.getvalue())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_array_data_starts_at_a_multiple_of_16(protocol):
    value = [fill(3, dtype) for dtype in ("u1", "<f8", "<c16", "S3")]
    data = fastjoblib.dumps(value, protocol=protocol)
    for array in value:
        assert data.index(array.tobytes()) % 16 == 0


class AsNewerNumPy:
    """Pickled as NumPy 2.3 and later do it with arrays whose axes lie in memory in an order that is not C or F."""

    def __init__(self, array, axes):
        frombuffer = array.__reduce_ex__(5)[0]
        self.reduced = frombuffer, (bytearray(array.tobytes()), array.dtype, array.shape, "K", axes)

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize("axes", [(1, 0, 2), (0, 2, 1), (2, 0, 1), (0, 1, 2), (-1, 0, 1)])
def test_array_whose_axes_are_in_an_order_of_their_own(axes):
    stored = fill((2, 3, 4), "<f4")
    loaded = fastjoblib.loads(fastjoblib.dumps(AsNewerNumPy(stored, axes)))
    assert_same(loaded, stored.transpose(axes))


@pytest.mark.parametrize("axes", [(0, 1), (0, 1, 1), (0, 1, 3), (0, 1, 2, 3), (0, 1, None)])
def test_axes_that_are_not_those_of_the_array(axes):
    data = fastjoblib.dumps(AsNewerNumPy(fill((2, 3, 4), "<f4"), axes))
    with pytest.raises((ValueError, TypeError)):
        fastjoblib.loads(data)
