"""Pictures of Arrow's arrays and tables: their memory, read as the document lays it out, beside what pyarrow has.

Cells are compared as plain values: a time is its count, a decimal its bytes,
a text its UTF-8. So neither side has to make the other's objects.
"""

from __future__ import annotations

import bisect
import decimal
import itertools
import struct
from collections.abc import Iterator
from typing import Any

from agrees.arrays import held
from agrees.walk import Parts, agrees, is_a, require

Node = dict[str, Any]

#: Words of `struct` for the values of each type.
NUMBERS = {
    "int8": "b", "int16": "h", "int32": "i", "int64": "q", "uint8": "B", "uint16": "H", "uint32": "I",
    "uint64": "Q", "float16": "e", "float32": "f", "float64": "d", "date32": "i", "date64": "q", "time32": "i",
    "time64": "q", "timestamp": "q", "duration": "q",
}  # fmt: skip
TEXTS = {"string", "large_string", "string_view"}
BYTES = {"binary", "large_binary", "binary_view"}
LISTS = {"list", "large_list", "list_view", "large_list_view", "map"}
LARGE = {"large_string", "large_binary", "large_list", "large_list_view"}
#: Python's own context has 28 digits.
EXACT = decimal.Context(prec=100)
DECIMALS = {"decimal32": 4, "decimal64": 8, "decimal128": 16, "decimal256": 32}


def plain(picture: Any) -> Any:
    """A picture of plain values as the values."""
    if not isinstance(picture, dict):
        return picture
    assert picture["tag"] == "TUPLE"
    return tuple(map(plain, picture["children"]))


# ---------------------------------------------------------------- types


def described(kind: Any) -> tuple[Any, ...]:
    """A type of pyarrow as the document describes it."""
    import pyarrow as pa

    names = {
        pa.bool_(): "bool", pa.float16(): "float16", pa.float32(): "float32", pa.float64(): "float64",
        pa.date32(): "date32", pa.date64(): "date64",
    }  # fmt: skip
    if kind in names:
        return (names[kind],)
    name = str(kind).partition("[")[0].partition("(")[0].partition("<")[0]
    if pa.types.is_timestamp(kind):
        return "timestamp", kind.unit, kind.tz
    if name in ("duration", "time32", "time64"):
        return name, kind.unit
    if name in DECIMALS:
        return name, kind.precision, kind.scale
    if name == "fixed_size_binary":
        return name, kind.byte_width
    if pa.types.is_run_end_encoded(kind):
        return name, described(kind.run_end_type), described(kind.value_type)
    if pa.types.is_struct(kind):
        return name, *(field_described(kind.field(at)) for at in range(kind.num_fields))
    if pa.types.is_map(kind):
        return (
            name,
            field_described(kind.key_field),
            field_described(kind.item_field),
            kind.keys_sorted,
        )
    if name == "fixed_size_list":
        return name, field_described(kind.value_field), kind.list_size
    if name in LISTS:
        return name, field_described(kind.value_field)
    if pa.types.is_dictionary(kind):
        return name, described(kind.index_type), described(kind.value_type), kind.ordered
    return (name,)


def field_described(field: Any) -> tuple[Any, ...]:
    return field.name, described(field.type), field.nullable, metadata_of(field)


def metadata_of(described: Any) -> Any:
    return None if described.metadata is None else tuple(described.metadata.items())


def schema_described(schema: Any) -> tuple[Any, ...]:
    return metadata_of(schema), *map(field_described, schema)


# ---------------------------------------------------------------- memory, as the document has it


