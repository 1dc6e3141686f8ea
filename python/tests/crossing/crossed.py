"""Values that cross between the oldest and the newest libraries, and what each becomes on the other side.

Three tables: values that both sides spell alike, which must come back exactly;
and values that each side makes in its own way, with what the other has for
them: exactly that value, spelt out, or a refusal that says what to do.
"""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import importlib
import pathlib
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from golden_words import (
    PARIS,
    Color,
    Option,
    Point,
    Run,
    days,
    double,
    frame,
    labels,
    shared,
)
from objects import Model
from variants import IS_PANDAS_3

import stillroom


class Refusal(NamedTuple):
    """What a load says that the other side can't hold."""

    error: type[Exception]
    words: str


class Crossing(NamedTuple):
    """A value as one side makes it, and what the other side has for it."""

    make: Callable[[], Any]
    expect: Callable[[], Any]


def cells(*values: Any) -> pd.Series:
    return pd.Series(values, dtype=object)


def big(dtype: str) -> np.ndarray:
    return np.arange(100_000).astype(dtype)


DTYPES = (
    "?", "i1", "<i2", ">i4", "<i8", "u1", "<u2", "<u8", "<f2", "<f4", ">f8", "<c8", "<c16", "<M8[D]", ">M8[ns]",
    "<m8[25s]", "<M8", "S3", "<U2", ">U2", "V4",
)  # fmt: skip
NAN_WITH_BITS = double(0x7FF8_0000_0000_00A1)
MOMENT = dt.datetime(2024, 3, 31, 2, 30, 0, 7, fold=1)

