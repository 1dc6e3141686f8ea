"""Hypothesis strategies for pandas' scalars, columns, indexes, series and frames."""

import collections
import datetime as dt
import functools

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from values_numpy import DTYPES, bits, objects, seeds
from values_python import evenly, hashables, names, timedeltas, zones
from variants import STRING_DTYPES

units = st.sampled_from(["s", "ms", "us", "ns"])
counts = st.integers(-(2**40), 2**40)
# pandas has no moment before year 1, and of some zones none near it.
timestamps = st.one_of(
    st.builds(lambda count, unit: pd.Timestamp(np.datetime64(count % 10**9, unit)), counts, units),
    st.builds(
        lambda count, zone: pd.Timestamp(count % 2**60, tz="UTC").tz_convert(zone),
        counts,
        zones.filter(lambda zone: zone is not None),
    ),
    st.just(pd.NaT),
)
freqs = st.sampled_from(["Y-DEC", "Y-JUN", "Q-FEB", "M", "2M", "W-WED", "D", "h", "36h", "s", "ns"])
closed = st.sampled_from(["left", "right", "both", "neither"])
bounds = st.one_of(
    st.tuples(st.integers(-9, 9), st.integers(0, 9)).map(lambda pair: (pair[0], sum(pair))),
    st.tuples(st.floats(-9, 9), st.floats(0, 9)).map(lambda pair: (pair[0], sum(pair))),
    counts.map(lambda count: (pd.Timedelta(count), pd.Timedelta(count + 1))),
    counts.map(lambda count: (pd.Timestamp(count, tz="UTC"), pd.Timestamp(count + 1, tz="UTC"))),
)
OFFSETS = [
    pd.offsets.Day(2),
    pd.offsets.Hour(-1),
    pd.offsets.BDay(),
    pd.offsets.MonthEnd(3),
    pd.offsets.QuarterEnd(startingMonth=2),
    pd.offsets.Week(weekday=3),
]
pandas_scalars = st.one_of(
    timestamps,
    st.builds(lambda count, unit: pd.Timedelta(np.timedelta64(count, unit)), counts, units),
    st.sampled_from([pd.NA, pd.NaT]),
    st.builds(lambda count, freq: pd.Period(ordinal=count, freq=freq), counts, freqs),
    st.builds(lambda pair, closed: pd.Interval(*pair, closed=closed), bounds, closed),
    st.sampled_from(OFFSETS),
)


def object_series(cells: list) -> pd.Series:
    return pd.Series(objects(cells), dtype=object)


def masked(dtype: str, count: int, seed: int) -> pd.api.extensions.ExtensionArray:
    kind = type(pd.array([], dtype=dtype))
    code = {"boolean": "?", "Float64": "f8", "UInt8": "u1", "Int64": "i8"}[dtype]
    return kind(bits(code, count, seed), bits("?", count, seed + 1))


def zoned(count: int, seed: int, unit: str, zone: dt.tzinfo) -> pd.api.extensions.ExtensionArray:
    moments = np.random.default_rng(seed).integers(0, 2**31, count)
    return pd.Series(moments, dtype=pd.DatetimeTZDtype(unit, zone)).array


@functools.cache
def periods(count: int) -> st.SearchStrategy:
    ordinals = st.lists(st.one_of(st.none(), counts), min_size=count, max_size=count)
    return st.builds(
        lambda ordinals, freq: pd.arrays.PeriodArray(
            np.array([pd.NaT._value if one is None else one for one in ordinals], "i8"),
            dtype=pd.PeriodDtype(freq),
        ),
        ordinals,
        freqs,
    )


@functools.cache
@st.composite
def intervals(draw, count: int):
    starts = np.array(draw(st.lists(st.integers(-9, 9), min_size=count, max_size=count)), "i8")
    kind = draw(st.sampled_from(["i8", "f8", "M8[s]", "M8[ns]", "m8[us]", "zone"]))
    left = starts.astype("M8[ns]" if kind == "zone" else kind)
    right = (starts + draw(st.integers(0, 3))).astype(left.dtype)
    if kind != "i8" and count and draw(st.booleans()):
        missing = float("nan") if kind == "f8" else np.array("NaT", left.dtype)
        left[0] = right[0] = missing
    if kind == "zone":
        left, right = (pd.DatetimeIndex(side).tz_localize("Europe/Paris") for side in (left, right))
    return pd.arrays.IntervalArray.from_arrays(left, right, draw(closed))


@functools.cache
@st.composite
def sparse(draw, count: int):
    numbers = np.array(draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)), "i8")
    dtype, fill_values = draw(
        st.sampled_from(
            [
                ("i8", [0, 1, np.int64(2)]),
                ("u1", [0, 7]),
                ("f8", [float("nan"), 0.0, -0.0, 1.0]),
                ("?", [False, True]),
                ("M8[ns]", [np.datetime64("NaT", "ns")]),
            ]
        )
    )
    fill_value, kind = (
        draw(st.sampled_from(fill_values)),
        draw(st.sampled_from(["integer", "block"])),
    )
    return pd.arrays.SparseArray(numbers.astype(dtype), fill_value=fill_value, kind=kind)


