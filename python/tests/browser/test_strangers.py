"""Where no identity is set, only the person at this computer has results."""

from __future__ import annotations

from pathlib import Path

import pytest
from fingerprint import fingerprint
from playwright.sync_api import expect
from streamlit_server import PUBLIC_NAME

APP = Path(__file__).parent / "apps" / "strangers"
# Otherwise Streamlit refuses the name before the app is asked.
REACHABLE = ("--browser.serverAddress", PUBLIC_NAME)

STRANGERS = {
    "another Host": (PUBLIC_NAME, {}, f"host {PUBLIC_NAME}"),
    # The address that it names would be welcome; that somebody names one is the sign.
    "a forwarding header": ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, "x-forwarded-for"),
}


@pytest.mark.parametrize(("host", "headers", "sign"), STRANGERS.values(), ids=STRANGERS)
def test_visit_from_elsewhere_reads_and_writes_nothing(
    copy_of, serve, streamlit_of, new_browser, host, headers, sign
):
    folder = copy_of(APP)
    server = serve(folder / "app.py", *REACHABLE, python=streamlit_of)
    here = new_browser()
    here.goto(server.address)
    here.get_by_role("button", name="Train").click()
    expect(here.get_by_text("All 2 results saved")).to_be_visible()
    before = fingerprint(folder / ".stillroom")

    stranger = new_browser(headers)
    stranger.goto(server.address.replace("127.0.0.1", host))
    values = stranger.get_by_test_id("stMetricValue")
    expect(values).to_have_text(["none", "0"])
    stranger.get_by_role("button", name="Train").click()
    expect(values).to_have_text(["210.5", "2"])

    expect(stranger.get_by_text("Saving isn't set up for this app yet.")).to_be_visible()
    expect(stranger.get_by_text("secrets.toml")).to_have_count(0)
    server.wait_for_line(sign)
    assert fingerprint(folder / ".stillroom") == before


def test_app_that_only_strangers_visit_makes_no_store(copy_of, serve, new_browser):
    folder = copy_of(APP)
    server = serve(folder / "app.py", *REACHABLE)
    stranger = new_browser()
    stranger.goto(server.address.replace("127.0.0.1", PUBLIC_NAME))
    stranger.get_by_role("button", name="Train").click()

    expect(stranger.get_by_test_id("stMetricValue")).to_have_text(["210.5", "2"])
    assert not (folder / ".stillroom").exists()
