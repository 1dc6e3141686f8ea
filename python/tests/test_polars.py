"""polars: Series and DataFrames of every dtype."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from forge import array, built, manifest
from hypothesis import HealthCheck, given, settings
from polars.testing.parametric import dataframes
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family

import stillroom
from stillroom._core import decode, encode

FAMILY = Family("polars", "Series and DataFrames")

ENUM = pl.Enum(["y", "x", "z"])
OWN = pl.Categorical(pl.Categories("rooms", "home", pl.UInt8))
DAY = dt.datetime(2024, 2, 29, 12, 30)
INTS = [pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64]


def of(values: list, dtype: object = None) -> pl.Series:
    return pl.Series("a", values, dtype=dtype)


NUMBERS = {
    **{str(dtype): of([1, None, 100], dtype) for dtype in INTS},
    "Int128": of([1, None, 2**100, -(2**127), -1], pl.Int128),
    "UInt128": of([1, None, 2**128 - 1], pl.UInt128),
    "Float16": of([1.5, None, -0.0, float("nan")], pl.Float16),
    "Float32": of([1.5, None, -0.0, float("nan")], pl.Float32),
    "Float64": of([1.5, None, -0.0, float("nan"), float("inf")]),
    "Decimal": of(["1.50", None, "-0.01"]).cast(pl.Decimal(20, 3)),
    "Boolean": of([True, None, False]),
    "Null": of([None, None]),
    "long": of(list(range(100_000))),
}
TEXT = {
    "String": of(["x", None, "", "a text that is longer than twelve bytes", "\U0001f600"]),
    "Binary": of([b"x", None, b"", b"\xff" * 30]),
    "Categorical": of(["x", "y", "x", None], pl.Categorical),
    "Categorical of its own categories": of(["x", "y", "x", None], OWN),
    "Enum": of(["x", "y", "x", None], ENUM),
    "Enum of 255": of(["7", None], pl.Enum([str(place) for place in range(255)])),
    "Enum of 256": of(["7", None], pl.Enum([str(place) for place in range(256)])),
    "Enum of nothing": of([None], pl.Enum([])),
}
TIMES = {
    "Date": of([DAY.date(), None]),
    "Time": of([DAY.time(), None]),
    **{f"Datetime[{unit}]": of([DAY, None], pl.Datetime(unit)) for unit in ("ms", "us", "ns")},
    "Datetime in a zone": of([DAY, None], pl.Datetime("us", "Europe/Paris")),
    **{
        f"Duration[{unit}]": of([dt.timedelta(1), None], pl.Duration(unit))
        for unit in ("ms", "us", "ns")
    },
}
NESTED = {
    "List": of([[1, 2], None, [], [None]]),
    "List of lists": of([[[1], None], None, [[]]]),
    "List of text": of([["a", None], None]),
    "List of Int128": of([[1, None], None, [-1]], pl.List(pl.Int128)),
    "List of Categorical": of([["x", "y"], None, ["x"]], pl.List(pl.Categorical)),
    "Array": of([[1, 2], None, [3, None]], pl.Array(pl.Int8, 2)),
    "Array of arrays": of([[[1, 2], [3, 4]], None], pl.Array(pl.Int8, (2, 2))),
    "Array of Enum": of([["x", "y"], None], pl.Array(ENUM, 2)),
    "Struct": of([{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}]),
    "Struct of Enum and UInt128": of([{"a": "x", "b": 2**100}, None], pl.Struct({"a": ENUM, "b": pl.UInt128})),
    "Struct of nothing": of([{}, None], pl.Struct({})),
    "List of structs of dates": of([[{"a": DAY}], None]),
    "Map": of([{"x": 1, "y": None}, None, {}], pl.Map(pl.String, pl.Int8)),
    "Map of Enum": of([{"x": "x"}, None], pl.Map(pl.String, ENUM)),
}  # fmt: skip
SERIES = {
    f"{name}": series for table in (NUMBERS, TEXT, TIMES, NESTED) for name, series in table.items()
}
FRAMES = {
    "every dtype": pl.DataFrame([series[:1].alias(name) for name, series in SERIES.items()]),
    "no columns": pl.DataFrame(),
    "no columns, three rows": pl.DataFrame(height=3),
    "no rows": pl.DataFrame(schema={"a": pl.Int8, "b": ENUM}),
    "in chunks": pl.concat([pl.DataFrame({"a": [1]}), pl.DataFrame({"a": [2]})], rechunk=False),
    "odd names": pl.DataFrame({"": [1], "\u00e4": [2], "a b": [3]}),
}


@FAMILY.keeps(
    {
        "numbers, bools, nulls": NUMBERS,
        "text, bytes, categories": TEXT,
        "dates, times, durations": TIMES,
        "lists, arrays, structs, maps": NESTED,
        "frames": FRAMES,
    }
)
def test_it_comes_back_the_same(store, value):
    assert_same(round_trip(store, value), value)


@pytest.mark.parametrize("case", SERIES)
def test_a_slice_and_a_copy_of_it_are_the_same_bytes(store, case):
    part = SERIES[case][1:]
    copied = part.gather(list(range(len(part))))

    assert encode(part) == encode(copied)
    assert_same(round_trip(store, part), part)


def test_chunks_make_no_difference():
    frame = FRAMES["in chunks"]

    assert encode(frame) == encode(frame.rechunk())


def test_a_series_shared_in_a_value_stays_shared(store):
    series = of([1])

    assert_same(round_trip(store, [series, {"again": series}]), [series, {"again": series}])


def test_a_loaded_frame_is_ones_own(store):
    store.save("page", "key", pl.DataFrame({"a": [1, 2]}))
    loaded = store.load("page", "key")

    loaded[0, "a"] = 7

    assert loaded["a"].to_list() == [7, 2]
    assert store.load("page", "key")["a"].to_list() == [1, 2]


@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    frame=dataframes(
        max_cols=4, max_size=5, allowed_dtypes=None, excluded_dtypes=[pl.Object, pl.Extension]
    )
)
def test_any_frame_that_polars_thinks_of_comes_back_the_same(store, frame):
    store.save("page", "key", frame)
    loaded = store.load("page", "key")

    assert_same(loaded, frame)
    assert store.save("page", "key", loaded).unchanged


class Own(pl.DataFrame):
    pass


REFUSED = {
    "a LazyFrame": (pl.LazyFrame({"a": [1]}), r"\.collect\(\)", ""),
    "Python's objects": (of([object()], pl.Object), "to_list", ""),
    "Python's objects in a frame": (pl.DataFrame({"o": of([object()], pl.Object)}), "to_list", '["o"]'),
    "wide integers in a map": (of([{"x": 1}], pl.Map(pl.String, pl.Int128)), "128 bits", ""),
    "arrays of no items": (of([[]], pl.Array(pl.Int8, 0)), "lists", ""),
    "an expression": (pl.col("a") + 1, "Expr", ""),
    "a subclass": (Own({"a": [1]}), r"subclass of polars.DataFrame", ""),
}  # fmt: skip


@FAMILY.refuses(REFUSED, "value, names, path")
def test_what_can_not_be_kept_is_named_by_its_path(store, value, names, path):
    refuse(store, {"cv": value}, names=names, path='results["cv"]' + path)


def test_without_pyarrow_it_is_said(store, monkeypatch):
    monkeypatch.setattr("stillroom._families.polars.find_spec", lambda name: None)

    refuse(store, of([1]), names="install pyarrow", path="results")


DATA, SERIES_TAG, FRAME_TAG = 90, 100, 101


def items(dtype: str, *values: int) -> list:
    return array(np.array(values, dtype))


def series(dtype: tuple, *parts: object, name: object = "a") -> list:
    return built(SERIES_TAG, name, dtype, built(DATA, *parts))


def words(*texts: bytes) -> list:
    return built(DATA, len(texts), None, items("<i4", *map(len, texts)), b"".join(texts))


BYTE = (1, None, items("|i1", 1))
ENUM_X = ("enum", "x")
HOSTILE = {
    "a dtype unknown": series(("money",), *BYTE),
    "a dtype of too much": series(("int8", 1), *BYTE),
    "a dtype that is none": series((), *BYTE),
    "fewer values": series(("int8",), 2, None, items("|i1", 1)),
    "values of another dtype": series(("int64",), *BYTE),
    "a unit unknown": series(("datetime", "s", None), 1, None, items("<i8", 1)),
    "a zone that is a path": series(("datetime", "us", "../../etc/passwd"), 1, None, items("<i8", 1)),
    "a category that is none": series(ENUM_X, 1, None, items("|u1", 0), words(b"y")),
    "a code past the categories": series(ENUM_X, 1, None, items("|u1", 3), words(b"x")),
    "categories twice": series(("enum", "x", "x"), 1, None, items("|u1", 0), words(b"x")),
    "categories of numbers": series(("enum", 1), 1, None, items("|u1", 0), words(b"1")),
    "categories of a place unknown": series(
        ("categorical", "n", "s", "int8"), 1, None, items("|i1", 0), words(b"x")
    ),
    "a decimal too precise": series(("decimal", 100, 2), 1, None, items("|V16")),
    "an array of a size below 0": series(("array", ("int8",), -1), 0, None, built(DATA, 0, None, items("|i1"))),
    "an array of a size no memory holds": series(
        ("array", ("null",), 2**40), 2**30, None, built(DATA, 2**61)
    ),
    "a struct of two fields of one name": series(
        ("struct", ("a", ("int8",)), ("a", ("int8",))), 1, None, built(DATA, *BYTE), built(DATA, *BYTE)
    ),
    "a frame of fewer rows": built(FRAME_TAG, 2, series(("int8",), *BYTE)),
    "a frame of unequal columns": built(
        FRAME_TAG, 1, series(("int8",), *BYTE), series(("int8",), 0, None, items("|i1"), name="b")
    ),
    "a frame of two columns of one name": built(FRAME_TAG, 1, series(("int8",), *BYTE), series(("int8",), *BYTE)),
    "a frame of rows below 0": built(FRAME_TAG, -1),
}  # fmt: skip


def test_what_is_forged_well_is_a_series():
    assert_same(decode(manifest(*series(("int8",), *BYTE)), [], ()), of([1], pl.Int8))


@pytest.mark.parametrize("case", HOSTILE)
def test_forged_values_are_damage(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE[case]), [], ())
