"""Arrow's types as tuples of plain values, and back.

The grammar is docs/format.md's: each type is a tuple that begins with its name.
It is closed. A type of an extension is kept when it is one of Arrow's own, and
refused otherwise: only the code that made it knows what it means.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from . import RefusedError

#: A type as docs/format.md has it.
Spelt = tuple[Any, ...]

#: Types that a name says all of.
_PLAIN = (
    "null", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "date32", "date64", "month_day_nano_interval",
    "string", "large_string", "string_view", "large_binary", "binary_view",
)  # fmt: skip

#: What pyarrow calls a type in its text, where that is no name of the grammar.
_OTHER_NAMES = {
    "halffloat": "float16",
    "float": "float32",
    "double": "float64",
    "date32[day]": "date32",
    "date64[ms]": "date64",
}

_LISTS = ("list", "large_list", "list_view", "large_list_view")


def spell(of: Any) -> Spelt:
    """A type as a tuple.

    Raises:
        RefusedError: for a type that can't be kept exactly.
    """
    try:
        spelt = _spell(of)
        if is_same(parse(spelt), of):
            return spelt
    except (KeyError, ValueError, TypeError, NotImplementedError, RecursionError) as error:
        raise _refused(of) from error
    raise _refused(of)


def _refused(of: Any) -> RefusedError:
    if _is_extension(of):
        step = "store its storage, with .storage or combine_chunks().storage"
        return RefusedError(
            f"can't keep a type of an extension that is not Arrow's own; {step}: {of}"
        )
    return RefusedError(f"can't keep this Arrow type; cast it to a plainer one: {of}")


def is_same(a: Any, b: Any) -> bool:
    """Whether two types are the same in names, nullability and metadata too."""
    return type(a) is type(b) and a.equals(b, check_metadata=True) and str(a) == str(b)


def spell_field(field: Any) -> Spelt:
    """A field as a tuple: name, type, nullable, metadata."""
    return (field.name, spell(field.type), field.nullable, _pairs(field.metadata))


def spell_schema(schema: Any) -> Spelt:
    """A schema as a tuple: metadata, then each field."""
    return (_pairs(schema.metadata), *map(spell_field, schema))


def _spell(of: Any) -> Spelt:
    if _is_extension(of):
        return _spell_extension(of)
    text = str(of)
    name = _OTHER_NAMES.get(text, text)
    if name in _PLAIN or name in ("bool", "binary"):
        return (name,)
    return _SPELLERS[type(of).__name__](of)


def _spell_list(of: Any) -> Spelt:
    return (str(of).partition("<")[0], spell_field(of.value_field))


def _spell_union(of: Any) -> Spelt:
    fields = map(of.field, range(of.num_fields))
    return (f"{of.mode}_union", tuple(of.type_codes), *map(spell_field, fields))


_SPELLERS: dict[str, Callable[[Any], Spelt]] = {
    "TimestampType": lambda of: ("timestamp", of.unit, of.tz),
    "Time32Type": lambda of: ("time32", of.unit),
    "Time64Type": lambda of: ("time64", of.unit),
    "DurationType": lambda of: ("duration", of.unit),
    "FixedSizeBinaryType": lambda of: ("fixed_size_binary", of.byte_width),
    **{
        f"Decimal{bits}Type": lambda of: (f"decimal{of.bit_width}", of.precision, of.scale)
        for bits in (32, 64, 128, 256)
    },
    "ListType": _spell_list,
    "LargeListType": _spell_list,
    "ListViewType": _spell_list,
    "LargeListViewType": _spell_list,
    "FixedSizeListType": lambda of: (
        "fixed_size_list", spell_field(of.value_field), of.list_size),
    "StructType": lambda of: ("struct", *map(spell_field, map(of.field, range(of.num_fields)))),
    "MapType": lambda of: (
        "map", spell_field(of.key_field), spell_field(of.item_field), of.keys_sorted),
    "DictionaryType": lambda of: (
        "dictionary", spell(of.index_type), spell(of.value_type), of.ordered),
    "RunEndEncodedType": lambda of: (
        "run_end_encoded", spell(of.run_end_type), spell(of.value_type)),
    "SparseUnionType": _spell_union,
    "DenseUnionType": _spell_union,
}  # fmt: skip


def _is_extension(of: Any) -> bool:
    return isinstance(of, pa.BaseExtensionType)


def _spell_extension(of: Any) -> Spelt:
    # By exact class: an app may register a type of its own under any name.
    return _EXTENSIONS[type(of).__name__](of)


_EXTENSIONS: dict[str, Callable[[Any], Spelt]] = {
    "UuidType": lambda of: ("uuid",),
    "Bool8Type": lambda of: ("bool8",),
    "JsonType": lambda of: ("json", spell(of.storage_type)),
    "OpaqueType": lambda of: ("opaque", spell(of.storage_type), of.type_name, of.vendor_name),
    "FixedShapeTensorType": lambda of: (
        "fixed_shape_tensor", spell(of.value_type), tuple(of.shape), _tuple(of.dim_names), _tuple(of.permutation)),
}  # fmt: skip


def _tuple(items: Any) -> tuple[Any, ...] | None:
    return None if items is None else tuple(items)


def _pairs(metadata: Any) -> tuple[tuple[bytes, bytes], ...] | None:
    """Metadata in its own order. A key may come twice."""
    return None if metadata is None else tuple(metadata.items())


# ---------------------------------------------------------------- from tuples


def parse(spelt: Any) -> Any:
    """The type of a tuple.

    Raises:
        Exception: of any class, for a tuple that no type has.
    """
    name, *rest = _is(tuple, spelt)
    if name in _PLAIN:
        () = rest
        return getattr(pa, name)()
    return _PARSERS[name](*rest)


def parse_field(spelt: Any) -> Any:
    """The field of a tuple."""
    name, of, nullable, metadata = _is(tuple, spelt)
    return pa.field(_is(str, name), parse(of), _is(bool, nullable), _metadata(metadata))


def parse_schema(spelt: Any) -> Any:
    """The schema of a tuple."""
    metadata, *fields = _is(tuple, spelt)
    return pa.schema([parse_field(field) for field in fields], _metadata(metadata))


def _is(cls: type, value: Any) -> Any:
    if type(value) is not cls:
        raise TypeError(f"a {cls.__name__} is wanted here")
    return value


def _metadata(pairs: Any) -> Any:
    if pairs is None:
        return None
    metadata = {_is(bytes, key): _is(bytes, value) for key, value in _is(tuple, pairs)}
    if len(metadata) != len(pairs):
        raise ValueError("the same key twice in metadata")
    return metadata


def _union(mode: str) -> Callable[..., Any]:
    def make(codes: Any, *fields: Any) -> Any:
        codes = [_is(int, code) for code in _is(tuple, codes)]
        if len(codes) != len(fields) or len({*codes}) != len(codes):
            raise ValueError("a union of other codes than fields")
        return pa.union([parse_field(field) for field in fields], mode, codes)

    return make


def _list(name: str) -> Callable[..., Any]:
    return lambda field: getattr(pa, "list_" if name == "list" else name)(parse_field(field))


def _decimal(name: str) -> Callable[..., Any]:
    return lambda precision, scale: getattr(pa, name)(_is(int, precision), _is(int, scale))


def _size(value: Any) -> int:
    if _is(int, value) < 0:
        raise ValueError("a size below 0")
    return int(value)


def _tensor(of: Any, shape: Any, dim_names: Any, permutation: Any) -> Any:
    shape = [_size(axis) for axis in _is(tuple, shape)]
    return pa.fixed_shape_tensor(parse(of), shape, dim_names, permutation)


_PARSERS: dict[str, Callable[..., Any]] = {
    "bool": lambda: pa.bool_(),
    "binary": lambda: pa.binary(),
    "timestamp": lambda unit, zone: pa.timestamp(_is(str, unit), zone),
    "time32": lambda unit: pa.time32(_is(str, unit)),
    "time64": lambda unit: pa.time64(_is(str, unit)),
    "duration": lambda unit: pa.duration(_is(str, unit)),
    "fixed_size_binary": lambda size: pa.binary(_size(size)),
    **{name: _decimal(name) for name in ("decimal32", "decimal64", "decimal128", "decimal256")},
    **{name: _list(name) for name in _LISTS},
    "fixed_size_list": lambda field, size: pa.list_(parse_field(field), _size(size)),
    "struct": lambda *fields: pa.struct([parse_field(field) for field in fields]),
    "map": lambda key, item, is_sorted: pa.map_(
        parse_field(key), parse_field(item), _is(bool, is_sorted)),
    "dictionary": lambda index, values, is_ordered: pa.dictionary(
        parse(index), parse(values), _is(bool, is_ordered)),
    "run_end_encoded": lambda ends, values: pa.run_end_encoded(parse(ends), parse(values)),
    "sparse_union": _union("sparse"),
    "dense_union": _union("dense"),
    "uuid": lambda: pa.uuid(),
    "bool8": lambda: pa.bool8(),
    "json": lambda storage: pa.json_(parse(storage)),
    "opaque": lambda storage, name, vendor: pa.opaque(parse(storage), _is(str, name), _is(str, vendor)),
    "fixed_shape_tensor": _tensor,
}  # fmt: skip