def cells(kind: tuple[Any, ...], data: Node) -> list[Any]:
    """The cells of an ARROW_DATA, None for nulls."""
    length, *parts = data["children"]
    name = kind[0]
    if name == "null":
        return [None] * length
    if name == "run_end_encoded":
        ends = numbers(kind[1], parts[0])
        starts = [0, *ends[:-1]]
        runs = zip(cells(kind[2], parts[1]), starts, ends, strict=True)
        return [cell for cell, start, end in runs for _ in range(end - start)] if ends else []
    if name == "dictionary":
        validity, indices, values = parts
        words = cells(kind[2], values)
        found: Iterator[Any] = (words[at] if words else None for at in numbers(kind[1], indices))
        return [
            cell if there else None
            for cell, there in zip(found, present(validity, length), strict=True)
        ]
    validity = present(parts[0], length)
    return [
        cell if there else None
        for cell, there in zip(values_of(kind, length, parts[1:]), validity, strict=True)
    ]


def values_of(kind: tuple[Any, ...], length: int, parts: list[Any]) -> list[Any]:
    name = kind[0]
    if name == "bool":
        return bits(items_of(parts[0]), length)
    if name in NUMBERS:
        return numbers(kind, parts[0])
    if name in DECIMALS:
        return pieces(items_of(parts[0]), [DECIMALS[name]] * length)
    if name == "fixed_size_binary":
        return pieces(items_of(parts[0]), [kind[1]] * length)
    if name == "month_day_nano_interval":
        return [struct.unpack("<iiq", item) for item in pieces(items_of(parts[0]), [16] * length)]
    if name in TEXTS | BYTES:
        return pieces(bytes_of(parts[1]), lengths(name, parts[0]))
    if name in LISTS:
        inner = entry_type(kind)
        return pieces(cells(inner, parts[1]), lengths(name, parts[0]))
    if name == "fixed_size_list":
        return pieces(cells(kind[1][1], parts[0]), [kind[2]] * length)
    assert name == "struct", name
    fields = [cells(field[1], part) for field, part in zip(kind[1:], parts, strict=True)]
    return (
        [list(row) for row in zip(*fields, strict=True)] if fields else [[] for _ in range(length)]
    )


def entry_type(kind: tuple[Any, ...]) -> tuple[Any, ...]:
    """What the items of a list are; the entries of a map are a struct."""
    return ("struct", *kind[1:3]) if kind[0] == "map" else kind[1][1]


def items_of(node: Node) -> bytes:
    require("axes", len(node["shape"]), 1)
    return node["items"]


def bytes_of(node: Any) -> bytes:
    return node if isinstance(node, bytes) else node["bytes"]


def numbers(kind: tuple[Any, ...], node: Node) -> list[Any]:
    data, code = items_of(node), NUMBERS[kind[0]]
    return list(struct.unpack(f"<{len(data) // struct.calcsize('<' + code)}{code}", data))


def lengths(name: str, node: Node) -> list[int]:
    return numbers(("int64" if name in LARGE else "int32",), node)


def pieces(whole: Any, sizes: list[int]) -> list[Any]:
    ends = list(itertools.accumulate(sizes, initial=0))
    require("the sum of the lengths", ends[-1], len(whole))
    return [whole[a:b] for a, b in itertools.pairwise(ends)]


