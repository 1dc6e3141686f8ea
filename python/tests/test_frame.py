"""Frames come back column by column as they were: labels, dtypes, order, attributes, flags."""

import datetime as dt
import zoneinfo

import numpy as np
import pandas as pd
import pytest
from roundtrip import most_allocated, refuse, round_trip
from strict import assert_same
from support import Family
from variants import HAS_PYARROW, STRING_DTYPES

FAMILY = Family("pandas", "DataFrame")

ROWS = 50_000


def labels(*cells: object, dtype: object = object, name: object = None) -> pd.Index:
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return pd.Index(array, dtype=dtype, name=name)


def mixed(count: int) -> pd.DataFrame:
    """One column of each kind, as a results page would hold them."""
    numbers = np.arange(count)
    when = pd.date_range("2024-03-30", periods=count, freq="h", tz="Europe/Paris")
    return pd.DataFrame(
        {
            "float": numbers * 1.5,
            "float32": (numbers * 1.5).astype("f4"),
            "int": numbers,
            "int8": (numbers % 100).astype("i1"),
            "bool": numbers % 2 == 0,
            "complex": numbers * 1j,
            "Int64": pd.array(numbers, dtype="Int64"),
            "boolean": pd.array(
                [None, True, False] * (count // 3) + [None] * (count % 3), dtype="boolean"
            ),
            "category": pd.Categorical.from_codes(
                numbers % 3, ["low", "mid", "high"], ordered=True
            ),
            "when": when,
            "day": when.tz_localize(None).as_unit("s"),
            "took": pd.to_timedelta(numbers, unit="s"),
            "text": [f"row {number}" for number in numbers],
            "string": pd.array(
                [None if number % 7 == 0 else str(number) for number in numbers], dtype="string"
            ),
            "object": labels(*(str(number) if number % 5 else None for number in numbers)),
            "cells": pd.Series(
                [[number, {"n": number}] for number in numbers], dtype=object
            ).to_numpy(),
        },
        index=pd.Index(when, name="when"),
    )


def single_block(count: int, order: str = "C", width: int = 4) -> pd.DataFrame:
    """All columns in one array, as `pd.DataFrame(array)` makes it: each column is every fourth item."""
    return pd.DataFrame(
        np.arange(float(count * width)).reshape(count, width, order=order),
        columns=list("abcd")[:width],
    )


def described(frame: pd.DataFrame, attrs: dict) -> pd.DataFrame:
    frame.attrs = attrs
    return frame


FRAMES = {
    "mixed": mixed(9),
    "mixed, long": mixed(5_000),
    "one array": single_block(5),
    "one array, long": single_block(ROWS),
    "one array in Fortran order, long": single_block(ROWS, "F"),
    "every other row": single_block(2 * ROWS)[::2],
    "every other row, backwards": single_block(2 * ROWS)[::-2],
    "some columns": single_block(ROWS)[["d", "a"]],
    "one column of many rows": single_block(ROWS, width=1),
    "one array of dates": pd.DataFrame(np.arange(12).reshape(3, 4).astype("M8[s]")),
    "one array of bools": pd.DataFrame(np.arange(12).reshape(3, 4) % 2 == 0),
    "one array of objects": pd.DataFrame([[1, "a"], [None, 2.0]], dtype=object),
    "a column added later": single_block(5).assign(e=1, f="x", g=pd.NaT),
    "a column put in front": pd.concat([pd.Series([1, 2], name="z"), single_block(2)], axis=1),
    "transposed": single_block(5).T,
    "transposed mixed": mixed(3).drop(columns="cells").T,
    "no rows, no columns": pd.DataFrame(),
    "no rows": mixed(6).iloc[:0],
    "no columns": pd.DataFrame(index=pd.date_range("2024", periods=3, name="when")),
    "no columns but a range of rows": pd.DataFrame(index=pd.RangeIndex(5)),
    "no columns of a dtype": pd.DataFrame(columns=pd.Index([], dtype="int64"), index=[1, 2]),
    "columns without rows": pd.DataFrame(columns=["a", "b"]),
    "one cell": pd.DataFrame({"a": [1.0]}),
    "300 columns": pd.DataFrame({f"c{place}": np.arange(20) * place for place in range(300)}),
    "300 columns of 3 kinds": pd.DataFrame(
        {f"c{place}": [np.arange(5), np.arange(5.0), ["a"] * 5][place % 3] for place in range(300)}
    ),
    "aligned by hand": pd.DataFrame(
        {"a": pd.Series([1, 2], index=[0, 1]), "b": pd.Series([3, 4], index=[1, 2])}
    ),
    "objects that look like dates": pd.DataFrame(
        {"a": pd.Series([pd.Timestamp(0), pd.NaT], dtype=object)}
    ),
    "objects that look like ints": pd.DataFrame({"a": pd.Series([1, 2], dtype=object)}),
    "objects that look like text": pd.DataFrame({"a": pd.Series(["a", None], dtype=object)}),
    "objects that look like bools": pd.DataFrame({"a": pd.Series([True, False], dtype=object)}),
    "a list twice in its cells": pd.DataFrame(
        {"a": pd.Series([twice := [1], twice], dtype=object)}
    ),
    **{
        f"text of {name}": pd.DataFrame({"a": pd.array(["a", None], dtype)})
        for name, dtype in STRING_DTYPES.items()
    },
    "big-endian": pd.DataFrame({"a": np.arange(3, dtype=">f8"), "b": np.arange(3, dtype=">i2")}),
    "minus zero, NaN": pd.DataFrame(
        {"a": [0.0, -0.0, float("nan")], "b": [-float("nan"), 1.0, float("inf")]}
    ),
    "float16": pd.DataFrame({"a": np.arange(3, dtype="f2")}),
}

COLUMNS = {
    "range": pd.RangeIndex(2),
    "range from 1": pd.RangeIndex(1, 5, 2),
    "ints": pd.Index([1, 0]),
    "objects": labels("a", "b"),
    "with a name": pd.Index(["a", "b"], name="what"),
    "with a tuple for a name": pd.Index(["a", "b"], name=("what", 1)),
    "twice the same": pd.Index(["a", "a"]),
    "twice the same number": pd.Index([0.0, 0.0]),
    "0 and False": labels(0, False),
    "1 and '1'": labels(1, "1"),
    "NaN": pd.Index([1.0, float("nan")]),
    "NaN among text": labels("a", float("nan")),
    "None": labels(None, "a"),
    "NA": labels(pd.NA, "a"),
    "NaN and None": labels(float("nan"), None),
    "tuples": labels(("a", 1), ("b", 2)),
    "dates": pd.date_range("2024-01-01", periods=2),
    "dates with a zone": pd.date_range("2024-01-01", periods=2, tz="Europe/Paris", name="day"),
    "timedeltas": pd.timedelta_range(0, periods=2, freq="h"),
    "category": pd.CategoricalIndex(["a", "b"], categories=["b", "a"], ordered=True),
    "periods": pd.period_range("2024-01", periods=2, freq="M", name="month"),
    "periods, one missing": pd.PeriodIndex(["2024Q1", pd.NaT], freq="Q"),
    "intervals": pd.interval_range(0, 2, closed="left"),
    "intervals, one missing": pd.IntervalIndex.from_tuples([(0.0, 1.0), float("nan")]),
    "intervals of time": pd.interval_range(pd.Timestamp(0, tz="UTC"), periods=2),
    "sparse": pd.Index(pd.arrays.SparseArray([0, 1])),
    "categories of intervals": pd.CategoricalIndex(pd.cut([1.0, 9.0], 2)),
    "levels": pd.MultiIndex.from_tuples([("a", 1), ("b", None)], names=["key", None]),
    "levels, twice the same": pd.MultiIndex.from_tuples([("a", 1), ("a", 1)]),
    "offsets": labels(pd.offsets.Day(2), pd.offsets.MonthEnd()),
    "complex": pd.Index([1j, -0.0j]),
    "nullable ints": pd.Index([1, None], dtype="Int64"),
    "bools": pd.Index([True, False]),
    "mixed": labels(dt.date(2024, 1, 1), frozenset({1})),
    **{
        f"text of {name}": pd.Index(["a", "b"], dtype=dtype)
        for name, dtype in STRING_DTYPES.items()
    },
}


@FAMILY.keeps({"any shape and dtype": FRAMES})
def test_frame(store, value):
    assert_same(round_trip(store, value), value)


@FAMILY.keeps({"column labels of any kind": COLUMNS}, "columns")
@pytest.mark.parametrize("kind", ["one array", "two dtypes", "objects", "empty"])
def test_column_labels(store, columns, kind):
    frame = {
        "one array": lambda: pd.DataFrame(np.arange(6.0).reshape(3, 2)),
        "two dtypes": lambda: pd.DataFrame({0: [1, 2], 1: pd.Categorical(["a", "b"])}),
        "objects": lambda: pd.DataFrame([["a", [1]], [None, 2]], dtype=object),
        "empty": lambda: pd.DataFrame(np.zeros((0, 2))),
    }[kind]()
    frame.columns = columns

    assert_same(round_trip(store, frame), frame)


@FAMILY.keeps({"row labels of any kind": COLUMNS}, "index")
def test_row_labels(store, index):
    frame = pd.DataFrame({"a": [1.5, None], "b": ["x", None]}, index=index)

    assert_same(round_trip(store, frame), frame)
    assert_same(round_trip(store, frame[[]]), frame[[]])


ATTRS = {
    "none": {},
    "plain": {
        "unit": "m",
        "made": dt.datetime(2024, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")),
    },
    "keys of all kinds": {1: 2, ("a", 1): None, None: [1, {"b": (2,)}]},
    "an array": {"weights": np.arange(3.0)},
}


@FAMILY.keeps({"attrs": ATTRS}, "attrs")
def test_attrs(store, attrs):
    frame = described(single_block(2), attrs)

    assert_same(round_trip(store, frame), frame)


def test_flags(store):
    frame = single_block(2).set_flags(allows_duplicate_labels=False)

    assert_same(round_trip(store, frame), frame)


def test_frame_shared_in_a_value_stays_shared(store):
    frame = mixed(3)
    value = {"a": frame, "b": [frame, frame.copy()], "column": frame["float"]}

    assert_same(round_trip(store, value), value)


def test_frame_may_hold_frames(store):
    inner = single_block(3)
    frame = pd.DataFrame({"fold": [0, 1, 1]})
    frame["predictions"] = labels(inner, inner, inner.copy())

    assert_same(round_trip(store, frame), frame)


@pytest.mark.parametrize("count", [5, ROWS])
def test_loaded_frame_is_ones_own(store, count):
    store.save("page", "key", single_block(count))
    loaded = store.load("page", "key")

    loaded.loc[0, "a"] = -1.0
    loaded["b"] += 1
    loaded["new"] = 1

    assert loaded.loc[0, "a"] == -1.0
    assert_same(store.load("page", "key"), single_block(count))


def test_columns_of_a_large_frame_are_not_copied_on_their_way(store):
    rows = np.arange(200_000)
    frame = single_block(len(rows))
    frame["when"] = pd.Series(rows, dtype="datetime64[us, Europe/Paris]")
    frame["day"] = rows.astype("M8[s]")
    frame["category"] = pd.Categorical.from_codes(rows % 300, pd.RangeIndex(300))
    frame["int"] = rows
    one_column = rows.nbytes

    saving = most_allocated(lambda: store.save("page", "key", frame))
    loading = most_allocated(lambda: store.load("page", "key"))

    assert saving < one_column / 4
    assert loading < one_column / 4


@pytest.mark.parametrize("kind", ["numbers", "text"])
def test_a_frame_of_50_000_columns_takes_3_kb_a_column_on_its_way(store, kind):
    numbers = np.arange(4 * ROWS).reshape(4, ROWS)
    cells = numbers * 0.5 if kind == "numbers" else numbers.astype(str).astype(object)
    frame = pd.DataFrame(cells, columns=[f"c{place}" for place in range(ROWS)])

    saving = most_allocated(lambda: store.save("page", "key", frame))
    loading = most_allocated(lambda: store.load("page", "key"))

    loaded = store.load("page", "key")
    assert loaded.equals(frame)
    assert loaded.dtypes.equals(frame.dtypes)
    assert max(saving, loading) < 3_000 * ROWS


def test_a_pandas_without_the_short_way_to_columns_will_do(store, monkeypatch):
    frame = mixed(3)
    store.save("page", "key", frame)

    monkeypatch.delattr(pd.DataFrame, "_get_column_array")

    assert store.save("page", "key", frame).unchanged


def test_small_columns_are_gathered(store):
    frame = pd.DataFrame({f"c{place}": np.arange(10.0) for place in range(200)})

    loaded = round_trip(store, frame)

    assert np.shares_memory(loaded.to_numpy(copy=False), loaded["c0"].to_numpy(copy=False))


LOAD_WITHOUT = """
import sys
sys.modules[sys.argv[2]] = None  # as if it were not installed
import stillroom
try:
    stillroom.open(sys.argv[1], signing_key=[]).load("page", "key")
except stillroom.InvalidError as error:
    print(error)
"""
NEEDED = {"numpy": np.arange(3), "pandas": pd.DataFrame({"a": [1]})}
if HAS_PYARROW:
    NEEDED["pyarrow"] = pd.Series(["a"], dtype=STRING_DTYPES["pyarrow, NA"])


@pytest.mark.parametrize(("library", "value"), NEEDED.items(), ids=NEEDED)
def test_a_library_that_is_missing_on_load_is_named(store, store_path, run_python, library, value):
    store.save("page", "key", value)

    printed = run_python(LOAD_WITHOUT, str(store_path), library)

    assert printed.strip().endswith(f"install it: {library}")


def test_saving_leaves_the_frame_as_it_was(store):
    frame, twin = mixed(9), mixed(9)

    store.save("page", "key", frame)

    assert_same(frame, twin)


def test_frames_of_one_array_and_of_many_are_one_value(store):
    consolidated = single_block(100)
    pieces = pd.concat([consolidated[[name]] for name in consolidated], axis=1)
    store.save("page", "key", consolidated)

    assert store.save("page", "key", pieces).unchanged


class Subclass(pd.DataFrame):
    """As geopandas makes them."""


REFUSED = {
    "a model in a cell": (
        pd.DataFrame({"x": [1, 2], "a": labels(1, object())}),
        "object",
        '["a"][1]',
    ),
    "a model under an int": (pd.DataFrame({7: labels(object())}), "object", "[7][0]"),
    "a model in attrs": (
        described(pd.DataFrame(), {"model": object()}),
        "object",
        '.attrs["model"]',
    ),
    "a subclass": (Subclass({"a": [1]}), "Subclass", ""),
    "an index that can't be kept": (
        pd.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(2**63, 2**63 + 2)),
        "64 bits",
        ".index",
    ),
    "a grouping": (pd.DataFrame({"a": [1]}).groupby("a"), "DataFrameGroupBy", ""),
}


class Uncopied:
    """Can't be copied, which pandas would do with attrs for every column it takes out."""

    def __deepcopy__(self, memo):
        raise TypeError("no copies")


REFUSED["attrs that can't be copied"] = (
    described(pd.DataFrame({"a": [1]}), {"by": Uncopied()}),
    "Uncopied",
    '.attrs["by"]',
)


@FAMILY.refuses(REFUSED, "value, names, path")
def test_anything_else_is_refused_where_it_stands(store, value, names, path):
    refuse(store, {"cv": value}, names=names, path='results["cv"]' + path)


def test_the_first_of_many_columns_that_can_not_be_kept_is_named(store):
    frame = pd.DataFrame({f"c{place}": [place] for place in range(50)})
    frame["bad"] = [object()]
    frame["worse"] = [object()]

    refuse(store, frame, names="object", path='results["bad"][0]')


def test_every_column_that_can_not_be_kept_is_found_by_a_check(store):
    frame = pd.DataFrame({"bad": [object()], "good": [1], "worse": [object()]})

    check = store.check(frame)

    assert not check.ok
    assert [problem.path.split("[", 1)[1] for problem in check.problems] == [
        '"bad"][0]',
        '"worse"][0]',
    ]
