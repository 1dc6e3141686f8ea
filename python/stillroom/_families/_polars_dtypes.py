"""polars' dtypes as tuples of plain values, and the Arrow type that the values of each lie in.

Where polars has what Arrow lacks, the values are stored as something that both
have: an integer of 128 bits as the two halves of it, a category as its text in
a dictionary. `split` and `join` are polars' own expressions, so that both work
at any depth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from . import RefusedError

#: Dtypes that a name says all of.
_PLAIN = {
    dtype.__name__.lower(): dtype
    for dtype in (
        pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.Int128, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64,
        pl.UInt128, pl.Float16, pl.Float32, pl.Float64, pl.Boolean, pl.String, pl.Binary, pl.Date,
        pl.Time, pl.Null,
    )
}  # fmt: skip
_NAMES = {dtype: name for name, dtype in _PLAIN.items()}
_WIDE = {pl.Int128, pl.UInt128}
_INDEXES = {pl.UInt8: "uint8", pl.UInt16: "uint16", pl.UInt32: "uint32"}


def spell(dtype: Any) -> tuple[Any, ...]:
    """A dtype as a tuple.

    Raises:
        RefusedError: for a dtype that can't be kept.
    """
    base = dtype.base_type()
    if base in _NAMES:
        return (_NAMES[base],)
    if base in _SPELLERS:
        return _SPELLERS[base](dtype)
    step = "take its .ext.storage()" if _is_extension(dtype) else "store its .to_list()"
    raise RefusedError(f"can't keep this dtype of polars; {step}: {dtype}")


def _is_extension(dtype: Any) -> bool:
    return isinstance(dtype, pl.datatypes.BaseExtension)


def _spell_categorical(dtype: Any) -> tuple[Any, ...]:
    categories = dtype.categories
    if categories.is_global():
        return ("categorical", None)
    return ("categorical", categories.name(), categories.namespace(), _NAMES[categories.physical()])


def _spell_array(dtype: Any) -> tuple[Any, ...]:
    if dtype.size == 0:
        raise RefusedError(f"can't keep arrays of no items; cast them to lists: {dtype}")
    return ("array", spell(dtype.inner), dtype.size)


def _spell_map(dtype: Any) -> tuple[Any, ...]:
    if is_wide(dtype):
        raise RefusedError(f"can't keep integers of 128 bits in a map; cast them first: {dtype}")
    return ("map", spell(dtype.key), spell(dtype.value))


_SPELLERS: dict[Any, Callable[..., tuple[Any, ...]]] = {
    pl.Datetime: lambda dtype: ("datetime", dtype.time_unit, dtype.time_zone),
    pl.Duration: lambda dtype: ("duration", dtype.time_unit),
    pl.Decimal: lambda dtype: ("decimal", dtype.precision, dtype.scale),
    pl.Categorical: _spell_categorical,
    pl.Enum: lambda dtype: ("enum", *dtype.categories),
    pl.List: lambda dtype: ("list", spell(dtype.inner)),
    pl.Array: _spell_array,
    pl.Struct: lambda dtype: ("struct", *((f.name, spell(f.dtype)) for f in dtype.fields)),
    pl.Map: _spell_map,
}


def parse(spelt: Any) -> Any:
    """The dtype of a tuple.

    Raises:
        Exception: of any class, for a tuple that no dtype has.
    """
    if type(spelt) is not tuple:
        raise TypeError("a dtype is a tuple")
    name, *rest = spelt
    if name in _PLAIN:
        () = rest
        return _PLAIN[name]()
    dtype = _PARSERS[name](*rest)
    if spell(dtype) != spelt:
        raise ValueError("a dtype that is spelt in another way")
    return dtype


def _parse_categorical(name: str | None, *rest: Any) -> Any:
    if name is None:
        () = rest
        return pl.Categorical()
    namespace, physical = rest
    return pl.Categorical(pl.Categories(name, namespace, _PLAIN[physical]))


_PARSERS: dict[str, Callable[..., Any]] = {
    "datetime": lambda unit, zone: pl.Datetime(unit, zone),
    "duration": lambda unit: pl.Duration(unit),
    "decimal": lambda precision, scale: pl.Decimal(precision, scale),
    "categorical": _parse_categorical,
    "enum": lambda *categories: pl.Enum(categories),
    "list": lambda inner: pl.List(parse(inner)),
    "array": lambda inner, size: pl.Array(parse(inner), size),
    "struct": lambda *fields: pl.Struct([pl.Field(name, parse(inner)) for name, inner in fields]),
    "map": lambda key, value: pl.Map(parse(key), parse(value)),
}


# ---------------------------------------------------------------- where values lie


def storage(dtype: Any) -> Any:
    """The Arrow type in which values of a dtype are stored."""
    import pyarrow as pa

    base = dtype.base_type()
    if base in _WIDE:
        return pa.struct([("low", pa.uint64()), ("high", pa.uint64())])
    if base in _STORAGE:
        return getattr(pa, _STORAGE[base])()
    return _STORAGES[base](pa, dtype)


_STORAGE = {
    **{dtype: name for name, dtype in _PLAIN.items() if dtype.is_numeric()},
    pl.Boolean: "bool_", pl.String: "string_view", pl.Binary: "binary_view", pl.Date: "date32", pl.Null: "null",
}  # fmt: skip


def _index(dtype: Any) -> Any:
    if isinstance(dtype, pl.Categorical):
        return dtype.categories.physical()
    count = len(dtype.categories)
    return pl.UInt8 if count < 2**8 else pl.UInt16 if count < 2**16 else pl.UInt32


_STORAGES: dict[Any, Callable[..., Any]] = {
    pl.Time: lambda pa, dtype: pa.time64("ns"),
    pl.Datetime: lambda pa, dtype: pa.timestamp(dtype.time_unit, dtype.time_zone),
    pl.Duration: lambda pa, dtype: pa.duration(dtype.time_unit),
    pl.Decimal: lambda pa, dtype: pa.decimal128(dtype.precision, dtype.scale),
    pl.Categorical: lambda pa, dtype: _dictionary(pa, dtype, False),
    pl.Enum: lambda pa, dtype: _dictionary(pa, dtype, True),
    pl.List: lambda pa, dtype: pa.large_list(storage(dtype.inner)),
    pl.Array: lambda pa, dtype: pa.list_(storage(dtype.inner), dtype.size),
    pl.Struct: lambda pa, dtype: pa.struct([(f.name, storage(f.dtype)) for f in dtype.fields]),
    pl.Map: lambda pa, dtype: pa.map_(storage(dtype.key), storage(dtype.value)),
}


def _dictionary(pa: Any, dtype: Any, is_ordered: bool) -> Any:
    return pa.dictionary(getattr(pa, _INDEXES[_index(dtype)])(), pa.string_view(), is_ordered)


# ---------------------------------------------------------------- from values to storage and back


def _inner(dtype: Any) -> list[Any]:
    if isinstance(dtype, pl.Struct):
        return [field.dtype for field in dtype.fields]
    if isinstance(dtype, pl.Map):
        return [dtype.key, dtype.value]
    return [dtype.inner] if isinstance(dtype, (pl.List, pl.Array)) else []


def is_wide(dtype: Any) -> bool:
    """Whether there are integers of 128 bits in values of a dtype."""
    return dtype in _WIDE or any(map(is_wide, _inner(dtype)))


def has_categories(dtype: Any) -> bool:
    """Whether there are categories in values of a dtype."""
    return isinstance(dtype, pl.Categorical) or any(map(has_categories, _inner(dtype)))


def split(values: Any, dtype: Any) -> Any:
    """The expression that makes stored values of values."""
    if dtype in _WIDE:
        bits = values.reinterpret(signed=False) if dtype == pl.Int128 else values
        low, high = (bits & (2**64 - 1)), bits // 2**64
        halves = pl.struct(low=low.cast(pl.UInt64), high=high.cast(pl.UInt64))
        return pl.when(values.is_not_null()).then(halves)
    return _within(split, values, dtype) if is_wide(dtype) else values


def join(values: Any, dtype: Any) -> Any:
    """The expression that makes values of stored values."""
    if dtype in _WIDE:
        low, high = (values.struct.field(name).cast(pl.UInt128) for name in ("low", "high"))
        bits = high * 2**64 + low
        return bits.reinterpret(signed=True) if dtype == pl.Int128 else bits
    if isinstance(dtype, (pl.List, pl.Array, pl.Struct)):
        return _within(join, values, dtype)
    return values.cast(dtype)


def _within(change: Any, values: Any, dtype: Any) -> Any:
    """The expression that changes what is inside of values."""
    if isinstance(dtype, pl.List):
        return values.list.eval(change(pl.element(), dtype.inner))
    if isinstance(dtype, pl.Array):
        return values.arr.eval(change(pl.element(), dtype.inner))
    fields = [change(values.struct.field(f.name), f.dtype).alias(f.name) for f in dtype.fields]
    return pl.when(values.is_not_null()).then(pl.struct(*fields))
