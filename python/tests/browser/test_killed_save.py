"""A server that is killed in the middle of a save has the version before it, whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

import stillroom

APP = Path(__file__).parent / "apps" / "big_save"
OLD = b"of the run before"


@pytest.mark.parametrize("button", ["Train", "Train and wait"])
def test_killed_save_leaves_the_version_before_it(copy_of, serve, new_browser, button):
    folder = copy_of(APP)
    with stillroom.open(folder / ".stillroom") as store:
        store.save("training", "forecast", OLD)
    server = serve(folder / "app.py")
    page = new_browser()
    page.goto(server.address)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_text("Saving 1 result").first).to_be_visible()
    server.wait_for_line("standing at")

    server.kill()
    page = new_browser()
    page.goto(serve(folder / "app.py").address)

    expect(page.get_by_test_id("stMetricValue")).to_have_text(str(len(OLD)))
    expect(page.get_by_text("1 result saved", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    with stillroom.open(folder / ".stillroom", verify="always") as store:
        assert store.load("training", "forecast") == OLD
        assert [record.version for record in store.history("training", "forecast")] == [1]
        assert not store.verify().problems
