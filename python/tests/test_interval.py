"""pandas intervals of every kind of bound: alone, as arrays, columns, indexes and categories."""

import numpy as np
import pandas as pd
import pytest
from forge import built, manifest, tree
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family
from variants import IS_PANDAS_3, ZONES

import stillroom
from stillroom._core import decode

FAMILY = Family("pandas", "intervals")

CLOSED = ("left", "right", "both", "neither")
DAY = pd.Timestamp("2024-03-05")

SCALARS = {
    **{f"closed {closed}": pd.Interval(0, 1, closed) for closed in CLOSED},
    "floats": pd.Interval(-0.0, 1.5),
    "infinite": pd.Interval(-float("inf"), float("inf")),
    "an int and a float": pd.Interval(0, 1.5),
    "NumPy ints": pd.Interval(np.int64(0), np.int8(1)),
    "huge": pd.Interval(-(10**30), 10**30),
    "of no width": pd.Interval(1, 1, "both"),
    "moments": pd.Interval(DAY, DAY + pd.Timedelta(days=1)),
    "moments of another unit": pd.Interval(
        DAY.as_unit("s"), DAY.as_unit("ms") + pd.Timedelta(days=1)
    ),
    "moments with a zone": pd.Interval(
        DAY.tz_localize("Europe/Paris"), pd.Timestamp("2024-06-01", tz="Europe/Paris")
    ),
    "durations": pd.Interval(pd.Timedelta(0), pd.Timedelta("1h")),
}

BOUNDS = {
    "int64": np.array([0, 2, 2]),
    "uint64": np.array([0, 2, 2], "u8"),
    "int8": np.array([0, 2, 2], "i1"),
    "float64": np.array([0.5, np.nan, -0.0]),
    "float32": np.array([0.5, np.nan, -0.0], "f4"),
    "infinities": np.array([-np.inf, np.nan, 0]),
    "big-endian": np.array([0, 2, 2], ">i8"),
    **{
        f"moments, unit {unit}": pd.DatetimeIndex([DAY, pd.NaT, DAY]).as_unit(unit)
        for unit in ("s", "ns")
    },
    **{
        f"moments, {name}": pd.DatetimeIndex([DAY, pd.NaT, DAY]).tz_localize(zone)
        for name, zone in ZONES.items()
    },
    "durations": pd.TimedeltaIndex([pd.Timedelta(1), pd.NaT, pd.Timedelta(0)]),
}
if IS_PANDAS_3:
    # pandas 2 makes plain numbers of them.
    BOUNDS["nullable ints"] = pd.array([0, None, 2], dtype="Int64")
    BOUNDS["nullable floats"] = pd.array([0.5, None, 2.0], dtype="Float64")


def intervals(left: object, closed: str = "right") -> pd.arrays.IntervalArray:
    return pd.arrays.IntervalArray.from_arrays(left, left, closed)


ARRAYS = {
    **{name: intervals(left) for name, left in BOUNDS.items()},
    **{f"closed {closed}": intervals([0.0, np.nan], closed) for closed in CLOSED},
    "a range": pd.interval_range(0, 5).array,
    "a range of days": pd.interval_range(DAY, periods=4).array,
    "a range of months": pd.interval_range(DAY, periods=4, freq="MS").array,
    "a range of durations": pd.interval_range(pd.Timedelta(0), periods=4, freq="6h").array,
    "empty": pd.interval_range(0, 0).array,
    "empty of floats": intervals(np.array([], "f8")),
    "nothing but missing": intervals([np.nan, np.nan]),
    "bounds that overlap": pd.arrays.IntervalArray.from_tuples([(0, 3), (1, 2), (0, 3)]),
    "every other": pd.interval_range(0, 50_000).array[::2],
    "long": pd.interval_range(0, 50_000).array,
    "backwards": pd.interval_range(0, 5).array[::-1],
}

INDEXES = {name: pd.IntervalIndex(array, name="bin") for name, array in ARRAYS.items()}
SERIES = {name: pd.Series(array) for name, array in ARRAYS.items()}

CUT = pd.Series([1.0, 2.0, None, 9.0])
IN_OTHERS = {
    "cut": pd.cut(CUT, 3),
    "cut at bins": pd.cut(CUT, [0, 2, 5]),
    "qcut": pd.qcut(range(10), 4),
    "counts of a cut": pd.cut(CUT, 3).value_counts(),
    "means of a cut": CUT.groupby(pd.cut(CUT, 3), observed=False).mean(),
    "frame": pd.DataFrame({"a": pd.interval_range(0, 2)}, index=pd.interval_range(0, 2)),
    "column labels": pd.DataFrame([[1, 2]], columns=pd.interval_range(0, 2)),
    "cells": pd.Series([pd.Interval(0, 1), "a"], dtype=object),
    "key of a dict": {pd.Interval(0, 1): 1},
    "in a set": {pd.Interval(0, 1), pd.Interval(0.0, 2.0)},
}


