"""The table of tags: of each its fields, the places of its children, and what must be true of the whole."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from reader import built, checks
from reader.cbor import require

Field = Callable[[Any], Any]
SETS = {"SET", "FROZENSET"}


class Row(NamedTuple):
    """A tag."""

    name: str
    #: In their order. Each takes the tree that is being read.
    fields: dict[str, Field] = {}  # noqa: RUF012 (never changed)
    places: Callable[[dict[str, Any]], Iterable[str]] = lambda node: ()
    is_numbered: bool = False
    #: Refuses a node that is whole.
    check: Callable[[dict[str, Any]], None] = lambda node: None


def head(row: Row, tree: Any, count: int) -> dict[str, Any]:
    """Reads the fields of a node."""
    node: dict[str, Any] = {"tag": row.name}
    fields = row.fields
    if row.name == "ZONE":
        require(count > 0, "a zone of no kind")
        node["kind"] = tree.items.unsigned()
        require(node["kind"] in ZONES, "a zone of another kind")
        fields, count = ZONES[node["kind"]], count - 1
    require(count == len(fields), "a node of another number of fields")
    for name, field in fields.items():
        node[name] = field(tree)
    return node


# ---------------------------------------------------------------- fields


def unsigned(tree: Any) -> int:
    return tree.items.unsigned()


def integer(tree: Any) -> int:
    return tree.items.integer()


def count(tree: Any) -> int:
    return tree.items.count()


def text(tree: Any) -> str:
    return tree.items.text()


def bool_(tree: Any) -> bool:
    return tree.items.bool_()


def float_(tree: Any) -> float:
    return tree.items.float_()


def bytes_(tree: Any) -> bytes:
    return tree.items.bytes_()


def fixed(tree: Any) -> bytes:
    return tree.leaf("fixed")


def content(tree: Any) -> bytes:
    return tree.leaf("content")


def or_null(field: Field) -> Field:
    return lambda tree: None if tree.items.is_null() else field(tree)


def array_of(*fields: Field) -> Field:
    """An array of groups of these fields, flat."""

    def read(tree: Any) -> list[Any]:
        length = tree.items.array()
        require(length % len(fields) == 0, "half a pair")
        return [
            field(tree) for _, field in zip(range(length), itertools.cycle(fields), strict=False)
        ]

    return read


# ---------------------------------------------------------------- places of children


def none(node: dict[str, Any]) -> Iterable[str]:
    return ()


def always(*places: str) -> Callable[[dict[str, Any]], Iterable[str]]:
    return lambda node: places


def items(node: dict[str, Any]) -> Iterable[str]:
    return itertools.repeat("any value", node["count"])


def pairs(key: str) -> Callable[[dict[str, Any]], Iterable[str]]:
    return lambda node: itertools.islice(itertools.cycle((key, "any value")), 2 * node["count"])


def frame_parts(node: dict[str, Any]) -> Iterable[str]:
    return itertools.chain(
        ("labels", "labels", "attrs"), itertools.repeat("column", node["columns"])
    )


def cells(node: dict[str, Any]) -> Iterable[str]:
    return itertools.repeat("any value", node["rows"])


CLASS: dict[str, Field] = {"module": text, "qualname": text}
COUNT: dict[str, Field] = {"count": count}
DATE: dict[str, Field] = {"year": unsigned, "month": unsigned, "day": unsigned}
TIME: dict[str, Field] = {
    "hour": unsigned, "minute": unsigned, "second": unsigned, "microsecond": unsigned, "fold": bool_,
}  # fmt: skip

#: The fields of a zone, by its kind.
ZONES: dict[int, dict[str, Field]] = {
    0: {"offset": integer, "name": or_null(text)},
    1: {},
    2: {"key": text},
    3: {"name": text},
    4: {"minutes": integer},
}

ROWS: dict[int, Row] = {
    0: Row("SHARED", {"number": lambda tree: tree.reference()}),
    1: Row("KEY", {"text": lambda tree: tree.key()}),
    2: Row("BIG_INT", {"negative": bool_, "magnitude": content}, none, False, checks.big_int),
    3: Row("COMPLEX", {"real": float_, "imaginary": float_}),
    4: Row("LONG_STR", {"text": content}, none, False, checks.long_str),
    5: Row("SURROGATE_STR", {"text": content}, none, False, checks.surrogate_str),
    6: Row("LONG_BYTES", {"bytes": content}, none, False, checks.long_bytes),
    7: Row("BYTEARRAY", {"bytes": content}, none, True),
    8: Row("LIST", COUNT, items, True),
    9: Row("TUPLE", COUNT, items),
    10: Row("SET", COUNT, items, True),
    11: Row("FROZENSET", COUNT, items),
    12: Row("DICT", COUNT, pairs("key"), True),
    13: Row("ORDERED_DICT", COUNT, pairs("key"), True),
    14: Row("DEFAULT_DICT", {"factory": or_null(text)} | COUNT, pairs("key"), True, checks.factory),
    15: Row("DEQUE", {"maxlen": or_null(unsigned)} | COUNT, items, True, checks.deque),
    16: Row("RANGE", {}, always("int", "int", "int"), False, checks.range_),
    17: Row("SLICE", {}, always("any value", "any value", "any value")),
    18: Row("DECIMAL", {}, always("text"), False, checks.decimal_),
    19: Row("FRACTION", {}, always("int", "int"), False, checks.fraction),
    20: Row("UUID", {"bytes": bytes_, "is_safe": or_null(integer)}, none, False, checks.uuid_),
    21: Row("PATH", {"flavour": unsigned}, always("text"), False, checks.path),
    22: Row("DATE", DATE, none, False, checks.date),
    23: Row("TIME", TIME, always("zone or None"), False, checks.time),
    24: Row("DATETIME", DATE | TIME, always("zone or None"), False, checks.datetime_),
    25: Row(
        "TIMEDELTA",
        {"days": integer, "seconds": unsigned, "microseconds": unsigned},
        none,
        False,
        checks.timedelta,
    ),
    26: Row("ZONE", {}, none, False, checks.zone),
    27: Row("DATACLASS", CLASS | COUNT, pairs("field name"), True),
    28: Row("NAMED_TUPLE", CLASS | COUNT, pairs("field name")),
    29: Row("ENUM", CLASS | {"names": array_of(text)}),
    30: Row(
        "OPAQUE",
        CLASS
        | {
            "pickle": content,
            "buffers": array_of(fixed, bool_),
            "libraries": array_of(text, text),
        },
        none,
        True,
    ),
    31: Row("ELLIPSIS"),
    32: Row("NUMPY_SCALAR", {"dtype": text, "bytes": bytes_}, none, False, checks.numpy_scalar),
    33: Row(
        "ARRAY",
        {
            "dtype": text,
            "shape": array_of(unsigned),
            "fortran": bool_,
            "writeable": bool_,
            "items": fixed,
        },
        none,
        True,
        checks.array,
    ),
    40: Row(
        "COLUMN_FIXED",
        {"dtype": text, "rows": unsigned, "values": fixed},
        none,
        True,
        checks.column_fixed,
    ),
    41: Row(
        "COLUMN_MASKED",
        {"dtype": text, "rows": unsigned, "values": fixed, "validity": or_null(fixed)},
        none,
        True,
        checks.column_masked,
    ),
    42: Row(
        "COLUMN_ZONED",
        {"unit": text, "rows": unsigned, "values": fixed},
        always("zone"),
        True,
        checks.column_zoned,
    ),
    43: Row(
        "COLUMN_TEXT",
        {
            "flavour": unsigned,
            "missing": unsigned,
            "surrogates": bool_,
            "rows": unsigned,
            "lengths": fixed,
            "text": content,
            "validity": or_null(fixed),
        },
        none,
        True,
        checks.column_text,
    ),
    44: Row(
        "COLUMN_CATEGORY",
        {"dtype": text, "rows": unsigned, "ordered": bool_, "codes": fixed},
        always("index"),
        True,
        checks.column_category,
    ),
    45: Row("COLUMN_OBJECT", {"rows": count}, cells, True),
    50: Row("INDEX", {"freq": or_null(text)}, always("any value", "column")),
    51: Row(
        "RANGE_INDEX",
        {"start": integer, "stop": integer, "step": integer},
        always("any value"),
        False,
        checks.range_index,
    ),
    52: Row(
        "SERIES",
        {"allows_duplicate_labels": bool_},
        always("any value", "labels", "column", "attrs"),
        True,
        checks.series,
    ),
    53: Row(
        "FRAME",
        {"rows": unsigned, "columns": count, "allows_duplicate_labels": bool_},
        frame_parts,
        True,
        checks.frame,
    ),
    60: Row(
        "TIMESTAMP",
        {"count": integer, "unit": text, "fold": bool_},
        always("zone or None"),
        False,
        checks.timestamp,
    ),
    61: Row(
        "PANDAS_TIMEDELTA", {"count": integer, "unit": text}, none, False, checks.pandas_timedelta
    ),
    62: Row("NAT"),
    63: Row("NA"),
}


def built_row(row: built.Built) -> Row:
    fields = ({"rows": unsigned} if row.has_rows else {}) | COUNT
    return Row(row.name, fields, row.places, row.is_numbered)


ROWS |= {row.tag: built_row(row) for row in built.table()}
