"""A part that is loaded is what the library would take of the whole: `load(...)[columns].iloc[rows]`."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strict import assert_same
from values_pandas import frames, labels, series
from variants import HAS_POLARS, HAS_PYARROW, STRING_DTYPES

import stillroom

#: Enough rows for columns and texts to be buffers of their own, and some more chunks.
ROWS = 9_000
EVERY = {
    "all": slice(None),
    "the first": slice(3),
    "the last": slice(-2, None),
    "within": slice(5, 12),
    "across": slice(2_501, 8_203),
    "none": slice(7, 7),
    "crossed": slice(9, 3),
    "beyond": slice(8_990, 30_000),
    "far beyond": slice(-(10**30), 10**30),
    "a range": range(13, 4_200),
}

NUMBERS = np.arange(ROWS) * 0.5
WORDS = [f"word {place}" if place % 7 else None for place in range(ROWS)]
DATES = pd.date_range("2020-01-01", periods=ROWS, freq="15min")


def taken(rows: slice | range) -> slice:
    """The rows as pandas takes them, which takes a range for a list of places."""
    return slice(rows.start, rows.stop) if isinstance(rows, range) else rows


COLUMNS = {
    "numbers": NUMBERS,
    "bools": NUMBERS > 7,
    "dates": DATES.to_numpy(),
    "dates with a zone": DATES.tz_localize("America/Santiago", ambiguous=True, nonexistent="shift_forward"),
    "durations": np.arange(ROWS).astype("m8[us]"),
    "bytes": np.arange(ROWS).astype("S5"),
    "nullable": pd.array([None if place % 3 else place for place in range(ROWS)], dtype="Int64"),
    "nullable, all there": pd.array(range(ROWS), dtype="Int16"),
    "nullable bools": pd.array([None if place % 5 else place % 2 for place in range(ROWS)], dtype="boolean"),
    "categories": pd.Categorical.from_codes(np.arange(ROWS) % 5 - 1, list("dcba"), ordered=True),
    "categories of dates": pd.Categorical.from_codes(np.arange(ROWS) % 9, DATES[:9]),
    "words of object": np.array(WORDS, dtype=object),
    "cells": np.array([[place] if place % 2 else place for place in range(ROWS)], dtype=object),
    "periods": pd.period_range("2000-01", periods=ROWS, freq="D").array,
    "intervals": pd.arrays.IntervalArray.from_breaks(np.arange(ROWS + 1)),
    "sparse": pd.arrays.SparseArray(np.arange(ROWS) % 10 == 0),
    **{f"words of {name}": pd.array(WORDS, dtype=dtype) for name, dtype in STRING_DTYPES.items()},
    **{f"words, none missing, of {name}": pd.array(["é", "", "word"] * 3_000, dtype=dtype)
       for name, dtype in STRING_DTYPES.items()},
}  # fmt: skip
if HAS_PYARROW:
    import pyarrow as pa

    COLUMNS["of Arrow"] = pd.array([{"a": place} for place in range(ROWS)],
                                   dtype=pd.ArrowDtype(pa.struct([("a", pa.int64())])))  # fmt: skip

INDEXES = {
    "range": pd.RangeIndex(10, 10 + 3 * ROWS, 3, name="n"),
    "range that ends short": pd.RangeIndex(0, 3 * ROWS - 1, 3),
    "range backwards": pd.RangeIndex(ROWS, 0, -1),
    "numbers": pd.Index(NUMBERS, name=("a", 1)),
    "dates with a freq": DATES.rename("when"),
    "dates with a freq and a zone": pd.date_range(
        "2020-03-01", periods=ROWS, freq="h", tz="Europe/Paris"
    ),
    "business days": pd.date_range("1950-01-02", periods=ROWS, freq="B"),
    "durations with a freq": pd.timedelta_range("1h", periods=ROWS, freq="90s"),
    "words": pd.Index([f"w{place}" for place in range(ROWS)]),
    "categories": pd.CategoricalIndex(COLUMNS["categories"]),
    "periods": pd.PeriodIndex(COLUMNS["periods"]),
    "intervals": pd.IntervalIndex(COLUMNS["intervals"]),
    "levels": pd.MultiIndex.from_arrays(
        [np.arange(ROWS) // 100, [f"k{place % 7}" for place in range(ROWS)], DATES],
        names=["a", None, "when"],
    ),
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A store of all that is only read here."""
    path = tmp_path_factory.mktemp("parts") / "store"
    with stillroom.open(path, signing_key=[]) as store:
        for name, values in COLUMNS.items():
            frame = pd.DataFrame({"other": NUMBERS, "values": values, "last": WORDS})
            frame.attrs = {"source": [name]}
            store.save("frames", name, frame)
            store.save("series", name, pd.Series(values, name=name, dtype=frame["values"].dtype))
        for name, index in INDEXES.items():
            store.save("indexed", name, pd.DataFrame({"a": NUMBERS, "b": WORDS}, index=index))
            store.save("indexes", name, index)
        yield store


