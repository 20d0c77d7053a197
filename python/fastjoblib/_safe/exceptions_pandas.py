"""Names of pandas that need more than the default rule.

The same class has another name in files of other versions of pandas: all of them are
here.
"""

from fastjoblib._safe.checks import pandas_arrays, pandas_frames, times
from fastjoblib._safe.rules import ANY_STATE, ARGS, BUILD, CALL, KEY, NEW, VALUE, Rule

__all__ = ["RULES"]


def _each(rule: Rule, *names: str) -> dict[str, Rule]:
    """The same rule by several names: "module: name name"."""
    found: dict[str, Rule] = {}
    for line in names:
        module, _, words = line.partition(": ")
        found |= {f"{module}.{word}": rule for word in words.split()}
    return found


_INDEX_CALL = Rule(CALL | ARGS, check_call=pandas_frames.check_index_call, check_final=pandas_frames.check_indexes)
_BACKED = Rule(BUILD | ANY_STATE, check_state=pandas_arrays.check_backed_state, check_final=pandas_arrays.check_backed)
_CATEGORICAL = Rule(
    NEW | BUILD | ANY_STATE,
    check_state=pandas_arrays.check_categorical_state,
    check_final=pandas_arrays.check_backed,
)
_MASKED = Rule(NEW | BUILD, check_final=pandas_arrays.check_masked)
_DTYPES = """
    BooleanDtype CategoricalDtype DatetimeTZDtype Float32Dtype Float64Dtype Int16Dtype Int32Dtype Int64Dtype Int8Dtype
    IntervalDtype SparseDtype UInt16Dtype UInt32Dtype UInt64Dtype UInt8Dtype"""
_OFFSETS = """
    BHalfYearBegin BHalfYearEnd BQuarterBegin BQuarterEnd BYearBegin BYearEnd BusinessDay BusinessHour
    BusinessMonthBegin BusinessMonthEnd CustomBusinessDay CustomBusinessHour CustomBusinessMonthBegin
    CustomBusinessMonthEnd Day Easter FY5253 FY5253Quarter HalfYearBegin HalfYearEnd Hour
    LastWeekOfMonth Micro Milli Minute MonthBegin MonthEnd Nano QuarterBegin QuarterEnd Second SemiMonthBegin
    SemiMonthEnd Week WeekOfMonth YearBegin YearEnd"""

