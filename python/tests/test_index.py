"""Indexes of every kind of this release: dtype, name, class and freq as they were."""

import datetime as dt

import dateutil.tz
import numpy as np
import pandas as pd
import pytest
from forge import array, built, manifest, tree
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family
from variants import IS_PANDAS_3, STRING_DTYPES, ZONES

import stillroom
from stillroom._core import decode

FAMILY = Family("pandas", "indexes of one level")


def objects(*cells: object) -> pd.Index:
    """An Index of dtype object whatever pandas would have made of the cells."""
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return pd.Index(array, dtype=object)


DAYS = pd.date_range("2024-01-01", periods=5)
NUMBERS = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "c8", "c16", "?")

PLAIN = {
    **{f"dtype {code}": pd.Index(np.arange(3).astype(code)) for code in NUMBERS},
    "big-endian": pd.Index(np.arange(3, dtype=">i8")),
    "empty": pd.Index([], dtype="int64"),
    "empty of objects": pd.Index([], dtype=object),
    "minus zero and NaN": pd.Index([0.0, -0.0, float("nan"), float("inf")]),
    "duplicates": pd.Index([1, 1, 2]),
    "long": pd.Index(np.arange(20_000) % 7),
    "every other": pd.Index(np.arange(20_000))[::2],
    "a range that is none": pd.Index(np.arange(3)),
}

OBJECTS = {
    "ints": objects(1, 2),
    "bools": objects(True, False),
    "floats and NaN": objects(1.5, float("nan")),
    "text": objects("a", "b"),
    "text and None": objects("a", None),
    "text and NaN": objects("a", float("nan")),
    "text and NA": objects("a", pd.NA),
    "text and both kinds of nothing": objects("a", None, float("nan")),
    "None alone": objects(None, None),
    "NaN alone": objects(float("nan")),
    "mixed": objects(1, "1", 1.0, (1,), None, b"1"),
    "tuples": objects((1, 2), (3, 4)),
    "Timestamps": objects(pd.Timestamp(0), pd.NaT),
    "Timestamps of two zones": objects(
        pd.Timestamp(0, tz="UTC"), pd.Timestamp(0, tz="Europe/Paris")
    ),
    "dates": objects(dt.date(2024, 1, 1), dt.date(2024, 1, 2)),
    "Timedeltas": objects(pd.Timedelta(1), pd.Timedelta(2)),
    "NumPy scalars": objects(np.float32(1), np.int8(2), np.str_("a")),
    "lone surrogates": objects("\ud800", "a"),
    "frozensets": objects(frozenset({1}), frozenset()),
}

TEXT = {
    **{
        name: pd.Index(["a", None, "\u00e4\U0001f600", ""], dtype=dtype)
        for name, dtype in STRING_DTYPES.items()
    },
    **{f"{name}, empty": pd.Index([], dtype=dtype) for name, dtype in STRING_DTYPES.items()},
}

NULLABLE = {
    dtype: pd.Index(pd.array([1, None, 0], dtype=dtype))
    for dtype in ("Int8", "Int64", "UInt16", "Float32", "Float64", "boolean")
}

CATEGORIES = {
    "text": pd.CategoricalIndex(["a", "b", "a"]),
    "ordered": pd.CategoricalIndex(["a", "b"], categories=["b", "a"], ordered=True),
    "missing and unused": pd.CategoricalIndex(["a", None], categories=["a", "b", "c"]),
    "ints": pd.CategoricalIndex([3, 1, 3]),
    "intervals of time": pd.CategoricalIndex(pd.to_timedelta([1, 2, 1], unit="s")),
    "no categories": pd.CategoricalIndex([None, None], categories=pd.Index([], dtype=object)),
    "named categories": pd.CategoricalIndex(
        pd.Categorical([1], categories=pd.Index([1, 2], name="kind"))
    ),
}

RANGES = {
    "default": pd.RangeIndex(3),
    "empty": pd.RangeIndex(0),
    "empty from 5": pd.RangeIndex(5, 5),
    "backwards": pd.RangeIndex(5, -5, -3),
    "step past the end": pd.RangeIndex(0, 10, 7),
    "far": pd.RangeIndex(2**62, 2**62 + 3),
    "named": pd.RangeIndex(3, name="row"),
}

