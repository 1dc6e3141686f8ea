"""A stored figure in a preview: drawn itself, unless it would fetch something.

Only figures are loaded for a look at them, because a picture of a figure is the figure;
they are plain data. One that would make the browser fetch something from elsewhere is
described instead of drawn: what somebody stored must not send the browsers of those who
look at it anywhere.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from .._records import Record
from .._store import Store
from . import _dialog_words
from ._tab import MEBIBYTE, Tab

log = logging.getLogger("stillroom.streamlit")

_ADDRESS = re.compile(
    r"[\0- ]*(?:(?:[a-z][a-z0-9+.-]*:)?[/\\]{2}|(?:https?|wss?|ftp):)", re.IGNORECASE
)
"""What a browser takes for an address elsewhere, once tabs and line ends are out of it."""

_FETCHING = frozenset({"url", "embedOptions"})
"""Names in an Altair chart under which it says what to fetch, or how to embed it."""

_MAPS = re.compile(r"scattergeo|choropleth|(?:scatter|density|choropleth)map(?:box)?")
"""Traces of plotly that lie on a map, which comes from its maker."""


def is_one(kind: str) -> bool:
    """Whether a value can be drawn: of Altair's, parts of charts are kept too."""
    return kind == "plotly.Figure" or (kind.startswith("altair.") and kind.endswith("Chart"))


def draw(tab: Tab, store: Store, record: Record, name: str) -> None:
    """Show a figure, or say why it isn't shown. Raises what the store raises."""
    if record.bytes > tab.max_auto_mb * MEBIBYTE:
        st.caption(_dialog_words.NO_PREVIEW)
        return
    figure = store.load(record.page, record.key, version=record.version, types=tab.types)
    try:
        if reaches_out(figure):
            st.caption(_dialog_words.REACHES_OUT)
        elif record.kind.startswith("altair."):
            st.altair_chart(figure, key=f"{name}-chart")
        else:
            st.plotly_chart(figure, key=f"{name}-figure")
    except Exception as error:
        # One without a mark, or of another release of the library.
        log.warning("a figure of page %r can't be drawn: %s", record.page, type(error).__name__)
        st.caption(_dialog_words.NO_PREVIEW)


def reaches_out(figure: Any) -> bool:
    """Whether a figure may make a browser fetch something from elsewhere.

    Looked through as it is, and not as it would be sent: to make that of a chart with many
    rows is refused by Altair, and of a plotly figure it is a copy of all its data.
    """
    drawn = figure.to_plotly_json() if hasattr(figure, "to_plotly_json") else figure
    return _is_on_a_map(drawn) or any(_reaches_out(key, value) for key, value in _parts(drawn))


def _reaches_out(key: Any, value: Any) -> bool:
    if isinstance(value, str):
        is_address = _ADDRESS.match(re.sub("[\t\r\n]", "", value)) is not None
        # A picture of plotly's; and to Altair a text for the data is where they are.
        is_place = key == "data" or (key == "source" and not value.startswith("data:"))
        return (is_address and key != "$schema") or is_place or (key, value) == ("mark", "image")
    is_set = value is not None and type(value).__name__ != "UndefinedType"
    return (key in _FETCHING and is_set) or (key == "mark" and _type_of(value) == "image")


def _is_on_a_map(drawn: Any) -> bool:
    """Whether a plotly figure has a trace on a map, in its data or its frames."""
    if not isinstance(drawn, Mapping):
        return False
    figures = [drawn, *(drawn.get("frames") or ())]
    traces = (trace for one in figures for trace in one.get("data") or ())
    return any(_MAPS.fullmatch(str(_type_of(trace))) for trace in traces)


def _type_of(value: Any) -> Any:
    fields = _fields(value)
    return fields.get("type") if isinstance(fields, Mapping) else None


def _fields(value: Any) -> Any:
    """What an object of Altair's holds by name, or what it was given as a whole."""
    given = getattr(value, "_kwds", None)
    return value if given is None else (given or dict(enumerate(value._args)))


def _parts(drawn: Any) -> Iterator[tuple[Any, Any]]:
    """Everything in nested plain data, each with the name it stands under; without recursion."""
    left: list[tuple[Any, Any]] = [(None, drawn)]
    while left:
        key, found = left.pop()
        yield key, found
        value = _fields(found)
        if isinstance(value, Mapping):
            left += value.items()
        elif isinstance(value, (list, tuple)):
            left += [(key, one) for one in value]
        elif getattr(getattr(value, "dtype", None), "kind", "") in ("O", "U"):
            left += [(key, one) for one in value.ravel().tolist()]