RULES: dict[str, Rule] = {
    **_each(
        VALUE,  # they are made by functions
        "pandas: CategoricalIndex DatetimeIndex Index IntervalIndex MultiIndex PeriodIndex RangeIndex TimedeltaIndex",
        "pandas.core.indexes.base: Index",
        "pandas.core.indexes.category: CategoricalIndex",
        "pandas.core.indexes.datetimes: DatetimeIndex",
        "pandas.core.indexes.interval: IntervalIndex",
        "pandas.core.indexes.multi: MultiIndex",
        "pandas.core.indexes.period: PeriodIndex",
        "pandas.core.indexes.range: RangeIndex",
        "pandas.core.indexes.timedeltas: TimedeltaIndex",
    ),
    # Its state is pyarrow's, which is not trusted.
    **_each(VALUE, "pandas.arrays: ArrowStringArray", "pandas.core.arrays.string_arrow: ArrowStringArray"),
    **_each(
        _INDEX_CALL,
        "pandas.core.indexes.base: _new_Index",
        "pandas.core.indexes.datetimes: _new_DatetimeIndex",
        "pandas.core.indexes.interval: _new_IntervalIndex",
        "pandas.core.indexes.timedeltas: _new_TimedeltaIndex",
    ),
    **_each(_CATEGORICAL, "pandas: Categorical", "pandas.core.arrays.categorical: Categorical"),
    **_each(
        _BACKED,
        "pandas.arrays: DatetimeArray NumpyExtensionArray PeriodArray StringArray TimedeltaArray",
        "pandas.core.arrays.datetimes: DatetimeArray",
        "pandas.core.arrays.numpy_: NumpyExtensionArray PandasArray",
        "pandas.core.arrays.period: PeriodArray",
        "pandas.core.arrays.string_: StringArray",
        "pandas.core.arrays.timedeltas: TimedeltaArray",
    ),
    **_each(
        _MASKED,
        "pandas.arrays: BooleanArray FloatingArray IntegerArray",
        "pandas.core.arrays.boolean: BooleanArray",
        "pandas.core.arrays.floating: FloatingArray",
        "pandas.core.arrays.integer: IntegerArray",
    ),
    **_each(
        Rule(
            NEW | BUILD | ANY_STATE,
            check_state=pandas_arrays.check_interval_state,
            check_final=pandas_arrays.check_interval_arrays,
        ),
        "pandas.arrays: IntervalArray",
        "pandas.core.arrays.interval: IntervalArray",
    ),
    **_each(
        Rule(NEW | BUILD, check_final=pandas_arrays.check_sparse),
        "pandas.arrays: SparseArray",
        "pandas.core.arrays.sparse.array: SparseArray",
    ),
    **_each(
        Rule(NEW | BUILD, check_state=pandas_frames.check_frame_state, check_final=pandas_frames.check_frames),
        "pandas: DataFrame",
        "pandas.core.frame: DataFrame",
    ),
    **_each(
        Rule(NEW | BUILD, check_state=pandas_frames.check_frame_state, check_final=pandas_frames.check_series),
        "pandas: Series",
        "pandas.core.series: Series",
    ),
    **_each(
        Rule(NEW | BUILD | KEY, check_state=pandas_arrays.check_dtype_state),
        f"pandas: {_DTYPES}",
        "pandas.core.arrays.boolean: BooleanDtype",
        f"pandas.core.arrays.floating: {_DTYPES}",
        f"pandas.core.arrays.integer: {_DTYPES}",
        "pandas.core.dtypes.dtypes: CategoricalDtype DatetimeTZDtype IntervalDtype NumpyEADtype SparseDtype",
    ),
    **_each(
        Rule(KEY),  # made by functions
        "pandas: Timedelta Timestamp",
        "pandas._libs.tslib: Timestamp",
        "pandas._libs.tslibs.timedeltas: Timedelta",
        "pandas._libs.tslibs.timestamps: Timestamp",
    ),
    **_each(
        Rule(CALL | ARGS | KEY, check_call=times.check_interval_call),
        "pandas: Interval",
        "pandas._libs.interval: Interval",
    ),
    **_each(
        Rule(CALL | ARGS | KEY, check_call=times.check_period_dtype_call),
        "pandas: PeriodDtype",
        "pandas.core.dtypes.dtypes: PeriodDtype",
    ),
    **_each(
        Rule(
            CALL | ARGS | NEW | BUILD | KEY,
            check_call=times.check_string_dtype_call,
            check_state=pandas_arrays.check_dtype_state,
        ),
        "pandas: StringDtype",
        "pandas.core.arrays.string_: StringDtype",
    ),
    **_each(
        Rule(CALL | ARGS | KEY, check_call=times.check_period_call),
        "pandas: Period",
        "pandas._libs.tslibs.period: Period",
    ),
    **_each(
        Rule(CALL | ARGS, check_call=times.check_offset_call),
        f"pandas._libs.tslibs.offsets: {_OFFSETS}",
        f"pandas.tseries.offsets: {_OFFSETS}",
    ),
    **_each(
        Rule(CALL | ARGS, check_call=times.check_fiscal_call),
        "pandas._libs.tslibs.offsets: FY5253 FY5253Quarter",
        "pandas.tseries.offsets: FY5253 FY5253Quarter",
    ),
    **_each(
        Rule(CALL | ARGS | BUILD, check_call=times.check_offset_call),
        "pandas: DateOffset",
        "pandas._libs.tslibs.offsets: DateOffset",
        "pandas.tseries.offsets: DateOffset",
    ),
    "pandas._libs.arrays.__pyx_unpickle_NDArrayBacked": Rule(
        CALL | ARGS, check_call=pandas_arrays.check_backed_call, check_final=pandas_arrays.check_backed
    ),
    "pandas._libs.internals.BlockPlacement": Rule(CALL | ARGS, check_call=pandas_frames.check_placement_call),
    "pandas._libs.internals._unpickle_block": Rule(CALL | ARGS, check_call=pandas_frames.check_block_call),
    "pandas._libs.interval.__pyx_unpickle_IntervalMixin": Rule(
        CALL | ARGS,
        check_call=pandas_arrays.check_interval_call,
        check_final=pandas_arrays.check_interval_arrays,
    ),
    "pandas._libs.sparse.BlockIndex": Rule(CALL | ARGS, check_call=pandas_arrays.check_sparse_blocks_call),
    "pandas._libs.sparse.IntIndex": Rule(CALL | ARGS, check_call=pandas_arrays.check_sparse_integers_call),
    "pandas._libs.tslibs.nattype._nat_unpickle": Rule(CALL | ARGS),
    "pandas._libs.tslibs.timedeltas._timedelta_unpickle": Rule(CALL | ARGS, check_call=times.check_timedelta_call),
    "pandas._libs.tslibs.timestamps._unpickle_timestamp": Rule(CALL | ARGS, check_call=times.check_timestamp_call),
    **_each(
        Rule(
            NEW | BUILD | ANY_STATE | CALL | ARGS,
            check_call=pandas_frames.check_manager_call,
            check_final=pandas_frames.check_managers,
        ),
        "pandas.core.internals: BlockManager",
        "pandas.core.internals.managers: BlockManager",
    ),
    **_each(
        Rule(NEW | BUILD | ANY_STATE, check_final=pandas_frames.check_single_managers),
        "pandas.core.internals: SingleBlockManager",
        "pandas.core.internals.managers: SingleBlockManager",
    ),
    "pandas._libs.missing.NAType": VALUE,  # there is only one, the process's own
    "pandas.core.indexes.frozen.FrozenList": Rule(CALL | ARGS, check_call=pandas_frames.check_list_call),
}
