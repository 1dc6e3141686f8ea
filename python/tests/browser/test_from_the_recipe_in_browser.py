"""An app in the shape of the recipe, on `stillroom.compat` alone: saved, killed, loaded."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def test_saved_results_are_loaded_in_a_new_browser(copy_of, examples, serve, new_browser):
    app = copy_of(examples / "from_the_recipe") / "app.py"
    server = serve(app)
    page = new_browser()
    page.goto(server.address)
    page.get_by_role("button", name="Train", exact=False).click()
    trained = metrics(page)
    page.get_by_role("button", name="Save 2 results").click()
    expect(page.get_by_text("Saved 2 results")).to_be_visible()
    # The panel stays open to say which, though its label has changed.
    expect(page.get_by_text("Version 1 of ml_mh_results")).to_be_visible()
    server.kill()

    server = serve(app)
    page = new_browser()
    page.goto(server.address)

    assert metrics(page) == trained
    expect(page.get_by_test_id("stException")).to_have_count(0)

    page.get_by_role("link", name="Report").click()

    expect(page.get_by_text("Trained with a weight of 0.30 for the latest day.")).to_be_visible()


def metrics(page: Page) -> list[str]:
    values = page.get_by_test_id("stMetricValue")
    expect(values).to_have_count(3)
    return values.all_inner_texts()
