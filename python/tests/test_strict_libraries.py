"""The judge is judged on what libraries make: a pair that differs in one respect alone is told apart."""

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import polars as pl
import pyarrow as pa
import pytest
import xarray as xr
from pairs import assert_told_apart, each_pair, each_side
from plotly.subplots import make_subplots
from scipy import sparse
from strict import assert_same


def chunks(*sizes: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.nulls(size) for size in sizes])


def union(*codes: int) -> pa.UnionArray:
    return pa.UnionArray.from_sparse(pa.array(codes, pa.int8()), [pa.array([1, 1])] * 2)


def runs(*ends: int, values: list) -> pa.RunEndEncodedArray:
    return pa.RunEndEncodedArray.from_arrays(pa.array(ends, pa.int32()), values)


def column(of: pa.Array) -> pd.Series:
    return pd.Series(pd.arrays.ArrowExtensionArray(of))


def stored(**attributes: object) -> sparse.csr_array:
    """A row of two ones, but for some of its arrays."""
    row = sparse.csr_array(np.ones((1, 2)))
    for name, value in attributes.items():
        setattr(row, name, value)
    return row


def canonical(is_canonical: bool) -> sparse.coo_array:
    array = sparse.coo_array((1, 1))
    array.has_canonical_format = is_canonical
    return array


def entries(*places: int) -> sparse.dok_array:
    array = sparse.dok_array((1, 3))
    for place in places:
        array[0, place] = 1
    return array


def bare(**layout: object) -> go.Figure:
    return go.Figure(layout={"template": "none", **layout})


def trace(**props: object) -> go.Figure:
    return go.Figure(
        {"data": [{"type": "bar", **props}], "layout": {"template": {}}}, _validate=False
    )


def framed(name: str) -> go.Figure:
    return go.Figure(frames=[go.Frame(name=name)])


def grid(columns: int) -> go.Figure:
    figure = make_subplots(1, columns)
    figure.layout = {}
    return figure


def variable(data: object = (1, 2), dims: str = "x", **named: object) -> xr.Variable:
    return xr.Variable(dims, np.array(data), **named)


def labelled(labels: object, name: str = "x") -> xr.Dataset:
    return xr.Dataset({"a": ("x", [1, 2])}, coords={name: ("x", labels)})


FRAME = pd.DataFrame({"a": [1]})

