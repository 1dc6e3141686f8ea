"""Timestamp, Timedelta, NaT and NA as values of their own: count, unit, zone and fold."""

import datetime as dt
import zoneinfo

import dateutil.tz
import numpy as np
import pandas as pd
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family
from variants import ZONES

FAMILY = Family("pandas", "Timestamp, Timedelta, missing")

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
TWICE = dt.datetime(2024, 10, 27, 2, 30)  # happened two times in Paris

TIMESTAMPS = {
    "epoch": pd.Timestamp(0),
    "one nanosecond": pd.Timestamp(1),
    "before 1970": pd.Timestamp("1677-09-21T00:12:43.145224194"),
    "least": pd.Timestamp.min,
    "greatest": pd.Timestamp.max,
    "seconds": pd.Timestamp(np.datetime64(1, "s")),
    "milliseconds": pd.Timestamp(np.datetime64(1, "ms")),
    "microseconds": pd.Timestamp(np.datetime64(1, "us")),
    "nanoseconds": pd.Timestamp(np.datetime64(1, "ns")),
    "year 1 in seconds": pd.Timestamp(np.datetime64("0001-01-01", "s")),
    "year 9999 in seconds": pd.Timestamp(np.datetime64("9999-12-31T23:59:59", "s")),
    "year 9999 in microseconds": pd.Timestamp(dt.datetime.max).as_unit("us"),
    "naive with fold": pd.Timestamp(TWICE.replace(fold=1)),
    "first time": pd.Timestamp(TWICE.replace(tzinfo=PARIS)),
    "second time": pd.Timestamp(TWICE.replace(tzinfo=PARIS, fold=1)),
    "second time by the clock of UTC": pd.Timestamp("2024-10-27 01:30", tz="UTC").tz_convert(PARIS),
    "in a gap": pd.Timestamp(dt.datetime(2024, 3, 31, 2, 30, tzinfo=PARIS)),
    **{
        f"zone: {name}": pd.Timestamp("2024-07-01 12:34:56.789").tz_localize(zone)
        for name, zone in ZONES.items()
    },
    **{
        f"winter: {name}": pd.Timestamp("2024-01-01", tz=zone).as_unit("s")
        for name, zone in ZONES.items()
    },
}


@FAMILY.keeps({"Timestamp": TIMESTAMPS})
def test_timestamp(store, value):
    assert_same(round_trip(store, value), value)


TIMEDELTAS = {
    "zero": pd.Timedelta(0),
    "one nanosecond": pd.Timedelta(1),
    "less than nothing": pd.Timedelta(days=-1, nanoseconds=-1),
    "least": pd.Timedelta.min,
    "greatest": pd.Timedelta.max,
    "seconds": pd.Timedelta(np.timedelta64(90, "s")),
    "milliseconds": pd.Timedelta(np.timedelta64(90, "ms")),
    "microseconds": pd.Timedelta(np.timedelta64(90, "us")),
    "beyond nanoseconds": pd.Timedelta(np.timedelta64(10**12, "s")),
}


@FAMILY.keeps({"Timedelta": TIMEDELTAS})
def test_timedelta(store, value):
    assert_same(round_trip(store, value), value)


SINGLETONS = {"NaT": pd.NaT, "NA": pd.NA}


@FAMILY.keeps({name: {name: value} for name, value in SINGLETONS.items()})
def test_missing(store, value):
    assert_same(round_trip(store, value), value)


def test_as_keys_and_members(store):
    noon = pd.Timestamp("2024-07-01 12:00", tz="Europe/Paris")
    value = {
        noon: 1,
        pd.Timedelta(1): 2,
        (pd.NaT, "a"): 3,
        "set": {noon, pd.NA, pd.NaT, pd.Timedelta(2)},
    }

    assert_same(round_trip(store, value), value)


class Nowhere(dt.tzinfo):
    def utcoffset(self, moment):
        return dt.timedelta(0)

    def dst(self, moment):
        return dt.timedelta(0)

    def tzname(self, moment):
        return "nowhere"


REFUSED = {
    "zone of a class of one's own": (pd.Timestamp(0, tz=Nowhere()), "Nowhere"),
    "dateutil zone": (pd.Timestamp(0, tz=dateutil.tz.tzoffset("CET", 3600)), "dateutil"),
}


@FAMILY.refuses(REFUSED)
def test_anything_else_is_refused(store, value, names):
    refuse(store, {"cv": [0, value]}, names=names, path='results["cv"][1]')
