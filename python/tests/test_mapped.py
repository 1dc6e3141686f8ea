"""What is long and of fixed width is lent, not copied: each array lies in the memory that the store loaded."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

#: Rows of which even one byte each is more than what is copied outright.
ROWS = 300_000


def memory_of(array: np.ndarray) -> Any:
    """What an array lies in, below all the views of it."""
    base: Any = array
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    return base.obj if isinstance(base, memoryview) else base


def file_at(address: int) -> str:
    """The file that is mapped at an address; empty when none is."""
    with open("/proc/self/maps") as maps:
        for line in maps:
            range_, _, rest = line.partition(" ")
            start, end = (int(bound, 16) for bound in range_.split("-"))
            if start <= address < end:
                return rest.split(maxsplit=4)[4].strip() if len(rest.split()) > 4 else ""
    return ""


def assert_is_lent(array: np.ndarray) -> None:
    assert type(memory_of(array)).__name__ == "Memory", "a copy"
    if sys.platform == "linux":
        assert file_at(array.__array_interface__["data"][0]).endswith(".pack")


NUMBERS = np.random.default_rng(5).standard_normal(ROWS)
COUNTS = np.arange(ROWS)
DATES = pd.date_range("2020-01-01", periods=ROWS, freq="min")
CODES = COUNTS % 7

ARRAYS = {
    "float64": NUMBERS,
    "float16": NUMBERS.astype("f2"),
    "complex128": NUMBERS + 1j,
    "bool": NUMBERS > 0,
    "int8": (COUNTS % 100).astype("i1"),
    "big-endian": COUNTS.astype(">i8"),
    "datetime64": DATES.to_numpy().copy(),
    "timedelta64": COUNTS.astype("m8[ms]"),
    "text of one width": COUNTS.astype("U6"),
    "bytes of one width": COUNTS.astype("S6"),
    "three axes": NUMBERS.reshape(100, 30, 100),
    "Fortran order": np.asfortranarray(NUMBERS.reshape(300, 1000)),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_a_long_array_is_lent(store, name):
    store.save("page", "key", ARRAYS[name])

    loaded = store.load("page", "key")

    assert_is_lent(loaded)
    assert loaded.flags.writeable
    assert loaded.tobytes() == ARRAYS[name].tobytes()


#: A column, and the array that its values lie in.
COLUMNS: dict[str, tuple[Any, Callable[[Any], np.ndarray]]] = {
    "float64": (NUMBERS, lambda values: values.to_numpy(copy=False)),
    "bool": (NUMBERS > 0, lambda values: values.to_numpy(copy=False)),
    "datetime64": (DATES.to_numpy(), lambda values: values.asi8),
    "datetime64 in seconds": (DATES.to_numpy().astype("M8[s]"), lambda values: values.asi8),
    "datetime64 with a zone": (DATES.tz_localize("Europe/Paris", nonexistent="shift_forward", ambiguous=True),
                               lambda values: values.asi8),
    "timedelta64": (COUNTS.astype("m8[ns]"), lambda values: values.asi8),
    "categories": (pd.Categorical.from_codes(CODES, list("abcdefg")), lambda values: values.codes),
    "ordered categories": (
        pd.Categorical.from_codes(CODES, pd.Index(range(7)), ordered=True),
        lambda values: values.codes,
    ),
    "Int64": (pd.array(COUNTS, dtype="Int64"), lambda values: values._data),
    "Int64 with gaps": (pd.arrays.IntegerArray(COUNTS, COUNTS % 3 == 0), lambda values: values._data),
    "Float32": (pd.array(NUMBERS, dtype="Float32"), lambda values: values._data),
    "boolean": (pd.array(NUMBERS > 0, dtype="boolean"), lambda values: values._data),
    "periods": (pd.PeriodIndex(DATES, freq="min").array, lambda values: values.asi8),
    "intervals": (
        pd.arrays.IntervalArray.from_breaks(np.arange(ROWS + 1.0)),
        lambda values: values.left.to_numpy(copy=False),
    ),
    "mostly zero": (pd.arrays.SparseArray(CODES, fill_value=0), lambda values: values.sp_values),
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_a_long_column_is_lent(store, name):
    values, lies_in = COLUMNS[name]
    frame = pd.DataFrame({"column": values, "other": NUMBERS})
    store.save("page", "frame", frame)
    store.save("page", "series", frame["column"])
    store.save("page", "array", frame["column"].array)

    loaded = store.load("page", "frame")

    assert_is_lent(lies_in(loaded["column"].array))
    assert_is_lent(loaded["other"].to_numpy(copy=False))
    assert_is_lent(lies_in(store.load("page", "series").array))
    assert_is_lent(lies_in(store.load("page", "array")))
    pd.testing.assert_frame_equal(loaded, frame)


INDEXES: dict[str, tuple[pd.Index, Callable[[Any], np.ndarray]]] = {
    "numbers": (pd.Index(NUMBERS), lambda index: index.to_numpy(copy=False)),
    "dates with a freq": (DATES, lambda index: index.asi8),
    "dates with a zone": (DATES.tz_localize("UTC"), lambda index: index.asi8),
    "durations": (pd.TimedeltaIndex(COUNTS.astype("m8[ns]")), lambda index: index.asi8),
    "categories": (pd.CategoricalIndex(pd.Categorical.from_codes(CODES, list("abcdefg"))),
                   lambda index: index.codes),
    "two levels": (
        pd.MultiIndex.from_arrays([CODES, COUNTS]),
        lambda index: np.asarray(index.codes[1]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", INDEXES)
def test_a_long_index_is_lent(store, name):
    index, lies_in = INDEXES[name]
    series = pd.Series(NUMBERS, index=index)
    store.save("page", "series", series)

    loaded = store.load("page", "series")

    assert_is_lent(lies_in(loaded.index))
    pd.testing.assert_series_equal(loaded, series)


def test_the_items_and_the_mask_of_a_masked_array_are_lent(store):
    array = np.ma.masked_array(NUMBERS, NUMBERS > 0)
    store.save("page", "key", array)

    loaded = store.load("page", "key")

    assert_is_lent(loaded.data)
    assert_is_lent(np.ma.getmaskarray(loaded))


def test_the_fields_of_a_structured_array_are_lent(store):
    array = np.zeros(ROWS, [("at", "M8[s]"), ("price", "f8")])
    store.save("page", "key", array)

    assert_is_lent(store.load("page", "key")["price"])


def test_a_short_array_is_copied_outright(store):
    store.save("page", "key", NUMBERS[:10_000])

    loaded = store.load("page", "key")

    if sys.platform == "linux":
        assert not file_at(loaded.__array_interface__["data"][0]).endswith(".pack")


def test_an_array_of_which_a_part_changed_is_lent_from_both_saves(store):
    store.save("page", "key", NUMBERS)
    changed = NUMBERS.copy()
    changed[100_000:110_000] += 1
    store.save("page", "key", np.append(changed, changed))

    loaded = store.load("page", "key")

    for place in range(0, 2 * ROWS - 10_000, 50_000):
        assert_is_lent(loaded[place:])
    assert np.array_equal(loaded, np.append(changed, changed))


def test_a_write_to_what_was_loaded_is_seen_by_nobody_else(store):
    store.save("page", "key", pd.DataFrame({"a": NUMBERS, "b": COUNTS}))
    mine, theirs = store.load("page", "key"), store.load("page", "key")

    mine.loc[:, "a"] = 0.0

    assert np.array_equal(theirs["a"], NUMBERS)
    assert np.array_equal(store.load("page", "key")["a"], NUMBERS)
