"""A column of every dtype, as a Series and, where pandas has one, as an array on its own."""

import collections
import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pytest
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family
from variants import STRING_DTYPES, ZONES

FAMILY = Family("pandas", "Series, columns and arrays")

ROWS = 20_000  # a column of that many leaves the manifest, whatever its dtype

PLAIN = (
    "|b1",
    "|i1",
    "<i2",
    "<i4",
    "<i8",
    "|u1",
    "<u2",
    "<u4",
    "<u8",
    "<f2",
    "<f4",
    "<f8",
    "<c8",
    "<c16",
)
ODD = (">i8", ">f4", ">f8", "|S3", "|V3")
NULLABLE = [f"{sign}{size}" for sign in ("Int", "UInt") for size in (8, 16, 32, 64)]
NULLABLE += ["Float32", "Float64", "boolean"]
UNITS = ("s", "ms", "us", "ns")


def objects(*cells: object) -> pd.Series:
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return pd.Series(array, dtype=object)


def masked(dtype: str, count: int) -> pd.api.extensions.ExtensionArray:
    """Every third item missing, with a value of its own under the null."""
    numbers = np.arange(count) % 2 == 0 if dtype == "boolean" else np.arange(count) % 100
    kind = type(pd.array([], dtype=dtype))
    return kind(numbers.astype(dtype.lower().replace("boolean", "bool")), np.arange(count) % 3 == 1)


def strings(count: int) -> list[str | None]:
    kinds = ["a", None, "", "\u00e4\u00f6", "\U0001f600" * 3, "x" * 50]
    return [kinds[place % len(kinds)] for place in range(count)]


NUMBERS = {
    **{code: pd.Series(np.arange(3).astype(code)) for code in PLAIN + ODD},
    **{f"{code}, long": pd.Series((np.arange(ROWS) % 100).astype(code)) for code in PLAIN + ODD},
    **{f"{code}, empty": pd.Series(np.array([], dtype=code)) for code in PLAIN + ODD},
    "minus zero, NaN, infinities": pd.Series(
        [0.0, -0.0, float("nan"), -float("nan"), float("inf"), 5e-324]
    ),
    "NaN payloads": pd.Series(
        np.array([0x7FF8000000000001, 0xFFF80000DEADBEEF], np.uint64).view(float)
    ),
    "a bool that is neither 0 nor 1": pd.Series(np.array([0, 1, 7], np.uint8).view(bool)),
    "every other": pd.Series(np.arange(2.0 * ROWS))[::2],
    "backwards": pd.Series(np.arange(float(ROWS)))[::-1],
}

MASKED = {
    **{dtype: masked(dtype, 7) for dtype in NULLABLE},
    **{f"{dtype}, long": masked(dtype, ROWS) for dtype in NULLABLE},
    **{f"{dtype}, nothing missing": masked(dtype, 7).dropna() for dtype in NULLABLE},
    **{f"{dtype}, all missing": pd.array([None] * 9, dtype=dtype) for dtype in NULLABLE},
    **{f"{dtype}, empty": pd.array([], dtype=dtype) for dtype in NULLABLE},
    "NaN and NA in one": pd.arrays.FloatingArray(
        np.array([float("nan"), -0.0, 1]), np.array([False, False, True])
    ),
    "every other": masked("Int64", 2 * ROWS)[::2],
}

DATES = {
    **{f"unit {unit}": pd.Series([0, 1, None], dtype=f"datetime64[{unit}]") for unit in UNITS},
    **{
        f"unit {unit}, long": pd.Series(np.arange(ROWS), dtype=f"datetime64[{unit}]")
        for unit in UNITS
    },
    **{f"unit {unit}, empty": pd.Series([], dtype=f"datetime64[{unit}]") for unit in UNITS},
    "every other": pd.Series(np.arange(2 * ROWS), dtype="datetime64[ns]")[::2],
}