@functools.cache
@st.composite
def categories(draw, count: int):
    of = draw(labels(draw(st.integers(0, 4))).filter(is_for_categories))
    codes = draw(st.lists(st.integers(-1, len(of) - 1), min_size=count, max_size=count))
    return pd.Categorical.from_codes(codes, of, ordered=draw(st.booleans()))


def is_for_categories(index: pd.Index) -> bool:
    return is_for_a_level(index) and not isinstance(index, pd.CategoricalIndex)


def is_for_a_level(index: pd.Index) -> bool:
    """Whether each label is another, and none is missing, as far as pandas can tell."""
    is_swapped = isinstance(index.dtype, np.dtype) and not index.dtype.isnative
    return not is_swapped and index.is_unique and not index.hasnans


@functools.cache
def column(count: int) -> st.SearchStrategy:
    """Any array of `count` items that a frame may have for a column."""
    cells = st.lists(st.one_of(hashables, st.lists(st.integers())), min_size=count, max_size=count)
    words = st.lists(st.one_of(st.none(), st.text(max_size=5)), min_size=count, max_size=count)
    return evenly(
        st.builds(lambda dtype, seed: bits(dtype, count, seed), st.sampled_from(DTYPES), seeds),
        st.builds(
            lambda kind, unit, seed: bits(f"{kind}[{unit}]", count, seed),
            st.sampled_from(["<M8", "<m8"]),
            units,
            seeds,
        ),
        st.builds(
            masked, st.sampled_from(["boolean", "Float64", "UInt8", "Int64"]), st.just(count), seeds
        ),
        st.builds(zoned, st.just(count), seeds, units, zones.filter(lambda zone: zone is not None)),
        st.builds(
            lambda words, dtype: pd.array(words, dtype=dtype),
            words,
            st.sampled_from([*STRING_DTYPES.values()]),
        ),
        st.builds(
            lambda codes, is_ordered: pd.Categorical.from_codes(
                codes, ["b", "a", "c"], ordered=is_ordered
            ),
            st.lists(st.integers(-1, 2), min_size=count, max_size=count),
            st.booleans(),
        ),
        st.deferred(lambda: categories(count)),
        periods(count),
        intervals(count),
        sparse(count),
        words.map(objects),
        cells.map(objects),
    )


def on_its_own(cells) -> pd.api.extensions.ExtensionArray:
    """A column as pandas has it outside of a frame."""
    if not isinstance(cells, np.ndarray):
        return cells
    return pd.array(cells) if cells.dtype.kind in "Mm" else pd.arrays.NumpyExtensionArray(cells)


@functools.cache
def labels(count: int) -> st.SearchStrategy:
    """An index of one level."""
    starts = st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2050, 1, 1))
    return evenly(
        st.builds(
            lambda start, step: pd.RangeIndex(start, start + step * count, step),
            counts,
            st.integers(1, 5),
        ),
        st.builds(
            lambda start, freq: pd.date_range(start, periods=count, freq=freq),
            starts,
            st.sampled_from(["D", "h", "ME", "B", "15min", "W-WED"]),
        ),
        st.builds(lambda start: pd.timedelta_range(start, periods=count, freq="h"), timedeltas),
        column(count).filter(is_label_column).map(lambda cells: pd.Index(cells, dtype=cells.dtype)),
    )


@functools.cache
@st.composite
def levels(draw, count: int):
    """An index of several levels."""
    of = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    of = [draw(labels(size).filter(is_for_a_level)) for size in of]
    codes = [
        draw(st.lists(st.integers(-1, len(level) - 1), min_size=count, max_size=count))
        for level in of
    ]
    return pd.MultiIndex(of, codes, names=[draw(names) for _ in of])


@functools.cache
def index(count: int) -> st.SearchStrategy:
    """An index of any kind, without a name but for those of levels."""
    return evenly(labels(count), labels(count), levels(count))


def named(draw, index: pd.Index) -> pd.Index:
    return index if isinstance(index, pd.MultiIndex) else index.rename(draw(names))


def is_label_column(cells) -> bool:
    """Whether pandas makes an index of it: not of half floats, nor of cells that have no hash."""
    if cells.dtype == np.dtype("f2"):
        return False
    return cells.dtype != object or all(
        isinstance(cell, collections.abc.Hashable) for cell in cells
    )


@st.composite
def series(draw):
    count = draw(st.integers(0, 4))
    made = series_of(draw(column(count)), draw(index(count)))
    return described(draw, made.rename(draw(names)))


def series_of(cells, index: pd.Index) -> pd.Series:
    return pd.Series(cells, index=index, dtype=object if cells.dtype == object else None)


@st.composite
def frames(draw):
    count = draw(st.integers(0, 4))
    labels = draw(index(draw(st.integers(0, 5))))
    rows = named(draw, draw(index(count)))
    columns = {
        place: series_of(cells, rows)
        for place, cells in enumerate(draw(st.tuples(*[column(count)] * len(labels))))
    }
    made = pd.DataFrame(columns, index=rows)
    made.columns = named(draw, labels)
    return described(draw, made)


def described(draw, made):
    if draw(st.booleans()):
        made.attrs = draw(
            st.dictionaries(st.text(max_size=3), st.lists(st.integers(), max_size=2), max_size=2)
        )
    return made
