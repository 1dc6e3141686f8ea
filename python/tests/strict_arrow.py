"""Strict equality of Arrow's arrays and tables, and of pandas' arrays of Arrow types.

Compared are types with names, nullability and metadata, nulls, bits, the way
values are grouped, chunks, dictionaries and runs; not what lies under a null,
nor where in memory anything is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import strict
from strict import Part, Parts, compare, require

strict.IMMUTABLE += (
    pa.Array, pa.ChunkedArray, pa.Table, pa.RecordBatch, pa.Scalar, pa.DataType, pa.Field, pa.Schema,
)  # fmt: skip


def require_type(a: pa.DataType, b: pa.DataType, path: str) -> None:
    require(path, "type", (str(a), type(a)), (str(b), type(b)))
    require(path, "names, nullability and metadata", a.equals(b, check_metadata=True), True)


@compare.register
def compare_type(a: pa.DataType, b: pa.DataType, path: str) -> Parts:
    require_type(a, b, path)
    return iter(())


@compare.register
def compare_field(a: pa.Field, b: pa.Field, path: str) -> Parts:
    require(path, "name", (a.name, a.nullable), (b.name, b.nullable))
    require_type(a.type, b.type, path)
    require_metadata(a, b, path)
    return iter(())


@compare.register
def compare_schema(a: pa.Schema, b: pa.Schema, path: str) -> Parts:
    require(path, "fields", len(a), len(b))
    require_metadata(a, b, path)
    for place in range(len(a)):
        yield Part(f"{path}.field({place})", a.field(place), b.field(place))


def require_metadata(a: Any, b: Any, path: str) -> None:
    pairs = [None if x.metadata is None else list(x.metadata.items()) for x in (a, b)]
    require(path, "metadata", *pairs)


@compare.register(pa.Table)
@compare.register(pa.RecordBatch)
def compare_table(a: Any, b: Any, path: str) -> Parts:
    require(path, "rows", a.num_rows, b.num_rows)
    yield Part(f"{path}.schema", a.schema, b.schema)
    for place, (x, y) in enumerate(zip(a.columns, b.columns, strict=True)):
        yield Part(f"{path}.column({place})", x, y)


@compare.register
def compare_chunked(a: pa.ChunkedArray, b: pa.ChunkedArray, path: str) -> Parts:
    require_type(a.type, b.type, path)
    require(path, "chunks", list(map(len, a.chunks)), list(map(len, b.chunks)))
    for place, (x, y) in enumerate(zip(a.chunks, b.chunks, strict=True)):
        yield Part(f"{path}.chunk({place})", x, y)


@compare.register
def compare_arrow_scalar(a: pa.Scalar, b: pa.Scalar, path: str) -> Parts:
    require_type(a.type, b.type, path)
    yield Part(path, pa.repeat(a, 1), pa.repeat(b, 1))


@compare.register
def compare_arrow(a: pa.Array, b: pa.Array, path: str) -> Parts:
    require_type(a.type, b.type, path)
    require(path, "length", len(a), len(b))
    require(path, "nulls", a.is_null().to_pylist(), b.is_null().to_pylist())
    require(path, "null count", a.null_count, b.null_count)
    for name, find in INSIDES.items():
        if isinstance(a.type, name):
            for step, x, y in zip(STEPS[name], find(a), find(b), strict=False):
                yield Part(f"{path}.{step}", x, y)
            return
    if pa.types.is_floating(a.type):
        require(path, "bits", *(x.drop_null().to_numpy().tobytes().hex() for x in (a, b)))
    else:
        require(path, "values", *(x.cast(plain(x.type)).to_pylist() for x in (a, b)))


def plain(of: pa.DataType) -> pa.DataType:
    """A type whose values Python has in full: no nanoseconds are dropped, no zone is looked up."""
    return pa.int64() if pa.types.is_timestamp(of) or pa.types.is_duration(of) else of


def picked(array: pa.Array, places: Any) -> pa.Array:
    """The items at these places. Arrow's own `take` and `filter` are not for every type."""
    parts = [array[place : place + 1] for place in map(int, places)] or [array[:0]]
    return pa.concat_arrays(parts) if len(parts) > 1 else parts[0]


