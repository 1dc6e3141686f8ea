"""Hypothesis strategies for values of all families, and for any mixture of them."""

import collections
import dataclasses
import datetime as dt
import enum
import pathlib
import struct

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from variants import STRING_DTYPES, ZONES


@dataclasses.dataclass
class Fold:
    scores: object
    best: object = None


@dataclasses.dataclass(frozen=True)
class Setting:
    name: object


class Pair(collections.namedtuple("Pair", "left right")):
    __slots__ = ()


class Model(enum.Enum):
    RIDGE = "ridge"
    FOREST = 2


class Option(enum.Flag):
    SCALE = enum.auto()
    SHUFFLE = enum.auto()


TYPES = (Fold, Setting, Pair, Model, Option)


def evenly(*families: st.SearchStrategy) -> st.SearchStrategy:
    """Each family as often as the others; `one_of` would favour those that have many branches."""
    return st.sampled_from(families).flatmap(lambda family: family)


# ---------------------------------------------------------------- built-ins

floats = st.one_of(
    st.floats(),
    st.sampled_from([0.0, -0.0, float("nan"), float("inf")]),
    st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack(">d", struct.pack(">Q", bits))[0]),
)
texts = st.one_of(
    st.text(max_size=12),
    st.text(st.characters(codec=None), max_size=4),
    st.sampled_from(["", "a\0", "\ud800", "\U0001f600", "__type__", "x" * 5000]),
)
names = st.one_of(
    st.none(), st.text(max_size=5), st.integers(-3, 3), st.tuples(st.text(max_size=2), st.none())
)
zones = st.sampled_from([None, *ZONES.values()])


def aware(moment: dt.datetime, zone: dt.tzinfo | None) -> dt.datetime:
    """`moment` in `zone`; pytz must be asked itself, and is then always plain about the offset."""
    return zone.localize(moment) if hasattr(zone, "localize") else moment.replace(tzinfo=zone)


datetimes = st.builds(
    aware,
    st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)).map(
        lambda moment: moment.replace(fold=0)
    ),
    zones,
)
timedeltas = st.timedeltas(dt.timedelta(-(10**4)), dt.timedelta(10**4))

hashables = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**200), 2**200),
    floats,
    st.complex_numbers(),
    texts,
    st.binary(max_size=12),
    st.sampled_from([...]),
    st.decimals().filter(lambda number: not number.is_snan()),  # has no hash
    st.fractions(),
    st.uuids(),
    st.builds(pathlib.PurePosixPath, st.text("ab/", max_size=6)),
    st.dates(),
    st.times(),
    st.builds(lambda moment: moment.replace(fold=1), st.datetimes()),
    datetimes,
    timedeltas,
    st.builds(range, st.integers(), st.integers(), st.integers(1)),
    st.sampled_from([*Model, *Option, Option.SCALE | Option.SHUFFLE, Option(0)]),
)

# ---------------------------------------------------------------- NumPy

DTYPES = [
    "?",
    "i1",
    ">i2",
    "<i4",
    "<i8",
    "u1",
    "<u2",
    ">u8",
    "<f2",
    "<f4",
    ">f4",
    "<f8",
    ">f8",
    "<c8",
    ">c16",
]
TIMES = ["<M8[s]", "<M8[ns]", ">M8[D]", "<M8[25s]", "<m8[us]", ">m8[h]"]
TEXTS = ["S3", "<U2", ">U3", "V5"]

seeds = st.integers(0, 2**32)
dtypes = evenly(*map(st.sampled_from, (DTYPES, TIMES, TEXTS)))
shapes = st.sampled_from(
    [(), (0,), (1,), (3,), (700,), (2, 3), (0, 4), (3, 0), (40, 30), (2, 3, 4)]
)


