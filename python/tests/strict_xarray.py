"""Strict equality of xarray: axes, order, data, indexes, attrs, and encodings."""

from __future__ import annotations

from typing import Any

import xarray as xr
from strict import Part, Parts, compare, require


@compare.register
def compare_variable(a: xr.Variable, b: xr.Variable, path: str) -> Parts:
    require(path, "dims", a.dims, b.dims)
    require(path, "shape", a.shape, b.shape)
    require(path, "array class", type(a._data), type(b._data))
    require(path, "dtype", str(a.dtype), str(b.dtype))
    yield from described(a, b, path)
    if isinstance(a, xr.IndexVariable):
        yield Part(f"{path}.to_index()", a.to_index(), b.to_index())
    else:
        yield Part(f"{path}.data", a.data, b.data, is_held=False)


@compare.register
def compare_data_array(a: xr.DataArray, b: xr.DataArray, path: str) -> Parts:
    yield Part(f"{path}.name", a.name, b.name)
    yield Part(f"{path}.variable", a.variable, b.variable, is_held=False)
    yield from coordinates(a, b, path)


@compare.register
def compare_dataset(a: xr.Dataset, b: xr.Dataset, path: str) -> Parts:
    require(path, "variables", list(a.variables), list(b.variables))
    yield from described(a, b, path)
    for name in a.data_vars:
        ours, theirs = a.variables[name], b.variables[name]
        yield Part(f"{path}[{name!r}]", ours, theirs, is_held=False)
    yield from coordinates(a, b, path)


def coordinates(a: Any, b: Any, path: str) -> Parts:
    require(path, "coords", list(a.coords), list(b.coords))
    require(path, "indexes", list(a.xindexes), list(b.xindexes))
    for name in a.coords:
        ours, theirs = a.coords[name].variable, b.coords[name].variable
        yield Part(f"{path}.coords[{name!r}]", ours, theirs, is_held=False)
    for name in a.xindexes:
        require(path, "kind of index", type(a.xindexes[name]), type(b.xindexes[name]))
        pair = a.xindexes[name].to_pandas_index(), b.xindexes[name].to_pandas_index()
        yield Part(f"{path}.xindexes[{name!r}]", *pair)
        together = [list(x.xindexes.get_all_coords(name)) for x in (a, b)]
        require(path, "coordinates of one index", *together)


def described(a: Any, b: Any, path: str) -> Parts:
    yield Part(f"{path}.attrs", a.attrs, b.attrs, is_held=False)
    yield Part(f"{path}.encoding", a.encoding, b.encoding, is_held=False)
