"""A clock that is set back, or that went ahead where the result was saved."""

from __future__ import annotations

import time
from pathlib import Path

import forge
import pytest
from reading import rows, words

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=st.session_state.get("declared", ["forecast"]))
st.session_state.update(st.session_state.pop("computed", {}))
for key, value in st.session_state.pop("assigned", {}).items():
    page[key] = value
page.panel()
"""


def saved_ahead(project: Path, *, days: int) -> None:
    """Makes the clock that saved the result one that goes ahead of ours."""
    row = forge.Row(project / ".stillroom", "p", "forecast")
    row.set(created_at=row.column("created_at") + days * 86_400 * 1_000_000)
    row.seal()


def test_clock_set_back_a_little_reads_as_just_now(new_tab, local_store):
    local_store.save("p", "forecast", 1)

    assert "just now" in rows(new_tab(PAGE).run())["forecast"]


@pytest.mark.parametrize("days", [1, 3, 400])
def test_clock_set_back_by_days_is_said_by_the_date(new_tab, local_store, project, days):
    local_store.save("p", "forecast", 1)
    saved_ahead(project, days=days)
    (record,) = local_store.results()
    when = record.created_at.astimezone()

    app = new_tab(PAGE).run()

    assert f"{when.day} {when:%b}" in rows(app)["forecast"]
    assert "-" not in words(app).replace("\\-", "").partition("Kept in")[0]
    assert f"saved {when.day} {when:%b}" in app_toast(new_tab)


def app_toast(new_tab) -> str:
    (toast,) = new_tab(PAGE).run().toast
    return toast.value


def test_clock_set_back_does_not_keep_an_old_listing(new_tab, local_store, monkeypatch, later):
    app = new_tab(PAGE, declared=[], assigned={"forecast": 1}).run()
    local_store.save("p", "other", 2)
    yesterday = time.time() - 86_400
    monkeypatch.setattr(time, "time", lambda: yesterday)

    later(31)
    app.run()

    assert sorted(rows(app)) == ["forecast", "other"]
