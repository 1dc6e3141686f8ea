"""Pictures of built nodes beside the objects of NumPy and pandas that they are of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from agrees.arrays import held
from agrees.walk import Made, Parts, agrees, children, is_a, require

# ---------------------------------------------------------------- NumPy


def is_fortran(value: np.ndarray) -> bool:
    return bool(value.flags.f_contiguous and not value.flags.c_contiguous)


def in_memory_order(value: np.ndarray) -> np.ndarray:
    return value.flatten("F" if is_fortran(value) else "C")


@agrees("OBJECT_ARRAY")
def object_array(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, np.ndarray)
    require("dtype", value.dtype, np.dtype(object))
    cells = in_memory_order(value)
    return children(node, value.shape, is_fortran(value), value.flags.writeable, cells)


def described(dtype: np.dtype) -> tuple[Any, ...]:
    """A structured dtype as the document describes it."""
    fields = []
    for name in dtype.names:
        part, offset, *title = dtype.fields[name]
        base, shape = part.subdtype or (part, ())
        inner = base.str if base.names is None else described(base)
        fields.append((name, title[0] if title else None, offset, shape, inner))
    return dtype.itemsize, dtype.isalignedstruct, dtype.type is np.record, tuple(fields)


def without_padding(value: np.ndarray) -> np.ndarray:
    """The items with zeros where no field is, as raw bytes."""
    clean = np.zeros(value.shape, value.dtype, order="F" if is_fortran(value) else "C")
    copy_fields(clean, np.asarray(value))
    raw = clean.view(np.ndarray).view(f"V{value.dtype.itemsize}")
    raw.setflags(write=value.flags.writeable)
    return raw


def copy_fields(into: np.ndarray, value: np.ndarray) -> None:
    for name in value.dtype.names:
        if value.dtype[name].base.names:
            copy_fields(into[name], value[name])
        else:
            into[name] = value[name]


@agrees("STRUCTURED_ARRAY")
def structured_array(node: dict[str, Any], value: Any) -> Parts:
    is_record = isinstance(value, np.recarray)
    is_a(value, np.recarray if is_record else np.ndarray)
    return children(node, described(value.dtype), Made(without_padding(value)), is_record)


@agrees("STRUCTURED_SCALAR")
def structured_scalar(node: dict[str, Any], value: Any) -> Parts:
    item = np.void(without_padding(np.array(value)).tobytes())
    return children(node, described(value.dtype), item, value.flags.writeable)


@agrees("MASKED_ARRAY")
def masked_array(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, np.ma.MaskedArray)
    mask = None if value.mask is np.ma.nomask else Made(value.mask)
    return children(node, Made(value.data), mask, own_fill_value(value), value.hardmask)


def own_fill_value(value: np.ma.MaskedArray) -> Any:
    """The fill value, None when it is the default; that of small ints and objects is of no such dtype."""
    with np.errstate(over="ignore"):
        own, default = value.fill_value, np.ma.array(np.empty(0, value.dtype)).fill_value
    if type(own) is type(default) and repr(own) == repr(default):
        return None
    fill = np.empty((), value.dtype)
    fill[()] = own
    return Made(fill)


@agrees("MASKED_CONSTANT")
def masked_constant(node: dict[str, Any], value: Any) -> None:
    require("value", value is np.ma.masked, True)


@agrees("TEXT_ARRAY")
def text_array(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, np.ndarray)
    missing = getattr(value.dtype, "na_object", ...)
    cells = np.empty(value.size, dtype=object)
    cells[:] = [cell if isinstance(cell, str) else None for cell in in_memory_order(value)]
    flags = is_fortran(value), value.flags.writeable, value.dtype.coerce
    return children(node, value.shape, *flags, missing, cells)


# ---------------------------------------------------------------- pandas


@agrees("MULTI_INDEX")
def multi_index(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, pd.MultiIndex)
    require("rows", len(value), node["rows"])
    levels = [level.rename(None) for level in value.levels]
    codes = [Made(np.asarray(code)) for code in value.codes]
    pairs = [part for pair in zip(levels, codes, strict=True) for part in pair]
    return children(node, tuple(value.names), value.sortorder, *pairs)


def in_brackets(dtype: Any) -> str:
    return str(dtype).partition("[")[2].removesuffix("]")


@agrees("COLUMN_PERIOD")
def column_period(node: dict[str, Any], value: Any) -> Parts:
    found = held(value)
    require("rows", len(found), node["rows"])
    return children(node, in_brackets(found.dtype), Made(found.asi8))


@agrees("COLUMN_INTERVAL")
def column_interval(node: dict[str, Any], value: Any) -> Parts:
    found = held(value)
    require("rows", len(found), node["rows"])
    return children(node, found.closed, found.left.rename(None), found.right.rename(None))


@agrees("COLUMN_SPARSE")
def column_sparse(node: dict[str, Any], value: Any) -> Parts:
    found = held(value)
    require("rows", len(found), node["rows"])
    positions = Made(found.sp_index.indices)
    return children(node, found.kind, found.fill_value, found.sp_values, positions)


@agrees("PERIOD")
def period(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, pd.Period)
    freq = in_brackets(pd.PeriodIndex([value]).dtype)
    return children(node, freq, value.ordinal)


@agrees("INTERVAL")
def interval(node: dict[str, Any], value: Any) -> Parts:
    is_a(value, pd.Interval)
    return children(node, value.closed, value.left, value.right)


@agrees("OFFSET")
def offset(node: dict[str, Any], value: Any) -> Parts:
    require("is an offset", isinstance(value, pd.offsets.BaseOffset), True)
    return children(node, value.freqstr)
