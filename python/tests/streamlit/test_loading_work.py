"""A long load by a click goes on while the page does: seen, stopped, and never over newer work."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
import threading
import weakref

import loads
import numpy as np
import pytest
import saves
import streamlit as st
from reading import label, rows, words
from streamlit.runtime.scriptrunner import StopException

import stillroom
from stillroom.streamlit import _owner, _tab, _work

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast", "metrics"], autosave=False, max_auto_mb=1e-6)
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.text(st.session_state.get("forecast"))
st.session_state.update(st.session_state.pop("compute", {}))
st.session_state.pop("meanwhile", lambda page: None)(page)
page.panel()
st.session_state.pop("afterwards", lambda page: None)(page)
"""
LOAD = "stillroom-p-row-{}-do"
STOP = "stillroom-p-stop-loading"


@pytest.fixture
def gate(monkeypatch):
    with loads.held_up(monkeypatch) as gate:
        yield gate


@pytest.fixture
def tab(new_tab, local_store, gate):
    """A tab of a page with a stored result that waits for a click; the page has run once."""
    local_store.save("p", "forecast", "first")
    return new_tab(PAGE).run()


def click(app, key="forecast"):
    """A click on *Load* in the row of that key."""
    rows(app)
    return app.button(key=LOAD.format(key)).click().run()


def choose(app, version, key="forecast"):
    """*Load version N* in the dialog of versions, which an `AppTest` can't keep open."""
    app.session_state["meanwhile"] = chosen_in_dialog(key, version)
    return app.run()


def chosen_in_dialog(key, version):
    def act(page):
        from stillroom.streamlit import _care
        from stillroom.streamlit._session import Dialog

        page._tab.memory.dialog = Dialog("versions", key)
        _care.load(page._tab, key, version)

    return act


def compute(app, **values):
    """One run in which the page computes these keys."""
    app.session_state["compute"] = values
    return app.run()


def toasts(app):
    return [toast.value for toast in app.toast]


def buttons(app):
    return [button.label for button in app.button]


def test_page_goes_on_while_a_result_is_loaded(tab, gate):
    click(tab)
    gate.wait_for_a_load()

    assert not tab.exception
    assert label(tab) == "Loading forecast"
    assert "forecast" not in tab.session_state
    assert buttons(tab) == ["Stop"]


def test_panel_says_how_much_is_loaded(tab, gate):
    click(tab)
    gate.wait_for_a_load()
    (load,) = saves.memory(tab).loading
    load._gauge.note(0, 120_000_000, 0)
    load._gauge.note(30_000_000, 120_000_000, 1)

    tab.run()

    assert tab.get("progress")[0].proto.text.replace("\u00a0", " ") == (
        "30 of 120 MB · about 3 s left"
    )


def test_result_is_on_the_page_when_it_is_loaded(tab, gate):
    click(tab)

    gate.open()
    runs = tab.session_state["runs"]
    tab.run()

    assert tab.text[0].value == "first"
    assert tab.session_state["runs"] == runs + 1
    assert toasts(tab) == ["Loaded version 1 of forecast"]
    assert label(tab) == "1 result saved"
    assert saves.memory(tab).loading == []


def runs_by_itself(page):
    """The panel runs alone, as it does every second; an `AppTest` always runs the page."""
    from stillroom.streamlit import _panel

    _panel._panel(page._tab, "stillroom-alone", looks_again=True, known=[])


def test_panel_that_runs_by_itself_has_the_page_run_with_what_was_loaded(tab, gate):
    click(tab)
    runs = tab.session_state["runs"]

    tab.session_state["meanwhile"] = lambda page: gate.open()
    tab.session_state["afterwards"] = runs_by_itself
    tab.run()

    assert tab.text[0].value == "first"
    assert tab.session_state["runs"] == runs + 2
    assert toasts(tab) == ["Loaded version 1 of forecast"]


def test_load_that_ends_while_the_page_runs_does_not_cut_it_short(tab, gate):
    # What stands below the panel would lose its state.
    click(tab)
    runs = tab.session_state["runs"]

    tab.session_state["meanwhile"] = lambda page: gate.open()
    tab.session_state["afterwards"] = lambda page: st.text("the end")
    tab.run()

    assert tab.text[1].value == "the end"
    assert tab.session_state["runs"] == runs + 1
    assert label(tab) == "Loading forecast"


def test_click_that_streamlit_ends_leaves_what_it_loaded_to_the_next_run(tab, gate, monkeypatch):
    put = _tab.Tab.put

    def ends(*_):
        monkeypatch.setattr(_tab.Tab, "put", put)
        raise StopException

    monkeypatch.setattr(_work.Load, "patience", loads.PATIENCE)
    monkeypatch.setattr(_tab.Tab, "put", ends)
    gate.open()

    choose(tab, 1)

    assert tab.run().session_state["forecast"] == "first"
    assert gate.begun == [["forecast"]]


