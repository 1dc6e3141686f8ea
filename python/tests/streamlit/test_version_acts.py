"""What a click on a version does: load it, make it current, pin it; and where that fails."""

from __future__ import annotations

import pytest
from dialogs import choose, is_open, labels, offered, open_dialog, press, said, toasts
from reading import label, rows

import stillroom

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"])
st.text([page.get("metrics"), st.session_state.get("forecast")])
page.panel()
"""
AWAY = stillroom.UnavailableError("connection refused (os error 111)")


@pytest.fixture
def store(local_store) -> stillroom.Store:
    """A store with five versions of two results."""
    for number in range(1, 6):
        local_store.save_page("p", {"forecast": f"f{number}", "metrics": f"m{number}"})
    return local_store


@pytest.fixture
def versions(new_tab, store):
    """`versions(key)`: a new tab with the list of a result's versions open in it."""

    def opens(key: str = "forecast"):
        app = new_tab(PAGE).run()
        open_dialog(app, key, "Versions")
        return app

    return opens


@pytest.fixture
def instead(monkeypatch):
    """`instead(method, error)`: a method of every store raises, until `instead(method)`."""
    whole = {}

    def replace(method: str, error: Exception | None = None) -> None:
        whole.setdefault(method, getattr(stillroom.Store, method))

        def raises(*_, **__):
            raise error

        monkeypatch.setattr(stillroom.Store, method, whole[method] if error is None else raises)

    return replace


def badged(app) -> str:
    """The name of the version that is said to be in the tab."""
    lines = said(app).split("\n")
    return lines[lines.index(":gray-badge[In this tab]") - 2]


def numbers(store: stillroom.Store, key: str = "forecast") -> list[int]:
    return [record.version for record in store.history("p", key)]


@pytest.mark.parametrize(
    ("key", "read"), [("forecast", "['m5', 'f2']"), ("metrics", "['m2', 'f5']")]
)
def test_loaded_version_is_on_the_page_and_the_dialog_is_gone(versions, key, read):
    app = versions(key)

    press(app, "Load version 2")

    assert app.text[0].value == read
    assert not is_open(app)
    assert toasts(app) == [f"Loaded version 2 of {key}"]
    assert rows(app)[key] == "Showing version 2 of 5"


def test_a_load_is_undone_in_the_row(versions, store):
    app = versions()
    press(app, "Load version 2")

    choose(app, "Actions for forecast", "Undo")

    assert app.text[0].value == "['m5', 'f5']"
    assert label(app) == "All 2 results saved"
    assert numbers(store) == [5, 4, 3, 2, 1]


def test_toast_is_said_once(versions):
    app = versions()
    press(app, "Load version 2")

    assert toasts(app.run()) == []


def test_a_loaded_version_is_marked_in_the_list(versions):
    app = versions()
    press(app, "Load version 2")
    open_dialog(app, "forecast", "Versions")

    assert badged(app) == "**Version 2**"
    assert "Load version 2" not in labels(app)
    assert "Load version 5" in labels(app)


def test_a_version_is_made_current_and_what_the_tab_holds_stays(versions, store):
    app = versions()

    choose(app, "Actions for version 3", "Make current")

    assert toasts(app) == ["Version 3 is current again, as version 6"]
    assert is_open(app)
    assert said(app).startswith("**Version 6**\n")
    assert app.text[0].value == "['m5', 'f5']"
    assert store.load("p", "forecast") == "f3"
    assert rows(app)["forecast"] == "Showing version 5 of 6"


def test_the_version_in_the_tab_is_the_current_one_when_it_is_made_so(versions, store):
    app = versions()
    press(app, "Load version 3")
    open_dialog(app, "forecast", "Versions")

    choose(app, "Actions for version 3", "Make current")

    assert badged(app) == "**Version 6**"
    assert rows(app)["forecast"].startswith("Text")


