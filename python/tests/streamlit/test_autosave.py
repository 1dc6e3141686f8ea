"""What changed is saved at the panel, on top of what the tab knows, or says why not."""

from __future__ import annotations

import pytest
from reading import label, opened, rows, words

import stillroom

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("train_models", session_keys=["forecast", "metrics"], autosave={autosave})
for key, value in st.session_state.pop("compute", {{}}).items():
    st.session_state.pop(key, None)
    st.session_state[key] = value() if callable(value) else value
page.panel()
"""
AUTOSAVE, BY_HAND = PAGE.format(autosave=True), PAGE.format(autosave=False)
SAVE_ALL = "stillroom-train_models-save"


def recompute(app, **values):
    """One run in which the page clears these keys and computes them again."""
    app.session_state["compute"] = values
    return app.run()


def test_what_the_page_computed_is_saved_at_the_panel(new_tab, local_store):
    app = recompute(new_tab(AUTOSAVE), forecast=[1.5], metrics={"rmse": 1.25})

    assert label(app) == "All 2 results saved"
    assert dict(local_store.load_page("train_models")) == {
        "forecast": [1.5],
        "metrics": {"rmse": 1.25},
    }


def test_changed_results_are_saved_as_one_set(new_tab, local_store, monkeypatch):
    sets = []
    save_set = stillroom.Store._save_set
    monkeypatch.setattr(
        stillroom.Store,
        "_save_set",
        lambda self, page, values, *rest: (
            sets.append([*values]) or save_set(self, page, values, *rest)
        ),
    )

    recompute(new_tab(AUTOSAVE), forecast=1, metrics=2)

    assert sets == [["forecast", "metrics"]]


def test_rerun_without_a_change_saves_nothing(new_tab, local_store, monkeypatch):
    app = recompute(new_tab(AUTOSAVE), forecast=[1.5], metrics=b"x" * 10_000)

    monkeypatch.setattr(stillroom.Store, "_save_set", None)
    for _ in range(3):
        app.run()

    assert label(app) == "All 2 results saved"


@pytest.mark.parametrize(
    "make",
    [lambda: {"rmse": 1.25}, lambda: __import__("numpy").zeros(10_000)],
    ids=["dict", "array"],
)
def test_cleared_and_computed_again_in_one_run_is_shown_as_not_saved_and_saved(
    new_tab, local_store, make
):
    # An id is used again once the object is gone: the new value was taken for the saved one.
    app = recompute(new_tab(BY_HAND), forecast=make)
    app.button(key=SAVE_ALL).click().run()
    assert label(app) == "Saved 1 result"

    for _ in range(5):
        recompute(app, forecast=make)
        assert rows(app)["forecast"] == "Changed since version 1"
        assert label(app) == "1 change not saved"
    app.button(key=SAVE_ALL).click().run()

    assert label(app) == "Nothing to save"
    assert "Nothing to save" in words(app)


def test_page_that_saves_by_hand_says_what_is_not_saved(new_tab, local_store):
    app = recompute(new_tab(BY_HAND), forecast=1, metrics=2)

    assert label(app) == "2 results not saved"
    assert "They are only in this tab." in words(app)
    assert rows(app) == {"forecast": "Only in this tab", "metrics": "Only in this tab"}
    assert app.button(key=SAVE_ALL).label == "Save 2 results"
    assert local_store.results() == []


def test_save_by_hand_says_which_versions_it_made(new_tab, local_store):
    app = recompute(new_tab(BY_HAND), forecast=1, metrics=[1, 2])
    app.button(key=SAVE_ALL).click().run()
    assert "Saved 2 results" in words(app)
    assert "Version 1 of forecast, version 1 of metrics." in words(app)

    recompute(app, forecast=3)
    assert label(app) == "1 change not saved"
    assert app.button(key=SAVE_ALL).label == "Save 1 change"
    app.button(key=SAVE_ALL).click().run()

    assert "Version 2 of forecast." in words(app)
    assert "Version 2 of forecast." not in words(app.run())


def test_value_edited_in_place_is_saved_by_save_again(new_tab, local_store):
    app = recompute(new_tab(AUTOSAVE), forecast={"rmse": 1.25})

    app.session_state["forecast"]["rmse"] = 1.5
    app.run()
    assert local_store.load("train_models", "forecast") == {"rmse": 1.25}
    choose(app, "forecast", "Save again")

    assert local_store.load("train_models", "forecast") == {"rmse": 1.5}


def test_what_cannot_be_kept_is_named_and_the_rest_is_saved(new_tab, local_store, caplog):
    app = recompute(new_tab(AUTOSAVE), forecast=lambda: {"cv": [lambda: 0]}, metrics=2)

    assert rows(app)["forecast"] == (
        'Can\'t be stored: a lambda at forecast\\[\\"cv\\"\\]\\[0\\]\\. '
        "Store its parameters, or define it with def in a module."
    ).replace("\\. ", ". ", 1).replace(", or", "\\, or")
    assert label(app) == "1 result can't be stored"
    assert local_store.load("train_models", "metrics") == 2
    assert [record.key for record in local_store.results()] == ["metrics"]
    assert "'forecast'" in caplog.text


def test_what_cannot_be_kept_is_not_tried_again_on_every_rerun(new_tab, local_store, monkeypatch):
    app = recompute(new_tab(AUTOSAVE), forecast=lambda: {"cv": [lambda: 0]})

    monkeypatch.setattr(stillroom.Store, "_save_set", None)
    monkeypatch.setattr(stillroom.Store, "check", None)

    assert label(app.run()) == "1 result can't be stored"


def test_save_button_counts_the_others(new_tab, local_store):
    app = recompute(new_tab(BY_HAND), forecast=lambda: [lambda: 0], metrics=2)
    app.button(key=SAVE_ALL).click().run()
    assert label(app) == "1 result can't be stored"

    recompute(app, metrics=3)

    assert app.button(key=SAVE_ALL).label == "Save the other 1"


def test_two_tabs_conflict_and_nothing_is_lost(new_tab, local_store):
    one = recompute(new_tab(AUTOSAVE), forecast="base")
    two = new_tab(AUTOSAVE).run()
    recompute(one, forecast="one")

    recompute(two, forecast="two")

    assert rows(two)["forecast"].startswith("Version 2 was saved at ")
    assert rows(two)["forecast"].endswith(" in another tab")
    assert two.session_state["forecast"] == "two"
    assert local_store.load("train_models", "forecast") == "one"


def test_conflict_ends_by_saving_mine(new_tab, local_store):
    two = in_conflict(new_tab)

    button = two.button(key="stillroom-train_models-row-forecast-do")
    assert button.label == "Save mine as version 3"
    button.click().run()

    assert label(two) == "Saved 1 result"
    assert local_store.load("train_models", "forecast") == "two"
    assert local_store.load("train_models", "forecast", version=2) == "one"


def test_conflict_ends_by_loading_theirs_which_can_be_undone(new_tab, local_store):
    two = in_conflict(new_tab)

    choose(two, "forecast", "Load version 2")
    assert two.session_state["forecast"] == "one"
    assert label(two) == "1 result saved"
    two.button(key="stillroom-train_models-row-forecast-do").click().run()

    assert two.session_state["forecast"] == "two"
    assert local_store.load("train_models", "forecast") == "one"


def test_newer_version_of_another_tab_is_offered(new_tab, local_store, later):
    one = recompute(new_tab(AUTOSAVE), forecast="base")
    recompute(new_tab(AUTOSAVE).run(), forecast="newer")

    later(31)
    one.run()
    assert rows(one)["forecast"] == "Showing version 1 of 2"
    assert one.session_state["forecast"] == "base"
    one.button(key="stillroom-train_models-row-forecast-do").click().run()

    assert one.session_state["forecast"] == "newer"


def test_result_deleted_in_another_tab_is_not_brought_back_by_this_one(new_tab, local_store, later):
    # It was: the value that was still in this tab looked as if it had never been saved.
    app = recompute(new_tab(AUTOSAVE), forecast="base")
    local_store.delete("train_models", "forecast")

    later(31)
    app.run()

    assert rows(app)["forecast"] == "Only in this tab"
    assert local_store.results() == []
    app.button(key=SAVE_ALL).click().run()
    assert local_store.load("train_models", "forecast") == "base"


def test_result_deleted_in_another_tab_is_saved_when_it_is_computed_again(
    new_tab, local_store, later
):
    app = recompute(new_tab(AUTOSAVE), forecast="base")
    local_store.delete("train_models", "forecast")

    later(31)
    recompute(app, forecast="again")

    assert local_store.load("train_models", "forecast") == "again"


def in_conflict(new_tab):
    one = recompute(new_tab(AUTOSAVE), forecast="base")
    two = new_tab(AUTOSAVE).run()
    recompute(one, forecast="one")
    return recompute(two, forecast="two")


def choose(app, key, action):
    """Pick an action from a row's menu."""
    opened(app)
    menu = app.get("menu_button")
    (found,) = [one for one in menu if one.key == f"stillroom-train_models-row-{key}-menu"]
    found.set_value(action).run()