@pytest.mark.parametrize("rows", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("name", COLUMNS)
def test_rows_of_a_frame_and_a_series(kept, name, rows):
    for page in ("frames", "series"):
        whole = kept.load(page, name)

        assert_same(kept.load(page, name, rows=rows), whole.iloc[taken(rows)])


@pytest.mark.parametrize("rows", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("name", INDEXES)
def test_rows_of_what_has_an_index(kept, name, rows):
    whole, index = kept.load("indexed", name), kept.load("indexes", name)

    part = kept.load("indexed", name, rows=rows)

    assert_same(part, whole.iloc[taken(rows)])
    assert repr(part.index) == repr(whole.iloc[taken(rows)].index)
    # pandas makes a range anew for `[:]`, but not for `.iloc[:]`.
    expected = index if rows == slice(None) else index[taken(rows)]
    assert_same(kept.load("indexes", name, rows=rows), expected)


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_and_rows_together(kept, name):
    whole = kept.load("frames", name)

    for columns in (["values"], ["last", "values"], [], ["last", "other", "values"]):
        assert_same(kept.load("frames", name, columns=columns), whole[columns])
        part = kept.load("frames", name, columns=columns, rows=slice(100, -50), copy=True)
        assert_same(part, whole[columns].iloc[100:-50])


LABELS = {
    "words": pd.Index(["a", "b", "c", "a"]),
    "numbers": pd.RangeIndex(4),
    "mixed": pd.Index(["a", 1, None, (2, 3)], dtype=object, tupleize_cols=False, name="label"),
    "dates": pd.date_range("2020-01-01", periods=4),
    "levels": pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1), ("a", 1)], names=["x", "y"]),
    "categories": pd.CategoricalIndex(["c", "a", "b", "d"], categories=list("dcba")),
}
CHOICES = [
    ("words", ["b"]),
    ("words", ["c", "a"]),
    ("words", ["a", "a"]),
    ("words", ["c", "b", "c"]),
    ("numbers", [2, 0]),
    ("numbers", [1, 2, 3]),
    ("numbers", [np.int64(1)]),
    ("mixed", [1, (2, 3)]),
    ("mixed", [None]),
    ("dates", [pd.Timestamp("2020-01-03")]),
    ("dates", [pd.Timestamp("2020-01-02"), pd.Timestamp("2020-01-03")]),
    ("levels", [("b", 1), ("a", 2)]),
    ("levels", [("a", 1)]),
    ("categories", ["d", "a"]),
]


@pytest.mark.parametrize(("name", "columns"), CHOICES)
def test_columns_by_labels_of_every_kind(store, name, columns):
    frame = pd.DataFrame({place: NUMBERS + place for place in range(4)})
    frame.columns = LABELS[name]
    frame.attrs = {"of": [name]}
    store.save("page", "frame", frame)
    whole = store.load("page", "frame")

    part = store.load("page", "frame", columns=columns, rows=slice(2, 9))

    assert_same(part, whole[columns].iloc[2:9])


def test_a_frame_that_allows_no_duplicates_keeps_to_it(store):
    frame = pd.DataFrame({"a": NUMBERS, "b": NUMBERS}).set_flags(allows_duplicate_labels=False)
    store.save("page", "frame", frame)

    part = store.load("page", "frame", columns=["b"])

    assert_same(part, frame[["b"]])
    with pytest.raises(stillroom.InvalidError, match="twice; ask for it once"):
        store.load("page", "frame", columns=["b", "b"])