FREQS = [
    "D",
    "2D",
    "h",
    "90min",
    "s",
    "250ms",
    "us",
    "B",
    "W-MON",
    "W-WED",
    "MS",
    "ME",
    "BME",
    "QS-FEB",
    "QE",
    "YE-MAR",
    "SME",
    "C",
    "bh",
]

DATES = {
    "no freq": pd.DatetimeIndex(["2024-01-01", "NaT", "1900-06-01"]),
    "empty": pd.DatetimeIndex([]),
    "empty with freq": DAYS[:0],
    "one with freq": DAYS[:1],
    "backwards": DAYS[::-1],
    "every other": DAYS[::2],
    "shuffled": DAYS[[2, 0, 1]],
    **{f"unit {unit}": DAYS.as_unit(unit) for unit in ("s", "ms", "us", "ns")},
    **{f"freq {freq}": pd.date_range("2024-01-31", periods=6, freq=freq) for freq in FREQS},
    "freq but not to be inferred": pd.date_range("2024-01-01", periods=2, freq="B"),
    "days over a change of clocks": pd.date_range("2024-10-25", periods=5, tz="Europe/Paris"),
    "many hours": pd.date_range("2020", periods=20_000, freq="90min", tz="America/Santiago"),
    "one moment again and again": pd.DatetimeIndex(["2024-01-01"] * 3),
    "hours over a change of clocks": pd.date_range(
        "2024-10-27", periods=5, freq="h", tz="Europe/Paris"
    ),
    "business days with a zone": pd.date_range(
        "2024-10-25", periods=5, freq="B", tz="Europe/Paris"
    ),
    **{f"zone: {name}": DAYS.tz_localize(zone) for name, zone in ZONES.items()},
    **{
        f"zone without freq: {name}": DAYS.tz_localize(zone)[[1, 0]].as_unit("s")
        for name, zone in ZONES.items()
    },
}

#: pandas 2 leaves "D" on days that are 24, 24 and 25 hours long in UTC; pandas 3 takes it off.
DAYS_THAT_ARE_NONE = pd.date_range("2024-10-25", periods=5, tz="Europe/Paris").tz_convert("UTC")
if IS_PANDAS_3:
    DATES["days of Paris in UTC"] = DAYS_THAT_ARE_NONE
    DATES["one with a freq of a thousand years"] = pd.DatetimeIndex(
        ["2024-01-01"], freq=pd.offsets.Hour(10**7)
    )

TIMEDELTAS = {
    "no freq": pd.TimedeltaIndex([pd.Timedelta(3), pd.NaT, pd.Timedelta(1)]),
    "freq": pd.timedelta_range(0, periods=4, freq="6h"),
    "freq of days": pd.timedelta_range(0, periods=4, freq="D"),
    "freq backwards": pd.timedelta_range(0, periods=4, freq="6h")[::-1],
    "seconds": pd.timedelta_range(0, periods=4, freq="s").as_unit("s"),
    "empty": pd.TimedeltaIndex([]),
}

NAMES = {
    "None": None,
    "text": "when",
    "empty text": "",
    "int": 7,
    "True": True,
    "NaN": float("nan"),
    "NA": pd.NA,
    "tuple": ("a", 1, None),
    "Timestamp": pd.Timestamp(0),
    "NumPy int": np.int64(3),
    "bytes": b"row",
    "date": dt.date(2024, 1, 1),
}


@FAMILY.keeps(
    {
        "numbers and bools": PLAIN,
        "objects": OBJECTS,
        "text": TEXT,
        "nullable": NULLABLE,
        "CategoricalIndex": CATEGORIES,
        "RangeIndex": RANGES,
        "DatetimeIndex": DATES,
        "TimedeltaIndex": TIMEDELTAS,
    }
)
def test_index(store, value):
    assert_same(round_trip(store, value), value)


