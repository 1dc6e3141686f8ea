"""Line charts as SVG, in light and in dark, without a library."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

STYLE = """\
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.paper { fill: #ffffff }
.title { font-weight: 600; font-size: 14px }
.quiet { fill: #59636e; font-size: 12px }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.line { fill: none; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round }
.ours { stroke-width: 3.2 }
.limit { stroke-dasharray: 2 5; stroke-width: 2.2 }
"""
DARK = """\
text { fill: #e6edf3 }
.paper { fill: #0d1117 }
.quiet { fill: #9198a1 }
.grid { stroke: #30363d }
"""
# Told apart by most who see colours differently; each in light, then in dark.
COLOURS = [
    ("#0b5fcc", "#58a6ff"),
    ("#c2410c", "#fb8f44"),
    ("#15803d", "#4ac26b"),
    ("#a21caf", "#e085e8"),
    ("#8a6a00", "#d4a72c"),
    ("#0e7490", "#39c5cf"),
    ("#be123c", "#ff7b8b"),
    ("#59636e", "#9198a1"),
    ("#6d4c2f", "#c8a27c"),
    ("#4338ca", "#a5a0ff"),
]


class Line(NamedTuple):
    """One line of a chart: its points from left to right."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: int
    role: str = "peer"
    """`ours` stands out, `limit` is dotted."""


class Axis(NamedTuple):
    """What an axis is of: its title, and where it has marks and with which words."""

    title: str
    marks: Sequence[tuple[float, str]]
    is_log: bool = True

    def place(self, value: float) -> float:
        """Where a value lies, from 0 at the first mark to 1 at the last."""
        scale: Callable[[float], float] = math.log10 if self.is_log else float
        first, last = scale(self.marks[0][0]), scale(self.marks[-1][0])
        return (scale(value) - first) / (last - first)


class Chart(NamedTuple):
    """One field with its axes and lines."""

    title: str
    across: Axis
    up: Axis
    lines: Sequence[Line]


WIDTH, HEIGHT = 400, 330
LEFT, TOP, BOTTOM, GAP = 66, 44, 50, 34
ROW = 21


def drawing(charts: Sequence[Chart], described: str) -> str:
    """Charts side by side, and at their right what each colour is, in the order of the lines' ends."""
    keys = _keys(charts)
    legend = 34 + max(len(name) for name in keys) * 8
    wide = len(charts) * (LEFT + WIDTH) + (len(charts) - 1) * GAP + 24 + legend
    high = TOP + HEIGHT + BOTTOM
    parts = [_chart(chart, number * (LEFT + WIDTH + GAP)) for number, chart in enumerate(charts)]
    parts.append(_legend(keys, wide - legend))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img">',
            f"<title>{escape(described)}</title>",
            f"<style>\n{STYLE}{_colours(0)}@media (prefers-color-scheme: dark) {{\n{DARK}{_colours(1)}}}\n</style>",
            f'<rect class="paper" width="{wide}" height="{high}" rx="6"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _colours(look: int) -> str:
    return "".join(
        f".c{number} {{ stroke: {pair[look]} }}\n" for number, pair in enumerate(COLOURS)
    )


def _keys(charts: Sequence[Chart]) -> dict[str, Line]:
    """Each line once, in the order in which they lie at the right of the last chart that has them."""
    found: dict[str, tuple[float, Line]] = {}
    for chart in charts:
        # Some end earlier: compared is where all still are.
        common = min(line.points[-1][0] for line in chart.lines)
        for line in chart.lines:
            last = [y for x, y in line.points if x <= common][-1]
            found[line.name] = (chart.up.place(last), line)
    ordered = sorted(found.values(), key=lambda end: -end[0])
    return {line.name: line for _, line in ordered}


def _legend(keys: dict[str, Line], left: float) -> str:
    rows = []
    for number, line in enumerate(keys.values()):
        y = TOP + 12 + number * ROW
        weight = ' font-weight="600"' if line.role == "ours" else ""
        rows.append(f'<path class="line {line.role} c{line.colour}" d="M{left} {y}h22"/>')
        rows.append(f'<text x="{left + 30}" y="{y + 4}"{weight}>{escape(line.name)}</text>')
    return "\n".join(rows)


def _chart(chart: Chart, left: float) -> str:
    x0, y0 = left + LEFT, TOP + HEIGHT
    parts = [f'<text class="title" x="{x0}" y="{TOP - 20}">{escape(chart.title)}</text>']
    for value, word in chart.up.marks:
        y = y0 - chart.up.place(value) * HEIGHT
        parts.append(f'<path class="grid" d="M{x0} {y:.1f}h{WIDTH}"/>')
        parts.append(
            f'<text class="quiet" x="{x0 - 8}" y="{y + 4:.1f}" text-anchor="end">{word}</text>'
        )
    for value, word in chart.across.marks:
        x = x0 + chart.across.place(value) * WIDTH
        parts.append(f'<path class="grid" d="M{x:.1f} {y0}v5"/>')
        parts.append(
            f'<text class="quiet" x="{x:.1f}" y="{y0 + 20}" text-anchor="middle">{word}</text>'
        )
    middle = x0 + WIDTH / 2
    parts.append(
        f'<text class="quiet" x="{middle}" y="{y0 + 41}" text-anchor="middle">{escape(chart.across.title)}</text>'
    )
    parts.append(
        f'<text class="quiet" x="{x0 + WIDTH}" y="{TOP - 20}" text-anchor="end">{escape(chart.up.title)}</text>'
    )
    # Ours last, so that it lies above the others.
    for line in sorted(chart.lines, key=lambda line: line.role == "ours"):
        steps = " L".join(
            f"{x0 + chart.across.place(x) * WIDTH:.1f} {y0 - chart.up.place(y) * HEIGHT:.1f}"
            for x, y in line.points
        )
        parts.append(f'<path class="line {line.role} c{line.colour}" d="M{steps}"/>')
    return "\n".join(parts)
