"""Pictures of built nodes beside the objects of scipy, polars, plotly, Altair and xarray that they are of."""

from __future__ import annotations

from typing import Any

import numpy as np

from agrees.arrow import NUMBERS, arrow_cells, cells, plain
from agrees.walk import Made, Parts, agrees, children, require

Node = dict[str, Any]

# ---------------------------------------------------------------- scipy


@agrees("SCIPY_SPARSE")
def sparse(node: Node, value: Any) -> Parts:
    is_matrix = type(value).__name__.endswith("_matrix")
    require("type", type(value).__name__, f"{value.format}_{'matrix' if is_matrix else 'array'}")
    is_canonical = value.format == "coo" and value.has_canonical_format
    parts = map(Made, sparse_parts(value))
    return children(node, value.format, is_matrix, value.shape, is_canonical, *parts)


def sparse_parts(value: Any) -> list[np.ndarray]:
    """The arrays that the document lists for each format."""
    if value.format in ("csr", "csc", "bsr"):
        return [value.data, value.indices, value.indptr]
    if value.format == "dia":
        return [value.data, value.offsets]
    if value.format == "coo":
        return [value.data, *value.coords]
    if value.format == "lil":
        pointers = np.cumsum([0, *map(len, value.rows)], dtype="<i8")
        data = [cell for row in value.data for cell in row]
        indices = [at for row in value.rows for at in row]
        return [np.array(data, value.dtype), np.array(indices, "<i8"), pointers]
    places = list(value.keys())
    axes = [np.array([place[axis] for place in places], "<i8") for axis in range(value.ndim)]
    return [np.array(list(value.values()), value.dtype), *axes]


# ---------------------------------------------------------------- polars

#: Arrow's names of the types that polars calls otherwise.
OF_ARROW = {
    "boolean": "bool",
    "date": "date32",
    "time": "time64",
    "datetime": "timestamp",
    "decimal": "decimal128",
}


def described(dtype: Any) -> tuple[Any, ...]:
    """A dtype of polars as the document describes it."""
    name = str(dtype.base_type()).lower()
    if name == "datetime":
        return name, dtype.time_unit, dtype.time_zone
    if name == "duration":
        return name, dtype.time_unit
    if name == "decimal":
        return name, dtype.precision, dtype.scale
    if name == "list":
        return name, described(dtype.inner)
    if name == "array":
        return name, described(dtype.inner), dtype.size
    if name == "struct":
        return name, *((field.name, described(field.dtype)) for field in dtype.fields)
    if name == "enum":
        return name, *dtype.categories
    if name == "map":
        return name, described(dtype.key), described(dtype.value)
    if name == "categorical" and not dtype.categories.is_global():
        own = dtype.categories
        return name, own.name(), own.namespace(), str(own.physical()).lower()
    return (name, None) if name == "categorical" else (name,)


def arrow_type(dtype: tuple[Any, ...]) -> tuple[Any, ...]:
    """The Arrow type whose memory a series of this dtype has."""
    name = OF_ARROW.get(dtype[0], dtype[0])
    if name in ("categorical", "enum"):
        return "dictionary", (index_type(dtype),), ("string_view",), name == "enum"
    if name in ("string", "binary"):
        return (f"{name}_view",)
    if name == "list":
        return "large_list", ("item", arrow_type(dtype[1]))
    if name == "array":
        return "fixed_size_list", ("item", arrow_type(dtype[1])), dtype[2]
    if name == "struct":
        return name, *((field, arrow_type(inner)) for field, inner in dtype[1:])
    if name == "map":
        return name, ("key", arrow_type(dtype[1])), ("value", arrow_type(dtype[2]))
    if name in WIDE:
        return "struct", ("low", ("uint64",)), ("high", ("uint64",))
    return (name,) if name in NUMBERS else (name, *dtype[1:])


#: Integers whose halves are stored, and a bit for each place of a half.
WIDE = ("int128", "uint128")
HALF = 2**64 - 1


def index_type(dtype: tuple[Any, ...]) -> str:
    count = len(dtype) - 1
    if dtype[0] == "categorical":
        return "uint32" if count == 1 else dtype[3]
    if count > 65_535:
        return "uint32"
    return "uint8" if count <= 255 else "uint16"


