"""xarray's Variables, DataArrays and Datasets: arrays with names for their axes, and indexes.

A coordinate that an index makes is stored with the index, once. What xarray
reads a file for when it is asked, and what dask would have to compute, is
refused: a save must not begin a computation that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from xarray.core.extension_array import PandasExtensionArray
from xarray.core.indexes import PandasIndex, PandasMultiIndex
from xarray.core.indexing import PandasIndexingAdapter, PandasMultiIndexingAdapter

from . import Later, Parts, RefusedError

#: What an encoding says plainly; codecs and the like are objects of other libraries.
_PLAIN = (type(None), bool, int, float, str, bytes, np.generic, np.dtype, np.ndarray)
#: Of a variable that an index is still to make. No stored array has metadata.
_UNMADE = np.dtype("V1", metadata={"made": "by an index"})


# ---------------------------------------------------------------- variables


def _take_variable(variable: Any) -> Parts:
    data = variable._data
    if type(data) is PandasIndexingAdapter:
        # A variable may lie over an index and be none: a coordinate made of dates is.
        is_index = type(variable) is xr.IndexVariable
        return _variable_parts(variable, (data.array, _spell_dtype(data), is_index))
    return _variable_parts(variable, _data(data))


def _variable_parts(variable: Any, data: Any) -> Parts:
    # An empty dict and none are told apart by nobody.
    attrs = variable._attrs or None
    return Parts("XARRAY_VARIABLE", [tuple(variable.dims), data, attrs, _encoding(variable)])


def _data(data: Any) -> Any:
    if type(data) is np.ndarray:
        return data
    if type(data) is PandasExtensionArray:
        return data.array
    if type(data) is PandasMultiIndexingAdapter:
        raise RefusedError("can't keep a level of a MultiIndex by itself; store its .to_numpy()")
    kind = f"{type(data).__module__}.{type(data).__qualname__}"
    if kind.startswith("dask"):
        raise RefusedError("can't keep what is not computed yet; store its .compute()")
    if kind.startswith("xarray"):
        raise RefusedError("can't keep what is not read yet; store its .load()")
    raise RefusedError(f"can't keep an array of this class; store its .as_numpy(): {kind}")


def _spell_dtype(adapter: Any) -> str | None:
    """The dtype that an index is shown in, when it is not the one that follows from the index."""
    shown = adapter.dtype
    if shown == PandasIndexingAdapter(adapter.array).dtype:
        return None
    if isinstance(shown, np.dtype) and _is_its_text(shown):
        return shown.str
    raise RefusedError(
        f"can't keep an index that is shown in this dtype; convert it with astype(...): {shown}"
    )


def _is_its_text(dtype: Any) -> bool:
    """Whether a dtype's text says all there is to say of it."""
    is_plain = dtype.kind in "biufcmMSUVO" and dtype.names is None and dtype.subdtype is None
    return is_plain and not dtype.metadata


def _dtype(text: Any) -> Any:
    dtype = np.dtype(text) if type(text) is str else None
    if dtype is None or dtype.str != text or not _is_its_text(dtype):
        raise ValueError("a dtype that is none")
    return dtype


def _encoding(holder: Any) -> Any:
    """What an encoding says, each dtype as its text."""
    spelt = []
    for name, value in (holder._encoding or {}).items():
        items = value if isinstance(value, (tuple, list)) else [value]
        if not all(isinstance(item, _PLAIN) for item in items):
            raise RefusedError(
                f"can't keep an encoding with objects in it; drop it with .drop_encoding(): {name}"
            )
        is_dtype = isinstance(value, np.dtype)
        if is_dtype and not _is_its_text(value):
            raise RefusedError(
                f"can't keep an encoding of a dtype that is more than its text; drop it with .drop_encoding(): {name}"
            )
        spelt.append((name, is_dtype, value.str if is_dtype else value))
    return tuple(spelt) or None


def _put_variable(parts: list[Any], rows: int) -> Any:
    dims, data, attrs, encoding = parts
    return _variable(dims, data, attrs, encoding)


