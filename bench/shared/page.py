"""Writes docs/benchmarks.md and its plots from bench/results, without measuring.

    make bench-docs

Nothing but those files is read, and nothing is imported that isn't Python's own.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from . import plots
from .goals import GOALS
from .results import FOLDER, Result, Subject
from .table import shown, size
from .verdict import Verdict, judged

DOCS = Path(__file__).resolve().parents[2] / "docs"
PLANS = FOLDER / "crowd-plans.md"
NOTES = FOLDER / "notes.md"
"""What people have written about what is missed and why; it ends the page."""

TITLES = {
    "W1": "a dict of 50 metrics",
    "W2": "a page of six models' results",
    "W3": "a frame of a million rows and 20 columns",
    "W4": "an array of a gigabyte",
    "W5": "W3 saved eleven times, 1 % changed and 1 % appended each time",
    "W6": "10,000 small results of 100 users",
    "W7": "a million rows of three texts, and 100,000 nested records",
    "postgres-W1": "W1 in PostgreSQL",
    "postgres-W2": "W2 in PostgreSQL",
    "postgres-W3": "W3 in PostgreSQL",
    "postgres-W4": "W4 in PostgreSQL",
    "postgres-W5": "W5 in PostgreSQL",
}
VALUE_FIGURES = ("save", "load", "load + touch", "bytes", "save peak", "load peak")
FIGURES = {
    "W1": ("save", "save p99", "load", "bytes"),
    "W5": ("save next", "bytes next", "bytes of all", "load", "load + touch", "save next peak"),
    "postgres-W5": ("save first", "save next", "bytes next", "bytes of all", "load", "load + touch"),
    "W6": (
        "saves/s, 1 thread", "saves/s, 8 threads", "saves/s, 8 processes",
        "save p99, 8 processes", "loads/s, 1 thread", "list of 100", "list of 100, in part",
    ),
}  # fmt: skip

HEAD = """\
# Benchmarks

Made by `make bench`, which measures, or by `make bench-docs` from what was measured ([bench/results](../bench/results)); don't edit it. [bench/README.md](../bench/README.md) says how to run it.

The embedded store, on a local disk, against what people keep results with today, and against the limits of the machine. How it is measured:

