"""Strict equality: whether what came back is what went in, to the bit.

`==` is far too kind for that: it finds `True`, `1` and `1.0` equal, `0.0` and
`-0.0` too, a list in a dict the same whatever its order, and it never finds a
NaN equal to itself. `assert_same` compares type, dtype, bits, order, names,
zones and sharing, and says by a path where two values part.

Nothing of the package under test is used here: this is the judge.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import itertools
import pathlib
import struct
import uuid
import zoneinfo
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from variants import HAS_ALTAIR, HAS_PLOTLY, HAS_POLARS, HAS_PYARROW, HAS_SCIPY, HAS_XARRAY

#: Values whose identity nobody can tell by changing them: equal ones may be one object or two.
IMMUTABLE = (
    type(None), type(...), type(pd.NA), type(pd.NaT), bool, int, float, complex, str, bytes, tuple, frozenset,
    range, slice, type, enum.Enum, decimal.Decimal, fractions.Fraction, uuid.UUID, pathlib.PurePath,
    datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo, np.generic, np.dtype, pd.Index,
    pd.api.extensions.ExtensionDtype, pd.offsets.BaseOffset, pd.Period, pd.Interval,
    type(np.ma.masked),
)  # fmt: skip


class Part(NamedTuple):
    """A pair still to be compared, and where it stands."""

    path: str
    a: Any
    b: Any
    #: Whether the part is an object that the value's user can hold, not one made for the comparison.
    is_held: bool = True


Parts = Iterator[Part]


def assert_same(a: Any, b: Any) -> None:
    """Fail with a path unless the two values are the same in every respect that a user can see."""
    # A stack of our own: values may be nested deeper than Python's.
    stack = [iter([Part("value", a, b)])]
    partners: dict[int, tuple[Any, Any]] = {}
    while stack:
        part = next(stack[-1], None)
        if part is None:
            stack.pop()
        elif is_new(part, partners):
            require(part.path, "type", type(part.a), type(part.b))
            stack.append(compare(part.a, part.b, part.path))


def is_same(a: Any, b: Any) -> bool:
    """Whether `assert_same` passes."""
    try:
        assert_same(a, b)
    except AssertionError:
        return False
    return True


def require(path: str, what: str, a: Any, b: Any) -> None:
    """Fail unless `a == b`; both are plain facts of the values compared."""
    if a != b:
        raise AssertionError(f"{path}: {what}: {a!r} is not {b!r}")


def is_new(part: Part, partners: dict[int, tuple[Any, Any]]) -> bool:
    """Note which mutable object of one side stands for which of the other; False when that is known."""
    if not part.is_held or is_immutable(part.a) or is_immutable(part.b):
        return True
    known = partners.get(id(part.a)), partners.get(id(part.b))
    if known == (None, None):
        partners[id(part.a)] = (part.a, part.b)
        partners[id(part.b)] = (part.b, part.a)
        return True
    shared = known[0] is not None and known[0][1] is part.b and known[1] is not None
    if not shared:
        raise AssertionError(f"{part.path}: identity: an object is shared on one side alone")
    return False


def is_immutable(value: Any) -> bool:
    # A scalar with fields can be written to.
    return isinstance(value, IMMUTABLE) and not (isinstance(value, np.void) and value.dtype.names)


@functools.singledispatch
def compare(a: Any, b: Any, path: str) -> Parts:
    """Compare what is in the values themselves, and yield the parts they hold; their types are equal."""
    if dataclasses.is_dataclass(a):
        yield from compare_fields(a, b, path)
    else:
        raise TypeError(f"{path}: no strict comparison for {type(a)!r}")


def compare_fields(a: Any, b: Any, path: str) -> Parts:
    for field in dataclasses.fields(a):
        missing = hasattr(a, field.name), hasattr(b, field.name)
        require(path, f"has field {field.name}", *missing)
        if missing == (True, True):
            yield Part(f"{path}.{field.name}", getattr(a, field.name), getattr(b, field.name))
    if hasattr(a, "__dict__"):
        require(path, "attributes", sorted(vars(a)), sorted(vars(b)))


# ---------------------------------------------------------------- built-ins


@compare.register(type(None))
@compare.register(type(...))
@compare.register(type(pd.NA))
@compare.register(type(pd.NaT))
@compare.register(type)
@compare.register(enum.Enum)
@compare.register(type(np.ma.masked))
def compare_singletons(a: Any, b: Any, path: str) -> Parts:
    if a is not b:
        raise AssertionError(f"{path}: {a!r} is not {b!r}")
    return iter(())


@compare.register(int)
@compare.register(str)
@compare.register(bytes)
@compare.register(bytearray)
def compare_plain(a: Any, b: Any, path: str) -> Parts:
    require(path, "value", a, b)
    return iter(())


@compare.register
def compare_float(a: float, b: float, path: str) -> Parts:
    require(path, "bits", struct.pack(">d", a).hex(), struct.pack(">d", b).hex())
    return iter(())


@compare.register
def compare_complex(a: complex, b: complex, path: str) -> Parts:
    yield Part(f"{path}.real", a.real, b.real)
    yield Part(f"{path}.imag", a.imag, b.imag)


@compare.register(list)
@compare.register(tuple)
@compare.register(collections.deque)
def compare_sequence(a: Any, b: Any, path: str) -> Parts:
    require(path, "length", len(a), len(b))
    require(path, "maxlen", getattr(a, "maxlen", None), getattr(b, "maxlen", None))
    for place, (x, y) in enumerate(zip(a, b, strict=True)):
        yield Part(f"{path}[{place}]", x, y)


@compare.register
def compare_dict(a: dict, b: dict, path: str) -> Parts:
    require(path, "length", len(a), len(b))
    if isinstance(a, collections.defaultdict):
        yield Part(f"{path}.default_factory", a.default_factory, b.default_factory)
    for place, ((key, x), (other, y)) in enumerate(zip(a.items(), b.items(), strict=True)):
        yield Part(f"{path}.keys()[{place}]", key, other)
        yield Part(f"{path}[{key!r}]", x, y)


@compare.register(set)
@compare.register(frozenset)
def compare_set(a: Any, b: Any, path: str) -> Parts:
    require(path, "length", len(a), len(b))
    # NaN, and what holds one, hashes by identity: what finds no twin by its hash is looked for among all.
    by_hash = collections.defaultdict(list)
    for member in b:
        by_hash[hash(member)].append(member)
    strangers = [member for member in a if not take(member, by_hash[hash(member)])]
    left = list(itertools.chain.from_iterable(by_hash.values()))
    for member in strangers:
        if not take(member, left):
            raise AssertionError(f"{path}: member: {member!r} is on one side alone")
    return iter(())


def take(member: Any, others: list[Any]) -> bool:
    """Take the twin of `member` out of `others`, if there is one."""
    twin = next((place for place, other in enumerate(others) if is_same(member, other)), None)
    if twin is not None:
        del others[twin]
    return twin is not None


@compare.register(range)
@compare.register(slice)
def compare_range(a: Any, b: Any, path: str) -> Parts:
    for name in ("start", "stop", "step"):
        yield Part(f"{path}.{name}", getattr(a, name), getattr(b, name))


@compare.register(decimal.Decimal)
@compare.register(fractions.Fraction)
@compare.register(pathlib.PurePath)
def compare_by_str(a: Any, b: Any, path: str) -> Parts:
    require(path, "value", str(a), str(b))
    return iter(())


@compare.register
def compare_uuid(a: uuid.UUID, b: uuid.UUID, path: str) -> Parts:
    require(path, "bytes", a.bytes.hex(), b.bytes.hex())
    require(path, "is_safe", a.is_safe, b.is_safe)
    return iter(())


# ---------------------------------------------------------------- dates and zones


@compare.register
def compare_date(a: datetime.date, b: datetime.date, path: str) -> Parts:
    require(path, "date", a.isoformat(), b.isoformat())
    return iter(())


@compare.register(datetime.datetime)
@compare.register(datetime.time)
def compare_time(a: Any, b: Any, path: str) -> Parts:
    require(
        path,
        "time",
        a.replace(tzinfo=None).isoformat(),
        b.replace(tzinfo=None).isoformat(),
    )
    require(path, "fold", a.fold, b.fold)
    yield Part(f"{path}.tzinfo", a.tzinfo, b.tzinfo)


@compare.register
def compare_timedelta(a: datetime.timedelta, b: datetime.timedelta, path: str) -> Parts:
    require(path, "value", repr(a), repr(b))
    return iter(())


@compare.register
def compare_zone(a: datetime.tzinfo, b: datetime.tzinfo, path: str) -> Parts:
    # The repr of a pytz zone leaves its own offset out; what it pickles by has it all.
    facts = (
        repr
        if isinstance(a, (datetime.timezone, zoneinfo.ZoneInfo))
        else lambda zone: zone.__reduce__()
    )
    require(path, "zone", facts(a), facts(b))
    return iter(())


@compare.register
def compare_timestamp(a: pd.Timestamp, b: pd.Timestamp, path: str) -> Parts:
    require(path, "unit", a.unit, b.unit)
    require(path, "count", a.asm8.view("i8"), b.asm8.view("i8"))
    require(path, "fold", a.fold, b.fold)
    yield Part(f"{path}.tzinfo", a.tzinfo, b.tzinfo)


@compare.register
def compare_pandas_timedelta(a: pd.Timedelta, b: pd.Timedelta, path: str) -> Parts:
    require(path, "unit", a.unit, b.unit)
    require(path, "count", a.asm8.view("i8"), b.asm8.view("i8"))
    return iter(())


@compare.register
def compare_offset(a: pd.offsets.BaseOffset, b: pd.offsets.BaseOffset, path: str) -> Parts:
    require(path, "freq", (a.freqstr, repr(a), a), (b.freqstr, repr(b), b))
    return iter(())


@compare.register
def compare_period(a: pd.Period, b: pd.Period, path: str) -> Parts:
    yield Part(f"{path}.freq", a.freq, b.freq)
    require(path, "ordinal", a.ordinal, b.ordinal)


@compare.register
def compare_interval(a: pd.Interval, b: pd.Interval, path: str) -> Parts:
    require(path, "closed", a.closed, b.closed)
    yield Part(f"{path}.left", a.left, b.left)
    yield Part(f"{path}.right", a.right, b.right)


# ---------------------------------------------------------------- NumPy


@compare.register
def compare_dtype(a: np.dtype, b: np.dtype, path: str) -> Parts:
    require(
        path,
        "dtype",
        (a.str, repr(a)),
        (b.str, repr(b)),
    )
    require(path, "metadata", dict(a.metadata or {}), dict(b.metadata or {}))
    require(path, "alignment", (a.alignment, a.isalignedstruct), (b.alignment, b.isalignedstruct))
    require(path, "scalar type", a.type, b.type)
    missing = [getattr(dtype, "na_object", ...) for dtype in (a, b)]
    yield Part(f"{path}.na_object", *missing)
    require(path, "coerce", getattr(a, "coerce", None), getattr(b, "coerce", None))
    if a.names:
        require(path, "fields", describe(a), describe(b))


def describe(dtype: np.dtype) -> list[tuple]:
    """The fields of a dtype, with offsets and titles, which `descr` leaves out."""
    return [(name, *map(str, dtype.fields[name])) for name in dtype.names]


@compare.register
def compare_numpy_scalar(a: np.generic, b: np.generic, path: str) -> Parts:
    yield Part(f"{path}.dtype", a.dtype, b.dtype)
    require(path, "writeable", a.flags.writeable, b.flags.writeable)
    require(path, "bits", bits(a).hex(), bits(b).hex())


def bits(items: Any) -> bytes:
    """The bytes of an array or scalar, field by field: those between the fields are nobody's."""
    if not items.dtype.names:
        return items.tobytes()
    return b"".join(bits(np.asarray(items)[name]) for name in items.dtype.names)