def test_short_load_is_over_with_the_click(new_tab, local_store):
    local_store.save("p", "forecast", "first")
    app = new_tab(PAGE).run()

    click(app)

    assert app.session_state["forecast"] == "first"
    assert label(app) == "1 result saved"


def test_load_under_way_is_not_begun_again(tab, gate):
    click(tab)
    choose(tab, 1)
    tab.run().run()

    gate.open()
    tab.run()

    assert gate.begun == [["forecast"]]
    assert tab.session_state["forecast"] == "first"


def test_of_two_loads_of_one_key_the_later_counts(tab, local_store, gate):
    local_store.save("p", "forecast", "second")
    choose(tab, 2)
    (earlier,) = saves.memory(tab).loading

    choose(tab, 1)
    gate.open()
    tab.run()

    assert earlier.was_stopped
    assert tab.session_state["forecast"] == "first"
    assert rows(tab)["forecast"] == "Showing version 1 of 2"


def test_several_are_loaded_at_once_and_told_as_one(tab, local_store, gate):
    local_store.save("p", "metrics", {"rmse": 1.25})
    saves.memory(tab).forget_listing()
    tab.run()
    click(tab)
    click(tab, "metrics")
    assert label(tab) == "Loading 2 results"

    gate.open()
    tab.run()

    assert tab.session_state["forecast"] == "first"
    assert tab.session_state["metrics"] == {"rmse": 1.25}


def test_stopped_load_changes_nothing(tab, gate):
    click(tab)
    gate.wait_for_a_load()

    tab.button(key=STOP).click().run()
    gate.open()
    tab.run()

    assert "forecast" not in tab.session_state
    assert rows(tab)["forecast"].endswith(". Not loaded")
    assert toasts(tab) == []
    assert loads.loading_threads() == []


def test_what_was_stopped_is_loaded_by_another_click(tab, gate):
    click(tab)
    tab.button(key=STOP).click().run()
    gate.open()

    click(tab)
    gate.open()
    tab.run()

    assert tab.session_state["forecast"] == "first"


def test_value_computed_after_the_click_is_newer_work_and_stays(tab, local_store, gate):
    click(tab)
    compute(tab, forecast="computed")

    gate.open()
    tab.run()

    assert tab.session_state["forecast"] == "computed"
    assert toasts(tab) == ["This tab has a newer forecast by now, so version 1 was not loaded."]
    assert rows(tab)["forecast"] == "Your tab has a newer one; version 1 stays saved"
    assert "Load version 1" in tab.get("menu_button")[0].proto.options


def test_value_cleared_after_the_click_makes_room_for_the_load(tab, gate):
    compute(tab, forecast="computed")
    choose(tab, 1)
    del tab.session_state["forecast"]

    gate.open()
    tab.run()

    assert tab.session_state["forecast"] == "first"


def test_who_asks_again_after_computing_means_it(tab, gate):
    compute(tab, forecast="computed")
    choose(tab, 1)
    compute(tab, forecast="computed again")
    choose(tab, 1)

    gate.open()
    tab.run()

    assert tab.session_state["forecast"] == "first"
    assert gate.begun == [["forecast"]]


def test_load_can_be_undone(tab, gate):
    compute(tab, forecast=["computed"])
    held = tab.session_state["forecast"]
    choose(tab, 1)
    gate.open()
    tab.run()
    assert tab.session_state["forecast"] == "first"

    choose_undo(tab)

    assert tab.session_state["forecast"] is held
    assert rows(tab)["forecast"] == "Your tab has a newer one; version 1 stays saved"


def choose_undo(app):
    def act(page):
        from stillroom.streamlit import _loading

        _loading.undo(page._tab, "forecast")

    app.session_state["meanwhile"] = act
    return app.run()


def test_save_of_the_key_meanwhile_ends_well_and_the_load_counts(
    new_tab, local_store, gate, monkeypatch
):
    local_store.save("p", "forecast", "first")
    with saves.held_up(monkeypatch) as saving:
        app = compute(new_tab(PAGE).run(), forecast="computed")
        choose(app, 1)
        app.session_state["meanwhile"] = save_of("forecast")
        app.run()
        assert label(app) == "Loading forecast"

        saving.open()
        app.run()
        gate.open()
        app.run()

    assert app.session_state["forecast"] == "first"
    assert rows(app)["forecast"] == "Showing version 1 of 2"
    assert local_store.load("p", "forecast") == "computed"
    # What the tab held was saved by the time it made room.
    choose_undo(app)
    assert app.session_state["forecast"] == "computed"
    assert label(app) == "1 result saved"