@agrees("POLARS_SERIES")
def series(node: Node, value: Any) -> None:
    name, dtype, data = node["children"]
    require("name", name, value.name)
    require("dtype", plain(dtype), described(value.dtype))
    found = cells(arrow_type(plain(dtype)), data)
    require("cells", repr(found), repr(series_cells(value.rechunk())))


def series_cells(values: Any) -> list[Any]:
    """The cells of a series; pyarrow has no integers of 128 bits."""
    name = str(values.dtype.base_type()).lower()
    if name in WIDE:
        halves = ((None if n is None else [n & HALF, n >> 64 & HALF]) for n in values.to_list())
        return list(halves)
    if name in ("list", "array"):
        return [None if cell is None else series_cells(cell) for cell in values]
    if name == "struct" and values.dtype.fields:
        fields = (series_cells(values.struct.field(field.name)) for field in values.dtype.fields)
        rows = map(list, zip(*fields, strict=True))
        return [None if gone else row for row, gone in zip(rows, values.is_null(), strict=True)]
    return arrow_cells(values.to_arrow())


@agrees("POLARS_FRAME")
def frame(node: Node, value: Any) -> Parts:
    return children(node, value.height, *map(Made, value.get_columns()))


# ---------------------------------------------------------------- plotly and Altair


@agrees("PLOTLY_FIGURE")
def figure(node: Node, value: Any) -> Parts:
    tree = {"data": list(value._data), "layout": value._layout}
    if value.frames:
        tree["frames"] = [frame._props for frame in value.frames]
    grid = None if value._grid_ref is None else (value._grid_str, places(value._grid_ref))
    return children(node, Made(tree), grid)


def places(grid: Any) -> tuple[Any, ...]:
    """Which axes each place of `make_subplots` has."""
    return tuple(
        tuple(cell and tuple((at[0], tuple(at[1]), at[2]) for at in cell) for cell in row)
        for row in grid
    )


@agrees("ALTAIR_PART")
def part(node: Node, value: Any) -> Parts:
    module = type(value).__module__.rpartition(".")[2]
    name = f"{module}.{type(value).__qualname__}"
    return children(node, name, value._args, Made(value._kwds))


@agrees("ALTAIR_UNDEFINED")
def undefined(node: Node, value: Any) -> None:
    require("type", type(value).__qualname__, "UndefinedType")


# ---------------------------------------------------------------- xarray


@agrees("XARRAY_VARIABLE")
def variable(node: Node, value: Any) -> Parts:
    dims, data, attrs, encoding = node["children"]
    yield ".dims", dims, value.dims
    yield ".attrs", attrs, Made(value.attrs or None)
    require("encoding", encoding is None, not value.encoding)
    if isinstance(data, dict) and data["tag"] == "TUPLE":
        yield ".index", data["children"][0], value.to_index()
    elif data is not None:
        yield ".data", data, Made(value.data)


@agrees("XARRAY_ARRAY")
def data_array(node: Node, value: Any) -> Parts:
    name, main, indexes, *coordinates = node["children"]
    yield ".name", name, value.name
    yield ".variable", main, value.variable
    yield from indexed(indexes, value)
    for at, coordinate in enumerate(value.coords):
        yield f".name {at}", coordinates[2 * at], coordinate
        yield f".coordinate {at}", coordinates[2 * at + 1], value.coords[coordinate].variable


@agrees("XARRAY_DATASET")
def dataset(node: Node, value: Any) -> Parts:
    attrs, encoding, indexes, *variables = node["children"]
    yield ".attrs", attrs, Made(value.attrs or None)
    require("encoding", encoding is None, not value.encoding)
    yield from indexed(indexes, value)
    require("variables", len(variables), 3 * len(value.variables))
    for at, name in enumerate(value.variables):
        yield f".name {at}", variables[3 * at], name
        yield f".is a coordinate {at}", variables[3 * at + 1], name in value.coords
        yield f".variable {at}", variables[3 * at + 2], value.variables[name]


def indexed(indexes: Node, value: Any) -> Parts:
    """The indexes over one axis each, which make the coordinates of their names."""
    require("indexes", indexes["count"], len(value.indexes))
    for node in indexes["children"]:
        name, index, _ = node["children"]
        yield f".index {name}", index, value.indexes[name]