def bits(data: bytes, count: int) -> list[bool]:
    return [bool(data[at // 8] >> at % 8 & 1) for at in range(count)]


def present(validity: Node | None, count: int) -> list[bool]:
    return [True] * count if validity is None else bits(items_of(validity), count)


# ---------------------------------------------------------------- memory, as pyarrow has it


def arrow_cells(array: Any) -> list[Any]:
    """The cells of an array of pyarrow, as `cells` gives them."""
    kind = described(array.type)
    name = kind[0]
    if name == "null":
        return [None] * len(array)
    if name == "dictionary":
        words = arrow_cells(array.dictionary)
        return [None if at is None else words[at] for at in array.indices.to_pylist()]
    if name == "run_end_encoded":
        ends, words = array.run_ends.to_pylist(), arrow_cells(array.values)
        return [words[bisect.bisect_right(ends, array.offset + at)] for at in range(len(array))]
    there = [cell.is_valid for cell in array]
    return [
        cell if is_there else None
        for cell, is_there in zip(arrow_values(kind, array), there, strict=True)
    ]


def arrow_values(kind: tuple[Any, ...], array: Any) -> Iterator[Any]:
    name = kind[0]
    if name in TEXTS:
        return (None if cell is None else cell.encode() for cell in array.to_pylist())
    if name in DECIMALS:
        return (decimal_bytes(cell, *kind) for cell in array.to_pylist())
    if name == "month_day_nano_interval":
        return (None if cell is None else tuple(cell) for cell in array.to_pylist())
    if name == "struct":
        fields = [arrow_cells(field) for field in array.flatten()]
        return (list(row) for row in zip(*fields, strict=True)) if fields else ([] for _ in array)
    if name in LISTS or name == "fixed_size_list":
        return (None if not cell.is_valid else arrow_cells(cell.values) for cell in array)
    if name in NUMBERS and not name.startswith(("int", "uint", "float")):
        return iter(array.view(f"int{8 * struct.calcsize('<' + NUMBERS[name])}").to_pylist())
    return iter(array.to_pylist())


def decimal_bytes(cell: Any, name: str, precision: int, scale: int) -> bytes | None:
    if cell is None:
        return None
    return int(EXACT.scaleb(cell, scale)).to_bytes(DECIMALS[name], "little", signed=True)


# ---------------------------------------------------------------- objects


def require_memory(node: Node, kind: tuple[Any, ...], array: Any) -> None:
    require("cells", repr(cells(kind, node)), repr(arrow_cells(array)))


def require_chunks(node: Node, kind: tuple[Any, ...], column: Any) -> None:
    require("chunks", node["count"], column.num_chunks)
    for chunk, array in zip(node["children"], column.chunks, strict=True):
        require_memory(chunk, kind, array)


def typed(node: Node, value: Any) -> tuple[tuple[Any, ...], Node]:
    """The type and the other child of a node that begins with its type."""
    kind, rest = node["children"]
    require("type", plain(kind), described(value.type))
    return plain(kind), rest


@agrees("COLUMN_ARROW")
def column_arrow(node: Node, value: Any) -> None:
    found = held(value)._pa_array
    kind, data = typed(node, found)
    require("rows", len(found), node["rows"])
    require_memory(data, kind, found.combine_chunks())


@agrees("ARROW_ARRAY")
def array(node: Node, value: Any) -> None:
    kind, data = typed(node, value)
    require_memory(data, kind, value)


@agrees("ARROW_CHUNKED")
def chunked(node: Node, value: Any) -> None:
    kind, chunks = typed(node, value)
    require_chunks(chunks, kind, value)


@agrees("ARROW_SCALAR")
def scalar(node: Node, value: Any) -> None:
    import pyarrow as pa

    kind, data = typed(node, value)
    require_memory(data, kind, pa.array([value], type=value.type))


@agrees("ARROW_TABLE", "ARROW_BATCH")
def table(node: Node, value: Any) -> None:
    import pyarrow as pa

    is_table = node["tag"] == "ARROW_TABLE"
    is_a(value, pa.Table if is_table else pa.RecordBatch)
    schema, rows, *columns = node["children"]
    require("schema", plain(schema), schema_described(value.schema))
    require("rows", rows, value.num_rows)
    check = require_chunks if is_table else require_memory
    for field, column, array in zip(value.schema, columns, value.columns, strict=True):
        check(column, described(field.type), array)


@agrees("ARROW_TYPE")
def type_(node: Node, value: Any) -> None:
    require("type", plain(node["children"][0]), described(value))


@agrees("ARROW_FIELD")
def field(node: Node, value: Any) -> None:
    require("field", plain(node["children"][0]), field_described(value))


@agrees("ARROW_SCHEMA")
def schema(node: Node, value: Any) -> Parts | None:
    require("schema", plain(node["children"][0]), schema_described(value))
    return None
