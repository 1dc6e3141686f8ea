"""A person stops a long save, and nothing of it is left but the value in the tab."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import stillroom

APP = Path(__file__).parent / "apps" / "big_save"


def at_the_panel(page: Page) -> None:
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_text("Saving 1 result", exact=True).click()


def at_the_assignment(page: Page) -> None:
    page.get_by_role("button", name="Train and wait").click()


@pytest.mark.parametrize("save", [at_the_panel, at_the_assignment])
def test_stopped_save_leaves_the_value_in_the_tab_alone(copy_of, serve, new_browser, save):
    folder = copy_of(APP)
    server = serve(folder / "app.py")
    page = new_browser()
    page.goto(server.address)
    save(page)
    server.wait_for_line("standing at")

    page.get_by_role("button", name="Stop", exact=True).click()

    expect(page.get_by_text("Only in this tab", exact=True)).to_be_visible()
    expect(page.get_by_text("1 result not saved")).to_be_visible()
    expect(page.get_by_test_id("stMetricValue")).to_have_text(str(300 * 2**20))
    expect(page.get_by_test_id("stException")).to_have_count(0)
    with stillroom.open(folder / ".stillroom") as store:
        assert store.results() == []
