"""A dialog stays open until it is closed, by whoever looks at the app or because another does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from dialogs import choose, is_open, open_dialog, press, title
from reading import words
from saves import memory

import stillroom
from stillroom.streamlit import _access, _dialogs
from stillroom.streamlit._session import Dialog, PageMemory

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"])
st.text([page.get("metrics"), st.session_state.get("forecast")])
page.panel()
"""
OWNERS = ("00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b")
CLICKS = {
    "load": ("Load version 4", None),
    "make current": ("Actions for version 4", "Make current"),
    "pin": ("Actions for version 4", "Pin"),
    "delete": ("Actions for version 4", "Delete"),
    "link": ("Actions for version 4", "Copy link"),
}


@pytest.fixture
def store(local_store) -> stillroom.Store:
    """A store with five versions of a result, for each of two owners."""
    for owner in OWNERS:
        for number in range(1, 6):
            local_store.as_owner(owner).save("p", "forecast", f"{owner[-1]}{number}")
    return local_store


@pytest.fixture
def asks(monkeypatch):
    """`asks(owner)`: whose results those of the next runs are."""
    return lambda owner: monkeypatch.setattr(_access, "owner_of", lambda *_: owner)


@pytest.fixture
def versions(new_tab, store, asks):
    """A tab of the first owner with the list of a result's versions open in it."""
    asks(OWNERS[0])
    app = new_tab(PAGE).run()
    open_dialog(app, "forecast", "Versions")
    return app


def click(app, control: str, item: str | None) -> None:
    if item is None:
        press(app, control)
    else:
        choose(app, control, item)


def test_a_dialog_is_open_in_every_run_until_it_is_closed(versions):
    versions.run().run()
    assert title(versions) == "Versions of forecast"

    close(versions)
    versions.run()

    assert not is_open(versions)


def close(app) -> None:
    """What the cross and Escape do."""
    _dialogs._dismiss(SimpleNamespace(memory=memory(app)))


@pytest.mark.parametrize("more_runs", [0, 1])
def test_the_page_runs_when_a_dialog_is_closed_that_was_sent_again(versions, more_runs):
    """The browser may have got it after the click, and opened it again."""
    for _ in range(more_runs):
        versions.run()

    close(versions)

    assert memory(versions).wants_rerun == bool(more_runs)


def test_an_owner_who_comes_in_between_sees_no_dialog(versions, asks):
    asks(OWNERS[1])

    versions.run()

    assert not is_open(versions)
    assert versions.text[0].value == "[None, 'b5']"


@pytest.mark.parametrize(("control", "item"), CLICKS.values(), ids=CLICKS)
def test_when_another_person_asks_a_click_does_nothing_and_the_dialog_is_gone(
    versions, store, asks, control, item
):
    asks(OWNERS[1])

    click(versions, control, item)

    assert not is_open(versions)
    assert versions.text[0].value == "[None, 'b5']"
    for owner in OWNERS:
        history = store.as_owner(owner).history("p", "forecast")
        assert [record.version for record in history] == [5, 4, 3, 2, 1]
        assert not any(record.pinned for record in history)


def test_the_dialog_alone_shows_nothing_to_another_person(monkeypatch):
    """After a click in it the dialog runs without the page, which would have seen to it."""

    class PageRuns(Exception):
        pass

    def rerun():
        raise PageRuns

    monkeypatch.setattr(_dialogs.st, "rerun", rerun)
    monkeypatch.setattr(_dialogs._loading, "is_still_theirs", lambda tab: False)
    tab = SimpleNamespace(memory=PageMemory(dialog=Dialog("versions", "forecast")))

    with pytest.raises(PageRuns):
        _dialogs._body(tab, "key")


def test_a_page_that_shows_a_dialog_of_its_own_keeps_it(new_tab, store, asks):
    script = PAGE.replace(
        "page.panel()",
        """
if st.session_state.get("own"):
    st.dialog("Own")(lambda: st.text("the app's own"))()
page.panel()
""",
    )
    asks(OWNERS[0])
    app = new_tab(script).run()
    open_dialog(app, "forecast", "Versions")

    app.session_state["own"] = True
    app.run()
    app.session_state["own"] = False
    app.run()

    assert not app.exception
    assert not is_open(app)
    assert "1 result saved" in words(app)