@FAMILY.keeps(
    {
        "Interval": SCALARS,
        "IntervalIndex": INDEXES,
        "array": ARRAYS,
        "Series": SERIES,
        "in others": IN_OTHERS,
    }
)
def test_interval(store, value):
    assert_same(round_trip(store, value), value)


def test_an_array_shared_in_a_value_stays_shared(store):
    array = ARRAYS["a range"]

    assert_same(round_trip(store, [array, array]), [array, array])


def test_a_long_column_is_not_copied_on_its_way(store):
    loaded = round_trip(store, ARRAYS["long"])

    assert not np.asarray(loaded.left).flags.owndata


class Bound(float):
    """No float of Python's own."""


REFUSED = {
    "a bound that can't be kept": (pd.Interval(Bound(0), Bound(1)), "Bound"),
}


@FAMILY.refuses(REFUSED)
def test_what_can_not_be_kept_is_refused(store, value, names):
    refuse(store, [value], names=names, path="results[0]")


INTERVALS, INTERVAL, INDEX = 78, 82, 50


def bounds(values: np.ndarray) -> list:
    return tree([INDEX, None], None, [40, values.dtype.str, len(values), values.tobytes()])


INTS, FLOATS = bounds(np.arange(3)), bounds(np.arange(3.0))
RANGE = tree([51, 0, 3, 1], None)

HOSTILE = {
    "closed as nothing is": built(INTERVAL, "up", 0, 1),
    "closed by no word": built(INTERVALS, "", INTS, INTS, rows=3),
    "a bound of text": built(INTERVAL, "left", "a", "b"),
    "a bound of None": built(INTERVAL, "left", None, None),
    "bounds the wrong way": built(INTERVAL, "left", 1, 0),
    "bounds that are lists": built(INTERVAL, "left", [8, 0], [8, 0]),
    "bounds of two kinds": built(INTERVALS, "left", INTS, FLOATS, rows=3),
    "bounds of dates and numbers": built(
        INTERVALS, "left", bounds(np.arange(3).astype("M8[ns]")), INTS, rows=3
    ),
    "bounds of text": built(
        INTERVALS, "left", *[tree([INDEX, None], None, [45, 3], "a", "b", "c")] * 2, rows=3
    ),
    "bounds of two lengths": built(INTERVALS, "left", INTS, bounds(np.arange(2)), rows=3),
    "bounds that are a range": built(INTERVALS, "left", RANGE, RANGE, rows=3),
    "more rows": built(INTERVALS, "left", INTS, INTS, rows=4),
    "bounds the wrong way, in a column": built(
        INTERVALS, "left", bounds(np.array([1])), bounds(np.array([0])), rows=1
    ),
    "missing on one side": built(
        INTERVALS, "left", bounds(np.array([np.nan])), bounds(np.array([0.0])), rows=1
    ),
}


def test_what_is_forged_well_is_an_interval():
    parts = built(INTERVAL, "left", 0, 1), built(INTERVALS, "left", INTS, INTS, rows=3)

    made = decode(manifest(*tree([8, 2], *parts)), [], ())

    ints = intervals(np.arange(3), "left")
    assert made[0] == pd.Interval(0, 1, "left")
    assert_same(made[1], ints)


def test_bounds_that_are_a_range_are_kept_as_numbers(store):
    ranges = pd.arrays.IntervalArray.from_arrays(pd.RangeIndex(3), pd.RangeIndex(1, 4))

    made = round_trip(store, ranges)

    assert_same(made, pd.arrays.IntervalArray.from_breaks(np.arange(4)))


def test_bounds_that_only_pandas_3_has_ask_for_it():
    bytes_ = manifest(*built(INTERVALS, "left", *[bounds(np.arange(3, dtype="i1"))] * 2, rows=3))

    if IS_PANDAS_3:
        assert decode(bytes_, [], ()).left.dtype == np.dtype("i1")
    else:
        with pytest.raises(stillroom.InvalidError, match="pandas>=3"):
            decode(bytes_, [], ())


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_parts_are_an_error(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE[case]), [], ())