ZONED = {
    **{
        f"{name}, {unit}": pd.Series([0, 1, None], dtype=f"datetime64[{unit}]")
        .dt.tz_localize("UTC")
        .dt.tz_convert(zone)
        for name, zone in ZONES.items()
        for unit in UNITS
    },
    "long": pd.Series(np.arange(ROWS), dtype="datetime64[ns, Europe/Paris]"),
    "empty": pd.Series([], dtype="datetime64[us, UTC]"),
    "every other": pd.Series(np.arange(2 * ROWS), dtype="datetime64[us, UTC]")[::2],
}

TIMEDELTAS = {
    **{f"unit {unit}": pd.Series([0, -1, None], dtype=f"timedelta64[{unit}]") for unit in UNITS},
    **{
        f"unit {unit}, long": pd.Series(np.arange(ROWS), dtype=f"timedelta64[{unit}]")
        for unit in UNITS
    },
    "empty": pd.Series([], dtype="timedelta64[ns]"),
}

TEXT = {
    **{name: pd.array(strings(9), dtype=dtype) for name, dtype in STRING_DTYPES.items()},
    **{
        f"{name}, long": pd.array(strings(ROWS), dtype=dtype)
        for name, dtype in STRING_DTYPES.items()
    },
    **{f"{name}, empty": pd.array([], dtype=dtype) for name, dtype in STRING_DTYPES.items()},
    **{
        f"{name}, all missing": pd.array([None] * 9, dtype=dtype)
        for name, dtype in STRING_DTYPES.items()
    },
    **{
        f"{name}, a slice": pd.array(strings(ROWS), dtype=dtype)[7:-7]
        for name, dtype in STRING_DTYPES.items()
    },
    **{
        f"{name}, of two pieces": pd.concat(
            [pd.Series(strings(9), dtype=dtype), pd.Series(strings(11), dtype=dtype)],
            ignore_index=True,
        ).array
        for name, dtype in STRING_DTYPES.items()
    },
    **{
        f"{name}, NUL inside": pd.array(["a\0b", "\0"], dtype=dtype)
        for name, dtype in STRING_DTYPES.items()
    },
    **{
        f"{name}, one long string": pd.array(["x" * 100_000], dtype=dtype)
        for name, dtype in STRING_DTYPES.items()
    },
    **{
        f"{name}, lone surrogates": pd.array(["\ud800", None, "a"], dtype=dtype)
        for name, dtype in STRING_DTYPES.items()
        if dtype.storage == "python"
    },
}

CATEGORIES = {
    "text": pd.Categorical(["a", "b", None, "a"]),
    "ordered": pd.Categorical(["a", "b"], categories=["b", "a", "c"], ordered=True),
    "ints": pd.Categorical([3, 1, 3]),
    "floats with minus zero": pd.Categorical.from_codes([0, 1], categories=[-0.0, 1.5]),
    "bools": pd.Categorical([True, False, None]),
    "dates with a zone": pd.Categorical(pd.to_datetime([0, 1, 0], unit="s", utc=True)),
    "days with a freq": pd.Categorical.from_codes([1, 0], pd.date_range("2024-01-01", periods=2)),
    "a range": pd.Categorical.from_codes([1, 0], pd.RangeIndex(2)),
    "nullable ints": pd.Categorical(pd.array([1, None, 2], dtype="Int64")),
    "mixed": pd.Categorical.from_codes([0, 1, 2], pd.Index([1, "1", (1,)], dtype=object)),
    "strings of objects": pd.Categorical.from_codes([0, -1], pd.Index(["a", "b"], dtype=object)),
    "none": pd.Categorical.from_codes([-1, -1], pd.Index([], dtype=object)),
    "empty": pd.Categorical([]),
    "200": pd.Categorical.from_codes(np.arange(400) % 200, pd.RangeIndex(200)),
    "40,000": pd.Categorical.from_codes(np.arange(80_000) % 40_000, pd.RangeIndex(40_000)),
    "long": pd.Categorical.from_codes(np.arange(ROWS) % 3, ["a", "b", "c"]),
    "fewer than there were": pd.Categorical(range(300)).remove_categories(range(10, 300)),
    "fewer, by setting them": pd.Categorical(range(300)).set_categories(range(10)),
    "more than there were": pd.Categorical([1, 2]).add_categories(range(3, 300)),
    "categories with a name": pd.Categorical([1], categories=pd.Index([1, 2], name="kind")),
}

