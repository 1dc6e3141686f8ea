"""polars' Series and DataFrames, by way of the memory that polars and pyarrow share.

The dtype is polars' own; which Arrow type its values lie in follows from it
(`_polars_dtypes.py`). Chunks and what polars knows of the order are not kept:
they say nothing of the values.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import polars as pl

from . import Later, Parts, RefusedError


def _take_series(series: Any) -> Parts:
    if not _has_all():
        raise RefusedError("can't keep what a polars before 2 holds; update polars")
    if find_spec("pyarrow") is None:
        raise RefusedError("can't keep what polars holds without pyarrow; install pyarrow")
    from . import _arrow_data, _polars_dtypes

    spelt = _polars_dtypes.spell(series.dtype)
    storage = _polars_dtypes.storage(series.dtype)
    array = _exported(series)
    if array.type != storage:
        found = f"{series.dtype} as {array.type}"
        raise RefusedError(
            f"can't keep a dtype that this polars lays out in another way; cast it: {found}"
        )
    return Parts("POLARS_SERIES", [series.name, spelt, _arrow_data.take_apart(array)])


def _has_all() -> bool:
    """Whether this polars has every dtype that is told apart here."""
    return hasattr(pl, "Categories") and hasattr(pl, "Map")


def _exported(series: Any) -> Any:
    """The values as one array of Arrow."""
    import pyarrow as pa

    from . import _polars_dtypes

    dtype = series.dtype
    series = series.alias("")
    if _polars_dtypes.has_categories(dtype) and dtype.is_nested():
        # What a slice leaves out lends no categories to what it shows.
        series = series.gather(pl.int_range(len(series), eager=True))
    if _polars_dtypes.is_wide(dtype):
        series = series.to_frame().select(_polars_dtypes.split(pl.col(""), dtype)).to_series()
    chunks = pa.chunked_array(series.rechunk())
    return chunks.combine_chunks() if chunks.num_chunks != 1 else chunks.chunk(0)


def _take_frame(frame: Any) -> Parts:
    columns = [
        Later(series.name, lambda series=series: _take_series(series))  # type: ignore[misc]
        for series in frame.get_columns()
    ]
    return Parts("POLARS_FRAME", [frame.height, *columns])


def _refuse_lazy(frame: Any) -> Parts:
    raise RefusedError("can't keep a LazyFrame, which holds no data yet; store its .collect()")


CLASSES: dict[str, Callable[[Any], Parts]] = {
    "Series": _take_series,
    "DataFrame": _take_frame,
    "LazyFrame": _refuse_lazy,
}


# ---------------------------------------------------------------- putting together


def _put_series(parts: list[Any], rows: int) -> Any:
    if not _has_all():
        raise ValueError("a value of polars 2; update polars")
    from . import _arrow_data, _polars_dtypes

    name, spelt, data = parts
    dtype = _polars_dtypes.parse(spelt)
    array = _arrow_data.put_together(_polars_dtypes.storage(dtype), data)
    try:
        return _imported(array, dtype).alias(name)
    except pl.exceptions.PanicException as error:
        # No Exception, and so no error of anyone's.
        raise ValueError("values that polars does not take") from error


def _imported(array: Any, dtype: Any) -> Any:
    from . import _polars_dtypes

    series = pl.Series("", array)
    if series.dtype != dtype:
        series = series.to_frame().select(_polars_dtypes.join(pl.col(""), dtype)).to_series()
    if series.dtype != dtype or len(series) != len(array):
        raise ValueError("values of another dtype or length")
    return series


def _put_frame(parts: list[Any], rows: int) -> Any:
    height, *columns = parts
    by_name = {series.name: series for series in columns}
    frame = pl.DataFrame(by_name) if columns else pl.DataFrame(height=height)
    if frame.shape != (height, len(columns)):
        raise ValueError("columns of another length than the frame, or two of one name")
    return frame


KINDS: dict[str, Callable[[list[Any], int], Any]] = {
    "POLARS_SERIES": _put_series,
    "POLARS_FRAME": _put_frame,
}