def save_of(key):
    def act(page):
        from stillroom.streamlit import _saving

        _saving.save_keys(page._tab, [key], page._tab.list_afresh())

    return act


def test_load_that_ends_during_a_save_of_the_key_is_not_taken_for_what_was_saved(
    new_tab, local_store, gate, monkeypatch
):
    local_store.save("p", "forecast", "first")
    with saves.held_up(monkeypatch) as saving:
        app = compute(new_tab(PAGE).run(), forecast="computed")
        app.session_state["meanwhile"] = save_of("forecast")
        app.run()
        choose(app, 1)
        gate.open()
        app.run()
        saving.open()
        app.run()

    assert app.session_state["forecast"] == "first"
    assert rows(app)["forecast"] == "Showing version 1 of 2"


def by_the_app(page):
    del page["forecast"]


def by_a_person(page):
    from stillroom.streamlit import _care

    _care.delete(page._tab, "forecast")


@pytest.mark.parametrize("delete", [by_the_app, by_a_person])
def test_result_deleted_meanwhile_is_not_loaded(tab, local_store, gate, delete):
    click(tab)
    tab.session_state["meanwhile"] = delete
    tab.run()

    gate.open()
    tab.run()

    assert "forecast" not in tab.session_state
    assert local_store.results() == []


def test_dialog_ends_and_the_panel_shows_its_load(tab, local_store, gate):
    local_store.save("p", "forecast", "second")
    choose(tab, 1)

    assert saves.memory(tab).dialog is None
    assert label(tab) == "Loading forecast"
    gate.open()
    tab.run()
    assert toasts(tab) == ["Loaded version 1 of forecast"]


DAMAGED = stillroom.CorruptError("blob 7 does not match its digest")
AWAY = stillroom.UnavailableError("connection refused (os error 111)")


def test_result_that_turns_out_damaged_is_said_in_its_row(tab, gate, caplog):
    click(tab)
    gate.fails_with = DAMAGED
    gate.open()

    tab.run()

    assert rows(tab)["forecast"] == "Version 1 is damaged and was not loaded."
    assert "blob 7" in caplog.text
    assert "forecast" not in tab.session_state


def test_of_several_damaged_versions_each_is_offered_once(tab, local_store, gate):
    local_store.save("p", "forecast", "second")
    local_store.save("p", "forecast", "third")
    saves.memory(tab).forget_listing()
    gate.fails_with = DAMAGED
    gate.open()
    click(tab)
    tab.run()
    assert buttons(tab) == ["Load version 2"]

    gate.close()
    click(tab)
    gate.open()
    tab.run()

    assert rows(tab)["forecast"] == "Version 3 is damaged and was not loaded."
    assert toasts(tab) == ["Version 2 is damaged and was not loaded."]
    assert buttons(tab) == ["Load version 1"]


def test_version_of_a_dialog_that_turns_out_damaged_is_said_in_passing(tab, gate):
    choose(tab, 1)
    gate.fails_with = DAMAGED
    gate.open()

    tab.run()

    assert toasts(tab) == ["Version 1 is damaged and was not loaded."]
    assert rows(tab)["forecast"].endswith(". Not loaded")


@pytest.mark.parametrize("is_long", [True, False], ids=["long", "short"])
def test_store_that_goes_away_is_said_of_the_store_and_not_of_the_result(
    tab, gate, monkeypatch, is_long
):
    gate.fails_with = AWAY
    if not is_long:
        monkeypatch.setattr(_work.Load, "patience", loads.PATIENCE)
        gate.open()
    click(tab)
    gate.open()

    tab.run()

    assert label(tab) == "Results store can't be reached"
    assert saves.memory(tab).problems == {}


def test_error_nobody_thought_of_is_logged_and_said_in_the_row(tab, gate, caplog):
    click(tab)
    gate.fails_with = ZeroDivisionError("private words")
    gate.open()

    tab.run()

    assert rows(tab)["forecast"] == "Version 1 can't be opened here."
    assert "private words" not in words(tab)
    assert "ZeroDivisionError: private words" in caplog.text


@pytest.fixture
def signed_in(secrets, visitor):
    """`signed_in(name)`: whose requests come from now on."""
    secrets('[connections.results]\nidentity = "header:x-user"')
    return lambda name: visitor({"X-User": name}, "10.0.0.7")


@pytest.fixture
def adas_tab(signed_in, new_tab, gate):
    """A tab of Ada's, with a load under way."""
    signed_in("ada")
    with stillroom.open() as store:
        store.as_owner(_owner.of_header("x-user", "ada")).save("p", "forecast", "ada's")
    app = click(new_tab(PAGE).run())
    gate.wait_for_a_load()
    return app


