"""The whole page as files: where a store can't be written to, or can't be reached."""

from __future__ import annotations

import pandas as pd
import pytest
from dialogs import imported, labels, open_dialog, press, said, title
from reading import words

import stillroom
from stillroom import _core
from stillroom.streamlit import _dialog_words

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"])
for key in st.session_state.get("read", []):
    page[key]
page.panel()
"""
FRAME = pd.DataFrame({"a": [1, 2], "t": ["x", None]})
EVERYTHING, FROM_TAB = "Everything, for stillroom", _dialog_words.FROM_TAB


@pytest.fixture
def no_writing(monkeypatch):
    """`no_writing(error)`: every store but those in memory can't be written to, or again by None."""
    save = stillroom.Store._save_set

    def fail(error: Exception | None) -> None:
        def refused(self, *values):
            if error is None or self.location == "memory:":
                return save(self, *values)
            raise error

        monkeypatch.setattr(stillroom.Store, "_save_set", refused)

    return fail


@pytest.fixture
def full_disk(new_tab, local_store, no_writing):
    """A tab whose last value could not be saved, because the disk is full."""
    for number in (1, 2):
        local_store.save_page("p", {"metrics": {"rmse": number}, "forecast": FRAME})
    app = new_tab(PAGE, read=["metrics"]).run()
    no_writing(stillroom.DiskFullError("disk is full"))
    app.session_state["forecast"] = FRAME.assign(c=1)
    app.run()
    return app


def test_on_a_full_disk_the_page_is_offered_for_download(full_disk, local_store, buttons, tmp_path):
    press(full_disk, "Download")

    assert title(full_disk) == "Download all results"
    assert labels(full_disk, "download_button") == [EVERYTHING, FROM_TAB]
    assert said(full_disk) == "2 results with all versions"
    with imported(buttons[EVERYTHING]["data"](), tmp_path) as other:
        assert [record.version for record in other.history("p", "metrics")] == [2, 1]


def test_on_a_full_disk_what_is_not_saved_is_in_a_file_of_its_own(full_disk, buttons, tmp_path):
    press(full_disk, "Download")

    assert buttons[FROM_TAB]["file_name"] == "p-unsaved.stillroom"
    with imported(buttons[FROM_TAB]["data"](), tmp_path) as other:
        assert [record.key for record in other.results()] == ["forecast"]
        assert other.load("p", "forecast").equals(FRAME.assign(c=1))


def test_a_full_disk_is_tried_again_by_itself(full_disk, no_writing, later):
    press(full_disk, "Download")
    no_writing(None)
    later(6)

    assert "Can't save right now" not in words(full_disk.run())
    assert said(full_disk) == "2 results with all versions"


def test_a_read_only_store_offers_the_page_for_download_too(new_tab, local_store, no_writing):
    local_store.save("p", "forecast", FRAME)
    no_writing(stillroom.DeniedError("the store is read-only"))
    app = new_tab(PAGE).run()
    app.session_state["forecast"] = FRAME.assign(c=1)
    app.run()

    assert [button.label for button in app.button] == ["Download"]
    press(app, "Download")

    assert labels(app, "download_button") == [EVERYTHING, FROM_TAB]


def test_a_page_whose_store_can_not_be_read_offers_all_that_the_tab_has(
    full_disk, monkeypatch, buttons, tmp_path
):
    press(full_disk, "Download")
    full_disk.session_state["_stillroom"]["results"].pages["p"].forget_listing()

    def away(*_):
        raise stillroom.UnavailableError("connection refused (os error 111)")

    monkeypatch.setattr(stillroom.Store, "results", away)

    full_disk.run()

    assert labels(full_disk, "download_button") == [FROM_TAB]
    with imported(buttons[FROM_TAB]["data"](), tmp_path) as other:
        assert other.load("p", "forecast").equals(FRAME.assign(c=1))
        assert other.load("p", "metrics") == {"rmse": 2}


def test_what_no_file_can_hold_is_named(full_disk, buttons, tmp_path):
    full_disk.session_state["forecast"] = lambda: 1
    press(full_disk, "Download")

    assert labels(full_disk, "download_button") == [EVERYTHING]
    assert said(full_disk).endswith("Can't be kept in a file: forecast.")


def test_a_model_in_the_tab_is_signed_with_the_app_s_key(new_tab, secrets, buttons, tmp_path):
    key = _core.new_signing_key()
    secrets(
        f'[connections.results]\nurl = "memory:"\nidentity = "single-user"\nsigning_key = "{key}"'
    )
    script = PAGE.replace(
        "page.panel()",
        """
from sklearn.linear_model import LinearRegression
if "forecast" not in st.session_state:
    st.session_state["forecast"] = LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])
page.panel()
""",
    ).replace('"])', '"], autosave=False)', 1)
    app = new_tab(script).run()
    open_dialog(app, "forecast", "Download")
    owner = app.session_state["_stillroom"]["results"].owner

    with imported(buttons[FROM_TAB]["data"](), tmp_path, signing_key=key, owner=owner) as other:
        assert other.load("p", "forecast").predict([[1.0]]).round() == [2.0]
