"""The plots of docs/benchmarks.md, from what was measured."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from .results import Result, Subject
from .svg import Axis, Chart, Line, drawing
from .table import duration, size

SIZES_ALT = "Save and load time of one array against its size, from 1 KB to 4 GB, for stillroom, the peers and the disk; the numbers are in the tables."
VERSIONS_ALT = "Bytes on disk after each of eleven versions: stillroom's grow by a few percent a version, each peer's by a whole frame."
COUNTS_ALT = "Time to open, save, load, list a page and gc against the number of results in the store, from a hundred to a million."

# The same colour for one name in all plots; who isn't here is drawn in none.
COLOURS = {
    "stillroom": 0,
    "pickle": 1,
    "joblib": 2,
    "diskcache": 3,
    "sqlite + pickle": 4,
    "st.cache_data": 5,
    "parquet zstd": 6,
    "write + fsync, mmap": 7,
    "npy": 8,
    "feather lz4": 8,
    "stillroom fast": 9,
    "pins": 2,
    "Arrow IPC zstd": 3,
}
IN_VERSIONS = (
    "stillroom",
    "stillroom fast",
    "pickle",
    "parquet zstd",
    "feather lz4",
    "st.cache_data",
)


def write(subjects: dict[str, Subject], folder: Path) -> None:
    """Write the plots of the subjects that there are."""
    for name, draw in {"sizes": _sizes, "W5": _versions, "counts": _counts}.items():
        if name in subjects:
            file = {"W5": "versions"}.get(name, name)
            (folder / f"benchmarks-{file}.svg").write_text(draw(subjects[name]))


def _sizes(subject: Subject) -> str:
    charts = []
    for title, figure in (("Save, durable", "save"), ("Load, and read all of it", "load + touch")):
        lines = [
            Line(name, points, COLOURS[name], one.kind)
            for name, one in subject.results.items()
            if name in COLOURS and (points := list(_points(one, figure)))
        ]
        sizes = sorted({x for line in lines for x, _ in line.points})
        # Every other one is named, the largest among them.
        named = sizes[::-2]
        across = Axis("size of the array", [(x, _binary(x) if x in named else "") for x in sizes])
        charts.append(Chart(title, across, _times(lines), lines))
    return drawing(charts, SIZES_ALT)


def _versions(subject: Subject) -> str:
    lines = []
    for name in IN_VERSIONS:
        one = subject.results.get(name)
        if one is not None:
            points = list(enumerate(one.figures["bytes stored"], start=1))[:11]
            lines.append(Line(name, points, COLOURS[name], one.kind))
    most = max(y for line in lines for _, y in line.points)
    step = _round_step(most / 5)
    up = Axis(
        "bytes on disk",
        [(n * step, size(n * step)) for n in range(math.ceil(most / step) + 1)],
        False,
    )
    across = Axis("versions saved", [(n, str(n)) for n in range(1, 12)], False)
    return drawing([Chart("Eleven versions of W3", across, up, lines)], VERSIONS_ALT)


def _counts(subject: Subject) -> str:
    result = subject.results["stillroom"]
    names = ("gc", "open", "list a page", "save", "load")
    lines = [
        Line(name, list(_points(result, name)), colour)
        for colour, name in zip((4, 0, 3, 1, 2), names, strict=True)
    ]
    counts = sorted({x for line in lines for x, _ in line.points})
    across = Axis("results in the store", [(x, f"{x:,.0f}") for x in counts])
    return drawing([Chart("One more call", across, _times(lines), lines)], COUNTS_ALT)


def _points(result: Result, figure: str) -> Iterator[tuple[float, float]]:
    """The medians of figures named `FIGURE @ NUMBER`."""
    for name, found in result.figures.items():
        of, _, number = name.partition(" @ ")
        if of == figure:
            yield float(number), statistics.median(found)


def _times(lines: Sequence[Line]) -> Axis:
    """Tenfold marks around all times."""
    times = [y for line in lines for _, y in line.points]
    first, last = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    return Axis("time", [(10.0**power, _ten(power)) for power in range(first, last + 1)])


def _ten(power: int) -> str:
    return duration(10.0**power).replace(".00", "").replace(".0", "")


def _binary(count: float) -> str:
    units = ("B", "KB", "MB", "GB")
    step = int(math.log2(count)) // 10
    return f"{count / 1024**step:.0f} {units[step]}"


def _round_step(least: float) -> float:
    """The next of 1, 2, 5, 10, 20…"""
    powers = (10.0**power for power in itertools.count(math.floor(math.log10(least))))
    return next(n * power for power in powers for n in (1, 2, 5) if n * power >= least)
