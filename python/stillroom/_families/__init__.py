"""Objects of libraries, taken apart into a few parts and put together again.

A file here is about one library. It is imported when a value holds an object
of that library, or when a stored one is loaded, and it imports the library
only inside its functions. It says three things:

- ``CLASSES``: for each class of the library it knows, by its qualified name,
  the function that takes an object of exactly this class apart into `Parts`;
- ``KINDS``: for each kind of built node (docs/format.md), the function that
  puts one together from its parts;
- what it refuses: `RefusedError`, whose message ends in the next step.

What comes apart must say all there is to say of the object. What is put
together is stored data and may be anything: a function here checks its parts,
so that a wrong one raises and none is looked up, imported or run by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

#: For the first name of a class's module, the files that may know the class.
_BY_LIBRARY = {
    "altair": ("altair",),
    "numpy": ("numpy",),
    "pandas": ("pandas", "pandas_arrow"),
    "plotly": ("plotly",),
    "polars": ("polars",),
    "pyarrow": ("pyarrow",),
    "scipy": ("scipy",),
    "xarray": ("xarray",),
}

#: For each kind of built node, the file that puts it together.
_BY_KIND = {
    "COLUMN_ARROW": "pandas_arrow",
    "ARROW_DATA": "pyarrow",
    "ARROW_CHUNKS": "pyarrow",
    "ARROW_ARRAY": "pyarrow",
    "ARROW_CHUNKED": "pyarrow",
    "ARROW_BATCH": "pyarrow",
    "ARROW_TABLE": "pyarrow",
    "ARROW_SCALAR": "pyarrow",
    "ARROW_TYPE": "pyarrow",
    "ARROW_FIELD": "pyarrow",
    "ARROW_SCHEMA": "pyarrow",
    "POLARS_SERIES": "polars",
    "POLARS_FRAME": "polars",
    "OBJECT_ARRAY": "numpy",
    "STRUCTURED_ARRAY": "numpy",
    "STRUCTURED_SCALAR": "numpy",
    "MASKED_ARRAY": "numpy",
    "MASKED_CONSTANT": "numpy",
    "TEXT_ARRAY": "numpy",
    "MULTI_INDEX": "pandas",
    "COLUMN_PERIOD": "pandas",
    "COLUMN_INTERVAL": "pandas",
    "COLUMN_SPARSE": "pandas",
    "PERIOD": "pandas",
    "INTERVAL": "pandas",
    "OFFSET": "pandas",
    "SCIPY_SPARSE": "scipy",
    "PLOTLY_FIGURE": "plotly",
    "ALTAIR_PART": "altair",
    "ALTAIR_UNDEFINED": "altair",
    "XARRAY_VARIABLE": "xarray",
    "XARRAY_ARRAY": "xarray",
    "XARRAY_DATASET": "xarray",
}


class RefusedError(Exception):
    """An object that can't be kept; the message says why, and what to do."""


class Parts(NamedTuple):
    """An object taken apart."""

    #: The kind of built node, by its name in docs/format.md.
    kind: str
    #: Its children, in order. Where a column stands, an array of pandas or NumPy; where a built node
    #: does, an object that can be taken apart, or `Parts` of one.
    parts: list[Any]
    #: How many rows it has, for the kinds that stand as a column or an index.
    rows: int = 0


class Lent(NamedTuple):
    """A part that is bytes: whatever has memory, written from where it lies."""

    memory: Any


class Later(NamedTuple):
    """A part that is taken apart when its turn comes: what is refused of it is named by its step."""

    step: Any
    take_apart: Callable[[], Parts]


def knows(cls: type) -> bool:
    """Whether objects of exactly this class can be taken apart.

    Asked of every class that no family in Rust writes, once in each walk.
    """
    return _taker(cls) is not None


def take_apart(obj: Any) -> Parts:
    """The parts of an object whose class is known.

    Raises:
        RefusedError: for an object that can't be kept exactly.
    """
    taker = _taker(type(obj))
    if taker is None:
        raise RefusedError(f"can't keep an object of this class: {type(obj).__qualname__}")
    return taker(obj)


def put_together(kind: str, parts: list[Any], rows: int) -> Any:
    """The object of a built node, from its children as they were loaded.

    Raises:
        Exception: of any class, for parts that no object has.
    """
    module = import_module(f".{_BY_KIND[kind]}", __name__)
    return module.KINDS[kind](parts, rows)


def _taker(cls: type) -> Callable[[Any], Parts] | None:
    library = (cls.__module__ or "").partition(".")[0]
    for file in _BY_LIBRARY.get(library, ()):
        taker: Callable[[Any], Parts] | None
        taker = import_module(f".{file}", __name__).CLASSES.get(cls.__qualname__)
        if taker is not None:
            return taker
    return None
