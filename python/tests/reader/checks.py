"""What must be true of a whole node: a writer makes no other."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import pathlib
import re
import struct
from typing import Any

from reader.cbor import Damage, require, require_spelling
from reader.dtypes import dtype

Node = dict[str, Any]

LEAF_LEN = 4096
FACTORIES = [
    "list",
    "dict",
    "set",
    "int",
    "float",
    "str",
    "bool",
    "tuple",
    "bytes",
    "frozenset",
    "complex",
]
PANDAS_UNITS = ["s", "ms", "us", "ns"]
MOST_AXES = 64
#: Minutes and microseconds of a day.
DAY_MINUTES, DAY = 1440, 86_400_000_000
ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", re.ASCII)
CODES = {"|i1": "b", "<i2": "h", "<i4": "i", "<i8": "q"}
#: Of a column of text: its flavours, of which only the first has cells of several kinds that are missing.
FLAVOURS, MISSING_KINDS, OBJECT = 5, 4, 0
#: Flavours that keep their text in pyarrow's memory.
OF_ARROW = 2, 4


def int_of(node: Any) -> int:
    if isinstance(node, int):
        return node
    magnitude = int.from_bytes(node["magnitude"], "big")
    return -magnitude if node["negative"] else magnitude


def str_of(node: Any) -> str:
    if isinstance(node, str):
        return node
    errors = "surrogatepass" if node["tag"] == "SURROGATE_STR" else "strict"
    return node["text"].decode(errors=errors) if isinstance(node["text"], bytes) else node["text"]


# ---------------------------------------------------------------- built-ins


def big_int(node: Node) -> None:
    require(not node["magnitude"].startswith(b"\0"), "a leading zero")
    require(not -(2**64) <= int_of(node) < 2**64, "a small int as a big one")


def long_str(node: Node) -> None:
    require(len(node["text"]) >= LEAF_LEN, "a short text as a long one")
    utf_8(node["text"])


def surrogate_str(node: Node) -> None:
    surrogates(node["text"])


def utf_8(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        raise Damage("text that is not UTF-8") from None


def surrogates(data: bytes) -> None:
    """`surrogatepass` bytes that have a surrogate in them."""
    try:
        text = data.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        raise Damage("text that is not surrogatepass") from None
    require_spelling(
        any("\ud800" <= letter <= "\udfff" for letter in text), "text without surrogates"
    )


def long_bytes(node: Node) -> None:
    require(len(node["bytes"]) >= LEAF_LEN, "short bytes as long ones")


def factory(node: Node) -> None:
    require(node["factory"] in (None, *FACTORIES), "a factory that is not there")


def deque(node: Node) -> None:
    require(node["maxlen"] is None or node["count"] <= node["maxlen"], "a deque over its maximum")


def range_(node: Node) -> None:
    require(int_of(node["children"][2]) != 0, "a range without a step")


def decimal_(node: Node) -> None:
    text = str_of(node["children"][0])
    try:
        number = decimal.Decimal(text)
    except decimal.InvalidOperation:
        raise Damage("not a decimal") from None
    require_spelling(str(number) == text, "a decimal that is written otherwise")


def fraction(node: Node) -> None:
    numerator, denominator = map(int_of, node["children"])
    require_spelling(denominator > 0, "a denominator that is not positive")
    require_spelling(math.gcd(numerator, denominator) == 1, "a fraction that can be reduced")


def uuid_(node: Node) -> None:
    require(len(node["bytes"]) == 16, "a UUID of another length")
    require(node["is_safe"] in (None, 0, -1), "a flag that Python has not")


def path(node: Node) -> None:
    require(node["flavour"] < 4, "a path of another flavour")
    kinds = pathlib.PurePosixPath, pathlib.PureWindowsPath
    text = str_of(node["children"][0])
    require_spelling(
        str(kinds[node["flavour"] % 2](text)) == text, "a path that is written otherwise"
    )


# ---------------------------------------------------------------- times


def date(node: Node) -> None:
    try:
        dt.date(node["year"], node["month"], node["day"])
    except (ValueError, OverflowError):
        raise Damage("a day that is not there") from None


def time(node: Node) -> None:
    in_day = node["hour"] < 24 and node["minute"] < 60 and node["second"] < 60
    require(in_day and node["microsecond"] < 10**6, "a time that is not there")


def datetime_(node: Node) -> None:
    date(node)
    time(node)


def timedelta(node: Node) -> None:
    require(abs(node["days"]) <= 999_999_999, "more days than Python has")
    require(node["seconds"] < 86400 and node["microseconds"] < 10**6, "a timedelta not normalised")


def zone(node: Node) -> None:
    name = node.get("key", node.get("name") if node["kind"] == 3 else None)
    require(name is None or is_zone_name(name), "a name that no zone has")
    if node["kind"] == 0:
        require(abs(node["offset"]) < DAY, "an offset of a day or more")
    if node["kind"] == 4:
        require(abs(node["minutes"]) < DAY_MINUTES, "an offset of a day or more")


def is_zone_name(name: str) -> bool:
    """Not a path that leads elsewhere."""
    return len(name) <= 64 and bool(ZONE_NAME.fullmatch(name))


def timestamp(node: Node) -> None:
    pandas_timedelta(node)


def pandas_timedelta(node: Node) -> None:
    is_64_bits(node["count"])
    require(node["count"] != -(2**63), "a moment that is none")
    require(node["unit"] in PANDAS_UNITS, "a unit that pandas has not")


def is_64_bits(number: int) -> None:
    require(-(2**63) <= number < 2**63, "an integer of more than 64 bits")


# ---------------------------------------------------------------- NumPy


def numpy_scalar(node: Node) -> None:
    found = dtype(node["dtype"])
    require(len(node["bytes"]) == found.size, "an item of another length")
    require_spelling(not node["dtype"].startswith(">"), "a scalar of swapped bytes")
    require_spelling(found.kind != "b" or node["bytes"] in (b"\0", b"\1"), "a bool that is neither")


def array(node: Node) -> None:
    require(len(node["shape"]) <= MOST_AXES, "too many axes")
    size = dtype(node["dtype"]).size
    extent = math.prod(axis for axis in node["shape"] if axis) * max(size, 1)
    require(extent < 2**63, "an array that is too large")
    require(len(node["items"]) == math.prod(node["shape"]) * size, "items of another length")
    has_order = sum(axis > 1 for axis in node["shape"]) > 1 and 0 not in node["shape"]
    require_spelling(has_order or not node["fortran"], "Fortran order of items that have none")


# ---------------------------------------------------------------- columns


def column_fixed(node: Node) -> None:
    found = dtype(node["dtype"])
    size = found.size
    require(size > 0, "a column of no width")
    is_time = found.kind in "mM"
    is_of_pandas = node["dtype"].startswith("<") and node["dtype"][4:-1] in PANDAS_UNITS
    require(not is_time or is_of_pandas, "dates of a dtype that pandas has not")
    require(len(node["values"]) == node["rows"] * size, "values of another length")


def column_masked(node: Node) -> None:
    column_fixed(node)
    has_mask = dtype(node["dtype"]).kind in "biuf" and node["dtype"] != "<f2"
    require(has_mask and not node["dtype"].startswith(">"), "a dtype that has no mask")
    validity(node)


def column_zoned(node: Node) -> None:
    require(node["unit"] in PANDAS_UNITS, "a unit that pandas has not")
    require(len(node["values"]) == node["rows"] * 8, "values of another length")


def validity(node: Node) -> None:
    """The bitmap: as long as it must be, and only where something is missing."""
    bitmap, rows = node["validity"], node["rows"]
    if bitmap is None:
        return
    require(len(bitmap) == (rows + 7) // 8, "a bitmap of another length")
    bits = int.from_bytes(bitmap, "little")
    require_spelling(bits >> rows == 0, "a bit after the last row")
    require_spelling(bits.bit_count() < rows, "a bitmap that says nothing")


def is_valid(node: Node, row: int) -> bool:
    bitmap = node["validity"]
    return bitmap is None or bool(bitmap[row // 8] >> row % 8 & 1)


def column_text(node: Node) -> None:
    require(node["flavour"] < FLAVOURS, "strings of another flavour")
    require(node["missing"] < MISSING_KINDS, "missing cells of another kind")
    require(
        not (node["surrogates"] and node["flavour"] in OF_ARROW), "surrogates in Arrow's memory"
    )
    says_nothing = node["flavour"] != OBJECT or node["validity"] is None
    require_spelling(not (node["missing"] and says_nothing), "a kind of missing cells, and none is")
    require(len(node["lengths"]) == node["rows"] * 4, "lengths of another length")
    validity(node)
    lengths = struct.unpack(f"<{node['rows']}I", node["lengths"])
    require(sum(lengths) == len(node["text"]), "lengths that do not add up to their text")
    start = 0
    has_surrogates = False
    for row, length in enumerate(lengths):
        require_spelling(length == 0 or is_valid(node, row), "text of a missing cell")
        has_surrogates |= check_string(node["text"][start : start + length], node["surrogates"])
        start += length
    require_spelling(
        has_surrogates == node["surrogates"], "no surrogates, and the column says some"
    )


def check_string(data: bytes, may_have_surrogates: bool) -> bool:
    """Whether a string has surrogates."""
    try:
        data.decode()
    except UnicodeDecodeError:
        require(may_have_surrogates, "text that is not UTF-8")
        surrogates(data)
        return True
    return False


def column_category(node: Node) -> None:
    require(node["dtype"] in CODES, "codes of another dtype")
    width = struct.calcsize(f"<{CODES[node['dtype']]}")
    require(len(node["codes"]) == node["rows"] * width, "codes of another length")
    count = index_rows(node["children"][0])
    for code in struct.unpack(f"<{node['rows']}{CODES[node['dtype']]}", node["codes"]):
        require(-1 <= code < count, "a code of no category")


# ---------------------------------------------------------------- pandas


def index_rows(node: Node) -> int:
    if node["tag"] == "RANGE_INDEX":
        return len(range(node["start"], node["stop"], node["step"]))
    return node["rows"] if node["tag"] == "MULTI_INDEX" else node["children"][1]["rows"]


def range_index(node: Node) -> None:
    for name in ("start", "stop", "step"):
        is_64_bits(node[name])
    require(node["step"] != 0, "a range without a step")


def series(node: Node) -> None:
    _, index, column, attrs = node["children"]
    require(index_rows(index) == column["rows"], "an index of another length")
    require_spelling(attrs is None or attrs["count"] > 0, "attrs of nothing")


def frame(node: Node) -> None:
    index, labels, attrs, *columns = node["children"]
    require_spelling(attrs is None or attrs["count"] > 0, "attrs of nothing")
    require(index_rows(index) == node["rows"], "an index of another length")
    require(index_rows(labels) == node["columns"], "another number of labels")
    require(all(column["rows"] == node["rows"] for column in columns), "a column of another length")
