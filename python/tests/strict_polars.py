"""Strict equality of polars' Series and DataFrames: names, dtypes, nulls, bits, and what is inside."""

from __future__ import annotations

from typing import Any

import polars as pl
from strict import Part, Parts, compare, require


@compare.register
def compare_polars_frame(a: pl.DataFrame, b: pl.DataFrame, path: str) -> Parts:
    require(path, "shape", a.shape, b.shape)
    require(path, "columns", a.columns, b.columns)
    for x, y in zip(a.get_columns(), b.get_columns(), strict=True):
        yield Part(f"{path}[{x.name!r}]", x, y, is_held=False)


@compare.register
def compare_polars_series(a: pl.Series, b: pl.Series, path: str) -> Parts:
    require(path, "name", a.name, b.name)
    require(path, "dtype", (repr(a.dtype), a.dtype == b.dtype), (repr(b.dtype), True))
    require(path, "length", len(a), len(b))
    require(path, "nulls", a.is_null().to_list(), b.is_null().to_list())
    for step, x, y in zip(steps(a.dtype), inside(a), inside(b), strict=True):
        yield Part(f"{path}.{step}", x, y, is_held=False)
    if not steps(a.dtype):
        require(path, "values", *map(values, (a, b)))


def steps(dtype: Any) -> list[str]:
    if isinstance(dtype, (pl.List, pl.Array)):
        return ["len()", "explode()"]
    return (
        [f"struct[{field.name!r}]" for field in dtype.fields]
        if isinstance(dtype, pl.Struct)
        else []
    )


def inside(series: pl.Series) -> list[pl.Series]:
    if isinstance(series.dtype, (pl.List, pl.Array)):
        lists = series.arr.to_list() if isinstance(series.dtype, pl.Array) else series
        lengths = lists.list.len()
        return [lengths, lists.filter(lengths > 0).explode()]
    if isinstance(series.dtype, pl.Struct):
        return [series.struct.field(field.name) for field in series.dtype.fields]
    return []


def values(series: pl.Series) -> Any:
    if series.dtype.is_float():
        return series.drop_nulls().to_numpy().tobytes().hex()
    if series.dtype.is_temporal() and series.dtype != pl.Date:
        # What is finer than a microsecond is nothing to Python.
        return series.to_physical().to_list()
    return series.to_list()
