"""A class written in a page file is another one at every run, or not there at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

APP = Path(__file__).parent / "apps" / "page_file_class"


@pytest.fixture
def app(copy_of) -> Path:
    return copy_of(APP)


@pytest.fixture
def trained(app, serve, new_browser):
    """A tab that has trained and saved, on a server that looks for edited files."""
    # The last option of a name counts; a rerun tells that the server has seen the edit.
    watching = ("--server.fileWatcherType", "poll", "--server.runOnSave", "true")
    page = new_browser()
    page.goto(serve(app / "app.py", *watching).address)
    page.get_by_role("button", name="Train").click()
    expect(page.get_by_text("All 2 results saved")).to_be_visible()
    return page


def test_value_comes_back_into_the_class_of_the_edited_file(app, trained):
    source = app / "app_pages" / "training.py"
    source.write_text(
        source.read_text()
        .replace('{self.trees} trees"', '{self.trees} trees, edited"')
        .replace('st.button("Train")', 'st.button("Train again")')
    )
    expect(trained.get_by_role("button", name="Train again")).to_be_visible()

    trained.reload()

    expect(trained.get_by_test_id("stMetricValue")).to_have_text("240 trees, edited")
    expect(trained.get_by_text("All 2 results saved")).to_be_visible()
    expect(trained.get_by_test_id("stException")).to_have_count(0)


def test_page_without_the_class_loads_the_other_key_and_names_the_class(trained, new_browser):
    page = new_browser()
    page.goto(f"{trained.url}report")

    expect(page.get_by_test_id("stMetricValue")).to_have_text("1.25")
    expect(page.get_by_text("1 result can't be opened")).to_be_visible()
    expect(page.get_by_text("Saved, but needs the class RunConfig to open.")).to_be_visible()
    expect(page.get_by_text("types=[RunConfig]")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