#: Both sides make the very same value of these.
ALIKE: dict[str, Callable[[], Any]] = {
    "scalars": lambda: [
        None,
        True,
        7,
        -0.0,
        NAN_WITH_BITS,
        1j,
        "a",
        b"b",
        ...,
        2**70,
        -(2**64) - 1,
    ],
    "text": lambda: ["", "\ud800", "ä" * 3000, b"x" * 5000, bytearray(b"y")],
    "containers": lambda: [
        (1,),
        {2},
        frozenset("ab"),
        {"k": [3], (4, 5): {}},
        range(9),
        slice(None, 2),
    ],
    "collections": lambda: [
        collections.OrderedDict(b=1, a=2),
        collections.defaultdict(list, a=[1]),
        collections.deque([1], 3),
    ],
    "numbers": lambda: [decimal.Decimal("1.50"), fractions.Fraction(1, 3), uuid.UUID(int=5)],
    "paths": lambda: [pathlib.PurePosixPath("a/b"), pathlib.PureWindowsPath("a\\b")],
    "times": lambda: [
        MOMENT,
        MOMENT.replace(tzinfo=dt.UTC),
        MOMENT.replace(tzinfo=PARIS),
        MOMENT.time(),
    ],
    "days": lambda: [dt.date(1, 1, 1), dt.timedelta(-1, 2, 3)],
    "fixed zones": lambda: [
        dt.timezone(dt.timedelta(hours=-3)),
        dt.timezone(dt.timedelta(0), "UTC"),
    ],
    "classes": lambda: [Run("a", [1.5]), Point(1, "y"), Color.RED, Option.SCALE | Option.SHUFFLE],
    "shared": lambda: shared({"a": [1]}),
    **{f"array {code}": lambda code=code: np.zeros((2, 3), code) for code in DTYPES},
    **{f"scalar {code}": lambda code=code: np.ones(1, code)[0] for code in DTYPES},
    "array of no axes": lambda: np.array(1.5),
    "array in Fortran order": lambda: np.asfortranarray(np.arange(6).reshape(2, 3)),
    "large array": lambda: big("<f8"),
    "shared array": lambda: shared(big("<i4")),
    "large text": lambda: "".join(map(str, range(40_000))),
    "numbers in a frame": lambda: frame(
        {"a": big("<i8"), "b": big("<f4"), "c": big("<u2") % 2 == 0}
    ),
    "complex and half floats": lambda: frame({"a": np.ones(2, "<c16"), "b": np.ones(2, "<f2")}),
    "masked columns": lambda: frame(
        {
            "a": pd.array([1, None], dtype="Int64"),
            "b": pd.array([True, None], dtype="boolean"),
            "c": pd.array([1.5, None], dtype="Float32"),
        }
    ),
    "strings with NA": lambda: pd.Series(["a", None], dtype=pd.StringDtype("python")),
    "object cells": lambda: frame(
        {"a": cells("a", None), "b": cells(1, "b"), "c": cells([1], {"d": 2})}
    ),
    "missing cells": lambda: frame(
        {"a": cells("a", np.nan), "b": cells("a", pd.NA), "c": cells("a", pd.NaT)}
    ),
    "categories": lambda: pd.Series(
        pd.Categorical.from_codes([1, -1, 0], labels("low", "high"), ordered=True)
    ),
    "dates": lambda: frame(
        {"a": days(3), "b": days(3).astype("M8[s]"), "c": np.arange(3).astype("m8[ms]")}
    ),
    "dates with zones": lambda: frame(
        {
            "a": pd.Series(days(3)).dt.tz_localize(dt.UTC),
            "b": pd.Series(days(3)).dt.tz_localize(PARIS),
        }
    ),
    "index of dates": lambda: pd.date_range(
        "2024-01-01", periods=4, freq="W-WED", unit="ns", tz=PARIS
    ),
    "index of hours": lambda: pd.timedelta_range("1h", periods=3, freq="h", unit="ns"),
    "index of numbers": lambda: pd.Series([1, 2], pd.Index([3, 3], dtype="int64", name=("a", 1))),
    "index of cells": lambda: pd.Series([1, 2], labels("a", 1, name="mixed")),
    "range": lambda: pd.RangeIndex(3, 12, 3, name="r"),
    "attrs": lambda: frame({"a": big("i1")}, source={"rows": [1, 2]}),
    "empty frame": lambda: pd.DataFrame(index=pd.RangeIndex(3), columns=labels()),
    "moments": lambda: [
        pd.Timestamp(np.datetime64(7, "ms")),
        pd.Timestamp(np.datetime64(7, "ns")).tz_localize(PARIS),
        pd.Timedelta(np.timedelta64(-7, "us")),
        pd.NaT,
        pd.NA,
    ],
    "array of objects": lambda: np.array([[1, "a"], [None, 2.5]], dtype=object),
    "array with fields": lambda: np.zeros(
        2, [("a", "<i4"), ("b", "<f8", (2,)), ("c", [("d", ">u2")])]
    ),
    "records": lambda: np.rec.array([(1, 2.5)], dtype=[("a", "<i4"), ("b", "<f8")]),
    "masked arrays": lambda: [np.ma.array([1.5, 2], mask=[0, 1]), np.ma.masked],
    "periods": lambda: [
        pd.Period("2024-03", "M"),
        pd.period_range("2024-01", periods=3, freq="Q-FEB"),
        pd.Series(pd.period_range("2024-01-01", periods=3, freq="2h")),
    ],
    "intervals": lambda: [pd.Interval(0, 1), pd.interval_range(0, 3, closed="left")],
    "sparse column": lambda: pd.Series(
        pd.arrays.SparseArray(np.array([0.0, 0, 1.5]), fill_value=0.0)
    ),
    "levels": lambda: pd.Series(
        [1, 2, 3],
        pd.MultiIndex.from_arrays([labels("a", "a", "b"), [1, 2, 1]], names=["x", None]),
    ),
    "levels of columns": lambda: pd.DataFrame(
        np.ones((2, 2)), columns=pd.MultiIndex.from_product([[1], labels("a", "b")])
    ),
    "offset": lambda: pd.offsets.MonthEnd(2),
    "opaque": lambda: Model(0.25),
}

