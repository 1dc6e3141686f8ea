"""What the demo has trained is there, for whoever it belongs to, in every tab they open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo_pages import (
    ANA,
    HEADER,
    TRAINED_BEFORE,
    expect_calm,
    expect_complete_results,
    panel,
    trainings,
)
from playwright.sync_api import expect
from streamlit_server import LAST_VISITOR_LEFT

QUICK = "Puerto Montt · 24 trees · 5 folds · seed 7"


def test_reloaded_results_are_complete_and_nothing_is_trained_again(
    trained_demo, serve, new_browser
):
    server = serve(trained_demo / "app.py")
    page = new_browser()
    page.goto(f"{server.address}/results")
    expect_complete_results(page, TRAINED_BEFORE)
    page.get_by_role("radio", name="7").click()

    page.reload()

    expect_complete_results(page, TRAINED_BEFORE)
    panel(page, "All 6 results saved")
    assert trainings(server) == []


def test_training_of_a_closed_tab_is_kept_and_found_in_a_new_browser(demo, serve, new_browser):
    # At this level Streamlit says when the last visitor is gone and its script told to stop.
    server = serve(demo / "app.py", "--logger.level", "debug")
    page = new_browser()
    page.goto(f"{server.address}/train_models")
    page.get_by_text("Quick", exact=True).click()
    expect(page.get_by_text("A few seconds, with a tenth of the trees.")).to_be_visible()
    with held_up(demo / "data" / "ed_visits.csv"):
        page.get_by_role("button", name="Train", exact=False).click()
        server.wait_for_line("training run 1 started")

        page.context.close()
        server.wait_for_line(LAST_VISITOR_LEFT)
    server.wait_for_line("digest trained surprises")
    page = new_browser()
    page.goto(f"{server.address}/results")

    expect_complete_results(page, QUICK)
    assert not any("training run 2" in line for line in server.lines)


def test_second_person_sees_nothing_of_the_first(trained_demo, serve, new_browser):
    secrets = trained_demo / ".streamlit" / "secrets.toml"
    secrets.write_text(f'[connections.results]\nidentity = "header:{HEADER}"\n')
    server = serve(trained_demo / "app.py")
    ana, ada = new_browser({HEADER: ANA}), new_browser({HEADER: "ada"})
    ana.goto(f"{server.address}/plan_staffing")
    ana.get_by_role("button", name="Plan the week").click()
    ana.get_by_role("button", name="Save 2 results").click()
    panel(ana, "Saved 2 results")

    for path in ("train_models", "results", "plan_staffing"):
        ada.goto(f"{server.address}/{path}")
        # Before a page's first run its script counts as ended too: not before the panel is there.
        opened = panel(ada, "Saved results")
        expect_calm(ada)
        opened.click()
        expect(ada.get_by_text("Nothing saved yet.")).to_be_visible()
        expect(ada.get_by_test_id("stMetricValue")).to_have_count(0)
        expect(ada.get_by_text("12 models are trained")).to_have_count(0)
        expect_calm(ada)

    ana.reload()
    expect(ana.get_by_text("Restored 2 results saved")).to_be_visible()
    ana.goto(f"{server.address}/results")
    expect_complete_results(ana, TRAINED_BEFORE)


@contextmanager
def held_up(data: Path) -> Iterator[None]:
    """A training that begins in here comes no further than to its data, until this ends."""
    contents, waiting = data.read_bytes(), data.with_suffix(".fifo")
    os.mkfifo(waiting)
    waiting.replace(data)
    yield
    # Opening a FIFO returns when the other end is read; the next reader finds the file.
    with data.open("wb") as fifo:
        waiting.write_bytes(contents)
        waiting.replace(data)
        fifo.write(contents)