#: One line per respect: the two sides, made anew each time.
DIFFERENT = {
    "Arrow, type": (lambda: pa.array([1], pa.int8()), lambda: pa.array([1], pa.int16())),
    "Arrow, value": (lambda: pa.array([1]), lambda: pa.array([2])),
    "Arrow, null and zero": (lambda: pa.array([None], pa.int8()), lambda: pa.array([0], pa.int8())),
    "Arrow, sign of zero": (lambda: pa.array([0.0]), lambda: pa.array([-0.0])),
    "Arrow, NaN and null": (lambda: pa.array([float("nan")]), lambda: pa.array([None], pa.float64())),
    "Arrow, length": (lambda: pa.nulls(1), lambda: pa.nulls(2)),
    "Arrow, unit": (lambda: pa.array([1], pa.timestamp("s")), lambda: pa.array([1], pa.timestamp("ms"))),
    "Arrow, zone": (
        lambda: pa.array([1], pa.timestamp("s", "UTC")),
        lambda: pa.array([1], pa.timestamp("s", "Etc/UTC")),
    ),
    "Arrow, nanoseconds": (
        lambda: pa.array([1], pa.timestamp("ns")),
        lambda: pa.array([2], pa.timestamp("ns")),
    ),
    "Arrow, grouping": (lambda: pa.array([[1], [2, 3]]), lambda: pa.array([[1, 2], [3]])),
    "Arrow, empty list and null": (
        lambda: pa.array([[], [1]]),
        lambda: pa.array([None, [1]]),
    ),
    "Arrow, inside of a struct": (lambda: pa.array([{"a": 1}]), lambda: pa.array([{"a": 2}])),
    "Arrow, keys of a map": (
        lambda: pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int8())),
        lambda: pa.array([[("b", 1)]], pa.map_(pa.string(), pa.int8())),
    ),
    "Arrow, dictionary": (
        lambda: pa.DictionaryArray.from_arrays([0], ["a"]),
        lambda: pa.DictionaryArray.from_arrays([0], ["a", "b"]),
    ),
    "Arrow, indices": (
        lambda: pa.DictionaryArray.from_arrays([0], ["a", "a"]),
        lambda: pa.DictionaryArray.from_arrays([1], ["a", "a"]),
    ),
    "Arrow, order of a dictionary": (
        lambda: pa.DictionaryArray.from_arrays([0], ["a"], ordered=True),
        lambda: pa.DictionaryArray.from_arrays([0], ["a"]),
    ),
    "Arrow, runs": (lambda: runs(2, values=["a"]), lambda: runs(1, 2, values=["a", "a"])),
    "Arrow, codes of a union": (lambda: union(0, 1), lambda: union(1, 0)),
    "Arrow, chunks": (lambda: chunks(1, 2), lambda: chunks(2, 1)),
    "Arrow, extension": (
        lambda: pa.ExtensionArray.from_storage(pa.opaque(pa.int8(), "a", "b"), pa.array([1], pa.int8())),
        lambda: pa.ExtensionArray.from_storage(pa.opaque(pa.int8(), "c", "b"), pa.array([1], pa.int8())),
    ),
    "Arrow, metadata of a field": (
        lambda: pa.field("a", pa.int8(), metadata={"a": "b"}),
        lambda: pa.field("a", pa.int8()),
    ),
    "Arrow, order of metadata": (
        lambda: pa.schema([], {"a": "b", "c": "d"}),
        lambda: pa.schema([], {"c": "d", "a": "b"}),
    ),
    "Arrow, nullable": (lambda: pa.field("a", pa.int8()), lambda: pa.field("a", pa.int8(), nullable=False)),
    "Arrow, metadata inside": (
        lambda: pa.list_(pa.field("a", pa.int8(), metadata={"a": "b"})),
        lambda: pa.list_(pa.field("a", pa.int8())),
    ),
    "Arrow, names of columns": (lambda: pa.table({"a": [1]}), lambda: pa.table({"b": [1]})),
    "Arrow, rows without columns": (
        lambda: pa.table({"a": [1]}).select([]),
        lambda: pa.table({"a": [1, 2]}).select([]),
    ),
    "Arrow, table and batch": (lambda: pa.table({"a": [1]}), lambda: pa.record_batch({"a": [1]})),
    "Arrow, scalar": (lambda: pa.scalar(1), lambda: pa.scalar(2)),
    "Arrow in pandas, type": (
        lambda: column(pa.array(["a"])),
        lambda: column(pa.array(["a"], pa.large_string())),
    ),
    "Arrow in pandas, value": (lambda: column(pa.array([1])), lambda: column(pa.array([None], pa.int64()))),
    "polars, dtype": (lambda: pl.Series([1], dtype=pl.Int8), lambda: pl.Series([1], dtype=pl.Int16)),
    "polars, name": (lambda: pl.Series("a", [1]), lambda: pl.Series("b", [1])),
    "polars, value": (lambda: pl.Series([1]), lambda: pl.Series([2])),
    "polars, sign of zero": (lambda: pl.Series([0.0]), lambda: pl.Series([-0.0])),
    "polars, NaN and null": (lambda: pl.Series([float("nan")]), lambda: pl.Series([None], dtype=pl.Float64)),
    "polars, nanoseconds": (
        lambda: pl.Series([1], dtype=pl.Duration("ns")),
        lambda: pl.Series([2], dtype=pl.Duration("ns")),
    ),
    "polars, grouping": (lambda: pl.Series([[1], [2, 3]]), lambda: pl.Series([[1, 2], [3]])),
    "polars, inside of a struct": (lambda: pl.Series([{"a": 0.0}]), lambda: pl.Series([{"a": -0.0}])),
    "polars, categories": (
        lambda: pl.Series(["a"], dtype=pl.Enum(["a", "b"])),
        lambda: pl.Series(["a"], dtype=pl.Enum(["b", "a"])),
    ),
    "polars, height": (lambda: pl.DataFrame(height=1), lambda: pl.DataFrame(height=2)),
    "polars, columns": (lambda: pl.DataFrame({"a": [1]}), lambda: pl.DataFrame({"b": [1]})),
    "scipy, class": (lambda: sparse.csr_array((1, 1)), lambda: sparse.csr_matrix((1, 1))),
    "scipy, format": (lambda: sparse.csr_array((1, 1)), lambda: sparse.csc_array((1, 1))),
    "scipy, shape": (lambda: sparse.coo_array((1, 2)), lambda: sparse.coo_array((1, 3))),
    "scipy, dtype": (lambda: sparse.coo_array((1, 1), dtype="f4"), lambda: sparse.coo_array((1, 1))),
    "scipy, dtype of indices": (stored, lambda: stored(indices=np.array([0, 1], "i8"))),
    "scipy, order": (stored, lambda: stored(indices=np.array([1, 0], "i4"))),
    "scipy, canonical": (lambda: canonical(True), lambda: canonical(False)),
    "scipy, order of a dict": (lambda: entries(0, 2), lambda: entries(2, 0)),
    "plotly, array and list": (lambda: trace(y=np.array([1])), lambda: trace(y=[1])),
    "plotly, dtype": (lambda: trace(y=np.array([1], "i1")), lambda: trace(y=np.array([1], "i2"))),
    "plotly, layout": (lambda: bare(title="a"), lambda: bare(title="b")),
    "plotly, frames": (lambda: framed("a"), lambda: framed("b")),
    "plotly, grid": (lambda: grid(1), lambda: grid(2)),
    "Altair, mark": (lambda: alt.Chart(FRAME).mark_bar(), lambda: alt.Chart(FRAME).mark_line()),
    "Altair, data": (lambda: alt.Chart(FRAME), lambda: alt.Chart(FRAME.astype("f8"))),
    "Altair, class": (lambda: alt.X("a"), lambda: alt.Y("a")),
    "Altair, name": (lambda: alt.param(name="a"), lambda: alt.param(name="b")),
    "Altair, undefined": (lambda: alt.Axis(), lambda: alt.Axis(title=None)),
    "xarray, dims": (variable, lambda: variable(dims="y")),
    "xarray, data": (variable, lambda: variable([1, 3])),
    "xarray, dtype": (variable, lambda: variable(np.array([1, 2], "i1"))),
    "xarray, attrs": (variable, lambda: variable(attrs={"a": 1})),
    "xarray, encoding": (variable, lambda: variable(encoding={"a": 1})),
    "xarray, name": (lambda: xr.DataArray(1, name="a"), lambda: xr.DataArray(1, name="b")),
    "xarray, labels": (lambda: labelled([1, 2]), lambda: labelled([1, 3])),
    "xarray, index": (lambda: labelled([1, 2]), lambda: labelled([1, 2]).drop_indexes("x")),
    "xarray, coordinate": (lambda: labelled([1, 2], "c"), lambda: labelled([1, 2], "c").reset_coords("c")),
    "xarray, order": (
        lambda: xr.Dataset({"a": 1, "b": 2}),
        lambda: xr.Dataset({"b": 2, "a": 1}),
    ),
    "xarray, order of coordinates": (
        lambda: xr.Dataset(coords={"a": 1, "b": 2}),
        lambda: xr.Dataset(coords={"b": 2, "a": 1}),
    ),
}  # fmt: skip


@each_pair(DIFFERENT)
def test_a_pair_that_differs_in_one_respect_is_told_apart(a, b):
    assert_told_apart(a, b)


@each_side(DIFFERENT)
def test_a_value_made_twice_is_the_same(make):
    assert_same(make(), make())


UNDER_NULLS = {
    "numbers": (b"\1\2", b"\1\7", pa.int8(), []),
    "text": (b"\0\0\0\0\1\0\0\0\2\0\0\0", b"\0\0\0\0\1\0\0\0\1\0\0\0", pa.string(), [b"ab"]),
}


@pytest.mark.parametrize("case", UNDER_NULLS)
def test_what_lies_under_a_null_is_no_difference(case):
    a, b, of, rest = UNDER_NULLS[case]
    pair = (
        pa.Array.from_buffers(of, 2, [pa.py_buffer(part) for part in (b"\1", memory, *rest)])
        for memory in (a, b)
    )

    assert_same(*pair)
