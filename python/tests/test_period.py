"""pandas periods of every freq: alone, as arrays, columns, indexes and categories."""

import numpy as np
import pandas as pd
import pytest
from forge import array, built, manifest, tree
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family

import stillroom
from stillroom._core import decode

pytestmark = pytest.mark.filterwarnings("ignore:.*B:FutureWarning")

FAMILY = Family("pandas", "periods")

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
FREQS = [
    *(f"Y-{month}" for month in MONTHS),
    *(f"Q-{month}" for month in MONTHS),
    *(f"W-{day}" for day in DAYS),
    *("Y", "Q", "M", "W", "D", "h", "min", "s", "ms", "us", "ns"),
    *("2Y", "3M", "2W", "36h", "90min", "25us"),
]


def business(ordinal: int) -> pd.Period:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pd.Period(ordinal=ordinal, freq="B")


SCALARS = {
    **{freq: pd.Period("2024-03-05 06:07:08", freq=freq) for freq in FREQS},
    "B": business(14133),
    "before 1970": pd.Period("1066-10-14", freq="D"),
    "year 1": pd.Period(year=1, freq="Y"),
    "far": pd.Period(ordinal=2**40, freq="M"),
    "ordinal 0": pd.Period(ordinal=0, freq="M"),
}


def periods(freq: str, **named: object) -> pd.PeriodIndex:
    return pd.PeriodIndex(
        [pd.Period("2024-03-05", freq=freq), pd.NaT, pd.Period(ordinal=-1, freq=freq)], **named
    )


INDEXES = {
    **{freq: periods(freq) for freq in FREQS},
    "a range": pd.period_range("2024-01", periods=5, freq="M"),
    "a range with a name": pd.period_range("2024-01", periods=5, freq="M", name="month"),
    "backwards": pd.period_range("2024-01", periods=5, freq="M")[::-1],
    "duplicates": pd.PeriodIndex(["2024-01", "2024-01"], freq="M"),
    "empty": pd.PeriodIndex([], freq="D"),
    "nothing but NaT": pd.PeriodIndex([pd.NaT], freq="D"),
    "every other": pd.period_range("2024-01", periods=50_000, freq="h")[::2],
    "long": pd.period_range("2024-01", periods=50_000, freq="h"),
}

ARRAYS = {name: index.array for name, index in INDEXES.items()}
SERIES = {name: pd.Series(array, name="period") for name, array in ARRAYS.items()}

IN_OTHERS = {
    "frame": pd.DataFrame({"a": periods("M"), "b": periods("Q")}, index=periods("D")),
    "column labels": pd.DataFrame([[1, 2]], columns=pd.period_range("2024", periods=2, freq="Y")),
    "categories": pd.Categorical(periods("M")),
    "cells": pd.Series([periods("M")[0], "a"], dtype=object),
    "key of a dict": {pd.Period("2024", freq="Y"): 1},
    "in a set": {pd.Period("2024", freq="Y"), pd.Period("2024", freq="M")},
    "name": pd.Series([1], name=pd.Period("2024", freq="Y")),
}


@FAMILY.keeps(
    {
        "Period": SCALARS,
        "PeriodIndex": INDEXES,
        "array": ARRAYS,
        "Series": SERIES,
        "in others": IN_OTHERS,
    }
)
def test_period(store, value):
    assert_same(round_trip(store, value), value)


def test_business_days(store, recwarn):
    values = [business(1), pd.PeriodIndex([business(1), business(-1)])]

    assert_same(round_trip(store, values), values)


def test_keeping_periods_warns_of_nothing(store, recwarn):
    round_trip(store, [periods("M"), pd.Period("2024", freq="Q")])

    assert not recwarn.list


def test_an_array_shared_in_a_value_stays_shared(store):
    array = periods("M").array

    assert_same(round_trip(store, [array, array]), [array, array])


def test_a_long_column_is_not_copied_on_its_way(store):
    loaded = round_trip(store, ARRAYS["long"])

    assert not loaded.asi8.flags.owndata


class Subclass(pd.Period):
    """No period of pandas' own."""


def test_a_subclass_is_refused(store):
    value = Subclass("2024", freq="Y")
    if type(value) is Subclass:
        refuse(store, value, names="Subclass", path="results")
    else:
        assert_same(round_trip(store, value), pd.Period("2024", freq="Y"))


PERIODS, PERIOD = 77, 81
COUNTS = array(np.arange(3))

HOSTILE = {
    "a freq of nothing": built(PERIOD, "", 1),
    "a freq that is none": built(PERIOD, "fortnight", 1),
    "a freq of offsets that have no period": built(PERIOD, "SME", 1),
    "a count beyond 64 bits": built(PERIOD, "M", 2**63),
    "the count of NaT": built(PERIOD, "M", -(2**63)),
    "more rows": built(PERIODS, "M", COUNTS, rows=4),
    "fewer rows": built(PERIODS, "M", COUNTS, rows=2),
    "counts in two axes": built(PERIODS, "M", array(np.zeros((3, 1), "i8")), rows=3),
    "counts of another dtype": built(PERIODS, "M", array(np.arange(3, dtype="i4")), rows=3),
    "counts that are floats": built(PERIODS, "M", array(np.arange(3.0)), rows=3),
    "counts that are dates": built(PERIODS, "M", array(np.arange(3).astype("M8[ns]")), rows=3),
    "periods of no freq": built(PERIODS, "a" * 3000, COUNTS, rows=3),
}


def test_what_is_forged_well_is_a_period():
    made = decode(
        manifest(*tree([8, 2], built(PERIOD, "M", 0), built(PERIODS, "M", COUNTS, rows=3))), [], ()
    )

    assert_same(
        made,
        [pd.Period("1970-01", freq="M"), pd.period_range("1970-01", periods=3, freq="M").array],
    )


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_parts_are_an_error(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE[case]), [], ())


def test_counts_that_no_calendar_has_can_be_held():
    for freq in ("Y", "Q", "M", "W", "D", "h", "ns"):
        made = decode(manifest(*built(PERIOD, freq, 2**62)), [], ())

        assert made.ordinal == 2**62