@FAMILY.keeps({"names of any kind": NAMES}, "name")
@pytest.mark.parametrize(
    "index", [pd.Index([1.0]), pd.RangeIndex(2), DAYS], ids=["Index", "RangeIndex", "dates"]
)
def test_name_of_an_index(store, index, name):
    index = index.rename(name)

    assert_same(round_trip(store, index), index)


REFUSED = {
    "RangeIndex beyond 64 bits": (pd.RangeIndex(2**63, 2**63 + 2), "beyond 64 bits"),
    "RangeIndex of too many labels": (pd.RangeIndex(2**63 - 1), "2\\^60 labels"),
    "holidays in the freq": (
        pd.date_range("2024-01-01", periods=3, freq=pd.offsets.CDay(holidays=["2024-01-02"])),
        "freq",
    ),
    "DateOffset in the freq": (
        pd.date_range("2024", periods=3, freq=pd.DateOffset(days=1, hours=1)),
        "freq",
    ),
    "dateutil zone": (DAYS.tz_localize(dateutil.tz.tzoffset("CET", 3600)), "dateutil"),
    "a name that can't be kept": (pd.Index([1], name=range), "class"),
    "a cell that can't be kept": (pd.Index([1, object()], dtype=object), "object"),
    "labels that hardly any memory holds": (
        pd.Index(pd.arrays.SparseArray(np.zeros(2**24 + 1, "i1"))),
        "plain dtype",
    ),
}


def with_freq_of(dates: pd.DatetimeIndex, freq: pd.offsets.BaseOffset) -> pd.DatetimeIndex:
    """Dates that say they have this freq, which pandas didn't see."""
    holder = dates if hasattr(type(dates), "_freq") else dates._data
    holder._freq = freq
    assert dates.freq is freq
    return dates


HOURS = pd.date_range("2024", periods=10_000, freq="h", tz="Europe/Paris")
for name, odd in {"first": 1, "middle": 4_097, "last": 9_999}.items():
    REFUSED[f"a freq that one of its dates does not have: the {name}"] = (
        with_freq_of(
            HOURS.delete(odd).insert(odd, HOURS[odd] + pd.Timedelta("1s")), pd.offsets.Hour()
        ),
        "set index.freq = None",
    )
if not IS_PANDAS_3:
    REFUSED["a freq that its dates do not have"] = (DAYS_THAT_ARE_NONE, "set index.freq = None")


@FAMILY.refuses(REFUSED)
def test_anything_else_is_refused(store, value, names):
    with pytest.raises(Exception, match=names) as caught:
        store.save("page", "results", {"cv": value})

    assert caught.value.kind == "unsupported"
    assert caught.value.path.startswith('results["cv"]')


def test_an_index_that_can_not_be_kept_is_refused_where_it_stands(store):
    refuse(store, [pd.RangeIndex(2**63, 2**63 + 2)], names="64 bits", path="results[0]")


INDEX, RANGE, SPARSE, CATEGORY, SERIES = 50, 51, 79, 44, 52


def sparse_labels(count: int) -> list:
    values, places = array(np.zeros(0)), array(np.zeros(0, "<i4"))
    return tree([INDEX, None], None, built(SPARSE, "integer", 0.0, values, places, rows=count))


HOSTILE = {
    "a range longer than any array": tree([RANGE, 0, 2**63 - 1, 1], None),
    "a range of more labels than there are numbers": tree([RANGE, -(2**63), 2**63 - 1, 1], None),
    "categories that hardly any memory holds": tree(
        [CATEGORY, "|i1", 1, False, b"\0"], sparse_labels(2**31 - 1)
    ),
    "labels without duplicates that hardly any memory holds": tree(
        [SERIES, False],
        None,
        sparse_labels(2**31 - 1),
        built(
            SPARSE, "integer", 0.0, array(np.zeros(0)), array(np.zeros(0, "<i4")), rows=2**31 - 1
        ),
        None,
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_an_index_of_more_labels_than_memory_is_damage(case):
    with pytest.raises(stillroom.CorruptError, match="labels"):
        decode(manifest(*HOSTILE[case]), [], ())