def present(array: pa.Array) -> Any:
    """The places of what is not null."""
    return np.flatnonzero(array.is_valid().to_numpy(zero_copy_only=False))


def shown(array: pa.Array) -> list[pa.Array]:
    """The fields of a struct where it is not null."""
    fields = [array.field(place) for place in range(array.type.num_fields)]
    return [picked(field, present(array)) for field in fields]


def grouped(array: pa.Array) -> list[pa.Array]:
    return [lengths(array), array.flatten()]


def entries(array: pa.Array) -> list[pa.Array]:
    # Not `keys` and `items`, which know of no slices where nothing is left.
    maps = [cell.values for cell in array if cell.is_valid and len(cell.values)]
    whole = [pa.concat_arrays(maps) if len(maps) > 1 else maps[0]] if maps else []
    return [lengths(array), *(field for entries in whole for field in entries.flatten())]


def lengths(array: pa.Array) -> pa.Array:
    return pa.array([len(cell.values) if cell.is_valid else None for cell in array], pa.int64())


def members(array: pa.Array) -> list[pa.Array]:
    # Not `type_codes` and `offsets`, which know of no slices.
    _, codes, *offsets = array.buffers()[: array.type.num_buffers]
    codes = np.frombuffer(codes, "i1")[array.offset :][: len(array)]
    inner = []
    for place, code in enumerate(array.type.type_codes):
        places = np.flatnonzero(codes == code)
        if array.type.mode == "dense":
            places = np.frombuffer(offsets[0], "i4")[array.offset :][places]
        inner.append(picked(array.field(place), places))
    return [pa.array(codes), *inner]


def runs(array: pa.Array) -> list[pa.Array]:
    first, count = array.find_physical_offset(), array.find_physical_length()
    ends = [min(int(end.as_py()) - array.offset, len(array)) for end in array.run_ends]
    return [pa.array(ends[first : first + count], pa.int64()), array.values.slice(first, count)]


#: For types made of others, what their arrays are made of.
INSIDES = {
    pa.BaseExtensionType: lambda array: [array.storage],
    pa.DictionaryType: lambda array: [array.indices, array.dictionary],
    pa.RunEndEncodedType: runs,
    pa.UnionType: members,
    pa.StructType: shown,
    pa.MapType: entries,
    pa.ListType: grouped,
    pa.LargeListType: grouped,
    pa.ListViewType: grouped,
    pa.LargeListViewType: grouped,
    pa.FixedSizeListType: grouped,
}
STEPS = {
    pa.BaseExtensionType: ["storage"],
    pa.DictionaryType: ["indices", "dictionary"],
    pa.RunEndEncodedType: ["run_ends", "values"],
    pa.UnionType: ["type_codes", *(f"field({place})" for place in range(128))],
    pa.StructType: [f"field({place})" for place in range(1000)],
    pa.MapType: ["lengths", "keys", "items"],
    **{
        kind: ["lengths", "values"]
        for kind in (
            pa.ListType, pa.LargeListType, pa.ListViewType, pa.LargeListViewType, pa.FixedSizeListType
        )
    },
}  # fmt: skip


@compare.register
def compare_arrow_extension(a: pd.arrays.ArrowExtensionArray, b: Any, path: str) -> Parts:
    if not isinstance(a.dtype, pd.ArrowDtype):
        yield from strict.compare_extension_array(a, b, path)
        return
    require(path, "dtype", str(a.dtype), str(b.dtype))
    require(path, "length", len(a), len(b))
    chunks = [pa.chunked_array(x.__arrow_array__()).chunks for x in (a, b)]
    whole = [pa.concat_arrays(x) if len(x) > 1 else x[0] for x in chunks]
    yield Part(f"{path}.__arrow_array__()", *whole)
