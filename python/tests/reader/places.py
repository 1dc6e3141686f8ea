"""What may stand at a place among a node's children."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ZONES = {"ZONE"}
COLUMNS = {
    "COLUMN_FIXED", "COLUMN_MASKED", "COLUMN_ZONED", "COLUMN_TEXT", "COLUMN_CATEGORY", "COLUMN_OBJECT",
    "COLUMN_PERIOD", "COLUMN_INTERVAL", "COLUMN_SPARSE", "COLUMN_ARROW",
}  # fmt: skip
INDEXES = {"INDEX", "RANGE_INDEX"}
ARRAYS = {"ARRAY", "OBJECT_ARRAY", "STRUCTURED_ARRAY", "TEXT_ARRAY", "MASKED_ARRAY"}
STRINGS = {"LONG_STR", "SURROGATE_STR"}
#: Nodes that are no value of their own.
PARTS = {"ARROW_DATA", "ARROW_CHUNKS"}


def tag_of(node: Any) -> str | None:
    return node["tag"] if isinstance(node, dict) else None


def one_of(tags: set[str]) -> Callable[[Any], bool]:
    return lambda node: tag_of(node) in tags


def or_none(rule: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda node: node is None or rule(node)


def is_int(node: Any) -> bool:
    return type(node) is int or tag_of(node) == "BIG_INT"


def is_str(node: Any) -> bool:
    return type(node) is str or tag_of(node) in STRINGS


MEMORY = {"ARRAY", "LONG_BYTES", "ARROW_DATA"}

#: `built.py` adds the names of built nodes that have places of their own.
PLACES: dict[str, Callable[[Any], bool]] = {
    "any value": lambda node: tag_of(node) not in PARTS,
    "key": lambda node: True,
    "field name": lambda node: is_str(node) or tag_of(node) == "KEY",
    "int": is_int,
    "text": is_str,
    "flag": lambda node: type(node) is bool,
    "tuple": one_of({"TUPLE"}),
    "dict": one_of({"DICT"}),
    "zone": one_of(ZONES),
    "zone or None": or_none(one_of(ZONES)),
    "attrs": or_none(one_of({"DICT"})),
    "column": one_of(COLUMNS),
    "index": one_of(INDEXES),
    "labels": one_of(INDEXES | {"MULTI_INDEX"}),
    "scalar": one_of({"NUMPY_SCALAR"}),
    "array": one_of({"ARRAY"}),
    "any array": one_of(ARRAYS),
    "any array or None": or_none(one_of(ARRAYS)),
    "memory": or_none(lambda node: type(node) is bytes or tag_of(node) in MEMORY),
}


def is_key_place(place: str) -> bool:
    """Whether a short text stands here as a KEY."""
    return place in ("key", "field name")