shared = [1, 2]

OBJECTS = {
    "empty": objects(),
    "None": objects(None, None),
    "NaN": objects(float("nan"), float("nan")),
    "NA": objects(pd.NA, pd.NA),
    "NaT": objects(pd.NaT, pd.NaT),
    "text": objects("a", "", "\u00e4"),
    "text and None": objects("a", None),
    "text and NaN": objects("a", float("nan")),
    "text and np.nan": objects("a", np.nan, np.nan),
    "text and NA": objects("a", pd.NA),
    "text and NaT": objects("a", pd.NaT),
    "text and NaN of another kind": objects(
        "a", np.array([0xFFF8000000000001], np.uint64).view(float)[0].item()
    ),
    "text and np.float64 NaN": objects("a", np.float64("nan")),
    "text and two kinds of nothing": objects("a", None, float("nan")),
    "text, long": objects(*strings(ROWS)),
    "lone surrogates": objects("\ud800", "a", None),
    "np.str_ is no str": objects("a", np.str_("a")),
    "bools": objects(True, False, None),
    "ints": objects(1, 10**30, -1),
    "True, 1, 1.0": objects(True, 1, 1.0, np.int64(1), np.float64(1)),
    "floats": objects(0.0, -0.0),
    "lists": objects([1, 2], [3, 4]),
    "lists of one": objects([1], [2]),
    "a list twice": objects(shared, shared),
    "dicts": objects({"a": [1]}, {}, {"b": {1: (2,)}}),
    "tuples": objects((1, 2), (3, 4)),
    "sets": objects({1}, frozenset({2})),
    "arrays": objects(np.arange(3), np.arange(3)),
    "0-d arrays": objects(np.array(1), np.array("a")),
    "series": objects(pd.Series([1]), pd.Series(["a"])),
    "frames": objects(pd.DataFrame({"a": [1]})),
    "Timestamps": objects(pd.Timestamp(0), pd.NaT, pd.Timestamp(0, tz="UTC")),
    "dates": objects(dt.date(2024, 1, 1), dt.datetime(2024, 1, 1)),
    "Decimals": objects(decimal.Decimal("1.00"), decimal.Decimal("NaN")),
    "bytes": objects(b"a", bytearray(b"b")),
    "deques": objects(collections.deque([1], 3)),
    "mixed": objects(1, "1", None, float("nan"), pd.NA, [1], {"a": 1}),
    "mixed, long": objects(*[(place, str(place), [place])[place % 3] for place in range(5_000)]),
}


def of_series(arrays: dict[str, object]) -> dict[str, pd.Series]:
    return {name: pd.Series(array) for name, array in arrays.items()}


@FAMILY.keeps(
    {
        "Series of numbers, bools, bytes": NUMBERS,
        "Series of nullable numbers and bools": of_series(MASKED),
        "Series of dates": DATES,
        "Series of dates with a zone": ZONED,
        "Series of durations": TIMEDELTAS,
        "Series of text": of_series(TEXT),
        "Series of categories": of_series(CATEGORIES),
        "Series of objects": OBJECTS,
    }
)
def test_series(store, value):
    assert_same(round_trip(store, value), value)


def without_freq(series: dict[str, pd.Series]) -> dict[str, pd.api.extensions.ExtensionArray]:
    return {name: one.array for name, one in series.items()}


@FAMILY.keeps(
    {
        "NumpyExtensionArray of numbers, bools, bytes": without_freq(NUMBERS),
        "IntegerArray, FloatingArray, BooleanArray": MASKED,
        "DatetimeArray": without_freq(DATES),
        "DatetimeArray with a zone": without_freq(ZONED),
        "TimedeltaArray": without_freq(TIMEDELTAS),
        "StringArray, ArrowStringArray": TEXT,
        "Categorical": CATEGORIES,
        "NumpyExtensionArray of objects": without_freq(OBJECTS),
    }
)
def test_array_on_its_own(store, value):
    assert_same(round_trip(store, value), value)