def test_a_column_that_is_not_there_is_named_with_those_that_are(store):
    store.save("page", "frame", pd.DataFrame({"price": [1.0], "qty": [2], 3: ["x"]}))

    said = re.escape("no such column; there are 'price', 'qty', 3: `'pricce'`")
    with pytest.raises(stillroom.InvalidError, match=said):
        store.load("page", "frame", columns=["qty", "pricce"])
    with pytest.raises(stillroom.InvalidError, match="no such column"):
        store.load("page", "frame", columns=[["qty"]], default="not this")


def test_of_many_labels_some_are_named(store):
    store.save("page", "frame", pd.DataFrame(np.zeros((1, 100))))

    with pytest.raises(stillroom.InvalidError, match="18, 19 and 80 more: `100`"):
        store.load("page", "frame", columns=[100])


def test_a_value_that_has_no_columns_or_rows_is_named(store):
    for value in ({"a": 1}, [1, 2], "text", 1.5, None, np.float64(1), np.array(1.5)):
        store.save("page", "key", value)
        kind = store.results("page")[0].kind

        with pytest.raises(stillroom.InvalidError, match=f"columns to choose from.*`{kind}`"):
            store.load("page", "key", columns=["a"])
        with pytest.raises(stillroom.InvalidError, match=f"rows to choose from.*`{kind}`"):
            store.load("page", "key", rows=slice(1))
    store.save("page", "key", pd.Series([1]))
    with pytest.raises(stillroom.InvalidError, match=r"columns to choose from.*`Series`"):
        store.load("page", "key", columns=["a"])


