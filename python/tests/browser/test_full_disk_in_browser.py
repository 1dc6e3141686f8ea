"""A full disk: people take away what they have, while the panel tries again by itself."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

import stillroom

APP = Path(__file__).parent / "apps" / "full_disk" / "app.py"


def test_dialog_stays_while_the_panel_tries_again_and_is_closed_for_good(
    copy_of, serve, new_browser, streamlit_of, tmp_path
):
    """The panel used to send its dialog again each time it ran by itself.

    One that was closed at that moment was opened again and nothing took it away, and the
    file behind a button was another one when the button was pressed.
    """
    folder = copy_of(APP.parent)
    with stillroom.open(folder / ".stillroom") as store:
        store.save("train_models", "metrics", {"rmse": 1.05})
    server = serve(folder / APP.name, python=streamlit_of)
    page = new_browser()
    page.goto(server.address)
    expect(page.get_by_text("download them or delete old versions")).to_be_visible()

    page.get_by_role("button", name="Download", exact=True).click()
    shown = page.get_by_role("dialog")
    expect(shown.get_by_text("Download all results")).to_be_visible()
    tried_again(server)
    for label, key in (
        ("Everything, for stillroom", "metrics"),
        ("What is in this tab, for stillroom", "forecast"),
    ):
        with page.expect_download() as download:
            shown.get_by_role("button", name=label).click()
        taken = tmp_path / download.value.suggested_filename
        download.value.save_as(taken)
        with stillroom.open(tmp_path / key) as store:
            store.import_from(taken)
            assert [record.key for record in store.results()] == [key]
    tried_again(server)
    expect(shown).to_be_visible()
    shown.get_by_role("button", name="Close").click()

    expect(shown).to_have_count(0)
    tried_again(server)
    expect(shown).to_have_count(0)
    # The panel is open all the time.
    expect(page.get_by_text("Only in this tab", exact=True)).to_be_visible()


def tried_again(server) -> None:
    """Return when the panel has tried to save twice more."""
    wanted = failures(server.lines) + 2
    server.wait_for(lambda lines: failures(lines) >= wanted, what="another try")


def failures(lines: list[str]) -> int:
    return sum("results store failed" in line for line in lines)
