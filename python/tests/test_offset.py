"""pandas offsets as values: those that their text says all of."""

import numpy as np
import pandas as pd
import pytest
from forge import built, manifest
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family

import stillroom
from stillroom._core import decode

FAMILY = Family("pandas", "offsets")

OFFSETS = {
    repr(offset): offset
    for offset in (
        pd.offsets.Day(),
        pd.offsets.Day(-2),
        pd.offsets.Hour(36),
        pd.offsets.Minute(90),
        pd.offsets.Second(),
        pd.offsets.Milli(5),
        pd.offsets.Micro(),
        pd.offsets.Nano(7),
        pd.offsets.BDay(),
        pd.offsets.CDay(),
        pd.offsets.BusinessHour(),
        pd.offsets.Week(weekday=2),
        pd.offsets.WeekOfMonth(week=1, weekday=3),
        pd.offsets.SemiMonthBegin(),
        pd.offsets.SemiMonthEnd(),
        pd.offsets.MonthBegin(),
        pd.offsets.MonthEnd(3),
        pd.offsets.BMonthBegin(),
        pd.offsets.BMonthEnd(),
        pd.offsets.QuarterBegin(startingMonth=2),
        pd.offsets.QuarterEnd(startingMonth=12),
        pd.offsets.BQuarterEnd(startingMonth=3),
        pd.offsets.YearBegin(),
        pd.offsets.YearEnd(month=3),
        pd.offsets.BYearEnd(),
    )
}


@FAMILY.keeps({"any that its text says all of": OFFSETS})
def test_offset(store, value):
    assert_same(round_trip(store, value), value)


def test_an_offset_in_others(store):
    value = {
        pd.offsets.Day(2): [pd.offsets.MonthEnd()],
        "freq": pd.date_range("2024", periods=3).freq,
    }

    assert_same(round_trip(store, value), value)


REFUSED = {
    "DateOffset": (pd.DateOffset(days=1), "DateOffset"),
    "normalised": (pd.offsets.MonthEnd(normalize=True), "parameters"),
    "holidays": (pd.offsets.CDay(holidays=["2024-01-01"]), "parameters"),
    "a week mask": (pd.offsets.CDay(weekmask="Sun Mon"), "parameters"),
    "business hours of one's own": (pd.offsets.BusinessHour(start="10:00"), "parameters"),
    "business days with an offset": (pd.offsets.BDay(offset=pd.Timedelta("1h")), "parameters"),
    "a week of no day": (pd.offsets.Week(), "parameters"),
    "Easter": (pd.offsets.Easter(), "Easter"),
}


@FAMILY.refuses(REFUSED)
def test_an_offset_of_more_than_its_text_is_refused(store, value, names):
    refuse(store, [value], names=names, path="results[0]")


@pytest.mark.parametrize("text", ["", "fortnight", "D" * 3000, "2D3x", "__class__", "/etc/passwd"])
def test_hostile_text_is_an_error(text):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*built(83, text)), [], ())


def test_a_freq_of_months_still_counts(store):
    loaded = round_trip(store, pd.offsets.MonthEnd())

    assert pd.Timestamp("2024-02-03") + loaded == pd.Timestamp("2024-02-29")
    assert np.datetime64("2024-02-03", "ns") + loaded == pd.Timestamp("2024-02-29")