def _variable(dims: Any, data: Any, attrs: Any, encoding: Any) -> Any:
    cls = xr.Variable
    if type(data) is tuple:
        index, dtype, is_index = data
        if not isinstance(index, pd.Index) or type(is_index) is not bool:
            raise TypeError("an index is wanted here")
        cls = xr.IndexVariable if is_index else xr.Variable
        data = PandasIndexingAdapter(index, None if dtype is None else _dtype(dtype))
    elif isinstance(data, pd.api.extensions.ExtensionArray):
        data = PandasExtensionArray(data)
    elif data is None:
        # See `_put_indexes`.
        data = np.empty((0,) * len(dims), _UNMADE)
    elif type(data) is not np.ndarray:
        raise TypeError("an array is wanted here")
    return cls(dims, data, _attrs(attrs), _decoded(encoding), fastpath=True)


def _attrs(attrs: Any) -> Any:
    if attrs is not None and type(attrs) is not dict:
        raise TypeError("attrs are a dict")
    return attrs


def _decoded(encoding: Any) -> dict[Hashable, Any] | None:
    if encoding is None:
        return None
    return {name: _dtype(value) if is_dtype else value for name, is_dtype, value in encoding}


# ---------------------------------------------------------------- indexes


def _take_indexes(indexes: Mapping[Hashable, Any]) -> tuple[Any, ...]:
    """Each index once: its axis, itself, and the names and dtypes of what it makes."""
    by_identity: dict[int, tuple[Any, list[Hashable]]] = {}
    for name, index in indexes.items():
        by_identity.setdefault(id(index), (index, []))[1].append(name)
    return tuple(_spell_index(index, names) for index, names in by_identity.values())


def _spell_index(index: Any, names: list[Hashable]) -> tuple[Any, ...]:
    if type(index) is PandasMultiIndex:
        dtypes = [np.dtype(index.level_coords_dtype[name]).str for name in index.index.names]
        if names == [index.dim, *index.index.names]:
            return (index.dim, index.index, tuple(dtypes))
    elif type(index) is PandasIndex and names == [index.index.name]:
        return (
            index.dim,
            index.index,
            _spell_dtype(PandasIndexingAdapter(index.index, index.coord_dtype)),
        )
    step = "take it off with .drop_indexes(...)"
    raise RefusedError(f"can't keep an index of this kind; {step}: {type(index).__qualname__}")


def _put_indexes(spelt: Any, variables: dict[Hashable, Any]) -> dict[Hashable, Any]:
    """The indexes by name; the variables that they make take the places of those without data."""
    indexes: dict[Hashable, Any] = {}
    for dim, index, dtypes in spelt:
        if isinstance(index, pd.MultiIndex):
            levels = dict(zip(index.names, map(_dtype, dtypes), strict=True))
            made = PandasMultiIndex(index, dim, levels)
        elif isinstance(index, pd.Index):
            made = PandasIndex(index, dim, None if dtypes is None else _dtype(dtypes))
        else:
            raise TypeError("an index is wanted here")
        for name, variable in made.create_variables(variables).items():
            if name in indexes or variables[name].dims != (dim,) or not _is_unmade(variables[name]):
                raise ValueError("an index over a variable of its own")
            variables[name], indexes[name] = variable, made
    if any(map(_is_unmade, variables.values())):
        raise ValueError("a variable without data that no index makes")
    return indexes


def _is_unmade(variable: Any) -> bool:
    return bool(variable.dtype.metadata) if isinstance(variable.dtype, np.dtype) else False


def _take_named(
    variables: Mapping[Hashable, Any], indexes: Mapping[Hashable, Any], name: Hashable
) -> Later:
    variable = variables[name]
    if name not in indexes:
        return Later(name, lambda: _take_variable(variable))
    adapter = variable._data
    # xarray makes both at once; by other ways they may come to differ.
    if not _is_same_index(getattr(adapter, "array", None), indexes[name].index):
        step = "take the index off with .drop_indexes(...)"
        raise RefusedError(f"can't keep a coordinate that its index did not make; {step}: {name}")
    return Later(name, lambda: _variable_parts(variable, None))