# Before Python's own: np.float64 is a float, np.str_ a str, and a Timestamp a datetime.
compare.register(np.float64, compare_numpy_scalar)
compare.register(np.complex128, compare_numpy_scalar)
compare.register(np.str_, compare_numpy_scalar)
compare.register(np.bytes_, compare_numpy_scalar)


@compare.register
def compare_array(a: np.ndarray, b: np.ndarray, path: str) -> Parts:
    yield Part(f"{path}.dtype", a.dtype, b.dtype)
    require(path, "shape", a.shape, b.shape)
    for flag in ("C_CONTIGUOUS", "F_CONTIGUOUS", "WRITEABLE", "ALIGNED"):
        require(path, flag, a.flags[flag], b.flags[flag])
    yield from compare_items(a, b, path)


def compare_items(a: np.ndarray, b: np.ndarray, path: str) -> Parts:
    if a.dtype.kind in "OT":
        for place in np.ndindex(a.shape):
            where = ", ".join(map(str, place))
            yield Part(f"{path}[{where}]", a[place], b[place])
    elif bits(a) != bits(b):
        cells = (place for place in np.ndindex(a.shape) if bits(a[place]) != bits(b[place]))
        first = next(cells)
        raise AssertionError(
            f"{path}: bits differ from {first} on: {a[first]!r} is not {b[first]!r}"
        )