def test_value_never_reaches_the_next_person(adas_tab, signed_in, gate):
    signed_in("ana")
    adas_tab.run()
    assert label(adas_tab) == "Saved results"

    gate.open()
    adas_tab.run()

    assert "forecast" not in adas_tab.session_state
    assert saves.memory(adas_tab).loading == []
    assert toasts(adas_tab) == []


def test_load_ends_when_somebody_else_is_asking(adas_tab, signed_in, gate):
    (load,) = saves.memory(adas_tab).loading

    signed_in("ana")
    adas_tab.run()
    gate.open()

    assert load.was_stopped


def test_panel_that_runs_by_itself_takes_nothing_over_for_somebody_else(
    adas_tab, signed_in, gate, monkeypatch
):
    put = []
    monkeypatch.setattr(_tab.Tab, "put", lambda self, key, value: put.append(value))

    # A fragment runs with what the page knew, which may have been another visitor's.
    def becomes_anas(page):
        gate.open()
        signed_in("ana")
        runs_by_itself(page)

    adas_tab.session_state["afterwards"] = becomes_anas
    adas_tab.run()

    assert not adas_tab.exception
    assert put == []


def test_tab_with_a_load_under_way_can_be_pickled(tab, gate):
    click(tab)

    copy = pickle.loads(pickle.dumps(saves.memory(tab)))

    assert _work.loading(copy) == []
    assert copy.loading[0].is_finished
    assert len(_work.loading(saves.memory(tab))) == 1


def test_connection_that_is_closed_does_not_end_a_load(tab, gate, restarted):
    click(tab)
    gate.wait_for_a_load()

    restarted()
    gate.open()
    tab.run()

    assert tab.session_state["forecast"] == "first"


@pytest.fixture
def loaded(monkeypatch):
    """Weak references to all arrays that were loaded."""
    found, load = [], stillroom.Store.load

    def remembering(self, page, key, **how):
        value = load(self, page, key, **how)
        if isinstance(value, np.ndarray):
            found.append(weakref.ref(value))
        return value

    monkeypatch.setattr(stillroom.Store, "load", remembering)
    return found


@pytest.fixture
def large_tab(new_tab, local_store, gate, loaded):
    """A tab with an array to load, in a list so that a test can let go of it."""
    local_store.save("p", "forecast", np.arange(1000.0))
    return [new_tab(PAGE).run()]


def are_gone(references):
    gc.collect()
    return all(one() is None for one in references)


def test_load_ends_well_when_its_tab_is_gone_and_keeps_nothing(new_tab, large_tab, gate, loaded):
    click(large_tab[0])
    gate.wait_for_a_load()

    large_tab.clear()
    # Streamlit keeps the names of the script that ran last.
    new_tab("pass").run()
    gate.open()

    assert len(loaded) == 1
    assert are_gone(loaded)


def test_load_keeps_nothing_alive_that_was_taken_over(large_tab, gate, loaded):
    (app,) = large_tab
    click(app)
    gate.open()
    app.run()
    assert not are_gone(loaded)

    del app.session_state["forecast"]
    app.run()

    assert are_gone(loaded)


def test_load_keeps_nothing_alive_that_was_stopped_too_late(large_tab, gate, loaded, monkeypatch):
    (app,) = large_tab
    # It has read everything, and heeds no stop while it makes the value.
    monkeypatch.setattr(_work.Load, "_report", lambda *_: None)
    click(app)
    app.button(key=STOP).click().run()
    gate.open()
    app.run()

    assert len(loaded) == 1
    assert are_gone(loaded)
    assert "forecast" not in app.session_state


def test_rerun_without_anything_to_do_starts_no_thread(new_tab, local_store, monkeypatch):
    local_store.save_page("p", {"forecast": 1, "metrics": 2, "models": 3})
    app = new_tab(
        PAGE.replace("max_auto_mb=1e-6", "max_auto_mb=1") + 'page["models"]\npage.get("x")'
    ).run()
    started, start = [], threading.Thread.start
    monkeypatch.setattr(
        threading.Thread, "start", lambda thread: (started.append(thread.name), start(thread))[1]
    )

    app.run().run()

    assert not app.exception
    assert [name for name in started if name.startswith("stillroom")] == []


ENDING = """
import threading
from stillroom.streamlit import _owner, _work

def load_on(report):
    while True:
        report(1, 2)
        threading.Event().wait(0.01)

_work.Load("click", {"forecast": 1}, load_on).start()
"""


def test_server_that_is_told_to_stop_does_not_wait_for_loads():
    ended = subprocess.run([sys.executable, "-c", ENDING], timeout=loads.PATIENCE, check=False)

    assert ended.returncode == 0
