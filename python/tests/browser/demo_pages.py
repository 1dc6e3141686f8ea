"""What the browser tests of the demo have in common: its pages as people find them.

The demo is `examples/ed_arrivals`. Its training takes seconds, so most tests begin with
a store in which one is kept already (`trained_demo`).
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from streamlit_server import PATIENCE, Server, environment

from stillroom.streamlit import _owner

HEADINGS = (
    "Best at each horizon",
    "Forecast and observed",
    "All twelve models",
    "Next days",
    "Surprising days",
)
TRAINED_BEFORE = "Puerto Montt · 8 trees · 2 folds · seed 7"
"""What *Results* says of the training of `trained_demo`."""

HEADER, ANA = "X-Forwarded-User", "ana"
"""Whose the training is too, where a proxy names people in that header."""

_TRAIN = """
import sys
import stillroom
from training import RunConfig, run

trained = run(RunConfig("Puerto Montt", trees=8, folds=2))
with stillroom.open() as store:
    for owned in (store, store.as_owner(sys.argv[1])):
        owned.page("train_models").update(trained)
"""


def train_in(folder: Path, home: Path) -> None:
    """Train the demo in that folder without a screen, for the owner of its store and for `ANA`."""
    owner = _owner.of_header(HEADER.lower(), ANA)
    subprocess.run(
        # Forests this small have no out-of-bag score for some days, and say so.
        [sys.executable, "-W", "ignore", "-c", _TRAIN, owner],
        cwd=folder,
        env=environment(home),
        check=True,
        timeout=PATIENCE,
    )


def expect_complete_results(page: Page, run: str) -> None:
    """All of *Results* is there, of the training that `run` tells of."""
    for heading in HEADINGS:
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_text(run)).to_be_visible()
    expect(page.get_by_test_id("stMetricValue")).to_have_count(4)
    expect(page.get_by_test_id("stDataFrame")).to_have_count(3)
    expect_calm(page)


def expect_calm(page: Page) -> None:
    """The script has ended, with no traceback and no error on the page."""
    expect_rendered(page)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def expect_rendered(page: Page) -> None:
    """The script has ended, with no traceback."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def panel(page: Page, line: str | re.Pattern[str]) -> Locator:
    """The panel of saved results, once its line is this one."""
    found = page.get_by_test_id("stExpander").filter(has=page.locator("summary", has_text=line))
    expect(found).to_be_visible()
    return found


def trainings(server: Server) -> list[str]:
    """The lines of the log that say that something is trained."""
    return [line for line in server.lines if "training run" in line]