@compare.register
def compare_masked(a: np.ma.MaskedArray, b: np.ma.MaskedArray, path: str) -> Parts:
    for name in ("data", "mask", "fill_value"):
        yield Part(f"{path}.{name}", getattr(a, name), getattr(b, name), is_held=False)
    require(path, "hardmask", a.hardmask, b.hardmask)


# ---------------------------------------------------------------- pandas dtypes and arrays


@compare.register
def compare_extension_dtype(a: pd.api.extensions.ExtensionDtype, b: Any, path: str) -> Parts:
    require(path, "dtype", (str(a), repr(a), a.kind), (str(b), repr(b), b.kind))
    require(path, "dtype equality", a == b, True)
    yield Part(f"{path}.na_value", a.na_value, b.na_value)
    for name in ("storage", "unit"):
        require(path, name, getattr(a, name, None), getattr(b, name, None))
    yield Part(f"{path}.tz", getattr(a, "tz", None), getattr(b, "tz", None))


@compare.register
def compare_category_dtype(a: pd.CategoricalDtype, b: pd.CategoricalDtype, path: str) -> Parts:
    require(path, "ordered", a.ordered, b.ordered)
    yield Part(f"{path}.categories", a.categories, b.categories)


@compare.register
def compare_extension_array(a: pd.api.extensions.ExtensionArray, b: Any, path: str) -> Parts:
    """Any array by its dtype and its cells; those we know have more to compare."""
    yield Part(f"{path}.dtype", a.dtype, b.dtype)
    require(path, "length", len(a), len(b))
    # pandas 3.1 took `freq` from arrays and left it to the index.
    yield Part(f"{path}.freq", getattr(a, "freq", None), getattr(b, "freq", None))
    known = next((names for kind, names in ARRAY_PARTS if isinstance(a, kind)), None)
    for name in known or ():
        # How pandas lays them in memory is its own affair.
        x, y = getattr(a, name), getattr(b, name)
        yield Part(f"{path}.{name}.dtype", x.dtype, y.dtype)
        yield from compare_items(x, y, f"{path}.{name}")
    if known is None:
        for place, (x, y) in enumerate(zip(a, b, strict=True)):
            yield Part(f"{path}[{place}]", x, y)


