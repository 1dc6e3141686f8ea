"""Deleting a result or a version, and taking that back: in the dialog, in the row, much later."""

from __future__ import annotations

import pytest
from dialogs import choose, is_open, labels, offered, open_dialog, press, said, title, toasts
from reading import label, opened, rows
from saves import memory

import stillroom
from stillroom.streamlit import _link

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"])
if st.session_state.pop("compute", False):
    st.session_state["forecast"] = "computed anew"
st.text([page.get("metrics"), st.session_state.get("forecast")])
page.panel()
"""


@pytest.fixture
def store(local_store) -> stillroom.Store:
    """A store with three versions of two results."""
    for number in (1, 2, 3):
        local_store.save_page("p", {"forecast": f"f{number}", "metrics": f"m{number}"})
    return local_store


@pytest.fixture
def tab(new_tab, store):
    """A tab in which both results are."""
    return new_tab(PAGE).run()


def numbers(store: stillroom.Store, key: str = "forecast") -> list[int]:
    return [record.version for record in store.history("p", key)]


# A result.


def test_delete_asks_first_and_says_what_goes(tab, store):
    open_dialog(tab, "forecast", "Delete")

    assert title(tab) == "Delete forecast?"
    assert said(tab) == "3 versions, 9 B. The value in this tab stays."
    assert labels(tab) == ["Delete 3 versions", "Cancel"]
    assert numbers(store) == [3, 2, 1]


def test_cancel_deletes_nothing(tab, store):
    open_dialog(tab, "forecast", "Delete")

    press(tab, "Cancel")

    assert not is_open(tab)
    assert numbers(store) == [3, 2, 1]
    assert label(tab) == "All 2 results saved"


@pytest.mark.parametrize("key", ["forecast", "metrics"])
def test_deleted_result_stays_in_the_tab_and_is_not_saved_again(tab, store, key):
    open_dialog(tab, key, "Delete")
    press(tab, "Delete 3 versions")
    tab.run().run()

    assert numbers(store, key) == []
    assert tab.text[0].value == "['m3', 'f3']"
    assert rows(tab)[key] == "Only in this tab"
    assert label(tab) == "1 change not saved"


@pytest.mark.parametrize("key", ["forecast", "metrics"])
def test_deleted_result_is_brought_back_in_its_row(tab, store, key):
    open_dialog(tab, key, "Delete")
    press(tab, "Delete 3 versions")

    press(tab, "Undo delete")

    assert numbers(store, key) == [3, 2, 1]
    assert toasts(tab) == [f"{key} is back, with 3 versions"]
    assert label(tab) == "All 2 results saved"
    assert rows(tab)[key].startswith("Text")


def test_deleted_result_can_be_brought_back_as_long_as_the_tab_is_open(tab, store, later):
    open_dialog(tab, "forecast", "Delete")
    press(tab, "Delete 3 versions")

    later(3_600)
    tab.run()
    press(tab, "Undo delete")

    assert numbers(store) == [3, 2, 1]


def test_deleted_result_without_a_value_has_a_row_to_bring_it_back(new_tab, store):
    app = new_tab(PAGE.replace('page.get("metrics")', "0")).run()
    open_dialog(app, "metrics", "Delete")
    question = said(app)
    press(app, "Delete 3 versions")

    row = rows(app)["metrics"]
    press(app, "Undo delete")

    assert question == "3 versions, 9 B."
    assert row == "Deleted 3 versions"
    assert numbers(store, "metrics") == [3, 2, 1]


def test_a_new_value_after_a_delete_is_saved(tab, store):
    open_dialog(tab, "forecast", "Delete")
    press(tab, "Delete 3 versions")

    tab.session_state["compute"] = True
    tab.run()

    assert store.load("p", "forecast") == "computed anew"
    assert numbers(store) == [4]
    assert "Undo delete" not in [button.label for button in tab.button]


def test_the_same_value_is_saved_by_hand_after_a_delete(tab, store):
    open_dialog(tab, "forecast", "Delete")
    press(tab, "Delete 3 versions")

    choose(tab, "Actions for forecast", "Save this one")

    assert numbers(store) == [4]
    assert label(tab) == "Saved 1 result"


def test_a_second_undo_does_nothing(tab, store):
    open_dialog(tab, "forecast", "Delete")
    press(tab, "Delete 3 versions")
    button = next(one for one in tab.button if one.label == "Undo delete")
    store.undelete("p", "forecast", [1, 2, 3])

    button.click().run()
    button.click().run()

    assert not tab.exception
    assert numbers(store) == [3, 2, 1]


def test_what_was_erased_meanwhile_is_said_and_not_offered_again(tab, store):
    open_dialog(tab, "forecast", "Delete")
    press(tab, "Delete 3 versions")
    store.gc()

    press(tab, "Undo delete")

    assert toasts(tab) == ["It isn't there any more."]
    assert "Undo delete" not in [button.label for button in tab.button]
    assert rows(tab)["forecast"] == "Only in this tab"


def test_undo_that_fails_can_be_tried_again(tab, store, monkeypatch):
    open_dialog(tab, "forecast", "Delete")
    press(tab, "Delete 3 versions")
    undelete = stillroom.Store.undelete

    def away(*_):
        raise stillroom.UnavailableError("connection refused (os error 111)")

    monkeypatch.setattr(stillroom.Store, "undelete", away)
    press(tab, "Undo delete")
    told = toasts(tab)
    monkeypatch.setattr(stillroom.Store, "undelete", undelete)
    tab.run()
    memory(tab).trouble = None
    tab.run()
    press(tab, "Undo delete")

    assert told[0].startswith("Nothing is lost")
    assert numbers(store) == [3, 2, 1]


def test_a_result_that_another_tab_deleted_is_said(tab, store):
    opened(tab)
    store.delete("p", "forecast")

    open_dialog(tab, "forecast", "Delete")

    assert said(tab) == "No versions are saved."
    assert labels(tab) == []


# A version.


def test_deleted_version_stands_in_the_list_until_the_dialog_closes(tab, store):
    open_dialog(tab, "forecast", "Versions")

    choose(tab, "Actions for version 2", "Delete")

    assert toasts(tab) == ["Deleted version 2"]
    assert numbers(store) == [3, 1]
    assert "Version 2\nDeleted\n" in said(tab)
    assert labels(tab) == ["Undo delete of version 2", "Load version 1"]
    memory(tab).dialog = None
    open_dialog(tab, "forecast", "Versions")
    assert "Version 2" not in said(tab)


def test_deleted_version_is_brought_back_at_its_place(tab, store):
    open_dialog(tab, "forecast", "Versions")
    before = said(tab)
    choose(tab, "Actions for version 2", "Delete")

    press(tab, "Undo delete of version 2")

    assert toasts(tab) == ["Version 2 of forecast is back"]
    assert numbers(store) == [3, 2, 1]
    assert said(tab) == before


def test_each_of_several_deleted_versions_is_brought_back_by_itself(tab, store):
    open_dialog(tab, "forecast", "Versions")
    choose(tab, "Actions for version 1", "Delete")
    choose(tab, "Actions for version 2", "Delete")

    press(tab, "Undo delete of version 1")

    assert numbers(store) == [3, 1]
    assert labels(tab) == ["Undo delete of version 2", "Load version 1"]


def test_what_changed_is_told_against_the_versions_that_are_left(tab, store):
    open_dialog(tab, "forecast", "Versions")
    before = said(tab)
    choose(tab, "Actions for version 2", "Delete")

    assert "f2 → f3" in before
    assert "f1 → f3" in said(tab)


def test_with_the_last_version_the_result_is_gone_and_comes_back_in_one(tab, store):
    open_dialog(tab, "forecast", "Versions")
    for number in (1, 2, 3):
        choose(tab, f"Actions for version {number}", "Delete")
    memory(tab).dialog = None
    tab.run()

    row = rows(tab)["forecast"]
    press(tab, "Undo delete")

    assert row == "Only in this tab"
    assert numbers(store) == [3, 2, 1]
    assert rows(tab)["forecast"].startswith("Text")


@pytest.mark.parametrize("key", ["forecast", "metrics"])
def test_value_whose_version_is_deleted_is_not_saved_again_in_any_tab(new_tab, tab, store, key):
    other = new_tab(PAGE).run()
    open_dialog(tab, key, "Versions")
    choose(tab, "Actions for version 3", "Delete")
    memory(tab).dialog = None

    for app in (tab, other):
        memory(app).forget_listing()
        app.run().run()
        assert rows(app)[key] == "Your tab has a newer one; version 2 stays saved"
    assert numbers(store, key) == [2, 1]


def test_value_whose_version_came_back_is_saved(tab, store):
    open_dialog(tab, "forecast", "Versions")
    choose(tab, "Actions for version 3", "Delete")

    press(tab, "Undo delete of version 3")

    assert rows(tab)["forecast"].startswith("Text")
    assert label(tab) == "All 2 results saved"


def test_value_of_an_older_version_says_so_after_that_version_is_deleted(tab, store):
    open_dialog(tab, "forecast", "Versions")
    press(tab, "Load version 1")
    open_dialog(tab, "forecast", "Versions")

    choose(tab, "Actions for version 1", "Delete")

    assert rows(tab)["forecast"] == "Showing version 1 of 3"
    assert numbers(store) == [3, 2]


@pytest.mark.parametrize("gone", [[1], [1, 2, 3]], ids=["an old version", "all of them"])
def test_what_could_not_be_saved_is_saved_once_room_was_made_by_a_delete(
    tab, store, monkeypatch, later, gone
):
    save = stillroom.Store._save_set

    def full(*_, **__):
        raise stillroom.DiskFullError("disk is full")

    monkeypatch.setattr(stillroom.Store, "_save_set", full)
    tab.session_state["compute"] = True
    tab.run()
    open_dialog(tab, "forecast", "Versions")
    for number in gone:
        choose(tab, f"Actions for version {number}", "Delete")
    monkeypatch.setattr(stillroom.Store, "_save_set", save)
    later(60)
    tab.run()

    assert store.load("p", "forecast") == "computed anew"
    assert label(tab) == "All 2 results saved"


def test_nothing_is_deleted_from_a_page_that_shows_a_link(new_tab, store):
    app = new_tab(PAGE)
    record = store.history("p", "metrics")[1]
    app.query_params[_link.PARAMETER] = _link.link_to(store.owner, record).text()
    opened(app.run())

    assert "Delete" not in offered(app, "Actions for metrics")
