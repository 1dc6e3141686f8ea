"""pandas' periods, intervals, offsets, sparse arrays and indexes of several levels.

What pandas keeps of them in private is asked for by the public names that give
the same; where there is none, the name is as old as the class. Whatever the
constructor would not give again is refused.
"""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from . import Parts, RefusedError

#: What positions in a sparse array are, so that no more rows are possible.
_MOST_ROWS = 2**31
#: How many labels a level may have that is a range, whose few bytes could say any number.
_MOST_OF_RANGE = 2**24


def _need_another_pandas(version: str, why: str) -> NoReturn:
    """Stored data that is fine, and that no array of this release can hold."""
    raise ModuleNotFoundError(why, name=version)


# ---------------------------------------------------------------- periods


def _take_period(period: Any) -> Parts:
    # What a dtype calls itself, `period[M]`, is the same in every release; the freq's own text is not.
    return Parts("PERIOD", [_freq_of(_period_dtype(period.freq)), int(period.ordinal)])


def _freq_of(dtype: Any) -> str:
    text: str = dtype.name.removeprefix("period[").removesuffix("]")
    if _period_dtype(text) != dtype:
        raise RefusedError(
            f"can't keep a freq that its text does not give again; use a common one: {text}"
        )
    return text


def _period_dtype(freq: Any) -> Any:
    with _quietly(freq):
        return pd.PeriodDtype(freq)


def _quietly(freq: Any) -> AbstractContextManager[Any]:
    """Without pandas' warning that periods of business days will go."""
    if not str(getattr(freq, "freqstr", freq)).endswith("B"):
        return nullcontext()
    return warnings.catch_warnings(action="ignore", category=FutureWarning)


def _put_period(parts: list[Any], rows: int) -> Any:
    freq, ordinal = parts
    with _quietly(freq):
        made = pd.Period(ordinal=ordinal, freq=freq)
    if made is pd.NaT:
        raise ValueError("a count that is no period")
    return made


def _take_periods(array: Any) -> Parts:
    return Parts("COLUMN_PERIOD", [_freq_of(array.dtype), array.asi8], len(array))


def _put_periods(parts: list[Any], rows: int) -> Any:
    freq, ordinals = parts
    if ordinals.shape != (rows,) or ordinals.dtype != np.dtype("i8"):
        raise ValueError("periods that are not counted by int64")
    return pd.arrays.PeriodArray(ordinals, dtype=_period_dtype(freq))


# ---------------------------------------------------------------- intervals


def _take_interval(interval: Any) -> Parts:
    return Parts("INTERVAL", [interval.closed, interval.left, interval.right])


def _put_interval(parts: list[Any], rows: int) -> Any:
    closed, left, right = parts
    return pd.Interval(left, right, closed)


def _take_intervals(array: Any) -> Parts:
    # As indexes, since before pandas 3 the bounds have a freq.
    left, right = _bounds(array.left), _bounds(array.right)
    again = pd.arrays.IntervalArray.from_arrays(left[:0], right[:0], array.closed)
    if again.dtype != array.dtype or again.left.dtype != left.dtype:
        raise RefusedError(
            f"can't keep intervals of this dtype; make them of a common one: {array.dtype}"
        )
    return Parts("COLUMN_INTERVAL", [array.closed, left, right], len(array))


def _bounds(index: Any) -> Any:
    # Over a range pandas makes intervals that it can't slice; over the same numbers it can.
    index = pd.Index(index.to_numpy()) if isinstance(index, pd.RangeIndex) else index
    return index.rename(None)


def _put_intervals(parts: list[Any], rows: int) -> Any:
    closed, left, right = parts
    if len(left) != rows or closed not in ("left", "right", "both", "neither"):
        raise ValueError("intervals of another number of rows, or closed by no word")
    # None is written, and pandas would lay out whatever it says.
    if isinstance(left, pd.RangeIndex) or isinstance(right, pd.RangeIndex):
        raise ValueError("intervals of bounds that are a range")
    if left.dtype != right.dtype:
        raise ValueError("intervals of bounds that differ in kind")
    if pd.arrays.IntervalArray.from_arrays(left[:0], right[:0], closed).left.dtype != left.dtype:
        _need_another_pandas("pandas>=3", f"no intervals of {left.dtype}")
    return pd.arrays.IntervalArray.from_arrays(left, right, closed)


# ---------------------------------------------------------------- offsets


def _take_offset(offset: Any) -> Parts:
    text = offset.freqstr
    try:
        again = pd.tseries.frequencies.to_offset(text)
    except ValueError:
        again = None
    # Equal ones may hold parameters of other types.
    if type(again) is not type(offset) or again != offset or repr(again) != repr(offset):
        raise RefusedError(
            f"can't keep an offset that its text does not give again; store its parameters: {text}"
        )
    return Parts("OFFSET", [text])


def _put_offset(parts: list[Any], rows: int) -> Any:
    (text,) = parts
    return pd.tseries.frequencies.to_offset(text)


