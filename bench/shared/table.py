"""A subject as a table to be read in a terminal."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from .results import Result, Subject


def told(subject: Subject) -> str:
    """One line for each contender and figure: its middle, and its least and most."""
    lines = [f"\n{subject.name}, values of {size(subject.value_bytes)}\n"]
    for name, result in subject.results.items():
        lines.append(f"{name:24} {_state(result)}")
        for figure, found in result.figures.items():
            lines.append(f"    {figure:28} {_ranged(figure, found)}")
    return "\n".join(lines)


def _state(result: Result) -> str:
    if result.failed is not None:
        return f"✗ {result.failed}"
    return "" if result.loss is None else f"✗ not lossless: {result.loss}"


def _ranged(figure: str, found: Sequence[float]) -> str:
    """The middle of some numbers, and between what they lie."""
    low, high = shown(figure, min(found)), shown(figure, max(found))
    return f"{shown(figure, statistics.median(found)):>12}   {low} – {high}"


def shown(figure: str, value: float) -> str:
    """A figure with its unit, which its name tells: sizes, rates, counts, and else times."""
    if any(word in figure for word in ("bytes", "peak", "resident")):
        return size(value)
    if "/s" in figure:
        return f"{value:,.0f} /s"
    if "maps" in figure:
        return f"{value:,.0f}"
    return duration(value)


def size(count: float) -> str:
    """Bytes in the unit that leaves three digits."""
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(count) >= step:
            return f"{_three(count / step)} {unit}"
    return f"{count:.0f} B"


def duration(seconds: float) -> str:
    """Seconds in the unit that leaves three digits."""
    for unit, step in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= step * 0.9995:
            return f"{_three(seconds / step)} {unit}"
    return f"{_three(seconds / 1e-6)} µs"


def _three(value: float) -> str:
    digits = 0 if abs(value) >= 99.95 else 1 if abs(value) >= 9.995 else 2
    return f"{value:.{digits}f}"