#: What each array is made of, beside its dtype. The values under a mask count too: they are kept.
ARRAY_PARTS = [
    (pd.Categorical, ("codes",)),
    (pd.core.arrays.BooleanArray, ("_data", "_mask")),
    (pd.core.arrays.IntegerArray, ("_data", "_mask")),
    (pd.core.arrays.FloatingArray, ("_data", "_mask")),
    (pd.core.arrays.DatetimeArray, ("asi8",)),
    (pd.core.arrays.TimedeltaArray, ("asi8",)),
    (pd.core.arrays.PeriodArray, ("asi8",)),
]


@compare.register
def compare_interval_array(a: pd.arrays.IntervalArray, b: Any, path: str) -> Parts:
    yield Part(f"{path}.dtype", a.dtype, b.dtype)
    require(path, "closed", a.closed, b.closed)
    yield Part(f"{path}.left", a.left, b.left)
    yield Part(f"{path}.right", a.right, b.right)


@compare.register
def compare_sparse_array(a: pd.arrays.SparseArray, b: Any, path: str) -> Parts:
    yield Part(f"{path}.dtype", a.dtype, b.dtype)
    require(path, "length", len(a), len(b))
    require(path, "kind", a.kind, b.kind)
    yield Part(f"{path}.fill_value", a.fill_value, b.fill_value)
    yield Part(f"{path}.sp_values", a.sp_values, b.sp_values, is_held=False)
    positions = [one.sp_index.to_int_index().indices for one in (a, b)]
    yield Part(f"{path}.positions", *positions, is_held=False)


