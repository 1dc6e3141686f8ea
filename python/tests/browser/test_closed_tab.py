"""A tab closed in the middle of a training does not cost its result."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import expect
from streamlit_server import LAST_VISITOR_LEFT

APP = Path(__file__).parent / "apps" / "closed_tab"


def test_result_of_a_closed_tab_is_found_in_a_new_browser(copy_of, serve, new_browser):
    folder = copy_of(APP)
    os.mkfifo(folder / "release")
    # At this level Streamlit says when the last visitor is gone and its script told to stop.
    server = serve(folder / "app.py", "--logger.level", "debug")
    page = new_browser()
    page.goto(server.address)
    page.get_by_role("button", name="Train").click()
    server.wait_for_line("training started")

    page.context.close()
    server.wait_for_line(LAST_VISITOR_LEFT)
    (folder / "release").write_bytes(b"")
    server.wait_for_line("training ended")
    page = new_browser()
    page.goto(server.address)

    expect(page.get_by_test_id("stMetricValue")).to_have_text("210.5")
    # Otherwise the tab was not gone yet, and this test shows nothing.
    assert not any("the script went on" in line for line in server.lines)
