"""The memory of Arrow arrays: what all layouts share.

A layout is how arrays of a type lie in memory. Each is a pair of functions, one
that takes such an array apart and one that puts it together, in
`_arrow_flat.py` and `_arrow_nested.py`; here are the bitmaps, offsets and
checks they have in common, and the way from a type to its layout.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from . import Parts

#: The dtype of one value, for types of fixed width; `V16` is 16 bytes.
FIXED = {
    "int8": "|i1", "int16": "<i2", "int32": "<i4", "int64": "<i8",
    "uint8": "|u1", "uint16": "<u2", "uint32": "<u4", "uint64": "<u8",
    "halffloat": "<f2", "float": "<f4", "double": "<f8",
    "date32[day]": "<i4", "date64[ms]": "<i8", "month_day_nano_interval": "|V16",
}  # fmt: skip
_FIXED_BY_CLASS = {
    "TimestampType": "<i8", "DurationType": "<i8", "Time32Type": "<i4", "Time64Type": "<i8",
    "Decimal32Type": "<i4", "Decimal64Type": "<i8", "Decimal128Type": "|V16", "Decimal256Type": "|V32",
}  # fmt: skip

#: Text and bytes whose offsets are of this dtype.
TEXT = {"string": "<i4", "binary": "<i4", "large_string": "<i8", "large_binary": "<i8"}
#: Text and bytes of views, and what they are read and made as.
VIEWS = {"string_view": "large_string", "binary_view": "large_binary"}
LISTS = {"ListType": "<i4", "MapType": "<i4", "LargeListType": "<i8"}
LIST_VIEWS = {"ListViewType": "<i4", "LargeListViewType": "<i8"}


class Data(NamedTuple):
    """An ARROW_DATA node as it was loaded: anything may be in it."""

    length: Any
    parts: list[Any]


#: For each layout, who takes such an array apart and who puts one together.
Layouts = dict[str, tuple[Callable[..., list[Any]], Callable[..., Any]]]
LAYOUTS: Layouts = {}


def validated(array: Any) -> Any:
    """The array, or Arrow's own error when something in it is wrong."""
    array.validate(full=True)
    return array


def layout_of(of: Any) -> str:
    """Which pair of functions knows the memory of a type."""
    name, kind = str(of), type(of).__name__
    if (
        name in FIXED
        or kind in _FIXED_BY_CLASS
        or (kind == "FixedSizeBinaryType" and of.byte_width)
    ):
        return "fixed"
    if name in TEXT:
        return "text"
    if name in VIEWS:
        return "view"
    if name in ("null", "bool"):
        return name
    return _LAYOUT_BY_CLASS[kind]


_LAYOUT_BY_CLASS = {
    **dict.fromkeys(LISTS, "list"),
    **dict.fromkeys(LIST_VIEWS, "list view"),
    "FixedSizeBinaryType": "empty",
    "FixedSizeListType": "fixed-size list",
    "StructType": "struct",
    "DictionaryType": "dictionary",
    "RunEndEncodedType": "run-end",
    "SparseUnionType": "sparse union",
    "DenseUnionType": "dense union",
}


def dtype_of(of: Any) -> str:
    """The dtype of the values of a type of fixed width."""
    if type(of).__name__ == "FixedSizeBinaryType":
        return f"|V{of.byte_width}"
    return FIXED.get(str(of)) or _FIXED_BY_CLASS[type(of).__name__]


def apart(array: Any, shown: Any) -> Parts:
    """The memory of an array that is valid.

    `shown` are bools, False where a null further out hides a value; None when none is hidden.
    """
    if hasattr(array, "storage"):
        array = array.storage
    parts = LAYOUTS[layout_of(array.type)][0](array, shown)
    return Parts("ARROW_DATA", [len(array), *parts])


