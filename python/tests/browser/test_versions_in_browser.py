"""The dialogs of the panel in a browser: versions, compare, undo, files, links, delete."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from demo_pages import expect_rendered
from playwright.sync_api import Locator, Page, expect

import stillroom

APP = Path(__file__).parent / "apps" / "versions" / "app.py"
DAYS = pd.date_range("2026-01-01", periods=30, name="day")
FRAME = pd.DataFrame({"arrivals": range(30), "forecast": 0.5}, index=DAYS)


@pytest.fixture
def folder(copy_of) -> Path:
    """The app's folder, with three versions of two results in its store."""
    found = copy_of(APP.parent)
    with stillroom.open(found / ".stillroom") as store:
        store.save("train_models", "forecast", FRAME[:20], label="first try")
        store.save("train_models", "forecast", FRAME)
        store.save("train_models", "forecast", FRAME.assign(lower=0.25), label="wider lags")
        for rmse in (1.21, 1.18, 1.05):
            store.save("train_models", "metrics", {"rmse": rmse, "n": 30})
    return found


@pytest.fixture
def visit(folder, serve, new_browser) -> Callable[..., Page]:
    """`visit(python)`: the app in a new browser with its panel open."""

    def opens(python: str | None = None, **screen) -> Page:
        page = new_browser(**screen)
        page.goto(serve(folder / APP.name, python=python).address)
        # What is still coming would move the panel away from under the mouse.
        expect(metric(page, "RMSE")).to_be_visible()
        expect_rendered(page)
        page.get_by_text("All 2 results saved").click()
        return page

    return opens


def choose(scope: Page | Locator, about: str, item: str) -> None:
    """Choose from a menu of the panel, or of a dialog."""
    page = scope if isinstance(scope, Page) else scope.page
    # A menu that is drawn anew closes.
    expect_rendered(page)
    scope.get_by_role("button", name=f"Actions for {about}", exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def dialog(page: Page, title: str) -> Locator:
    """The open dialog."""
    found = page.get_by_role("dialog")
    expect(found.get_by_text(title, exact=True)).to_be_visible()
    return found


def back(versions: Locator) -> None:
    button = versions.get_by_role("button", name="Back to the versions")
    button.click()
    expect(button).to_have_count(0)


def press(scope: Page | Locator, label: str) -> None:
    scope.get_by_role("button", name=label, exact=True).click()


def metric(page: Page, label: str) -> Locator:
    found = page.get_by_test_id("stMetric").filter(has_text=label)
    return found.get_by_test_id("stMetricValue")


def numbers(folder: Path, key: str) -> list[int]:
    with stillroom.open(folder / ".stillroom") as store:
        return [record.version for record in store.history("train_models", key)]


def test_versions_are_looked_at_loaded_and_loaded_back(visit, folder, streamlit_of):
    page = visit(streamlit_of)
    expect(metric(page, "Rows")).to_have_text("30")

    choose(page, "forecast", "Versions")
    versions = dialog(page, "Versions of forecast")
    expect(versions.get_by_text("Version 3 · wider lags")).to_be_visible()
    expect(versions.get_by_text("10 rows more")).to_be_visible()
    expect(versions.get_by_text("1 column added")).to_be_visible()

    choose(versions, "version 2", "Compare")
    table = versions.get_by_test_id("stTable")
    expect(table.get_by_role("row").filter(has_text="Rows")).to_have_text("Rows2030")
    back(versions)
    choose(versions, "version 1", "Preview")
    expect(versions.get_by_text("Table 20 × 2 · version 1, saved")).to_be_visible()
    expect(versions.get_by_test_id("stVegaLiteChart")).to_be_visible()
    back(versions)
    press(versions, "Load version 1")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(metric(page, "Rows")).to_have_text("20")
    expect(page.get_by_test_id("stToast")).to_contain_text("Loaded version 1 of forecast")
    expect(page.get_by_text("Showing version 1 of 3")).to_be_visible()
    choose(page, "forecast", "Undo")
    expect(metric(page, "Rows")).to_have_text("30")
    # The panel stays open: the oldest Streamlit forgot it, because this run drew no panel.
    expect(page.get_by_text("Table 30 × 3")).to_be_visible()
    assert numbers(folder, "forecast") == [3, 2, 1]


def test_versions_are_pinned_made_current_deleted_and_brought_back(visit, folder, streamlit_of):
    page = visit(streamlit_of)
    choose(page, "metrics", "Versions")
    versions = dialog(page, "Versions of metrics")
    expect(versions.get_by_text("rmse 1.21 → 1.18")).to_be_visible()

    choose(versions, "version 1", "Pin")
    expect(versions.get_by_text("Pinned", exact=True)).to_be_visible()
    choose(versions, "version 2", "Delete")
    expect(versions.get_by_text("Deleted", exact=True)).to_be_visible()
    expect(versions.get_by_text("rmse 1.21 → 1.05")).to_be_visible()
    assert numbers(folder, "metrics") == [3, 1]
    press(versions, "Undo delete of version 2")
    expect(versions.get_by_text("rmse 1.21 → 1.18")).to_be_visible()
    choose(versions, "version 1", "Make current")
    expect(versions.get_by_text("same as version 1")).to_be_visible()
    expect(page.get_by_text("Version 1 is current again, as version 4")).to_be_visible()

    press(versions, "Close")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("Showing version 3 of 4")).to_be_visible()
    assert numbers(folder, "metrics") == [4, 3, 2, 1]


