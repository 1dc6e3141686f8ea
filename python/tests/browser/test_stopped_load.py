"""A person stops a long load: nothing changes, and it can be loaded after all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import stillroom

APP = Path(__file__).parent / "apps" / "big_load"
BYTES = 20 * 2**20
STANDING = "standing at"


@pytest.fixture
def folder(copy_of) -> Path:
    """The app, with a large result in its store."""
    folder = copy_of(APP)
    with stillroom.open(folder / ".stillroom") as store:
        store.save("training", "forecast", np.random.default_rng(7).bytes(BYTES))
    return folder


@pytest.fixture
def visit(folder, serve, new_browser):
    """`visit(by)`: a browser on the page that loads the result in this way, and its server."""

    def come(by: str):
        server, page = serve(folder / "app.py"), new_browser()
        page.goto(f"{server.address}?by={by}")
        return page, server

    return come


def count(page: Page):
    return page.get_by_test_id("stMetricValue")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def release(folder: Path) -> None:
    (folder / "released").touch()


def test_load_by_a_click_goes_on_beside_the_page_until_it_is_stopped(visit, folder):
    page, server = visit("click")
    page.get_by_text("1 result saved").click()
    press(page, "Load")
    server.wait_for_line(STANDING)
    expect(page.get_by_text("Loading forecast", exact=True)).to_be_visible()
    expect(page.get_by_text("21 of 21 MB")).to_be_visible()
    press(page, "Look")
    expect(page.get_by_text("Looked 1 times")).to_be_visible()

    press(page, "Stop")

    expect(page.get_by_text("Not loaded")).to_be_visible()
    expect(page.get_by_text("1 result saved")).to_be_visible()
    expect(count(page)).to_have_text("0")
    assert sum(STANDING in line for line in server.lines) == 1
    release(folder)
    press(page, "Load")
    expect(count(page)).to_have_text(str(BYTES))
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_load_by_a_click_that_ends_is_on_the_page_by_itself(visit, folder):
    page, server = visit("click")
    page.get_by_text("1 result saved").click()
    press(page, "Load")
    server.wait_for_line(STANDING)
    expect(page.get_by_text("Loading forecast", exact=True)).to_be_visible()

    release(folder)

    expect(count(page)).to_have_text(str(BYTES))
    expect(page.get_by_text("Loaded version 1 of forecast")).to_be_visible()


def test_stopped_restore_lets_the_page_go_on(visit, folder):
    page, server = visit("restore")
    server.wait_for_line(STANDING)
    expect(page.get_by_text("Loading forecast · 21 of 21 MB")).to_be_visible()

    press(page, "Stop")

    expect(count(page)).to_have_text("0")
    press(page, "Look")
    expect(page.get_by_text("Looked 1 times")).to_be_visible()
    assert sum(STANDING in line for line in server.lines) == 1
    release(folder)
    page.get_by_text("1 result saved").click()
    press(page, "Load")
    expect(count(page)).to_have_text(str(BYTES))
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_page_whose_value_was_stopped_ends_with_an_offer_to_load_it(visit, folder):
    page, server = visit("reading")
    server.wait_for_line(STANDING)
    expect(page.get_by_text("Loading forecast · 21 of 21 MB")).to_be_visible()

    press(page, "Stop")

    expect(page.get_by_text("is not loaded. This page goes on when it is.")).to_be_visible()
    expect(count(page)).to_have_count(0)
    release(folder)
    press(page, "Load")
    expect(count(page)).to_have_text(str(BYTES))
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_reloaded_page_ends_the_load_that_nobody_waits_for(visit, folder):
    page, server = visit("reading")
    server.wait_for_line(STANDING)
    expect(page.get_by_text("Loading forecast · 21 of 21 MB")).to_be_visible()

    page.reload()

    server.wait_for(
        lambda lines: sum(STANDING in line for line in lines) == 2, what="a second load"
    )
    server.wait_for_line("ended")
    release(folder)
    expect(count(page)).to_have_text(str(BYTES))
