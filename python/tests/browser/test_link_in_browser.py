"""A link to a version, copied from one browser to another: each address an app can have."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

APP = Path(__file__).parent / "apps" / "link" / "app.py"
BACK = "Back to the current results"

PLACES = {
    "the app's own page": ("", ""),
    "a page with a path": ("", "/second"),
    "the own page of an app below a path": ("team/ed", "/team/ed/"),
    "a page of an app below a path": ("team/ed", "/team/ed/second"),
}


@pytest.mark.parametrize(("base", "path"), PLACES.values(), ids=PLACES)
def test_link_shows_its_version_in_another_browser(copy_of, serve, new_browser, base, path):
    server = serve(copy_of(APP.parent) / APP.name, "--server.baseUrlPath", base)
    page = new_browser()
    page.goto(f"{server.address}{path}?hospital=north")
    computed(page, 1)
    computed(page, 2)
    link = page.get_by_test_id("stText").inner_text()

    other = new_browser()
    other.goto(link)
    expect(count(other)).to_have_text("1")
    expect(other.get_by_text("Version 1 of count, saved")).to_be_visible()
    other.get_by_role("button", name=BACK).click()
    expect(count(other)).to_have_text("2")

    assert other.url.endswith(f"{path}?hospital=north")
    expect(other.get_by_text("1 result saved")).to_be_visible()
    expect(other.get_by_test_id("stException")).to_have_count(0)


def test_reloaded_link_is_still_the_same_version(copy_of, serve, new_browser):
    page = new_browser()
    page.goto(serve(copy_of(APP.parent) / APP.name).address)
    computed(page, 1)
    computed(page, 2)
    page.goto(page.get_by_test_id("stText").inner_text())
    expect(count(page)).to_have_text("1")

    page.get_by_role("button", name="Compute").click()
    expect(count(page)).to_have_text("2")
    page.reload()

    expect(count(page)).to_have_text("1")
    page.get_by_role("button", name=BACK).click()
    expect(count(page)).to_have_text("2")
    expect(page.get_by_text("1 result saved")).to_be_visible()


def count(page: Page):
    return page.get_by_test_id("stMetricValue")


def computed(page: Page, number: int) -> None:
    page.get_by_role("button", name="Compute").click()
    expect(count(page)).to_have_text(str(number))
