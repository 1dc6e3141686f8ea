"""Hypothesis strategies for Python's own values, and classes of an app."""

import collections
import dataclasses
import datetime as dt
import enum
import pathlib
import struct

from hypothesis import strategies as st
from variants import ZONES


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
