"""What a page and its panel add to one rerun of an app, when nothing has changed.

The same app runs in two servers, with stillroom and without. A tab of each is asked
for a rerun in turn, so that whatever else the machine does falls on both alike.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import streamlit  # noqa: F401  (its version is told)
from shared.report import machine, median, p95
from streamlit_server import Server
from visit import Visit

import stillroom

APP = Path(__file__).parent / "apps" / "panel.py"
COUNTS = (3, 30, 1000)
RERUNS = 100
WARM_UP = 10
LISTINGS = 20
TARGET_MS = 50


class Case(NamedTuple):
    """The seconds that each rerun took, in the order they were asked for."""

    without: list[float]
    with_panel: list[float]

    @property
    def added(self) -> list[float]:
        return [b - a for a, b in zip(self.without, self.with_panel, strict=True)]


def main() -> None:
    print(machine("streamlit", "stillroom"))
    print(f"\nOne rerun of a page, {RERUNS} of each kind in turn; milliseconds\n")
    print("                   without          with           added")
    print("results  panel    p50    p95    p50    p95    p50    p95")
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as folder:
            print_count(Path(folder), count)
    print(f"Target: less than {TARGET_MS} added at p50, in every line.")


def print_count(folder: Path, count: int) -> None:
    with visits(folder, count) as (without, with_panel):
        for state in ("closed", "open"):
            if state == "open":
                with_panel.open_expander()
            case = measure(without, with_panel)
            columns = [figure(one) for one in case for figure in (median, p95)]
            columns += [median(case.added), p95(case.added)]
            print(f"{count:7}  {state:6}" + "".join(f"{one:7.1f}" for one in columns), flush=True)
    took = listing_seconds(folder, count)
    print(f"         asking the store what it has, once in 30 s: {median(took):.1f}\n")


@contextmanager
def visits(folder: Path, count: int) -> Iterator[tuple[Visit, Visit]]:
    """A tab without stillroom and one with a panel, each at a server of its own."""
    # What marks a project's folder, for the store to be made in here.
    (folder / ".streamlit").mkdir()
    app = shutil.copy(APP, folder)
    servers = []
    try:
        for panel in ("without", "with"):
            options = ("--", str(count), panel)
            servers.append(Server(Path(app), home=folder, options=options))
        with Visit(servers[0].address) as one, Visit(servers[1].address) as two:
            yield one, two
    finally:
        for server in servers:
            server.kill()


def measure(without: Visit, with_panel: Visit) -> Case:
    case = Case([], [])
    for number in range(WARM_UP + RERUNS):
        took = without.rerun(), with_panel.rerun()
        if number >= WARM_UP:
            case.without.append(took[0])
            case.with_panel.append(took[1])
    return case


def listing_seconds(folder: Path, count: int) -> list[float]:
    """How long the store takes to say what it has, which the panel asks now and then."""
    took = []
    with stillroom.open(folder / ".stillroom", durable=True) as store:
        for _ in range(LISTINGS):
            begun = time.perf_counter()
            records = store.results("bench")
            took.append(time.perf_counter() - begun)
            assert len(records) == count, f"{len(records)} results are stored"
    return took


if __name__ == "__main__":
    main()