def bits(dtype: str, count: int, seed: int) -> np.ndarray:
    """`count` items of `dtype` with any bits that its items may have."""
    random = np.random.default_rng(seed)
    items = np.dtype(dtype)
    if items.kind == "b":
        return random.integers(0, 2, count).astype(bool)
    if items.kind == "U":
        letters = random.choice(["a", "\u00e4", "\U0001f600", "\ud800", ""], (count, 3))
        return np.array(["".join(row)[: items.itemsize // 4] for row in letters], items).reshape(
            count
        )
    return np.frombuffer(random.bytes(count * items.itemsize), items).copy()


@st.composite
def arrays(draw):
    shape = draw(shapes)
    array = bits(draw(dtypes), int(np.prod(shape)), draw(seeds))
    array = array.reshape(shape, order=draw(st.sampled_from("CF")))
    array.setflags(write=draw(st.booleans()))
    return array


numpy_scalars = st.builds(lambda dtype, seed: bits(dtype, 1, seed)[0], dtypes, seeds)

# ---------------------------------------------------------------- pandas

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
pandas_scalars = st.one_of(
    timestamps,
    st.builds(lambda count, unit: pd.Timedelta(np.timedelta64(count, unit)), counts, units),
    st.sampled_from([pd.NA, pd.NaT]),
)


def objects(cells: list) -> np.ndarray:
    array = np.empty(len(cells), dtype=object)
    for place, cell in enumerate(cells):
        array[place : place + 1].fill(cell)
    return array


def object_series(cells: list) -> pd.Series:
    return pd.Series(objects(cells), dtype=object)


def masked(dtype: str, count: int, seed: int) -> pd.api.extensions.ExtensionArray:
    kind = type(pd.array([], dtype=dtype))
    code = {"boolean": "?", "Float64": "f8", "UInt8": "u1", "Int64": "i8"}[dtype]
    return kind(bits(code, count, seed), bits("?", count, seed + 1))


def zoned(count: int, seed: int, unit: str, zone: dt.tzinfo) -> pd.api.extensions.ExtensionArray:
    moments = np.random.default_rng(seed).integers(0, 2**31, count)
    return pd.Series(moments, dtype=pd.DatetimeTZDtype(unit, zone)).array


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
        words.map(objects),
        cells.map(objects),
    )


def on_its_own(cells) -> pd.api.extensions.ExtensionArray:
    """A column as pandas has it outside of a frame."""
    if not isinstance(cells, np.ndarray):
        return cells
    return pd.array(cells) if cells.dtype.kind in "Mm" else pd.arrays.NumpyExtensionArray(cells)


def index(count: int) -> st.SearchStrategy:
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
    rows = draw(index(count)).rename(draw(names))
    columns = {
        place: series_of(cells, rows)
        for place, cells in enumerate(draw(st.tuples(*[column(count)] * len(labels))))
    }
    made = pd.DataFrame(columns, index=rows)
    made.columns = labels.rename(draw(names))
    return described(draw, made)


def described(draw, made):
    if draw(st.booleans()):
        made.attrs = draw(
            st.dictionaries(st.text(max_size=3), st.lists(st.integers(), max_size=2), max_size=2)
        )
    return made


# ---------------------------------------------------------------- all together

leaves = evenly(
    hashables,
    st.binary(max_size=12).map(bytearray),
    arrays(),
    numpy_scalars,
    pandas_scalars,
    series(),
    st.builds(
        lambda dtype, seed: pd.Series(bits(dtype, 700, seed)), st.sampled_from(DTYPES), seeds
    ),
    frames(),
    st.integers(0, 4).flatmap(index),
    st.integers(0, 4).flatmap(column).map(on_its_own),
)
# Raw bytes have no hash, nor has every date since NumPy 2.5.
numpy_keys = numpy_scalars.filter(lambda scalar: scalar.dtype.kind not in "VMm")
keys = st.one_of(hashables, numpy_keys, pandas_scalars)


def containers(values: st.SearchStrategy) -> st.SearchStrategy:
    items = st.lists(values, max_size=4)
    pairs = st.dictionaries(
        st.one_of(keys, st.tuples(keys, keys), st.frozensets(keys, max_size=2)), values, max_size=4
    )
    return evenly(
        items,
        items.map(tuple),
        pairs,
        pairs.map(collections.OrderedDict),
        st.builds(collections.defaultdict, st.sampled_from([None, list, dict, int]), pairs),
        st.builds(collections.deque, items, st.one_of(st.none(), st.integers(4, 9))),
        st.frozensets(keys, max_size=4),
        st.sets(keys, max_size=4),
        st.builds(Fold, values, values),
        st.builds(Setting, values),
        st.builds(Pair, values, values),
        st.builds(slice, values, values),
        values.map(lambda value: [value, {"again": value}]),
        items.map(object_series),
    )


part = st.recursive(leaves, containers, max_leaves=4)
#: What an app would save: a few things of any kind.
anything = st.lists(part, min_size=1, max_size=3)
