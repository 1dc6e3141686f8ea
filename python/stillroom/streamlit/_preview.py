"""A look at a stored value without loading it: its head, a small chart, its numbers.

Only figures are loaded, because a picture of a figure is the figure; they are plain
data. No Python object is ever opened here. A figure that would make the browser fetch
something from elsewhere is described instead of drawn: what somebody stored must not
send the browsers of those who look at it anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from .._records import Record
from .._reports import Column, Preview
from .._store import Store
from . import _changes, _dialog_words, _words
from ._session import Facts
from ._tab import MEBIBYTE, Tab

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

_HIGHEST = 1e300
_TRUTHS = ("bool", "boolean")

_INDEX = " "
"""Stands above an index without a name."""

_ADDRESS = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_FETCHING = frozenset({"url", "embedOptions"})
"""Names in a Vega-Lite chart under which it says what to fetch, or how to embed it."""


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
    elif record.kind == "plotly.Figure" or record.kind.startswith("altair."):
        _draw_figure(tab, store, record, name)
    else:
        _draw_picture(seen)


def _draw_head(seen: Preview) -> None:
    shown, total = len(seen.columns[0].cells), _length(seen.record)
    names = _names(seen.columns)
    config = {
        name: st.column_config.TextColumn(alignment="right" if one.is_numeric else "left")
        for name, one in zip(names, seen.columns, strict=True)
    }
    # As text, which is exact: a browser rounds numbers, and the large ones for good.
    cells = {name: list(one.cells) for name, one in zip(names, seen.columns, strict=True)}
    st.dataframe(cells, column_config=config, hide_index=True, height=_height(shown))
    _draw_chart(seen.columns, names)
    what = "row" if _changes.has_rows(seen.record) else "item"
    st.caption(_dialog_words.first_rows(shown, total, what))


def _draw_chart(columns: Sequence[Column], names: Sequence[str]) -> None:
    """A line for each of the first numeric columns; none for a single row."""
    drawable = {
        name: values
        for name, column in zip(names, columns, strict=True)
        if not column.is_index and (values := numbers(column))
    }
    lines: dict[str, Sequence[object]] = dict(list(drawable.items())[:_LINES])
    if not lines or len(columns[0].cells) < 2:
        return
    drawn, along = list(lines), _along(columns[0])
    if along:
        lines[names[0]] = along
    st.line_chart(lines, x=names[0] if along else None, y=drawn, x_label="", y_label="", height=220)
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
        return datetime.fromisoformat(cell).replace(tzinfo=None)
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
    # A heading and ten rows of Streamlit's own height; less where there is less.
    return 35 * (min(rows, 10) + 1) + 3


def _draw_figure(tab: Tab, store: Store, record: Record, name: str) -> None:
    if record.bytes > tab.max_auto_mb * MEBIBYTE:
        st.caption(_dialog_words.NO_PREVIEW)
        return
    figure = store.load(record.page, record.key, version=record.version, types=tab.types)
    is_chart = record.kind.startswith("altair.")
    if reaches_out(figure.to_dict()):
        st.caption(_dialog_words.REACHES_OUT)
    elif is_chart:
        st.altair_chart(figure, key=f"{name}-chart")
    else:
        st.plotly_chart(figure, key=f"{name}-figure")


def reaches_out(drawn: Any) -> bool:
    """Whether a figure, as plain data, may make a browser fetch something from elsewhere."""
    return any(
        (isinstance(key, str) and key in _FETCHING)
        or (key != "$schema" and isinstance(value, str) and _ADDRESS.match(value) is not None)
        or (key == "mark" and (value == "image" or _type_of(value) == "image"))
        for key, value in _parts(drawn)
    )


def _type_of(value: Any) -> Any:
    return value.get("type") if isinstance(value, Mapping) else None


def _parts(drawn: Any) -> Iterator[tuple[Any, Any]]:
    """Everything in nested plain data, each with the name it stands under; without recursion."""
    left: list[tuple[Any, Any]] = [(None, drawn)]
    while left:
        key, value = left.pop()
        yield key, value
        if isinstance(value, Mapping):
            left += value.items()
        elif isinstance(value, (list, tuple)):
            left += [(key, one) for one in value]
        elif getattr(getattr(value, "dtype", None), "kind", "") in ("O", "U"):
            left += [(key, one) for one in value.ravel().tolist()]


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
    with st.container(horizontal=True):
        for name, text in found.items():
            label = _dialog_words.named(name) or "Value"
            st.metric(label, _dialog_words.clipped(text, _SHORT), width="content")


def _draw_table(found: Mapping[str, str]) -> None:
    table = {
        "Name": [_dialog_words.named(name) for name in found],
        "Value": [_dialog_words.named(text) for text in found.values()],
    }
    st.table(table, border="horizontal", hide_index=True)