# ---------------------------------------------------------------- sparse


def _take_sparse(array: Any) -> Parts:
    kind = array.kind
    positions = array.sp_index.to_int_index().indices
    parts = Parts("COLUMN_SPARSE", [kind, array.fill_value, array.sp_values, positions], len(array))
    again = _sparse(kind, array.fill_value, array.sp_values[:0], positions[:0], len(array))
    if again.dtype != array.dtype or type(again.fill_value) is not type(array.fill_value):
        raise RefusedError(
            f"can't keep a sparse array of this dtype; convert it with .to_dense(): {array.dtype}"
        )
    return parts


def _put_sparse(parts: list[Any], rows: int) -> Any:
    kind, fill_value, values, positions = parts
    if positions.ndim != 1 or positions.dtype != np.dtype("i4") or rows >= _MOST_ROWS:
        raise ValueError("positions that are not counted by int32")
    if kind not in ("integer", "block"):
        raise ValueError("a sparse array of no kind")
    if type(values) is not np.ndarray or values.ndim != 1 or values.dtype.names is not None:
        raise ValueError("a sparse array of values that are no plain array of one axis")
    if values.dtype.kind in "Mm" and not _has_dates_of(values.dtype):
        _need_another_pandas("pandas<3", f"no sparse arrays of {values.dtype}")
    return _sparse(kind, fill_value, values, positions, rows)


def _has_dates_of(dtype: Any) -> bool:
    try:
        pd.SparseDtype(dtype)
    except TypeError:
        return False
    return True


def _sparse(kind: str, fill_value: Any, values: Any, positions: Any, rows: int) -> Any:
    # The class has no public name. It checks that positions ascend and lie within the rows.
    index = type(pd.arrays.SparseArray([0], kind="integer").sp_index)(rows, positions)
    if kind == "block":
        index = index.to_block_index()
    if index.npoints != len(values):
        raise ValueError("values of another number than their positions")
    # The public ways look at the values first, and make text of objects that look so.
    return pd.arrays.SparseArray._simple_new(
        values, index, pd.SparseDtype(values.dtype, fill_value)
    )


# ---------------------------------------------------------------- several levels


def _take_levels(index: Any) -> Parts:
    levels = [level.rename(None) for level in index.levels]
    if any(map(_is_beyond, levels)):
        raise RefusedError(
            "can't keep a level that is a range of more than 2^24 labels; shorten it with index.remove_unused_levels()"
        )
    if any(isinstance(level, pd.MultiIndex) for level in levels):
        raise RefusedError(
            "can't keep a level that is a MultiIndex itself; use an index of its tuples"
        )
    try:
        again = pd.MultiIndex(levels, index.codes, sortorder=index.sortorder)
    except ValueError as error:
        raise RefusedError(
            "can't keep a MultiIndex that its levels and codes do not give again; "
            "make it anew with MultiIndex.from_tuples(list(index), names=index.names)"
        ) from error
    parts = [tuple(index.names), index.sortorder]
    for level, codes in zip(levels, again.codes, strict=True):
        parts += [level, np.asarray(codes)]
    return Parts("MULTI_INDEX", parts, len(index))


def _put_levels(parts: list[Any], rows: int) -> Any:
    names, sort_order, *others = parts
    levels, codes = others[::2], others[1::2]
    # Said here, since pandas makes codes as short as they may be before it looks at them.
    if not all(_is_within(level, of_level) for level, of_level in zip(levels, codes, strict=True)):
        raise ValueError("codes of labels that are not there")
    if any(map(_is_beyond, levels)):
        raise ValueError("a level of more labels than rows can have")
    if sort_order is not None and type(sort_order) is not int:
        raise ValueError("an order of no number of levels")
    made = pd.MultiIndex(levels, codes, sortorder=sort_order, names=names)
    if len(made) != rows:
        raise ValueError("an index of another number of rows")
    return made


def _is_beyond(level: Any) -> bool:
    """Whether a level is so long a range that pandas needs much memory to look for what is missing in it."""
    return isinstance(level, pd.RangeIndex) and len(level) > _MOST_OF_RANGE


def _is_within(level: Any, codes: Any) -> bool:
    if codes.ndim != 1 or codes.dtype.kind != "i":
        return False
    return len(codes) == 0 or bool(codes.min() >= -1 and codes.max() < len(level))


CLASSES = {
    "Period": _take_period,
    "PeriodArray": _take_periods,
    "Interval": _take_interval,
    "IntervalArray": _take_intervals,
    "SparseArray": _take_sparse,
    "MultiIndex": _take_levels,
    **dict.fromkeys(pd.offsets.__all__, _take_offset),
}
KINDS = {
    "PERIOD": _put_period,
    "COLUMN_PERIOD": _put_periods,
    "INTERVAL": _put_interval,
    "COLUMN_INTERVAL": _put_intervals,
    "OFFSET": _put_offset,
    "COLUMN_SPARSE": _put_sparse,
    "MULTI_INDEX": _put_levels,
}
