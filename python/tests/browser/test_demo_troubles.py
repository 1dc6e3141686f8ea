"""The store of the demo is away, or somebody meddled with it: the pages say so and go on."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from demo_pages import (
    ANA,
    HEADER,
    HEADINGS,
    TRAINED_BEFORE,
    expect_complete_results,
    expect_rendered,
    panel,
    trainings,
)
from forge import Row
from playwright.sync_api import Page, expect

import stillroom

LEFT_OUT = "This can't be shown. The end of this page says why."


def test_results_are_back_when_a_store_that_was_away_is(trained_demo, serve, new_browser):
    secrets = trained_demo / ".streamlit" / "secrets.toml"
    secrets.write_text(f'[connections.results]\nidentity = "header:{HEADER}"\n')
    server = serve(trained_demo / "app.py")
    page = new_browser({HEADER: ANA})
    page.goto(f"{server.address}/plan_staffing")
    panel(page, "Saved results")
    store = trained_demo / ".stillroom"
    away = store.rename(trained_demo / "away")

    page.get_by_role("link", name="Results").click()
    trouble = panel(page, "Results store can't be reached")
    expect(trouble.get_by_text("Nothing is lost")).to_be_visible()
    expect(page.get_by_text(LEFT_OUT)).to_have_count(1)
    # No error of the store, nor where it lies: both are for whoever runs the app.
    expect(page.get_by_text("store is gone")).to_have_count(0)
    expect(page.get_by_text(str(trained_demo))).to_have_count(0)
    expect_rendered(page)
    server.wait_for_line("the store is gone")
    away.rename(store)
    trouble.get_by_role("button", name="Try now").click()

    expect_complete_results(page, TRAINED_BEFORE)
    panel(page, "All 6 results saved")
    assert trainings(server) == []


def test_training_while_the_store_is_away_is_saved_when_it_is_back(
    trained_demo, serve, new_browser
):
    server = serve(trained_demo / "app.py")
    page = new_browser()
    page.goto(f"{server.address}/train_models")
    panel(page, "All 6 results saved")
    store = trained_demo / ".stillroom"
    away = store.rename(trained_demo / "away")
    page.get_by_role("combobox", name="Hospital").click()
    page.get_by_role("option", name="Frutillar").click()
    page.get_by_text("Quick", exact=True).click()

    page.get_by_role("button", name="Train", exact=False).click()

    expect(page.get_by_text("12 models are trained for Frutillar.")).to_be_visible()
    trouble = panel(page, "Results store can't be reached")
    expect_rendered(page)
    away.rename(store)
    trouble.get_by_role("button", name="Try now").click()
    panel(page, "All 6 results saved")
    page.get_by_role("link", name="Results").first.click()
    expect_complete_results(page, "Frutillar · 24 trees · 5 folds · seed 7")
    with stillroom.open(store) as opened:
        history = opened.history("train_models", "predictions")
    assert [record.version for record in history] == [2, 1]


def with_another_signature(row: Row) -> None:
    """Sign the models as nobody here does."""
    row.set(signature=changed(row.signature))
    row.seal()


def with_another_byte(row: Row) -> None:
    """Change what the models are made of, and nothing that vouches for it."""
    row.set(root=changed(row.root))


def changed(contents: bytes) -> bytes:
    return contents[:-1] + bytes([contents[-1] ^ 1])


MEDDLED = {
    "another signature": (
        with_another_signature,
        "Saved by another app or key, so it can't be opened here.",
    ),
    "another byte": (with_another_byte, "Version 1 is damaged and was not loaded."),
}


@pytest.mark.parametrize(("meddle", "sentence"), MEDDLED.values(), ids=MEDDLED)
def test_models_that_somebody_meddled_with_are_not_opened_and_the_rest_is_shown(
    trained_demo, serve, new_browser, meddle: Callable[[Row], None], sentence: str
):
    with stillroom.open(trained_demo / ".stillroom") as store:
        owner = UUID(store.owner)
    row = Row(trained_demo / ".stillroom", "train_models", "models", owner)
    meddle(row)
    row.connection.close()
    server = serve(trained_demo / "app.py")
    page = new_browser()

    page.goto(f"{server.address}/results")

    expect_all_but_next_days(page)
    opened = panel(page, "1 result can't be opened")
    expect(opened.get_by_text(sentence)).to_be_visible()
    expect(opened.get_by_text("5 saved")).to_be_visible()
    page.get_by_role("link", name="Plan staffing").click()
    page.get_by_role("button", name="Plan the week").click()
    expect(page.get_by_role("link", name="Train models")).to_have_count(2)
    expect_rendered(page)


def expect_all_but_next_days(page: Page) -> None:
    for heading in HEADINGS:
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_text(LEFT_OUT)).to_have_count(1)
    expect(page.get_by_test_id("stDataFrame")).to_have_count(2)
    expect_rendered(page)
