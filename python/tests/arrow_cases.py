"""Arrow arrays of every type, for tables of cases and as seeds."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid

import numpy as np
import pyarrow as pa

#: A field that has all there is to have.
FIELD = pa.field("k", pa.string(), nullable=False, metadata={"unit": "m", "b": "2"})
D = decimal.Decimal
DAY = dt.date(2024, 2, 29)
INTS = [
    pa.int8(),
    pa.int16(),
    pa.int32(),
    pa.int64(),
    pa.uint8(),
    pa.uint16(),
    pa.uint32(),
    pa.uint64(),
]
WORDS = ["a", None, "\u00e4\U0001f600", "", "more than twelve bytes of text"]
LISTS = [["a"], None, [], ["b", "c"], ["d"]]
DECIMALS = [D("1.1"), None, D("-2.5"), D("0.0")]


def extension(of: pa.DataType, *values: object) -> pa.Array:
    return pa.ExtensionArray.from_storage(of, pa.array(values, of.storage_type))


NUMBERS = {
    **{str(of): pa.array([1, None, 0, 100], of) for of in INTS},
    "float16": pa.array(np.array([1, np.nan, -0.0, 6e4], "f2")),
    "float32": pa.array([1.5, None, -0.0, float("nan")], pa.float32()),
    "float64": pa.array([1.5, None, -0.0, float("nan"), float("inf")]),
    "a NaN of other bits": pa.array(np.array([0x7FF8_0000_0000_0123], "u8").view("f8")),
    "decimal128": pa.array(DECIMALS, pa.decimal128(30, 1)),
    "decimal256": pa.array(DECIMALS, pa.decimal256(70, 1)),
    "decimal32": pa.array(DECIMALS, pa.decimal32(3, 1)),
    "decimal64": pa.array(DECIMALS, pa.decimal64(9, 1)),
    "decimal of a scale below 0": pa.array([D("1E+2"), None], pa.decimal128(5, -2)),
    "bool": pa.array([True, None, False, True] * 5),
    "bool, nothing missing": pa.array([True, False] * 9),
    "long": pa.array(np.arange(100_000)),
    "long with nulls": pa.array([None, 1, 2] * 30_000),
}
TEXT = {
    str(of): pa.array(WORDS, of) for of in (pa.string(), pa.large_string(), pa.string_view())
} | {
    "long": pa.array([f"word {place}" for place in range(20_000)]),
    "all null": pa.array([None, None], pa.string()),
}
BYTES = {
    str(of): pa.array([b"a", None, b"\0\xff", b"", b"x" * 30], of)
    for of in (pa.binary(), pa.large_binary(), pa.binary_view())
} | {
    "fixed size": pa.array([b"abc", None, b"\0\0\0"], pa.binary(3)),
    "fixed size of 0": pa.array([b"", None], pa.binary(0)),
}
TIMES = {
    "date32": pa.array([DAY, None], pa.date32()),
    "date64": pa.array([DAY, None], pa.date64()),
    **{f"time32[{unit}]": pa.array([1, None], pa.time32(unit)) for unit in ("s", "ms")},
    **{f"time64[{unit}]": pa.array([1, None], pa.time64(unit)) for unit in ("us", "ns")},
    **{f"timestamp[{unit}]": pa.array([1, None, -1], pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")},
    **{
        f"timestamp in {zone}": pa.array([1, None], pa.timestamp("ns", zone))
        for zone in ("UTC", "Europe/Paris", "+07:30")
    },
    **{f"duration[{unit}]": pa.array([1, None], pa.duration(unit)) for unit in ("s", "ms", "us", "ns")},
    "month, day, nano": pa.array([(1, 2, 3), None, (-1, 0, -5)], pa.month_day_nano_interval()),
}  # fmt: skip
NESTED = {
    "list": pa.array(LISTS, pa.list_(FIELD)),
    "large list": pa.array(LISTS, pa.large_list(FIELD)),
    "list view": pa.array(LISTS, pa.list_view(FIELD)),
    "large list view": pa.array(LISTS, pa.large_list_view(FIELD)),
    "fixed-size list": pa.array([[1, 2], None, [3, None]], pa.list_(pa.int8(), 2)),
    "fixed-size list of 0": pa.array([[], None, []], pa.list_(pa.int8(), 0)),
    "struct": pa.array(
        [{"a": 1, "b": "x"}, None, {"a": None, "b": None}], pa.struct([("a", pa.int8()), ("b", pa.string())])
    ),
    "struct of nothing": pa.array([{}, None, {}], pa.struct([])),
    "struct of two fields of one name": pa.StructArray.from_arrays([pa.array([1, 2]), pa.array([3, 4])], ["a", "a"]),
    "struct, not null inside": pa.array([{"k": "x"}, None], pa.struct([FIELD])),
    "map": pa.array([[("a", 1), ("b", None)], None, []], pa.map_(pa.string(), pa.int8())),
    "map, sorted, of named fields": pa.array(
        [[("a", 1)], None],
        pa.map_(pa.field("word", pa.string(), nullable=False), pa.field("count", pa.int8()), keys_sorted=True),
    ),
    "lists of lists": pa.array([[[1], None, [2, 3]], None, []], pa.list_(pa.list_(pa.int64()))),
    "lists of structs of dictionaries": pa.array(
        [[{"a": "x"}, None], None, [{"a": "y"}]],
        pa.list_(pa.struct([("a", pa.dictionary(pa.int8(), pa.string()))])),
    ),
}  # fmt: skip
ENCODED = {
    "dictionary": pa.array(["a", None, "b", "a"], pa.dictionary(pa.int8(), pa.string())),
    "dictionary, ordered, unused value": pa.DictionaryArray.from_arrays([0, 1, None], ["x", "y", "z"], ordered=True),
    "dictionary of a null": pa.DictionaryArray.from_arrays([0, 1, None], pa.array(["x", None])),
    "dictionary of nothing": pa.DictionaryArray.from_arrays(pa.array([None, None], pa.int32()), pa.array([], "str")),
    "runs": pa.RunEndEncodedArray.from_arrays(pa.array([2, 5, 6], pa.int16()), pa.array(["a", None, "b"])),
    "sparse union": pa.UnionArray.from_sparse(
        pa.array([0, 1, 0], pa.int8()), [pa.array([1, 2, 3]), pa.array(["a", "b", "c"])], ["i", "s"], [0, 1]
    ),
    "dense union": pa.UnionArray.from_dense(
        pa.array([5, 7, 5], pa.int8()), pa.array([0, 0, 1], pa.int32()),
        [pa.array([1, 2]), pa.array(["a"])], ["i", "s"], [5, 7],
    ),
    "dense union, gaps": pa.UnionArray.from_dense(
        pa.array([0, 0, 1], pa.int8()), pa.array([0, 2, 1], pa.int32()), [pa.array([1, 2, 3]), pa.array(["a", "b"])]
    ),
    "null": pa.nulls(5),
}  # fmt: skip
EXTENSIONS = {
    "uuid": extension(pa.uuid(), uuid.UUID(int=7).bytes, None),
    "bool8": extension(pa.bool8(), 1, None, 0),
    "json": extension(pa.json_(pa.large_string()), "{}", None),
    "opaque": extension(pa.opaque(pa.int8(), "point", "geo"), 1, None),
    "tensor": extension(pa.fixed_shape_tensor(pa.int8(), [2, 1], ["a", "b"], [1, 0]), [1, 2], None),
    "list of uuids": pa.ListArray.from_arrays([0, 1, 2], extension(pa.uuid(), b"u" * 16, None)),
}

KINDS = {
    "numbers and bools": NUMBERS,
    "text": TEXT,
    "bytes": BYTES,
    "dates, times and durations": TIMES,
    "lists, structs and maps": NESTED,
    "dictionaries, runs, unions, nulls": ENCODED,
    "Arrow's own extensions": EXTENSIONS,
}
ARRAYS = {
    f"{kind}: {name}": array for kind, table in KINDS.items() for name, array in table.items()
}
