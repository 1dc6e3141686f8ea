"""Spoilt manifests of what libraries make: a value that can be used, or an error of ours, and never a crash.

The memory of Arrow is read by code that trusts it, so what was loaded is
looked at in full: every cell of it.
"""

import contextlib
import random

import polars as pl
import pyarrow as pa
import pytest
import test_altair
import test_plotly
import test_polars
import test_scipy
import test_xarray
from arrow_cases import ARRAYS
from test_hostile import spoilt

import stillroom
from stillroom._core import decode, encode

SHORT = 1000
VALUES = {
    **{f"pyarrow, {name}": array for name, array in ARRAYS.items() if len(array) < SHORT},
    "pyarrow, table": pa.table({"a": [1, None], "b": ["x", "y"]}, metadata={"a": "b"}),
    **{
        f"polars, {name}": series
        for name, series in test_polars.SERIES.items()
        if len(series) < SHORT
    },
    "polars, frame": pl.DataFrame({"a": [1, None], "b": ["x", "y"]}),
    **{f"scipy, {name}": array for name, array in test_scipy.KINDS["arrays"].items()},
    "plotly, figure": test_plotly.FIGURES["a line"],
    "plotly, subplots": test_plotly.LAYOUTS["subplots"],
    "Altair, layers": test_altair.COMPOUND["layers"],
    "xarray, dataset": test_xarray.WEATHER,
    "xarray, levels": test_xarray.STAYS,
}


def look_at(value: object) -> None:
    """Goes over all there is, as far as there is less of it than anyone could look at."""
    match value:
        case pa.Array() if len(value) < SHORT:
            str(value)
            value.to_pylist()
        case pa.Table() if value.num_rows < SHORT:
            value.to_pydict()
        case pl.Series() | pl.DataFrame() if len(value) < SHORT:
            value.rows() if isinstance(value, pl.DataFrame) else value.to_list()
        case _ if hasattr(value, "toarray") and max(value.shape) < SHORT:
            (value @ value.T).toarray()


@pytest.mark.parametrize("which", VALUES)
@pytest.mark.filterwarnings("ignore")
def test_a_spoilt_manifest_is_a_value_or_an_error_of_ours(which: str):
    honest, blobs = encode(VALUES[which])
    rng = random.Random(which)
    outcomes = {"value": 0, "error": 0}

    for _ in range(300):
        try:
            value = decode(spoilt(honest, rng), blobs, ())
        except stillroom.StillroomError:
            outcomes["error"] += 1
            continue
        outcomes["value"] += 1
        # What a library says of a date beyond its years is its own; polars says it as no Exception.
        with contextlib.suppress(Exception, pl.exceptions.PanicException):
            look_at(value)

    assert outcomes["error"] > 0, outcomes
