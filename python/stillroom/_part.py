"""Parts of a table or an array: which columns are meant, and the part taken of a whole.

What a label means is the library's to say, so a choice of columns is asked of
an object of the library that has the same labels and next to no cells. The
extension then loads those columns alone; what can't be loaded in parts is
loaded whole and cut by `take`.
"""

from __future__ import annotations

from typing import Any

from ._errors import InvalidError

#: How many labels an error names.
_NAMED = 20


def choose(labels: Any, columns: list[Any]) -> tuple[list[int], Any]:
    """The places of `columns` in the order asked, and what the labels of the part are.

    `labels` are pandas' index of labels, or the names of the columns of another library.

    Raises:
        InvalidError: when one is not there.
    """
    if isinstance(labels, list):
        return _by_names(labels, columns), labels
    import numpy as np
    import pandas as pd

    places = pd.DataFrame(np.arange(len(labels))[np.newaxis, :])
    places.columns = labels
    try:
        chosen = places[columns]
    except (KeyError, TypeError, ValueError) as error:
        raise _no_such(columns, labels) from error
    return chosen.to_numpy()[0].tolist(), chosen.columns


def _by_names(names: list[str], columns: list[Any]) -> list[int]:
    places = [[place for place, name in enumerate(names) if name == asked] for asked in columns]
    if not all(places):
        raise _no_such(columns, names)
    return [place for of_label in places for place in of_label]


def _no_such(columns: list[Any], labels: Any) -> InvalidError:
    named = ", ".join(repr(label) for label in labels[:_NAMED])
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    missing = ", ".join(repr(column) for column in columns if not _is_in(column, labels))
    return InvalidError(f"no such column; there are {named}{more}: `{missing or columns}`")


def _is_in(column: Any, labels: Any) -> bool:
    try:
        return column in labels
    except TypeError:
        return False


def arrange(value: Any, places: list[int]) -> Any:
    """A table with its columns at `places`, in that order, without a copy where the library can."""
    library = type(value).__module__.partition(".")[0]
    if library == "polars":
        return value.select([value.columns[place] for place in places])
    return value.iloc[:, places] if library == "pandas" else value.select(places)


def take(value: Any, columns: list[Any] | None, rows: slice | None) -> Any:
    """The part of a value that was loaded whole.

    Raises:
        InvalidError: as `choose`.
    """
    if columns is not None:
        value = _columns(value, columns)
    if rows is None:
        return value
    return value.iloc[rows] if hasattr(value, "iloc") else value[rows]


def _columns(value: Any, columns: list[Any]) -> Any:
    if type(value).__module__.partition(".")[0] == "pandas":
        choose(value.columns, columns)
        return value[columns]
    names = list(value.schema.names) if hasattr(value.schema, "metadata") else list(value.columns)
    return arrange(value, choose(names, columns)[0])