def by_escape(page: Page) -> None:
    page.keyboard.press("Escape")


def by_its_button(page: Page) -> None:
    press(page.get_by_role("dialog"), "Close")


@pytest.mark.parametrize("close", [by_escape, by_its_button])
def test_a_closed_dialog_does_not_come_back(visit, streamlit_of, close):
    page = visit(streamlit_of)
    choose(page, "forecast", "Versions")
    expect(dialog(page, "Versions of forecast").get_by_text("first try")).to_be_visible()
    close(page)
    expect(page.get_by_role("dialog")).to_have_count(0)

    choose(page, "metrics", "Save again")
    expect(page.get_by_text("Nothing to save")).to_be_visible()
    press(page, "Train")
    expect(metric(page, "Rows")).to_have_text("3")

    expect(page.get_by_role("dialog")).to_have_count(0)


def test_files_are_downloaded_and_imported_elsewhere(visit, folder, streamlit_of, tmp_path):
    page = visit(streamlit_of)
    choose(page, "forecast", "Versions")
    versions = dialog(page, "Versions of forecast")
    choose(versions, "version 2", "Download")

    with page.expect_download() as csv:
        versions.get_by_role("button", name="Table as CSV").click()
    with page.expect_download() as bundle:
        versions.get_by_role("button", name="Everything, for stillroom").click()

    assert csv.value.suggested_filename == "train_models-forecast-v2.csv"
    assert bundle.value.suggested_filename == "train_models-forecast.stillroom"
    table = pd.read_csv(csv.value.path(), index_col="day", parse_dates=True)
    assert table.equals(FRAME)
    bundle.value.save_as(tmp_path / "forecast.stillroom")
    with stillroom.open(tmp_path / "elsewhere") as store:
        store.import_from(tmp_path / "forecast.stillroom")
        assert store.load("train_models", "forecast").equals(FRAME.assign(lower=0.25))
        assert [one.label for one in store.history("train_models", "forecast")] == [
            "wider lags",
            None,
            "first try",
        ]
    # The dialog is still there, and so is what was chosen in it.
    back(versions)


def test_a_link_from_the_dialog_shows_its_version_in_another_browser(visit, new_browser):
    page = visit()
    choose(page, "metrics", "Versions")
    versions = dialog(page, "Versions of metrics")
    choose(versions, "version 2", "Copy link")
    link = versions.get_by_test_id("stCode").inner_text()

    other = new_browser()
    other.goto(link)

    expect(metric(other, "RMSE")).to_have_text("1.18")
    expect(other.get_by_text("Version 2 of metrics, saved")).to_be_visible()
    choose(other, "metrics", "Versions")
    expect(dialog(other, "Versions of metrics").get_by_text("In this tab")).to_be_visible()
    expect(other.get_by_role("button", name="Load version")).to_have_count(0)


def test_a_deleted_result_is_brought_back(visit, folder, streamlit_of):
    page = visit(streamlit_of)
    choose(page, "metrics", "Delete")
    question = dialog(page, "Delete metrics?")
    expect(question.get_by_text("The value in this tab stays.")).to_be_visible()

    press(question, "Delete 3 versions")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(metric(page, "RMSE")).to_have_text("1.05")
    expect(page.get_by_text("Only in this tab", exact=True)).to_be_visible()
    assert numbers(folder, "metrics") == []
    press(page, "Undo delete")

    expect(page.get_by_text("All 2 results saved")).to_be_visible()
    assert numbers(folder, "metrics") == [3, 2, 1]


def test_times_are_those_of_the_visitor(visit, folder):
    with stillroom.open(folder / ".stillroom") as store:
        saved = store.history("train_models", "forecast")[0].created_at
    page = visit(timezone="America/Santiago")

    choose(page, "forecast", "Versions")

    there = pd.Timestamp(saved).tz_convert("America/Santiago")
    expect(dialog(page, "Versions of forecast")).to_contain_text(
        f"{there:%a %H:%M}".replace(" ", "\u00a0")
    )


@pytest.mark.parametrize("item", ["Versions", "Preview", "Download", "Delete"])
def test_a_dialog_fits_a_phone(visit, item):
    page = visit(width=390)

    choose(page, "forecast", item)

    shown = page.get_by_role("dialog")
    expect(shown.get_by_test_id("stMarkdownContainer").last).to_be_visible()
    assert shown.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
