"""The words that the expressions of `golden_values.py` are made of.

What a word makes may never change: files that were saved of it are there for good.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import importlib.util
import pathlib
import struct
import uuid
import zoneinfo
from typing import Any

import numpy as np
import pandas as pd
from objects import Estimator, Model


@dataclasses.dataclass
class Run:
    name: str
    scores: Any = None


@dataclasses.dataclass(frozen=True)
class Setting:
    name: str


class Point(collections.namedtuple("Point", "x y")):
    __slots__ = ()


class Color(enum.Enum):
    RED = "r"


class Option(enum.Flag):
    SCALE = enum.auto()
    SHUFFLE = enum.auto()


TYPES = (Run, Setting, Point, Color, Option)


# ---------------------------------------------------------------- words of the expressions


def double(bits: int) -> float:
    return struct.unpack(">d", bits.to_bytes(8))[0]


def items(dtype: str, *shape: int) -> np.ndarray:
    """An array of whatever bits, the same on every machine."""
    count = int(np.prod(shape))
    if np.dtype(dtype).itemsize == 0:
        # NumPy's other ways to an array make it one of items of one byte.
        return np.ndarray(shape, dtype)
    if np.dtype(dtype).kind == "b":
        return (np.arange(count) % 3 == 0).reshape(shape)
    if np.dtype(dtype).kind == "U":
        return np.array([chr(97 + at % 26) for at in range(count)], dtype).reshape(shape)
    return np.frombuffer(mixed(count * np.dtype(dtype).itemsize), dtype).reshape(shape).copy()


def mixed(count: int) -> bytes:
    """Bytes without a pattern that a cut could follow."""
    state, out = 1, bytearray()
    for _ in range(count):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        out.append(state >> 16 & 255)
    return bytes(out)


def prose(count: int) -> str:
    """Text of `count` letters."""
    return "".join("aeiou nrst"[byte % 10] for byte in mixed(count))


def words(count: int, length: int) -> list[str]:
    """Texts of `length` letters each."""
    letters = prose(count * length)
    return [letters[at : at + length] for at in range(0, len(letters), length)]


def structured(fields: list[Any], count: int, **options: Any) -> np.ndarray:
    """An array of a dtype with fields, and no bits between them."""
    dtype = np.dtype(fields, **options)
    made = np.zeros(count, dtype)
    for name in dtype.names:
        if not dtype[name].names:
            made[name] = items(dtype[name].base.str, count, *dtype[name].shape)
    return made


def frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def shared(value: Any, *others: Any) -> list[Any]:
    return [value, *others, value]


def objects(*cells: Any) -> np.ndarray:
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array


def labels(*names: Any, name: Any = None) -> pd.Index:
    return pd.Index(objects(*names), dtype=object, name=name)


def frame(columns: dict[Any, Any], index: pd.Index | None = None, **attrs: Any) -> pd.DataFrame:
    kept = {name: kept_as_objects(cells) for name, cells in columns.items()}
    made = pd.DataFrame(kept, index=index)
    made.columns = labels(*columns)
    made.attrs.update(attrs)
    return made


def kept_as_objects(cells: Any) -> Any:
    """Cells that pandas 3 would make strings of."""
    is_object = isinstance(cells, np.ndarray) and cells.dtype == object
    return pd.Series(cells, dtype=object) if is_object else cells


def unique(made: Any) -> Any:
    return made.set_flags(allows_duplicate_labels=False)


def moment(count: int, unit: str) -> pd.Timestamp:
    return pd.Timestamp(np.datetime64(count, unit))


def days(count: int, unit: str = "ns") -> np.ndarray:
    return (np.arange(count) * 86_400).astype("M8[s]").astype(f"M8[{unit}]")


def text(dtype: Any, *cells: Any) -> pd.Series:
    return pd.Series(objects(*cells), dtype=dtype)


def string(storage: str, **options: Any) -> pd.StringDtype:
    return pd.StringDtype(storage, **options)


def pytz_zone(name: str) -> dt.tzinfo:
    return importlib.import_module("pytz").timezone(name)


def pytz_fixed(minutes: int) -> dt.tzinfo:
    return importlib.import_module("pytz").FixedOffset(minutes)


PARIS = zoneinfo.ZoneInfo("Europe/Paris")
NAN = float("nan")


def subplots(rows: int, columns: int) -> Any:
    made = importlib.import_module("plotly.subplots").make_subplots(rows, columns)
    # The template is plotly's own and long.
    made.layout.template = None
    return made


def imported(name: str) -> Any:
    return (
        importlib.import_module(name) if importlib.util.find_spec(name.partition(".")[0]) else None
    )


MODULES = {
    "collections": collections, "decimal": decimal, "dt": dt, "fractions": fractions, "np": np,
    "pathlib": pathlib, "pd": pd, "uuid": uuid,
}  # fmt: skip
FUNCTIONS = (
    Estimator, Model, *TYPES, days, double, frame, frozen, items, labels, mixed, moment, objects, prose,
    pytz_fixed, pytz_zone, shared, string, structured, subplots, text, unique, words,
)  # fmt: skip


#: What the words of an expression mean.
LIBRARIES = {
    "alt": imported("altair"),
    "go": imported("plotly.graph_objects"),
    "pa": imported("pyarrow"),
    "pl": imported("polars"),
    "sparse": imported("scipy.sparse"),
    "xr": imported("xarray"),
}
WORDS = (
    MODULES | LIBRARIES | {word.__name__: word for word in FUNCTIONS} | {"PARIS": PARIS, "NAN": NAN}
)