- **In turn.** In each round everyone saves and loads once, each in a process of its own and in a new folder; then comes the next round. A figure is the median of the rounds, with the least and the most beside it.
- **Durable.** A save of a peer that writes files is the file, its sync, its rename and the sync of its folder. Databases sync at each commit (SQLite's `synchronous=FULL`, for diskcache too, whose files are synced before the row that names them). What pins and `st.cache_data` wrote is synced after they return.
- **Warm.** Libraries are imported, the store is open, and it has kept a small value of the kind before; what is loaded is in the page cache. *Touch* reads every byte of what came back, since a map puts off reading.
- **Lossless or not.** Each peer's answer is first compared with what it was given as the tests of stillroom compare: types, dtypes, bits, order, index, zones, `freq`. Who loses something has a ✗, and is nobody's rival.
- **Peak memory** is what the process held at most above what it held before: for a save, beside the value; for a load, with it.
- **Limits** are the same bytes written and synced, appended and synced, mapped, copied or hashed, with nothing around it, in the same rounds.
- **In PostgreSQL** (`postgres-…`, `crowd`): one server on this machine, its settings its own but for `max_connections`, `fsync` on. Pickles are in a `bytea` whose storage is external, written by one prepared upsert over psycopg as the tables' owner, whom no policy is asked about; the recipe's JSON likewise, in its JSONB, without the HTTP around it. Bytes are what their tables grew by, indexes and all. Nothing is kept on the client's side (`cache=False`).
- **Goals** were set before it was built, as ratios to the limit or to the best peer of that day; a row is met (✓) when its ratio in this run is. *Behind* marks a row where the best peer's slower rounds are faster than our faster ones.
"""


def main() -> None:
    subjects = {
        name: Subject.read(name)
        for name in [*TITLES, "crowd", "sizes", "counts"]
        if _is_there(name)
    }
    plots.write(subjects, DOCS / "pictures")
    (DOCS / "benchmarks.md").write_text("\n".join(lines(subjects)) + "\n")


def _is_there(name: str) -> bool:
    return (FOLDER / f"{name}.json").exists()


def lines(subjects: dict[str, Subject]) -> Iterator[str]:
    """The page, line by line."""
    yield HEAD
    yield from _runs(subjects)
    yield from _summary(subjects)
    for name, title in TITLES.items():
        if name in subjects:
            yield from _section(subjects[name], title)
    if "crowd" in subjects:
        yield from _crowd(subjects["crowd"])
    yield from _growth(subjects)
    if NOTES.exists():
        yield ""
        yield NOTES.read_text().strip()


def _runs(subjects: dict[str, Subject]) -> Iterator[str]:
    """Each run that the files are from, and which subjects it measured: mostly one."""
    runs: dict[str, list[str]] = {}
    for name, subject in subjects.items():
        run = subject.run
        versions = ", ".join(f"{library} {version}" for library, version in run["versions"].items())
        told = f"{run['machine']}, {run['disk']}. {versions}. {run['date']}, `{run['command']}`"
        runs.setdefault(told, []).append(name)
    for told, names in runs.items():
        yield f"Measured: {', '.join(names)} on {told}."
    yield ""


def _summary(subjects: dict[str, Subject]) -> Iterator[str]:
    verdicts = [
        found
        for goal in GOALS
        if goal.subject in subjects and (found := judged(goal, subjects[goal.subject]))
    ]
    met = sum(verdict.is_met for verdict in verdicts)
    behind = [f"{v.goal.subject} {v.goal.title}" for v in verdicts if v.is_behind]
    yield "## Goals"
    yield ""
    yield f"{met} of {len(verdicts)} rows reach their goal. " + (
        f"A lossless peer is ahead by more than the noise in: {'; '.join(behind)}."
        if behind
        else "In no row is a lossless peer ahead by more than the noise."
    )
    yield ""
    yield "| | row | goal | as a ratio | reached | ratio reached | | best lossless peer | ours ÷ peer |"
    yield "|---|---|--:|---|--:|--:|---|---|--:|"
    for verdict in verdicts:
        yield "| " + " | ".join(_row(verdict)) + " |"


def _row(verdict: Verdict) -> list[str]:
    goal, best = verdict.goal, verdict.best_peer
    sign = "≥" if goal.is_more_better else "≤"
    against = goal.against if not goal.against_figure else f"{goal.against}, {goal.against_figure}"
    marks = ("✓" if verdict.is_met else "✗") + (" behind" if verdict.is_behind else "")
    return [
        goal.subject,
        goal.title,
        f"{sign} {shown(goal.figure, goal.goal)}",
        "" if goal.ratio is None else f"{sign} {_ratio(goal.ratio)} × {against}",
        f"**{shown(goal.figure, verdict.median)}**",
        _reached(verdict),
        marks,
        "" if best is None else f"{best.name} {shown(goal.figure, best.median)}",
        "" if best is None or not best.median else _ratio(verdict.median / best.median),
    ]


def _reached(verdict: Verdict) -> str:
    """The ratio, and to what."""
    if verdict.ratio is None or verdict.reference is None:
        return ""
    figure = verdict.goal.against_figure or verdict.goal.figure
    return f"{_ratio(verdict.ratio)} × {shown(figure, verdict.reference.median)}"


def _ratio(ratio: float) -> str:
    return f"{ratio:.3g}" if ratio < 9.95 else f"{ratio:,.0f}"


def _section(subject: Subject, title: str) -> Iterator[str]:
    figures = FIGURES.get(subject.name, VALUE_FIGURES)
    yield ""
    yield f"## {subject.name}: {title}"
    yield ""
    rounds = max(len(one.figures.get(figures[0], ())) for one in subject.results.values())
    yield f"Values of {size(subject.value_bytes)}; medians of up to {rounds} (least – most)."
    yield ""
    yield f"| | {' | '.join(figures)} |"
    yield "|---|" + "--:|" * len(figures)
    for name, result in _in_order(subject, figures[0]):
        if any(figure in result.figures for figure in figures):
            cells = (_cell(figure, result.figures.get(figure)) for figure in figures)
            yield f"| {_name(name, result)} | {' | '.join(cells)} |"
    yield from _losses(subject)
    yield from _more(subject, figures)
    if subject.name == "W5":
        yield from _picture("benchmarks-versions.svg", plots.VERSIONS_ALT)


def _in_order(subject: Subject, figure: str) -> list[tuple[str, Result]]:
    """Ours first, then the peers, the best first, then the machine."""
    kinds = {"ours": 0, "peer": 1, "limit": 2}
    sign = -1 if "/s" in figure else 1

    def place(item: tuple[str, Result]) -> tuple[int, float]:
        middle = item[1].median(figure)
        ranked = 0.0 if item[1].kind == "ours" else sign * middle if middle else float("inf")
        return kinds[item[1].kind], ranked

    return sorted(subject.results.items(), key=place)


def _name(name: str, result: Result) -> str:
    if result.kind == "limit":
        return f"*{name}*"
    name = f"**{name}**" if result.kind == "ours" else name
    return name if result.loss is None else f"{name} ✗"


def _cell(figure: str, found: Sequence[float] | None) -> str:
    if not found:
        return ""
    least, most = shown(figure, min(found)), shown(figure, max(found))
    middle = shown(figure, statistics.median(found))
    return middle if least == most else f"{middle} ({least} – {most})"


def _losses(subject: Subject) -> Iterator[str]:
    told = [
        f"- {name} ✗: {_plain(result.loss or result.failed or '')}"
        for name, result in subject.results.items()
        if result.loss or result.failed
    ]
    if told:
        yield ""
        yield from told


def _plain(text: str) -> str:
    """Text that Markdown takes as it stands."""
    text = text if len(text) < 160 else f"{text[:160]}…"
    return f"`{text.replace('`', chr(39))}`"


def _more(subject: Subject, figures: Sequence[str]) -> Iterator[str]:
    """Figures that only we, or few, have."""
    told = [
        f"- {name}, {figure}: {_cell(figure, found)}"
        for name, result in subject.results.items()
        for figure, found in result.figures.items()
        if result.kind == "ours" or figure in ("load columns",)
        if figure not in (*figures, "round", "bytes stored")
    ]
    if told:
        yield ""
        yield "Besides:"
        yield ""
        yield from told


def _crowd(subject: Subject) -> Iterator[str]:
    yield ""
    yield "## crowd: one owner's 100 results among those of 10,000 owners"
    yield ""
    yield (
        "What a call costs in a PostgreSQL that holds so many results, 100 of each owner: medians of five rounds, "
        "each over 20 owners (least – most). *again* makes another version; the peers have none, and replace what "
        "was there. Their lists say key, size and date; ours says all that a record has."
    )
    for name, result in _in_order(subject, "save @ 10000"):
        yield ""
        yield f"{_name(name, result)}:"
        yield ""
        yield from _by_number(result, lambda count: f"{count:,}")
    if PLANS.exists():
        yield ""
        yield "The plans of the statements that these calls run inside the database, as they were run among the most rows (`auto_explain`, with the pages that each read):"
        yield ""
        yield PLANS.read_text().strip()


def _growth(subjects: dict[str, Subject]) -> Iterator[str]:
    if "sizes" in subjects:
        yield ""
        yield "## Cost against size"
        yield ""
        yield "One float64 array of 1 KB to 4 GB; the peers end at 1 GB."
        yield from _picture("benchmarks-sizes.svg", plots.SIZES_ALT)
        yield ""
        yield from _by_number(subjects["sizes"].results["stillroom"], size)
    if "counts" in subjects:
        yield ""
        yield "## Cost against the number of results"
        yield ""
        yield "One more call in a store that holds so many small results, 100 on each page; *fill* is what each cost to save in sets of 100."
        yield from _picture("benchmarks-counts.svg", plots.COUNTS_ALT)
        yield ""
        yield from _by_number(subjects["counts"].results["stillroom"], lambda count: f"{count:,}")


def _by_number(result: Result, told: Callable[[int], str]) -> Iterator[str]:
    """A table of figures named `NAME @ NUMBER`, a line for each number."""
    split = [(*figure.split(" @ "), found) for figure, found in result.figures.items()]
    names = list(dict.fromkeys(name for name, _, _ in split))
    yield f"| | {' | '.join(names)} |"
    yield "|--:|" + "--:|" * len(names)
    for number in dict.fromkeys(number for _, number, _ in split):
        row = {name: found for name, at, found in split if at == number}
        cells = (_cell(name, row.get(name)) for name in names)
        yield f"| {told(int(number))} | {' | '.join(cells)} |"


def _picture(name: str, described: str) -> Iterator[str]:
    yield ""
    yield f"![{described}](pictures/{name})"


if __name__ == "__main__":
    main()
