"""A look at a stored value without loading it: its head, a small chart, its numbers.

Only figures are loaded, by `_figures`. No Python object is ever opened here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from .._records import Record
from .._reports import Column, Preview
from . import _changes, _dialog_words, _figures, _words
from ._session import Facts
from ._tab import Tab

_ROWS = 500
"""How many rows are shown and drawn."""

_LINES = 5
"""How many columns a chart draws."""

_METRICS = 8
"""How many single values are shown large; where there are more, all are in a table."""

_SHORT = 40
"""Characters of a value that is shown large."""

_TEXT = 2_000
"""Characters of a text that stands alone."""

_SEEN_ROWS = 7
"""How many rows are seen without scrolling, so that there is room for the chart."""

_WIDE, _WIDEST = 12, 30
"""Characters of a number that takes more room than a column has, and of one that has none."""

_HIGHEST = 1e300
_TRUTHS = ("bool", "boolean")

_INDEX = " "
"""Stands above an index without a name."""

_AT, _VALUE, _COLUMN = "At", "Value", "Column"
"""The fields of a chart, whatever the columns are called."""


def draw(tab: Tab, key: str, version: int | None, name: str) -> None:
    """Show what a version holds. Raises what the store raises."""
    store = tab.store
    if store is None:
        return
    seen = store.preview(tab.name, key, version=version, rows=_ROWS)
    record = seen.record
    st.caption(f"{_words.form(Facts.of(record))} · {_dialog_words.saved(record, _words.now())}")
    if seen.columns:
        _draw_head(seen)
    elif _figures.is_one(record.kind):
        _figures.draw(tab, store, record, name)
    else:
        _draw_picture(seen)


def _draw_head(seen: Preview) -> None:
    shown, record = len(seen.columns[0].cells), seen.record
    names = _names(seen.columns)
    config = {name: _column_config(one) for name, one in zip(names, seen.columns, strict=True)}
    # As text, which is exact: a browser rounds numbers, and the large ones for good.
    cells = {name: list(one.cells) for name, one in zip(names, seen.columns, strict=True)}
    st.dataframe(cells, column_config=config, hide_index=True, height=_height(shown))
    _draw_chart(seen.columns, names)
    what = "row" if _changes.has_rows(record) else "item"
    parts = [_dialog_words.first(shown, _length(record), what)]
    drawn = sum(not one.is_index for one in seen.columns)
    if len(record.shape) == 2 and what == "row" and drawn < record.shape[1]:
        parts.append(_dialog_words.first(drawn, record.shape[1], "column"))
    st.caption(" · ".join(parts))


def _column_config(column: Column) -> Any:
    """Numbers stand to the right, with room for the longest: a cut one would be another number."""
    longest = max(map(len, column.cells), default=0)
    if not column.is_numeric or longest > _WIDEST:
        return st.column_config.TextColumn(alignment="left")
    width = 8 * longest + 20 if longest > _WIDE else None
    return st.column_config.TextColumn(alignment="right", width=width)


def _draw_chart(columns: Sequence[Column], names: Sequence[str]) -> None:
    """A line for each of the first numeric columns; none for a single row."""
    drawable = {
        name: values
        for name, column in zip(names, columns, strict=True)
        if not column.is_index and (values := numbers(column))
    }
    length = len(columns[0].cells)
    if not drawable or length < 2:
        return
    drawn = list(drawable)[:_LINES]
    along = _along(columns[0]) or range(length)
    # One row for each point: a name of somebody's own can't be the name of a field, because
    # some of its characters mean something there.
    points = {
        _AT: [*along] * len(drawn),
        _VALUE: [value for name in drawn for value in drawable[name]],
        _COLUMN: [name for name in drawn for _ in range(length)],
    }
    color = _COLUMN if len(drawn) > 1 else None
    st.line_chart(points, x=_AT, y=_VALUE, color=color, x_label="", y_label="", height=220)
    if len(drawable) > len(drawn):
        st.caption(_dialog_words.drawn(drawn, len(drawable) - len(drawn)))


def _along(index: Column) -> Sequence[object]:
    """What a chart goes along: times or numbers of an index; nothing for places."""
    if not index.is_index:
        return ()
    if not index.dtype.startswith("datetime64"):
        along: Sequence[object] = numbers(index)
    else:
        along = [_time(cell) for cell in index.cells]
    return () if None in along else along


def _time(cell: str) -> datetime | None:
    """A time as the table above shows it, whatever zone the browser is in."""
    try:
        # A time with a zone has the zone's name behind it.
        return datetime.fromisoformat(cell.partition("[")[0]).replace(tzinfo=None)
    except ValueError:
        return None


def numbers(column: Column) -> list[float | None]:
    """The cells of a numeric column to draw; nothing for any other.

    Without the infinite and the nearly infinite, beside which nothing else can be seen.
    """
    if column.dtype in _TRUTHS:
        return []
    found = [None if one is None or abs(one) > _HIGHEST else one for one in column.numbers]
    return found if any(one is not None for one in found) else []


def _names(columns: Sequence[Column]) -> list[str]:
    """A name of its own for each column: labels may be empty, or there twice."""
    names: list[str] = []
    for place, column in enumerate(columns):
        name = column.name or (_INDEX if column.is_index else f"{place}")
        names.append(f"{name} ({place})" if name in names else name)
    return names


def _length(record: Record) -> int:
    if _changes.has_rows(record) or len(record.shape) == 1:
        return record.shape[0]
    length = 1
    for extent in record.shape:
        length *= extent
    return length


def _height(rows: int) -> int:
    # A heading and rows of Streamlit's own height; less where there is less.
    return 35 * (min(rows, _SEEN_ROWS) + 1) + 3


def _draw_picture(seen: Preview) -> None:
    """Single values large, or in a table where they are many; else what the record says."""
    found = {".".join(one.path): one.text for one in seen.scalars}
    texts = list(found.values())
    if len(texts) == 1 and len(texts[0]) > _SHORT:
        st.code(_dialog_words.cut(texts[0], _TEXT), language=None, wrap_lines=True)
    elif 0 < len(found) <= _METRICS:
        _draw_metrics(found)
    elif found:
        _draw_table(found)
    parts = _dialog_words.parts(seen.record.summary)
    if parts:
        st.caption(parts)
    elif not found:
        st.caption(_dialog_words.NO_PREVIEW)


def _draw_metrics(found: Mapping[str, str]) -> None:
    with st.container(horizontal=True, gap="medium"):
        for name, text in found.items():
            label = _dialog_words.named(name) or "Value"
            # What is large is marked up as well as what stands above it.
            value = _words.plain(_dialog_words.clipped(text, _SHORT))
            st.metric(label, value, width="content")


def _draw_table(found: Mapping[str, str]) -> None:
    table = {
        "Name": [_dialog_words.named(name) for name in found],
        "Value": [_dialog_words.named(text) for text in found.values()],
    }
    st.table(table, border="horizontal", hide_index=True)
