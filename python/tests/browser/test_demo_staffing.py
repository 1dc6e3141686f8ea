"""Plans that people save by hand: one after another, and in two tabs at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from demo_pages import expect_rendered, panel
from playwright.sync_api import Locator, Page, expect

import stillroom

SHIFTS = {10: "265", 20: "288", 30: "311"}
"""What a plan takes, by its reserve in per cent."""

newest_only = pytest.mark.parametrize("streamlit_of", ["newest"], indirect=True)


@pytest.fixture
def address(demo, serve, streamlit_of) -> str:
    return f"{serve(demo / 'app.py', python=streamlit_of).address}/plan_staffing"


@pytest.fixture
def open_plan(address, new_browser):
    """Opens the page in a browser of its own."""

    def open_page() -> Page:
        page = new_browser()
        page.goto(address)
        expect(page.get_by_role("button", name="Plan the week")).to_be_visible()
        return page

    return open_page


@newest_only
def test_versions_say_what_each_plan_changed(open_plan):
    page = open_plan()
    plan(page, 10)
    save(page, "Save 2 results")
    plan(page, 20)
    expect(row(page, "key_figures").get_by_text("Changed since version 1")).to_be_visible()
    save(page, "Save 2 changes")

    choose(page, "key_figures", "Versions")

    versions = page.get_by_role("dialog").filter(has_text="Versions of key_figures")
    expect(versions.get_by_text("shifts 265 → 288, days short 11 → 3")).to_be_visible()
    versions.get_by_role("button", name="Load version 1").click()
    expect(page.get_by_text("10% reserve")).to_be_visible()
    expect(row(page, "key_figures").get_by_text("Showing version 1 of 2")).to_be_visible()


@newest_only
def test_plan_is_there_after_a_reload_and_an_unsaved_one_is_not(open_plan):
    page = open_plan()
    plan(page, 10)
    save(page, "Save 2 results")
    plan(page, 30)

    page.reload()

    expect(page.get_by_text("Restored 2 results saved")).to_be_visible()
    expect_shifts(page, 10)
    panel(page, "All 2 results saved")


def test_plan_of_two_tabs_becomes_the_next_version_of_each_other(demo, open_plan):
    mine = in_conflict(open_plan)

    for key in ("staffing", "key_figures"):
        expect_rendered(mine)
        row(mine, key).get_by_role("button", name="Save mine as version 3").click()
        expect(row(mine, key).get_by_text("just now")).to_be_visible()

    panel(mine, "Saved 1 result")
    expect_shifts(mine, 30)
    assert saved_shifts(demo) == [311, 288, 265]


def test_plan_of_the_other_tab_is_loaded_and_taken_back(demo, open_plan):
    mine = in_conflict(open_plan)

    choose(mine, "key_figures", "Load version 2")
    expect_shifts(mine, 20)
    expect(mine.get_by_text("The table is of another plan.")).to_be_visible()
    expect_rendered(mine)
    row(mine, "key_figures").get_by_role("button", name="Undo").click()

    expect_shifts(mine, 30)
    expect(mine.get_by_text("The table is of another plan.")).to_have_count(0)
    expect(row(mine, "key_figures").get_by_text("Version 2 was saved at")).to_be_visible()
    expect_rendered(mine)
    assert saved_shifts(demo) == [288, 265]


def in_conflict(open_plan) -> Page:
    """A tab with a plan of its own, on top of one that another tab has replaced meanwhile."""
    mine = open_plan()
    plan(mine, 10)
    save(mine, "Save 2 results")
    theirs = open_plan()
    plan(theirs, 20)
    save(theirs, "Save 2 changes")
    plan(mine, 30)
    expect_rendered(mine)
    mine.get_by_role("button", name="Save 2 changes").click()
    for key in ("staffing", "key_figures"):
        expect(row(mine, key).get_by_text("Version 2 was saved at")).to_be_visible()
    return mine


def plan(page: Page, reserve: int) -> None:
    """Plan the week with this reserve, in per cent."""
    page.get_by_text(f"{reserve}%", exact=True).click()
    page.get_by_role("button", name="Plan the week").click()
    expect(page.get_by_text(f"{reserve}% reserve")).to_be_visible()
    expect_shifts(page, reserve)


def save(page: Page, button: str) -> None:
    # What is still being drawn above moves the panel away from under the mouse.
    expect_rendered(page)
    page.get_by_role("button", name=button).click()
    panel(page, "Saved 2 results")


def expect_shifts(page: Page, reserve: int) -> None:
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(SHIFTS[reserve])


def row(page: Page, key: str) -> Locator:
    """The row of a result in the open panel."""
    menu = page.get_by_role("button", name=f"Actions for {key}")
    return page.get_by_test_id("stHorizontalBlock").filter(has=menu).first


def choose(page: Page, key: str, action: str) -> None:
    # A menu that is drawn anew closes.
    expect_rendered(page)
    page.get_by_role("button", name=f"Actions for {key}").click()
    page.get_by_role("menu").get_by_text(action, exact=True).click()


def saved_shifts(demo: Path) -> list[int]:
    """The shifts of each saved plan, the newest first."""
    with stillroom.open(demo / ".stillroom") as store:
        page, key = "plan_staffing", "key_figures"
        numbers = [record.version for record in store.history(page, key)]
        return [store.load(page, key, version=number)["shifts"] for number in numbers]
