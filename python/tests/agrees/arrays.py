"""Pictures of arrays and tables beside NumPy's and pandas' own, by their bytes."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pandas as pd

from agrees.walk import Parts, agrees, children, is_a, require


@agrees("NUMPY_SCALAR")
def numpy_scalar(node: dict[str, Any], value: Any) -> None:
    require("is a scalar", isinstance(value, np.generic), True)
    require("dtype", value.dtype.str, node["dtype"])
    # Of a string of no letters NumPy gives the bytes of one.
    require("bytes", value.tobytes()[: value.dtype.itemsize], node["bytes"])


@agrees("ARRAY")
def array(node: dict[str, Any], value: Any) -> None:
    is_a(value, np.ndarray)
    require("dtype", value.dtype.str, node["dtype"])
    require("shape", list(value.shape), node["shape"])
    require("writeable", value.flags.writeable, node["writeable"])
    is_fortran = value.flags.f_contiguous and not value.flags.c_contiguous
    require("Fortran order", is_fortran, node["fortran"])
    require("items", value.tobytes("F" if is_fortran else "C"), node["items"])


# ---------------------------------------------------------------- columns


def held(value: Any) -> Any:
    """The array of a series, an index or an extension array, as it is in memory."""
    found = value.array if isinstance(value, pd.Series | pd.Index) else value
    # Not what derives from it, as some arrays of strings do.
    is_plain = type(found) is pd.arrays.NumpyExtensionArray
    return found.to_numpy() if is_plain else found


@agrees("COLUMN_FIXED")
def column_fixed(node: dict[str, Any], value: Any) -> None:
    found = np.asarray(held(value))
    require("dtype", found.dtype.str, node["dtype"])
    require("rows", len(found), node["rows"])
    require("values", found.tobytes(), node["values"])


@agrees("COLUMN_MASKED")
def column_masked(node: dict[str, Any], value: Any) -> None:
    found = held(value)
    require("dtype", found.dtype.numpy_dtype.str, node["dtype"])
    require("values", found._data.tobytes(), node["values"])
    validity(node, found)


def validity(node: dict[str, Any], value: Any) -> None:
    valid = ~np.asarray(pd.isna(value), dtype=bool)
    packed = None if valid.all() else np.packbits(valid, bitorder="little").tobytes()
    require("rows", len(value), node["rows"])
    require("validity", packed, node["validity"])


@agrees("COLUMN_ZONED")
def column_zoned(node: dict[str, Any], value: Any) -> Parts:
    found = held(value)
    require("unit", found.dtype.unit, node["unit"])
    require("rows", len(found), node["rows"])
    require("values", found.asi8.tobytes(), node["values"])
    return children(node, found.dtype.tz)


@agrees("COLUMN_TEXT")
def column_text(node: dict[str, Any], value: Any) -> None:
    found = held(value)
    cells = [None if pd.isna(cell) else cell for cell in found]
    texts = [(cell or "").encode(errors="surrogatepass") for cell in cells]
    require("flavour", flavour(found.dtype), node["flavour"])
    require("lengths", struct.pack(f"<{len(texts)}I", *map(len, texts)), node["lengths"])
    require("text", b"".join(texts), node["text"])
    missing = {missing_kind(cell) for cell in found if not isinstance(cell, str)}
    if node["flavour"] == 0:
        require("missing", missing or {0}, {node["missing"]})
    validity(node, found)


def flavour(dtype: Any) -> int:
    if dtype.kind == "O" and isinstance(dtype, np.dtype):
        return 0
    # pandas 2.2 names the string dtype of pandas 3 in another way.
    storage = "pyarrow" if dtype.storage.startswith("pyarrow") else "python"
    return {"python": 1, "pyarrow": 2}[storage] + 2 * (dtype.na_value is not pd.NA)


def missing_kind(cell: Any) -> int:
    kinds = [cell is None, isinstance(cell, float), cell is pd.NA, cell is pd.NaT]
    return kinds.index(True)


@agrees("COLUMN_CATEGORY")
def column_category(node: dict[str, Any], value: Any) -> Parts:
    found = held(value)
    require("dtype", found.codes.dtype.str, node["dtype"])
    require("codes", found.codes.tobytes(), node["codes"])
    require("ordered", bool(found.ordered), node["ordered"])
    return children(node, found.categories)


@agrees("COLUMN_OBJECT")
def column_object(node: dict[str, Any], value: Any) -> Parts:
    found = held(value)
    require("dtype", found.dtype, np.dtype(object))
    return children(node, *found)


# ---------------------------------------------------------------- tables


@agrees("INDEX")
def index(node: dict[str, Any], value: Any) -> Parts:
    require("is an index", isinstance(value, pd.Index), True)
    require("is a range", isinstance(value, pd.RangeIndex), False)
    # That of periods is their dtype's.
    has_freq = isinstance(value, pd.DatetimeIndex | pd.TimedeltaIndex)
    require("freq", value.freqstr if has_freq else None, node["freq"])
    return children(node, value.name, value)


@agrees("RANGE_INDEX")
def range_index(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, pd.RangeIndex)
    for name in ("start", "stop", "step"):
        require(name, getattr(value, name), node[name])
    return children(node, value.name)


@agrees("SERIES")
def series(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, pd.Series)
    labels(node, value)
    return children(node, value.name, value.index, value, value.attrs or None)


@agrees("FRAME")
def frame(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, pd.DataFrame)
    labels(node, value)
    require("shape", value.shape, (node["rows"], node["columns"]))
    columns = [value.iloc[:, at] for at in range(value.shape[1])]
    return children(node, value.index, value.columns, value.attrs or None, *columns)


def labels(node: dict[str, Any], value: Any) -> None:
    allowed = value.flags.allows_duplicate_labels
    require("allows duplicate labels", allowed, node["allows_duplicate_labels"])


# ---------------------------------------------------------------- scalars of pandas


@agrees("TIMESTAMP")
def timestamp(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, pd.Timestamp)
    moment(node, value)
    require("fold", bool(value.fold), node["fold"])
    return children(node, value.tzinfo)


@agrees("PANDAS_TIMEDELTA")
def pandas_timedelta(node: dict[str, Any], value: Any) -> None:
    is_a(value, pd.Timedelta)
    moment(node, value)


def moment(node: dict[str, Any], value: Any) -> None:
    require("count", int(value.asm8.view("i8")), node["count"])
    require("unit", value.unit, node["unit"])


@agrees("NAT")
def nat(node: dict[str, Any], value: Any) -> None:
    require("value", value is pd.NaT, True)


@agrees("NA")
def na(node: dict[str, Any], value: Any) -> None:
    require("value", value is pd.NA, True)