# ---------------------------------------------------------------- pandas containers


@compare.register
def compare_index(a: pd.Index, b: pd.Index, path: str) -> Parts:
    yield Part(f"{path}.name", a.name, b.name)
    yield Part(f"{path}.dtype", a.dtype, b.dtype)
    require(path, "length", len(a), len(b))
    yield Part(f"{path}.freq", getattr(a, "freq", None), getattr(b, "freq", None))
    yield from compare_values(a, b, path)


@compare.register
def compare_range_index(a: pd.RangeIndex, b: pd.RangeIndex, path: str) -> Parts:
    yield Part(f"{path}.name", a.name, b.name)
    require(path, "range", (a.start, a.stop, a.step), (b.start, b.stop, b.step))


@compare.register
def compare_multi_index(a: pd.MultiIndex, b: pd.MultiIndex, path: str) -> Parts:
    yield Part(f"{path}.names", tuple(a.names), tuple(b.names))
    require(path, "sortorder", a.sortorder, b.sortorder)
    yield Part(f"{path}.levels", tuple(a.levels), tuple(b.levels))
    for level, (x, y) in enumerate(zip(a.codes, b.codes, strict=True)):
        x, y = np.asarray(x), np.asarray(y)
        yield Part(f"{path}.codes[{level}].dtype", x.dtype, y.dtype)
        yield from compare_items(x, y, f"{path}.codes[{level}]")


@compare.register
def compare_series(a: pd.Series, b: pd.Series, path: str) -> Parts:
    yield Part(f"{path}.name", a.name, b.name)
    yield Part(f"{path}.index", a.index, b.index)
    yield from compare_labels(a, b, path)
    yield Part(f"{path}.dtype", a.dtype, b.dtype)
    yield from compare_values(a, b, path)


@compare.register
def compare_frame(a: pd.DataFrame, b: pd.DataFrame, path: str) -> Parts:
    require(path, "shape", a.shape, b.shape)
    yield Part(f"{path}.columns", a.columns, b.columns)
    yield Part(f"{path}.index", a.index, b.index)
    yield from compare_labels(a, b, path)
    for place in range(a.shape[1]):
        where = f"{path}.iloc[:, {place}]"
        x, y = a.iloc[:, place], b.iloc[:, place]
        yield Part(f"{where}.dtype", x.dtype, y.dtype)
        yield from compare_values(x, y, where)


def compare_labels(a: Any, b: Any, path: str) -> Parts:
    # `attrs` makes its dict when first asked for: a part that the user holds only once it is not empty.
    yield Part(f"{path}.attrs", a.attrs, b.attrs, is_held=bool(a.attrs))
    flags = a.flags.allows_duplicate_labels, b.flags.allows_duplicate_labels
    require(path, "allows_duplicate_labels", *flags)


def compare_values(a: Any, b: Any, path: str) -> Parts:
    """The cells of an index or series whose dtypes are equal."""
    if isinstance(a.dtype, np.dtype) and a.dtype.kind not in "Mm":
        yield from compare_items(a.to_numpy(), b.to_numpy(), path)
    else:
        yield Part(f"{path}.array", a.array, b.array, is_held=False)


# ---------------------------------------------------------------- libraries that not every environment has


# At the end, since these files register what they know with `compare`.
if HAS_ALTAIR:
    import strict_altair  # noqa: F401
if HAS_PYARROW:
    import strict_arrow  # noqa: F401
if HAS_PLOTLY:
    import strict_plotly  # noqa: F401
if HAS_POLARS:
    import strict_polars  # noqa: F401
if HAS_SCIPY:
    import strict_scipy  # noqa: F401
if HAS_XARRAY:
    import strict_xarray  # noqa: F401
