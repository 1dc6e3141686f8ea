"""A page with a thousand results: counted, found by name, and each can be looked at."""

from __future__ import annotations

import re

from demo_pages import expect_calm, expect_rendered, panel
from playwright.sync_api import expect

import stillroom

NUMBER, DRAWN = 1000, 20


def test_one_of_a_thousand_results_is_found_by_its_name(demo, serve, streamlit_of, new_browser):
    with stillroom.open(demo / ".stillroom") as store:
        store.save_page("train_models", {f"trial {n:03}": [n, n + 0.5] for n in range(NUMBER)})
    page = new_browser()
    page.goto(f"{serve(demo / 'app.py', python=streamlit_of).address}/results")

    panel(page, "All 1,000 results saved").click()
    menus = page.get_by_role("button", name=re.compile("^Actions for trial"))
    expect(menus).to_have_count(DRAWN)
    found = page.get_by_role("button", name="Actions for trial 987")
    expect(found).to_have_count(0)
    expect_rendered(page)
    # A list that is open is closed by what moves under it, as the rows do while the panel unfolds.
    expect(page.get_by_test_id("stExpander").locator("details")).not_to_have_attribute(
        "style", re.compile("height")
    )
    finder = page.get_by_role("combobox", name="Find one of 1,000 results")
    finder.click()
    page.keyboard.type("trial 987")
    page.get_by_role("option", name="trial 987").click()
    expect(menus).to_have_count(DRAWN + 1)
    found.click()
    page.get_by_role("menu").get_by_text("Preview", exact=True).click()

    preview = page.get_by_role("dialog").filter(has_text="Preview of trial 987")
    expect(preview.get_by_text("987.5")).to_be_visible()
    page.keyboard.press("Escape")
    expect(preview).to_have_count(0)
    expect(page.get_by_text("Nothing is trained yet.")).to_be_visible()
    expect_calm(page)
