"""pyarrow's arrays, tables, scalars and types.

Chunks stay as they are in what is chunked: where they end can be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from . import Later, Parts, RefusedError, _arrow_data, _arrow_types
from ._arrow_memory import Data

#: What the classes of arrays and scalars are called, without `Array` and `Scalar`.
_NAMES = (
    "Null", "Boolean", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64",
    "HalfFloat", "Float", "Double", "Date32", "Date64", "Timestamp", "Time32", "Time64", "Duration",
    "MonthDayNanoInterval", "Binary", "LargeBinary", "BinaryView", "FixedSizeBinary",
    "String", "LargeString", "StringView", "Decimal32", "Decimal64", "Decimal128", "Decimal256",
    "List", "LargeList", "ListView", "LargeListView", "FixedSizeList", "Map", "Struct", "Union",
    "Dictionary", "RunEndEncoded", "Extension", "Uuid", "Bool8", "Json", "Opaque", "FixedShapeTensor",
)  # fmt: skip
_TYPES = (
    "", "Timestamp", "Time32", "Time64", "Duration", "FixedSizeBinary", "Decimal32", "Decimal64",
    "Decimal128", "Decimal256", "List", "LargeList", "ListView", "LargeListView", "FixedSizeList",
    "Struct", "Map", "Dictionary", "RunEndEncoded", "SparseUnion", "DenseUnion",
    "Uuid", "Bool8", "Json", "Opaque", "FixedShapeTensor",
)  # fmt: skip


def _take_array(array: Any) -> Parts:
    return Parts("ARROW_ARRAY", [_arrow_types.spell(array.type), _arrow_data.take_apart(array)])


def _take_chunked(array: Any) -> Parts:
    return Parts("ARROW_CHUNKED", [_arrow_types.spell(array.type), _chunks(array)])


def _chunks(array: Any) -> Parts:
    return Parts("ARROW_CHUNKS", [_arrow_data.take_apart(chunk) for chunk in array.chunks])


def _take_table(table: Any) -> Parts:
    return Parts("ARROW_TABLE", [_schema(table.schema), table.num_rows, *_columns(table, _chunks)])


def _take_batch(batch: Any) -> Parts:
    parts = _columns(batch, _arrow_data.take_apart)
    return Parts("ARROW_BATCH", [_schema(batch.schema), batch.num_rows, *parts])


def _columns(table: Any, take: Callable[[Any], Parts]) -> list[Later]:
    def taken(column: Any) -> Parts:
        _arrow_types.spell(column.type)
        return take(column)

    names = table.schema.names
    return [
        Later(name, lambda column=column: taken(column))  # type: ignore[misc]
        for name, column in zip(names, table.columns, strict=True)
    ]


def _schema(schema: Any) -> _arrow_types.Spelt:
    """The schema of a table, whose columns say themselves which of them can't be kept."""
    for field in schema:
        try:
            _arrow_types.spell_field(field)
        except RefusedError:
            return ()
    return _spell_schema(schema)


def _spell_schema(schema: Any) -> _arrow_types.Spelt:
    spelt = _arrow_types.spell_schema(schema)
    if not _arrow_types.parse_schema(spelt).equals(schema, check_metadata=True):
        raise RefusedError(
            "can't keep metadata in which a key comes twice; set it anew with .replace_schema_metadata(...)"
        )
    return spelt


def _take_field(field: Any) -> Parts:
    spelt = _arrow_types.spell_field(field)
    if not _arrow_types.parse_field(spelt).equals(field, check_metadata=True):
        raise RefusedError(
            "can't keep metadata in which a key comes twice; set it anew with .with_metadata(...)"
        )
    return Parts("ARROW_FIELD", [spelt])


def _take_scalar(scalar: Any) -> Parts:
    try:
        array = pa.repeat(scalar, 1)
    except (ValueError, TypeError, NotImplementedError) as error:
        step = "keep an array of it, or its .as_py()"
        message = f"can't keep a scalar of this Arrow type; {step}: {scalar.type}"
        raise RefusedError(message) from error
    return Parts("ARROW_SCALAR", [_arrow_types.spell(scalar.type), _arrow_data.take_apart(array)])


CLASSES: dict[str, Callable[[Any], Parts]] = {
    **{f"{name}Array": _take_array for name in _NAMES},
    **{f"{name}Scalar": _take_scalar for name in _NAMES},
    **{f"{name}Type": lambda of: Parts("ARROW_TYPE", [_arrow_types.spell(of)]) for name in _TYPES},
    "DataType": lambda of: Parts("ARROW_TYPE", [_arrow_types.spell(of)]),
    "Field": _take_field,
    "Schema": lambda schema: Parts("ARROW_SCHEMA", [_spell_schema(schema)]),
    "ChunkedArray": _take_chunked,
    "RecordBatch": _take_batch,
    "Table": _take_table,
}


# ---------------------------------------------------------------- putting together


def _put_data(parts: list[Any], rows: int) -> Data:
    return Data(parts[0], parts[1:])


def _put_chunks(parts: list[Any], rows: int) -> list[Data]:
    return parts


def _put_array(parts: list[Any], rows: int) -> Any:
    of, data = parts
    return _arrow_data.put_together(_arrow_types.parse(of), data)


def _put_chunked(parts: list[Any], rows: int) -> Any:
    of, chunks = parts
    return _chunked(_arrow_types.parse(of), chunks)


def _chunked(of: Any, chunks: list[Data]) -> Any:
    return pa.chunked_array([_arrow_data.put_together(of, data) for data in chunks], of)


def _put_table(parts: list[Any], rows: int) -> Any:
    return _filled(pa.Table, parts, _chunked)


def _put_batch(parts: list[Any], rows: int) -> Any:
    return _filled(pa.RecordBatch, parts, _arrow_data.put_together)


def _filled(cls: Any, parts: list[Any], put: Callable[[Any, Any], Any]) -> Any:
    spelt, row_count, *columns = parts
    schema = _arrow_types.parse_schema(spelt)
    if not columns and not schema:
        # A table may have rows and no columns.
        bare = pa.schema([pa.field("", pa.null())], schema.metadata)
        # Not `pa.nulls`, which takes memory for each row.
        nulls = pa.Array.from_buffers(pa.null(), row_count, [None])
        return cls.from_arrays([nulls], schema=bare).select([])
    arrays = [put(field.type, column) for field, column in zip(schema, columns, strict=True)]
    if any(len(array) != row_count for array in arrays):
        raise ValueError("a column of another length than the table")
    made = cls.from_arrays(arrays, schema=schema)
    made.validate()
    return made


def _put_scalar(parts: list[Any], rows: int) -> Any:
    (scalar,) = _put_array(parts, rows)
    return scalar


KINDS: dict[str, Callable[[list[Any], int], Any]] = {
    "ARROW_DATA": _put_data,
    "ARROW_CHUNKS": _put_chunks,
    "ARROW_ARRAY": _put_array,
    "ARROW_CHUNKED": _put_chunked,
    "ARROW_BATCH": _put_batch,
    "ARROW_TABLE": _put_table,
    "ARROW_SCALAR": _put_scalar,
    "ARROW_TYPE": lambda parts, rows: _arrow_types.parse(*parts),
    "ARROW_FIELD": lambda parts, rows: _arrow_types.parse_field(*parts),
    "ARROW_SCHEMA": lambda parts, rows: _arrow_types.parse_schema(*parts),
}