def test_a_pinned_version_is_marked_and_can_be_let_go(versions, store):
    app = versions()

    choose(app, "Actions for version 3", "Pin")
    pinned = said(app)
    assert offered(app, "Actions for version 3")[3] == "Unpin"
    choose(app, "Actions for version 3", "Unpin")

    assert "**Version 3** :gray-badge[Pinned]" in pinned
    assert "Pinned" not in said(app)
    assert [record.pinned for record in store.history("p", "forecast")] == [False] * 5


# Where it fails.


def test_a_version_that_can_not_be_opened_says_so_and_the_others_can(versions, monkeypatch):
    load = stillroom.Store.load

    def damaged(self, page, key, *, version=None, **options):
        if version == 2:
            raise stillroom.CorruptError("blob 7 is not what was saved")
        return load(self, page, key, version=version, **options)

    monkeypatch.setattr(stillroom.Store, "load", damaged)
    app = versions()
    press(app, "Load version 2")
    warned = [one.value for one in app.warning]
    press(app, "Load version 1")

    assert warned == ["Version 2 is damaged and was not loaded."]
    assert app.text[0].value == "['m5', 'f1']"


OPENING = {
    "damaged": (stillroom.CorruptError, "Version 4 is damaged and was not loaded."),
    "locked": (
        stillroom.DeniedError,
        "Version 4 was saved by another app or key, so it can't be opened here.",
    ),
    "a class": (stillroom.InvalidError, "Version 4 needs a class that this page doesn't name."),
    "newer": (
        stillroom.UnsupportedError,
        "Version 4 was saved by a newer stillroom. Update to open it.",
    ),
    "too large": (stillroom.TooLargeError, "Version 4 can't be opened here."),
    "gone": (stillroom.NotFoundError, "Version 4 isn't there any more."),
}


@pytest.mark.parametrize(("error", "sentence"), OPENING.values(), ids=OPENING)
def test_why_a_version_is_not_loaded_is_said_in_the_dialog(versions, instead, error, sentence):
    app = versions()
    instead("load", error("raw words of the store"))

    press(app, "Load version 4")

    assert [one.value for one in app.warning] == [sentence]
    assert is_open(app)
    assert app.text[0].value == "['m5', 'f5']"


CLICKS = {
    "load": ("load", "Load version 4", None),
    "make current": ("rollback", "Actions for version 4", "Make current"),
    "pin": ("update", "Actions for version 4", "Pin"),
    "delete": ("delete", "Actions for version 4", "Delete"),
}


@pytest.mark.parametrize(("method", "control", "item"), CLICKS.values(), ids=CLICKS)
def test_a_store_that_is_away_is_said_without_its_error(
    versions, store, instead, caplog, method, control, item
):
    app = versions()
    instead(method, AWAY)

    click(app, control, item)

    assert said(app).startswith("Nothing is lost: results in this tab are safe")
    assert "os error" not in said(app)
    assert "os error 111" in caplog.text
    assert numbers(store) == [5, 4, 3, 2, 1]


def click(app, control: str, item: str | None) -> None:
    if item is None:
        press(app, control)
    else:
        choose(app, control, item)


def test_a_list_that_can_not_be_had_is_said_and_comes_back(versions, instead):
    app = versions()

    instead("history", AWAY)
    away = said(app.run())
    instead("history")

    assert away.startswith("Nothing is lost: results in this tab are safe")
    assert said(app.run()).startswith("**Version 5**")


def test_a_full_disk_is_called_so_in_the_dialog(versions, instead):
    app = versions()
    instead("rollback", stillroom.DiskFullError("disk is full"))

    choose(app, "Actions for version 4", "Make current")

    assert said(app).startswith("The disk of this app is full.")
    assert is_open(app)


def test_what_went_wrong_is_said_until_the_next_click(versions, instead):
    app = versions()
    instead("update", stillroom.CorruptError("damaged"))
    choose(app, "Actions for version 4", "Pin")
    warned = len(app.run().warning)
    instead("update")

    choose(app, "Actions for version 4", "Pin")

    assert warned == 1
    assert app.warning == []