def _is_same_index(ours: Any, theirs: Any) -> bool:
    return ours is theirs or (isinstance(ours, pd.Index) and ours.identical(theirs))


# ---------------------------------------------------------------- arrays and datasets


def _take_array(array: Any) -> Parts:
    indexes = array._indexes
    named = [
        part for name in array._coords for part in (name, _take_named(array._coords, indexes, name))
    ]
    variable = Later("variable", lambda: _take_own(array))
    return Parts("XARRAY_ARRAY", [array.name, variable, _take_indexes(indexes), *named])


def _take_own(array: Any) -> Parts:
    """The variable of an array; a level of a MultiIndex is the coordinate of its name."""
    variable = array._variable
    if type(variable._data) is PandasMultiIndexingAdapter and array.name in array._indexes:
        level = array._coords[array.name]._data
        if _is_same_index(level.array, variable._data.array):
            return _variable_parts(variable, None)
    return _take_variable(variable)


def _take_dataset(dataset: Any) -> Parts:
    variables, indexes = dataset._variables, dataset._indexes
    head = [dataset._attrs or None, _encoding(dataset), _take_indexes(indexes)]
    named = [
        part
        for name in variables
        for part in (name, name in dataset._coord_names, _take_named(variables, indexes, name))
    ]
    return Parts("XARRAY_DATASET", [*head, *named])


def _put_array(parts: list[Any], rows: int) -> Any:
    name, variable, spelt, *named = parts
    coords = dict(zip(named[::2], named[1::2], strict=True))
    _require_distinct(coords, named, 2)
    indexes = _put_indexes(spelt, coords)
    if _is_unmade(variable):
        made = coords[name]
        variable = type(made)(
            variable.dims, made._data, variable.attrs, variable.encoding, fastpath=True
        )
    # As a Dataset, which looks whether the axes fit.
    xr.Dataset._construct_direct({object(): variable, **coords}, set(coords))
    if not all(set(coord.dims) <= set(variable.dims) for coord in coords.values()):
        raise ValueError("a coordinate along another axis")
    return xr.DataArray(variable, coords, name=name, indexes=indexes, fastpath=True)


def _put_dataset(parts: list[Any], rows: int) -> Any:
    attrs, encoding, spelt, *named = parts
    variables = dict(zip(named[::3], named[2::3], strict=True))
    _require_distinct(variables, named, 3)
    coords = {
        name for name, is_coord in zip(named[::3], named[1::3], strict=True) if is_coord is True
    }
    if not all(type(is_coord) is bool for is_coord in named[1::3]):
        raise TypeError("whether a variable is a coordinate is a bool")
    indexes = _put_indexes(spelt, variables)
    if not indexes.keys() <= coords:
        raise ValueError("an index over what is no coordinate")
    return xr.Dataset._construct_direct(
        variables, coords, attrs=_attrs(attrs), indexes=indexes, encoding=_decoded(encoding)
    )


def _require_distinct(variables: dict[Hashable, Any], named: list[Any], step: int) -> None:
    if len(variables) * step != len(named):
        raise ValueError("two variables of one name")


def _refuse_tree(tree: Any) -> Parts:
    raise RefusedError("can't keep a DataTree; store its .to_dict()")


CLASSES: dict[str, Callable[[Any], Parts]] = {
    "Variable": _take_variable,
    "IndexVariable": _take_variable,
    "DataArray": _take_array,
    "Dataset": _take_dataset,
    "DataTree": _refuse_tree,
}
KINDS: dict[str, Callable[[list[Any], int], Any]] = {
    "XARRAY_VARIABLE": _put_variable,
    "XARRAY_ARRAY": _put_array,
    "XARRAY_DATASET": _put_dataset,
}