NAMES = {
    "text": "a",
    "int": 0,
    "False": False,
    "NaN": float("nan"),
    "NaT": pd.NaT,
    "tuple": ("a", 1),
    "tuple in a tuple": ("a", (None, 1.0)),
    "bytes": b"a",
    "Timestamp": pd.Timestamp(0, tz="UTC"),
}


@FAMILY.keeps({"names of any kind": NAMES}, "name")
def test_name_of_a_series(store, name):
    series = pd.Series([1, 2], name=name)

    assert_same(round_trip(store, series), series)


INDEXES = {
    "text": pd.Index(["a", "b"]),
    "objects": pd.Index(["a", "b"], dtype=object),
    "dates with a freq": pd.date_range("2024-01-01", periods=2, freq="MS", tz="Europe/Paris"),
    "range": pd.RangeIndex(4, 0, -2, name="row"),
    "duplicates": pd.Index([1, 1]),
    "category": pd.CategoricalIndex(["a", "b"], ordered=True),
}


@pytest.mark.parametrize("index", INDEXES.values(), ids=INDEXES)
def test_index_of_a_series(store, index):
    series = pd.Series([1.5, None], index=index)

    assert_same(round_trip(store, series), series)


def test_attrs_and_flags_of_a_series(store):
    series = pd.Series([1, 2]).set_flags(allows_duplicate_labels=False)
    series.attrs = {"unit": "m", 1: [1.0, None], "by": {"who": ("a",)}}

    assert_same(round_trip(store, series), series)


@pytest.mark.parametrize("count", [3, 100_000])
@pytest.mark.parametrize("dtype", ["float64", "Int64", "datetime64[ns]", "datetime64[ns, UTC]"])
def test_loaded_series_is_ones_own(store, dtype, count):
    store.save("page", "key", pd.Series(np.arange(count)).astype(dtype))
    loaded = store.load("page", "key")

    loaded.iloc[0] = loaded.iloc[1]

    assert loaded.iloc[0] == loaded.iloc[1]
    assert store.load("page", "key").iloc[0] != loaded.iloc[1]


def test_series_and_arrays_shared_in_a_value_stay_shared(store):
    series, array = pd.Series([1, 2]), pd.array([1, None], dtype="Int64")

    loaded = round_trip(store, [series, series, array, {"a": array, "s": series.copy()}])

    assert_same(loaded, [series, series, array, {"a": array, "s": series.copy()}])


class Subclass(pd.Series):
    """No series of pandas' own."""


class Text(str):
    """No str of Python's own."""


REFUSED = {
    "longdouble": (pd.Series(np.zeros(2, np.longdouble)), "longdouble"),
    "subclass": (Subclass([1]), "Subclass"),
    "an object in a cell": (objects(1, object()), "object"),
    "a str of another class": (objects("a", Text("b")), "Text"),
    "an object in attrs": (pd.Series([1]), "object"),
    "an extension dtype": (pd.Int64Dtype(), "Int64Dtype"),
    "a categorical dtype": (pd.CategoricalDtype(["a"]), "CategoricalDtype"),
    "a grouping": (pd.Series([1, 2]).groupby([0, 1]), "SeriesGroupBy"),
}
REFUSED["an object in attrs"][0].attrs["a"] = object()


@FAMILY.refuses(REFUSED)
def test_anything_else_is_refused(store, value, names):
    with pytest.raises(Exception, match=names) as caught:
        store.save("page", "results", {"cv": value})

    assert caught.value.kind == "unsupported"
    assert caught.value.path.startswith('results["cv"]')


def test_refused_cell_is_named_by_its_place(store):
    refuse(store, {"cv": objects("a", 1, object())}, names="object", path='results["cv"][2]')


def test_refused_attribute_is_named(store):
    series = pd.Series([1])
    series.attrs["by"] = {"whom": object()}

    refuse(store, series, names="object", path='results.attrs["by"]["whom"]')