WRONG = {
    "a label alone": ({"columns": "price"}, "columns takes a list of labels; write columns=\\['price'\\]"),
    "a tuple": ({"columns": ("a", "b")}, "columns takes a list of labels"),
    "no list": ({"columns": 3}, "columns takes a list of labels; write columns=\\[3\\]"),
    "a mask": ({"columns": [True, False]}, "labels, not a mask"),
    "a mask of NumPy's": ({"columns": np.array([True, False])}, "labels, not a mask"),
    "a row": ({"rows": 3}, "rows takes a slice; write rows=slice"),
    "a list of rows": ({"rows": [1, 2]}, "rows takes a slice"),
    "a step": ({"rows": slice(0, 10, 2)}, r"load it so, then \[::2\]"),
    "backwards": ({"rows": slice(None, None, -1)}, r"load it so, then \[::-1\]"),
    "a range with a step": ({"rows": range(0, 10, 3)}, r"load it so, then \[::3\]"),
    "a range before the start": ({"rows": range(-3, 0)}, "counts from the start"),
    "ends that are labels": ({"rows": slice("a", "b")}, "counts in whole numbers: `str`"),
    "ends that are truths": ({"rows": slice(False, True)}, "counts in whole numbers: `bool`"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_what_is_asked_wrongly_is_refused(store, arguments, said):
    store.save("page", "frame", pd.DataFrame({"price": [1.0]}))

    with pytest.raises(stillroom.InvalidError, match=said):
        store.load("page", "frame", **arguments)


def test_nothing_saved_is_still_the_default(store):
    assert store.load("page", "frame", columns=["a"], rows=slice(3), default=None) is None
    with pytest.raises(stillroom.NotFoundError):
        store.load("page", "frame", rows=slice(3))


ARRAYS = {
    "numbers": NUMBERS,
    "big-endian": NUMBERS.astype(">f4"),
    "dates": DATES.to_numpy(),
    "text": np.arange(ROWS).astype("U6"),
    "two axes": NUMBERS.reshape(-1, 2),
    "three axes": NUMBERS.reshape(-1, 2, 1).astype("c8"),
    "no second axis": np.zeros((ROWS, 0)),
    "no bytes": np.zeros(ROWS, "S0"),
    "Fortran order": np.asfortranarray(NUMBERS.reshape(-1, 4)),
    "of one row in Fortran order": np.asfortranarray(NUMBERS.reshape(ROWS, 1)),
    "objects": np.array([None, [1], "x"] * 3_000, dtype=object),
    "fields": np.zeros(ROWS, [("a", "i4"), ("b", "S3")]),
    "with a mask": np.ma.masked_array(NUMBERS, NUMBERS < 30, fill_value=7.0),
    "read-only": np.frombuffer(NUMBERS.tobytes()),
}


@pytest.mark.parametrize("rows", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("name", ARRAYS)
def test_rows_of_an_array(store, name, rows):
    store.save("page", "array", ARRAYS[name])
    whole = store.load("page", "array")

    assert_same(store.load("page", "array", rows=rows), whole[taken(rows)])


def test_rows_of_extension_arrays(store):
    for name in ("nullable", "categories", "periods", "intervals", "sparse"):
        store.save("page", name, COLUMNS[name])

        assert_same(store.load("page", name, rows=slice(3, 99)), COLUMNS[name][3:99])


if HAS_PYARROW:
    import pyarrow as pa

    def test_a_table_of_arrow(store):
        table = pa.table({"a": NUMBERS, "b": WORDS, "c": np.arange(ROWS)}, metadata={"of": "us"})
        batch = table.to_batches()[0]
        for value in (table, batch, table.rename_columns(["a", "b", "a"])):
            store.save("page", "table", value)
            names = value.schema.names

            part = store.load("page", "table", columns=["b", "a"], rows=slice(-5, None))

            places = [1, *(place for place, name in enumerate(names) if name == "a")]
            expected = value.select(places).slice(ROWS - 5)
            assert type(part) is type(value)
            assert part.equals(expected)
            assert part.schema.equals(expected.schema, check_metadata=True)
            assert store.load("page", "table", rows=slice(2)).equals(value.slice(0, 2))
        with pytest.raises(stillroom.InvalidError, match="there are 'a', 'b', 'a': `'d'`"):
            store.load("page", "table", columns=["d"])


if HAS_POLARS:
    import polars as pl

    def test_a_frame_of_polars(store):
        frame = pl.DataFrame({"a": NUMBERS, "b": WORDS, "c": np.arange(ROWS)})
        store.save("page", "frame", frame)

        part = store.load("page", "frame", columns=["c", "a"], rows=slice(10, 12))

        assert_same(part, frame.select(["c", "a"])[10:12])
        assert_same(store.load("page", "frame", columns=["b"]), frame.select("b"))
        assert_same(store.load("page", "frame", rows=slice(-3, None)), frame[-3:])
        with pytest.raises(stillroom.InvalidError, match="there are 'a', 'b', 'c': `'d'`"):
            store.load("page", "frame", columns=["a", "d"])
        with pytest.raises(stillroom.InvalidError, match="ask for it once"):
            store.load("page", "frame", columns=["a", "a"])


def test_a_cell_that_is_shared_with_a_column_left_out_comes_all_the_same(store):
    shared = ["in both"]
    frame = pd.DataFrame({"a": [shared, 1], "b": [shared, 2]})
    store.save("page", "frame", frame)

    assert_same(store.load("page", "frame", columns=["b"]), frame[["b"]])


def test_a_part_is_writable_and_nobody_else_s(store):
    store.save("page", "frame", pd.DataFrame({"a": NUMBERS, "b": NUMBERS}))
    part = store.load("page", "frame", columns=["b"], rows=slice(1_000, 8_000))

    part.loc[:, "b"] = 0.0
    part["c"] = 1

    assert np.array_equal(store.load("page", "frame")["b"], NUMBERS)


def test_a_copy_is_in_no_map_of_a_file(store, store_path):
    frame = pd.DataFrame({"a": np.arange(200_000.0), "b": pd.Categorical(["x", "y"] * 100_000)})
    store.save("page", "frame", frame)
    whole = store.load("page", "frame", copy=True)
    part = store.load("page", "frame", columns=["a"], rows=slice(1, None), copy=True)

    for pack in store_path.glob("packs/*.pack"):
        pack.write_bytes(b"")

    assert_same(whole, frame)
    assert_same(part, frame[["a"]].iloc[1:])


def test_damage_outside_of_a_part_is_nothing_to_it(store, store_path):
    frame = pd.DataFrame({"a": np.arange(100_000), "b": np.arange(100_000) * 0.5})
    store.save("page", "frame", frame)
    for pack in store_path.glob("packs/*.pack"):
        stored = bytearray(pack.read_bytes())
        stored[stored.index(np.int64(50_000).tobytes())] ^= 1
        pack.write_bytes(stored)

    assert_same(store.load("page", "frame", columns=["b"]), frame[["b"]])
    assert_same(store.load("page", "frame", rows=slice(100)), frame.iloc[:100])
    with pytest.raises(stillroom.CorruptError):
        store.load("page", "frame", rows=slice(49_990, 50_010))
    with pytest.raises(stillroom.CorruptError):
        store.load("page", "frame", columns=["a"])


#: What the format can't cut, and is read whole.
READ_WHOLE = {"cells", "sparse", "of Arrow"}


@pytest.mark.parametrize("name", [name for name in COLUMNS if name not in READ_WHOLE])
def test_of_rows_little_more_is_read(kept, name):
    told = []

    kept.load("series", name, rows=slice(4_000, 4_050), progress=lambda *at: told.append(at))

    # Of text the lengths are read from the start on, to find it.
    most = 4 * 4_050 + 4_000 if name.startswith("words") else 4_000
    assert told[-1][1] <= most < kept.history("series", name)[0].bytes


def test_progress_tells_the_bytes_of_the_part(store):
    store.save("page", "frame", pd.DataFrame({"a": np.arange(90_000), "b": NUMBERS.repeat(10)}))
    told = []

    store.load("page", "frame", columns=["a"], rows=slice(10), progress=lambda *at: told.append(at))

    assert told[-1] == (80, 80)


ends = st.one_of(st.none(), st.integers(-40, 40))


def repeated(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """The rows again and again, until the columns are buffers of their own."""
    try:
        return frame.iloc[np.arange(count) % len(frame)]
    except ValueError:
        # pandas gathers nothing of swapped bytes.
        return frame


@st.composite
def choices(draw):
    """A frame of any kind, some of its columns, some of its rows."""
    frame = draw(frames())
    count = len(frame)
    if count and draw(st.booleans()):
        frame = repeated(frame, draw(st.sampled_from([9, 30, 1_200])))
    places = st.lists(st.integers(0, max(len(frame.columns) - 1, 0)), max_size=4)
    columns = None
    if len(frame.columns) and draw(st.booleans()):
        columns = [frame.columns[place] for place in draw(places)]
    return frame, columns, slice(draw(ends), draw(ends))


@pytest.fixture(scope="module")
def memory():
    with stillroom.open("memory:", signing_key=[], keep_versions=2) as opened:
        yield opened


same_each_time = settings(
    max_examples=500,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[*HealthCheck],
)


def part_of(frame, columns, rows):
    """What pandas takes, or the class of error that it raises."""
    try:
        return (frame if columns is None else frame[columns]).iloc[rows]
    except Exception as error:
        # pandas gathers no swapped bytes, where a load does.
        assume("endian" not in str(error))
        return type(error)


@same_each_time
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")  # of NumPy's own
@given(choice=choices())
def test_any_part_of_a_frame_is_what_pandas_takes(memory, choice):
    frame, columns, rows = choice
    memory.save("page", "frame", frame)
    whole = memory.load("page", "frame")
    expected = part_of(whole, columns, rows)

    if isinstance(expected, type) or (
        columns and all(isinstance(one, bool | np.bool_) for one in columns)
    ):
        with pytest.raises(stillroom.InvalidError):
            memory.load("page", "frame", columns=columns, rows=rows)
    else:
        assert_same(memory.load("page", "frame", columns=columns, rows=rows), expected)


@same_each_time
@given(value=st.one_of(series(), st.integers(0, 4).flatmap(labels)), start=ends, stop=ends)
def test_any_part_of_a_series_or_an_index_is_what_pandas_takes(memory, value, start, stop):
    memory.save("page", "value", value)
    whole = memory.load("page", "value")
    expected = whole[start:stop] if isinstance(whole, pd.Index) else whole.iloc[start:stop]

    assert_same(memory.load("page", "value", rows=slice(start, stop)), expected)
