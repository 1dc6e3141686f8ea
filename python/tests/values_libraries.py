"""Hypothesis strategies for what polars, scipy, plotly, Altair and xarray make."""

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import polars as pl
import xarray as xr
from hypothesis import strategies as st
from plotly.subplots import make_subplots
from polars.testing.parametric import dataframes, series
from scipy import sparse
from values_numpy import DTYPES, arrays, bits, seeds
from values_pandas import frames, index
from values_python import evenly

NOT_KEPT = [pl.Object, pl.Extension]
polars_values = evenly(
    series(max_size=5, excluded_dtypes=NOT_KEPT),
    dataframes(max_cols=3, max_size=4, excluded_dtypes=NOT_KEPT),
)

# ---------------------------------------------------------------- scipy

FORMATS = ["csr", "csc", "coo", "bsr", "dia", "dok", "lil"]


@st.composite
def sparse_arrays(draw):
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    count = draw(st.integers(0, 6))
    data = bits(draw(st.sampled_from(["?", "i1", "<i8", "<f4", "<f8", "<c16"])), count, draw(seeds))
    coords = [
        draw(st.lists(st.integers(0, size - 1), min_size=count, max_size=count)) for size in shape
    ]
    coords = tuple(np.array(axis, dtype=draw(st.sampled_from(["i4", "i8"]))) for axis in coords)
    kind = draw(st.sampled_from([sparse.coo_array, sparse.coo_matrix]))
    with np.errstate(all="ignore"):
        return kind((data, coords), shape=shape).asformat(draw(st.sampled_from(FORMATS)))


# ---------------------------------------------------------------- figures and charts

lines = arrays().filter(lambda array: array.ndim == 1)


@st.composite
def figures(draw):
    traces = draw(
        st.lists(st.builds(go.Scatter, x=lines, y=lines, name=st.text(max_size=3)), max_size=3)
    )
    if draw(st.booleans()):
        return go.Figure(traces, layout={"title": {"text": draw(st.text(max_size=5))}})
    figure = make_subplots(rows=1, cols=2)
    for trace in traces:
        figure.add_trace(trace, row=1, col=draw(st.integers(1, 2)))
    return figure


@st.composite
def charts(draw):
    chart = (
        alt.Chart(draw(frames()))
        .mark_point()
        .encode(x=alt.X(draw(st.text("abc", min_size=1)) + ":Q"))
    )
    other = chart.mark_line().encode(y=alt.Y(alt.repeat("column")) if draw(st.booleans()) else "b")
    return draw(st.sampled_from([chart, chart + other, chart | other, chart & other]))


# ---------------------------------------------------------------- xarray


@st.composite
def xarray_values(draw):
    shape = draw(st.sampled_from([(0,), (3,), (2, 3), (4, 0), (2, 1, 3)]))
    array = bits(draw(st.sampled_from(DTYPES)), int(np.prod(shape)), draw(seeds)).reshape(shape)
    dims = [f"axis {place}" for place in range(array.ndim)]
    variable = xr.Variable(
        dims, array, draw(st.dictionaries(st.text(max_size=3), st.integers(), max_size=2))
    )
    labels = draw(
        index(array.shape[0]).filter(lambda labels: not isinstance(labels, pd.MultiIndex))
    )
    coords = {dims[0]: labels} if draw(st.booleans()) else {}
    match draw(st.integers(0, 2)):
        case 0:
            return variable
        case 1:
            return xr.DataArray(variable, coords=coords, name=draw(st.text(max_size=3)))
        case _:
            return xr.Dataset({"a": variable, "b": 5}, coords=coords)


libraries = evenly(polars_values, sparse_arrays(), figures(), charts(), xarray_values())