#: What pandas 2 and NumPy 1 make, and what it is under the newest.
FROM_OLDEST: dict[str, Crossing] = {
    "text in a frame": Crossing(
        lambda: pd.DataFrame({"a": ["x", None, "y"]}), lambda: frame({"a": cells("x", None, "y")})
    ),
    "text as categories": Crossing(
        lambda: pd.Categorical(["b", "a"]),
        lambda: pd.Categorical.from_codes([1, 0], labels("a", "b")),
    ),
    "a date as pandas 2 reads it": Crossing(
        lambda: pd.Timestamp("2024-01-01"), lambda: pd.Timestamp(np.datetime64("2024-01-01", "s"))
    ),
    "dates as pandas 2 makes them": Crossing(
        lambda: pd.date_range("2024-01-01", periods=3),
        lambda: pd.date_range("2024-01-01", periods=3, unit="ns"),
    ),
    "a zone of pytz": Crossing(
        lambda: pd.date_range("2024-01-01", periods=3, tz="Europe/Paris"),
        lambda: Refusal(stillroom.InvalidError, "pytz"),
    ),
}

#: What pandas 3 and NumPy 2 make, and what it is under the oldest.
FROM_NEWEST: dict[str, Crossing] = {
    "text in a frame": Crossing(
        lambda: pd.DataFrame({"a": ["x", None]}, columns=labels("a")),
        lambda: Refusal(stillroom.InvalidError, "pyarrow"),
    ),
    "text without pyarrow": Crossing(
        lambda: pd.Series(["x"], dtype=pd.StringDtype("python", na_value=np.nan)),
        lambda: Refusal(stillroom.InvalidError, "update pandas"),
    ),
    "a date as pandas 3 reads it": Crossing(
        lambda: pd.Timestamp("2024-01-01"), lambda: pd.Timestamp(np.datetime64("2024-01-01", "us"))
    ),
    "dates as pandas 3 makes them": Crossing(
        lambda: pd.date_range("2024-01-01", periods=3),
        lambda: pd.date_range("2024-01-01", periods=3, unit="us"),
    ),
    "an array of strings": Crossing(
        lambda: np.array(["a"], np.dtypes.StringDType()),
        lambda: Refusal(stillroom.InvalidError, "numpy"),
    ),
    "a table of pyarrow": Crossing(
        lambda: importlib.import_module("pyarrow").table({"a": [1]}),
        lambda: Refusal(stillroom.InvalidError, "pyarrow"),
    ),
    "a column of an Arrow type": Crossing(
        lambda: pd.Series([1], dtype="int64[pyarrow]"),
        lambda: Refusal(stillroom.InvalidError, "pyarrow"),
    ),
    "a sparse matrix": Crossing(
        lambda: importlib.import_module("scipy.sparse").csr_array(np.eye(2)),
        lambda: Refusal(stillroom.InvalidError, "scipy"),
    ),
    "a frame of polars": Crossing(
        lambda: importlib.import_module("polars").DataFrame({"a": [1]}),
        # Its memory is Arrow's.
        lambda: Refusal(stillroom.InvalidError, "pyarrow"),
    ),
    "a figure": Crossing(
        lambda: importlib.import_module("plotly.graph_objects").Figure(),
        lambda: Refusal(stillroom.InvalidError, "plotly"),
    ),
    "a chart": Crossing(
        lambda: importlib.import_module("altair").Chart().mark_point(),
        lambda: Refusal(stillroom.InvalidError, "altair"),
    ),
    "a dataset": Crossing(
        lambda: importlib.import_module("xarray").Dataset({"a": 1}),
        lambda: Refusal(stillroom.InvalidError, "xarray"),
    ),
    "a zone by its name": Crossing(
        lambda: pd.date_range("2024-01-01", periods=3, tz="Europe/Paris", unit="s"),
        lambda: pd.date_range("2024-01-01", periods=3, tz=PARIS, unit="s"),
    ),
}

OWN, OTHERS = (FROM_NEWEST, FROM_OLDEST) if IS_PANDAS_3 else (FROM_OLDEST, FROM_NEWEST)


def to_write() -> dict[str, Any]:
    """What this side saves."""
    made = {name: make() for name, make in ALIKE.items()}
    return made | {f"own: {name}": crossing.make() for name, crossing in OWN.items()}


def to_find() -> dict[str, Any]:
    """What this side must find of the other's."""
    made = {name: make() for name, make in ALIKE.items()}
    return made | {f"own: {name}": crossing.expect() for name, crossing in OTHERS.items()}
