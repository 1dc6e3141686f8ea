"""plotly's figures: the dicts that their traces, layout and frames are made of, and their grid.

These are taken as they are, and not by way of plotly's JSON, which turns arrays
into text, and dates into other dates. Nor is a figure validated again when it
is loaded, which would copy every array: plotly is given the layout and the
type of each trace, and the rest is put in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go

from . import Parts, RefusedError

_FRAME = {"baseframe", "data", "group", "layout", "name", "traces"}


def _take_apart(figure: Any) -> Parts:
    tree = {"data": list(figure._data), "layout": figure._layout}
    if figure.frames:
        tree["frames"] = [frame._props for frame in figure.frames]
    return Parts("PLOTLY_FIGURE", [tree, _spell_grid(figure)])


def _spell_grid(figure: Any) -> Any:
    """The grid of `make_subplots`: its text and, by row and column, what a place refers to."""
    if figure._grid_ref is None:
        return None
    rows = tuple(
        tuple(cell and tuple(map(_spell_place, cell)) for cell in row) for row in figure._grid_ref
    )
    return (figure._grid_str, rows)


def _spell_place(place: Any) -> tuple[Any, ...]:
    return (place.subplot_type, tuple(place.layout_keys), place.trace_kwargs)


def _refuse_widget(widget: Any) -> Parts:
    step = "store plotly.graph_objects.Figure(...) of it"
    raise RefusedError(f"can't keep a widget, which lives in a notebook; {step}")


CLASSES: dict[str, Callable[[Any], Parts]] = {
    "Figure": _take_apart,
    "FigureWidget": _refuse_widget,
}


# ---------------------------------------------------------------- putting together


def _put_together(parts: list[Any], rows: int) -> Any:
    tree, grid = parts
    data, layout = _list(tree["data"]), _dict(tree["layout"])
    if not {"data", "layout"} <= tree.keys() <= {"data", "layout", "frames"}:
        raise ValueError("a figure of other parts")
    figure = go.Figure({"data": [*map(_outline, data)], "layout": layout}, _validate=False)
    if len(figure.data) != len(data):
        raise ValueError("traces that plotly does not have")
    figure._data, figure._layout = data, layout
    figure._frame_objs = tuple(map(_frame, _list(tree.get("frames", []))))
    # Whatever the app does to it from here on is checked.
    for checked in (figure, figure._layout_obj, *figure._data_objs):
        checked._validate = True
    if grid is not None:
        figure._grid_str, figure._grid_ref = _grid(*grid)
    return figure


def _list(value: Any) -> Any:
    if type(value) is not list:
        raise TypeError("a list is wanted here")
    return value


def _dict(value: Any) -> Any:
    if type(value) is not dict or not all(type(key) is str for key in value):
        raise TypeError("a dict is wanted here")
    return value


def _outline(trace: Any) -> dict[str, str]:
    kind = _dict(trace)["type"]
    if type(kind) is not str:
        raise TypeError("a trace of no type")
    return {"type": kind}


def _frame(tree: Any) -> Any:
    outline = {name: part for name, part in _dict(tree).items() if name != "data"}
    if not tree.keys() <= _FRAME:
        raise ValueError("a frame of other parts")
    if "data" in tree:
        outline["data"] = [*map(_outline, _list(tree["data"]))]
    frame = go.Frame(**outline)
    frame._orphan_props.clear()
    frame._orphan_props.update(tree)
    return frame


def _grid(text: Any, rows: Any) -> tuple[str, list[list[Any]]]:
    if type(text) is not str:
        raise TypeError("a grid's text is wanted here")
    return text, [
        [cell and tuple(_place(*place) for place in cell) for cell in row] for row in rows
    ]


def _place(kind: Any, keys: Any, named: Any) -> Any:
    from plotly._subplots import SubplotRef

    if type(keys) is not tuple or not all(type(word) is str for word in (kind, *keys)):
        raise TypeError("a place of a grid is of words")
    return SubplotRef(subplot_type=kind, layout_keys=keys, trace_kwargs=_dict(named))


KINDS = {"PLOTLY_FIGURE": _put_together}
