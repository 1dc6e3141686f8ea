"""Dates, times and durations, with the zone they were in."""

import datetime as dt
import io
import zoneinfo
from typing import Any

import dateutil.tz
import pytest
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family, by_type
from variants import HAS_PYTZ, ZONES

FAMILY = Family("Python", "dates and times")

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
NOON = dt.datetime(2024, 6, 1, 12, 30, 15, 250_001)
# Half past two came twice that night.
TWICE = dt.datetime(2024, 10, 27, 2, 30)

VALUES: dict[str, Any] = {
    "date": dt.date(2024, 2, 29),
    "first date": dt.date.min,
    "last date": dt.date.max,
    "time": dt.time(23, 59, 59, 999_999),
    "midnight": dt.time(),
    "time in its fold": dt.time(2, 30, fold=1),
    "time with an offset": dt.time(2, 30, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    "time with a zone": dt.time(2, 30, tzinfo=PARIS),
    "datetime": NOON,
    "first datetime": dt.datetime.min,
    "last datetime": dt.datetime.max,
    "datetime, the first time": TWICE.replace(tzinfo=PARIS),
    "datetime, the second time": TWICE.replace(tzinfo=PARIS, fold=1),
    "naive datetime in its fold": TWICE.replace(fold=1),
    "datetime that never was": dt.datetime(2024, 3, 31, 2, 30, tzinfo=PARIS),
    "timedelta": dt.timedelta(days=1, seconds=2, microseconds=3),
    "timedelta below zero": dt.timedelta(microseconds=-1),
    "no timedelta": dt.timedelta(),
    "least timedelta": dt.timedelta.min,
    "greatest timedelta": dt.timedelta.max,
    "zone of no offset but a name": dt.timezone(dt.timedelta(), "Z"),
    "zone by the microsecond": dt.timezone(dt.timedelta(microseconds=-86_399_999_999)),
    "zone far away": zoneinfo.ZoneInfo("America/Argentina/Buenos_Aires"),
    "zone with a sign": zoneinfo.ZoneInfo("Etc/GMT+12"),
}
KINDS = by_type(VALUES) | {"time zones": ZONES}


@FAMILY.keeps(KINDS)
def test_a_time_comes_back_with_its_zone(store, value):
    assert_same(round_trip(store, value), value)


def in_zone(naive: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """As a user of that zone would make it: pytz has a way of its own."""
    localize = getattr(zone, "localize", None)
    return localize(naive) if localize else naive.replace(tzinfo=zone)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("month", [1, 7])
def test_a_datetime_keeps_its_offset(store, zone: str, month: int):
    value = in_zone(dt.datetime(2024, month, 1, 12), ZONES[zone])

    loaded = round_trip(store, value)

    assert_same(loaded, value)
    assert loaded.utcoffset() == value.utcoffset()
    assert loaded.tzname() == value.tzname()


class Office(dt.tzinfo):
    """A zone of the app's own."""

    def utcoffset(self, when):
        return dt.timedelta(hours=1)


def from_file(key: str | None) -> zoneinfo.ZoneInfo:
    """A zone of one's own, which may bear the name of another: here a file that says UTC."""
    header = b"TZif" + b"\0" * 16
    counts = (0, 0, 0, 0, 1, 4)
    body = b"".join(count.to_bytes(4, "big") for count in counts) + b"\0" * 6 + b"UTC\0"
    return zoneinfo.ZoneInfo.from_file(io.BytesIO(header + body), key=key)


def refused_zones() -> dict[str, tuple[Any, str]]:
    cases: dict[str, tuple[Any, str]] = {
        "of the app": (NOON.replace(tzinfo=Office()), "Office"),
        "of a file": (from_file(None), "file"),
        "of a file, by another's name": (from_file("Europe/Paris"), "file"),
        "of a time": (dt.time(tzinfo=Office()), "Office"),
    }
    if HAS_PYTZ:
        import pytz

        paris = pytz.timezone("Europe/Paris")
        cases |= {
            "pytz, never localized": (NOON.replace(tzinfo=paris), "zoneinfo"),
            "pytz, the other of two": (paris.localize(TWICE, is_dst=True), "zoneinfo"),
            "one offset of a pytz zone": (paris.localize(NOON).tzinfo, "pytz.timezone"),
        }
    return cases


REFUSED = refused_zones()


@FAMILY.refuses(REFUSED)
def test_a_zone_that_would_come_back_another_is_refused(store, value, names):
    refuse(store, {"when": [value]}, names=names, path='results["when"][0]')


class Moment(dt.datetime):
    """A datetime, and more."""


def test_a_subclass_of_a_time_is_refused(store):
    refuse(store, [Moment(2024, 1, 1)], names="Moment", path="results[0]")


def test_a_zone_of_another_library_is_never_pickled(signed_store):
    zone = dateutil.tz.gettz("Europe/Paris")  # pandas brings dateutil along
    refuse(signed_store, [NOON.replace(tzinfo=zone)], names="time zone", path="results[0]")
