"""Strict equality of plotly's figures: traces, layout and frames as they are, and the grid of subplots."""

from __future__ import annotations

import plotly.graph_objects as go
from strict import Part, Parts, compare, require


@compare.register
def compare_figure(a: go.Figure, b: go.Figure, path: str) -> Parts:
    for name in ("data", "frames"):
        ours, theirs = getattr(a, name), getattr(b, name)
        require(path, name, len(ours), len(theirs))
        for place, (x, y) in enumerate(zip(ours, theirs, strict=True)):
            require(path, name, type(x), type(y))
            made = x.to_plotly_json(), y.to_plotly_json()
            yield Part(f"{path}.{name}[{place}]", *made, is_held=False)
    made = a.layout.to_plotly_json(), b.layout.to_plotly_json()
    yield Part(f"{path}.layout", *made, is_held=False)
    require(path, "grid", a._grid_str, b._grid_str)
    require(path, "places of the grid", repr(a._grid_ref), repr(b._grid_ref))
