"""The demo without a mouse: every control of the panel is reached, named and left again.

Two things are Streamlit's own, of each release so far: whoever picks something in a
menu begins anew at the top of the page, and a line with another text is another line,
which loses the focus that it had. What is held here is that nothing else gets lost.
"""

from __future__ import annotations

import re

import pytest
from demo_pages import expect_calm, panel
from playwright.sync_api import Locator, Page, expect

MOST_TABS = 60
NAMELESS = re.compile(r"- (?:button|combobox|link|menuitem|radio|slider|textbox)(?! \").*")

# A menu of Streamlit 1.67 takes the focus once no transition goes on, and hears of only one
# that is cancelled at an element: when an expander is drawn anew four of them are, so that
# most menus of the page open and can't be entered. With this they hear of each.
HEARS_OF_EACH_TRANSITION = """
addEventListener("transitioncancel", cancelled => cancelled.target.dispatchEvent(
    new TransitionEvent("transitionend", {propertyName: cancelled.propertyName, bubbles: true})
), true)
"""


@pytest.fixture
def page(demo, serve, new_browser) -> Page:
    """The staffing page, where nothing is planned yet."""
    page = new_browser()
    page.add_init_script(HEARS_OF_EACH_TRANSITION)
    page.goto(f"{serve(demo / 'app.py').address}/plan_staffing")
    panel(page, "Saved results")
    return page


def test_plan_is_made_saved_and_looked_at_without_a_mouse(page):
    tab_to(page, page.get_by_role("radio", name="0%", exact=True))
    press(page, "ArrowRight", "ArrowRight", "Space")
    tab_to(page, page.get_by_role("button", name="Plan the week"))
    press(page, "Enter")
    expect(page.get_by_text("20% reserve")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Save 2 results"))
    press(page, "Enter")

    # The button is gone with what there was to save; whoever goes on is at the panel.
    line = panel(page, "Saved 2 results").locator("summary")
    press(page, "Tab")
    expect(line).to_be_focused()
    details = page.get_by_test_id("stExpander").locator("details")
    for menus in (0, 2):
        press(page, "Enter")
        expect(page.get_by_test_id("stMenuButton")).to_have_count(menus)
        # Streamlit ends its closing animation a frame late, even when Enter has opened the panel again in it.
        expect(details).to_have_js_property("open", menus > 0)
        expect(line).to_be_focused()
    expect(line).to_have_text(re.compile("Saved 2 results"))
    expect(menu_of(page, "key_figures")).to_be_visible()
    expect_named(page.get_by_test_id("stExpander"))
    expect_calm(page)


def test_dialogs_are_opened_gone_through_and_closed_without_a_mouse(page):
    saved(page)
    pick(page, menu_of(page, "key_figures"), "Versions")
    versions = page.get_by_role("dialog", name="Versions of key_figures")
    expect_kept_inside(page, versions)
    expect_named(versions)
    pick(page, versions.get_by_role("button", name="Actions for version 1"), "Preview")
    expect(versions.get_by_text("Puerto Montt")).to_be_visible()
    tab_to(page, versions.get_by_role("button", name="Back to the versions"))
    press(page, "Enter")
    expect(versions.get_by_text("Version 1")).to_be_visible()
    press(page, "Escape")
    expect(versions).to_have_count(0)

    pick(page, menu_of(page, "staffing"), "Delete")
    question = page.get_by_role("dialog", name="Delete staffing?")
    expect_kept_inside(page, question)
    expect_named(question)
    tab_to(page, question.get_by_role("button", name="Cancel"))
    press(page, "Enter")
    expect(question).to_have_count(0)

    pick(page, menu_of(page, "staffing"), "Delete")
    tab_to(page, question.get_by_role("button", name="Delete 1 version"))
    press(page, "Enter")
    expect(question).to_have_count(0)
    tab_to(page, page.get_by_role("button", name="Undo delete"))
    press(page, "Enter")
    panel(page, "All 2 results saved")
    expect_calm(page)


def saved(page: Page) -> None:
    """Plan and save, by whatever means."""
    page.get_by_role("button", name="Plan the week").click()
    page.get_by_role("button", name="Save 2 results").click()
    panel(page, "Saved 2 results")
    page.reload()
    panel(page, "All 2 results saved").click()


def menu_of(page: Page, key: str) -> Locator:
    return page.get_by_role("button", name=f"Actions for {key}")


def tab_to(page: Page, wanted: Locator) -> None:
    """Go to a control by Tab alone; it shows that it has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            style = wanted.evaluate("element => getComputedStyle(element).boxShadow")
            assert style != "none"
            return
    raise AssertionError(f"{wanted} can't be reached by Tab")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def pick(page: Page, menu: Locator, action: str) -> None:
    """Open a menu, go to one of its entries by the arrows, and choose it."""
    tab_to(page, menu)
    press(page, "Enter")
    expect(page.get_by_role("menu")).to_be_focused()
    entries = page.get_by_role("menuitem").all_inner_texts()
    # One too far and back: the first entry is marked, but has no focus to press Enter with.
    press(page, *["ArrowDown"] * (entries.index(action) + 1), "ArrowUp")
    expect(page.get_by_role("menuitem", name=action, exact=True)).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("menu")).to_have_count(0)


def expect_kept_inside(page: Page, dialog: Locator) -> None:
    """Tab goes round in a dialog, and does not leave it."""
    expect(dialog).to_be_visible()
    for _ in range(12):
        press(page, "Tab")
        assert dialog.evaluate("element => element.contains(document.activeElement)")


def expect_named(place: Locator) -> None:
    """Every control in there has a name to be told by."""
    found = place.aria_snapshot()
    assert NAMELESS.findall(found) == [], found
    assert re.search('button "', found), found