def together(of: Any, data: Any) -> Any:
    """The array of a type over memory that was loaded; not validated yet."""
    if type(data) is not Data or type(data.length) is not int or not 0 <= data.length < 2**62:
        raise TypeError("the memory of an array has a length and parts")
    if isinstance(of, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(of, together(of.storage_type, data))
    made = LAYOUTS[layout_of(of)][1](of, data.length, *data.parts)
    if made.type != of or len(made) != data.length:
        raise ValueError("memory of another type or length")
    return made


# ---------------------------------------------------------------- taking apart


def valid_of(array: Any, shown: Any) -> Any:
    """Bools of which values are there; None when all are."""
    bitmap = array.buffers()[0]
    if bitmap is None or array.null_count == 0:
        valid = shown
    else:
        valid = unpacked(bitmap, array.offset, len(array))
        valid = valid if shown is None else valid & shown
    return None if valid is None or np.all(valid) else valid


def unpacked(bitmap: Any, offset: int, length: int) -> Any:
    first = offset // 8
    bits = np.frombuffer(bitmap, "u1", (offset + length + 7) // 8 - first, first)
    return np.unpackbits(bits, count=offset % 8 + length, bitorder="little")[offset % 8 :].view(
        bool
    )


def packed(bits: Any) -> Any:
    """Bools as a bitmap, least significant bit first; None stays None."""
    return None if bits is None else still(np.packbits(bits, bitorder="little"))


def still(array: Any) -> Any:
    """Not writable, like all of Arrow's memory: whether it happens to be would be a difference."""
    array.flags.writeable = False
    return array


def items_of(buffer: Any, dtype: str, offset: int, length: int) -> Any:
    """Items of a buffer, where they lie."""
    if length == 0:
        return still(np.empty(0, dtype))
    return still(np.frombuffer(buffer, dtype, length, offset * np.dtype(dtype).itemsize))


def lengths_of(array: Any, dtype: str, valid: Any) -> tuple[Any, int, int, bool]:
    """Length of each value, where the first begins and the last ends, and whether some lie under a null."""
    if len(array) == 0:
        return items_of(None, dtype, 0, 0), 0, 0, False
    offsets = items_of(array.buffers()[1], dtype, array.offset, len(array) + 1)
    lengths = np.diff(offsets)
    hides = valid is not None and bool(lengths[~valid].any())
    return lengths, int(offsets[0]), int(offsets[-1]), hides


# ---------------------------------------------------------------- putting together


def checked(items: Any, dtype: str, length: int) -> Any:
    """An array of exactly this dtype and length."""
    if type(items) is not np.ndarray or items.dtype != dtype or items.shape != (length,):
        raise ValueError("an array of another dtype or length than its place")
    return np.ascontiguousarray(items)


def buffer_of(items: Any, dtype: str, length: int) -> Any:
    return pa.py_buffer(checked(items, dtype, length))


def bits_of(items: Any, length: int) -> Any:
    return buffer_of(items, "|u1", (length + 7) // 8)


def validity_of(items: Any, length: int) -> Any:
    return None if items is None else bits_of(items, length)


def array_from(of: Any, length: int, buffers: list[Any], children: list[Any] | None = None) -> Any:
    return pa.Array.from_buffers(of, length, buffers, children=children)


def offsets_of(lengths: Any, dtype: str, length: int, total: int) -> Any:
    """Where each value begins, and the last ends, from lengths that add up to `total`."""
    lengths = checked(lengths, dtype, length)
    if length and (lengths.min() < 0 or lengths.max() > total):
        raise ValueError("a length below 0 or beyond what is there")
    if (
        sum(map(int, lengths)) != total
        if length * total >= 2**62
        else int(lengths.sum(dtype="i8")) != total
    ):
        raise ValueError("lengths that do not add up to what is there")
    if total > np.iinfo(dtype).max:
        raise ValueError("more than offsets of this type reach")
    offsets = np.zeros(length + 1, dtype)
    np.cumsum(lengths, out=offsets[1:])
    return pa.py_buffer(offsets)
