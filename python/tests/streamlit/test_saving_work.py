"""A long save goes on while the page does: seen, stopped, taken over once, and never doubled."""

from __future__ import annotations

import gc
import pickle
import weakref
from functools import partial

import numpy as np
import pytest
import saves
from reading import label, rows
from streamlit.runtime.scriptrunner import StopException

import stillroom
from stillroom.streamlit import _arriving, _saving, _sets, _waiting, _work
from stillroom.streamlit._session import PageMemory, Seen

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast", "metrics"], autosave={autosave})
st.session_state.update(st.session_state.pop("compute", {{}}))
page.panel()
"""
AUTOSAVE, BY_HAND = PAGE.format(autosave=True), PAGE.format(autosave=False)
ASSIGNING = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys={keys})
if "forecast" not in page:
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    page["forecast"] = st.session_state["computed"]
    st.text("went on")
page.panel()
"""
ASSIGNING_OWN = ASSIGNING.format(keys=[])
ASSIGNING_IN_SESSION = ASSIGNING.format(keys=["forecast"])


@pytest.fixture
def gate(monkeypatch):
    with saves.held_up(monkeypatch) as gate:
        yield gate


@pytest.fixture
def drawn(monkeypatch):
    """`drawn(happens)`: what happens while a script shows that it waits for its save."""
    saving = _saving._words.saving

    def happening(happens):
        def say(*args):
            happens()
            return saving(*args)

        monkeypatch.setattr(_saving._words, "saving", say)

    return happening


@pytest.fixture
def gone(drawn, monkeypatch):
    """`gone(True)`: Streamlit ends scripts at their next call, as when the tab is gone."""
    put = _arriving.put

    def ends(*_):
        raise StopException

    def set_gone(is_gone):
        drawn(ends if is_gone else lambda: None)
        monkeypatch.setattr(_arriving, "put", ends if is_gone else put)

    return set_gone


def compute(app, **values):
    """One run in which the page computes these keys."""
    app.session_state["compute"] = values
    return app.run()


def assign(new_tab, script, value, **session):
    """A tab that assigns a value to its page, as it has run once."""
    return new_tab(script, computed=value, **session).run()


def test_page_goes_on_while_its_results_are_saved(new_tab, local_store, gate):
    app = compute(new_tab(AUTOSAVE), forecast=[1.5])
    gate.wait_for_a_save()

    assert not app.exception
    assert _work.ongoing(saves.memory(app)).keys == ("forecast",)
    assert local_store.results() == []


def test_save_under_way_is_not_begun_again(new_tab, local_store, gate):
    app = compute(new_tab(AUTOSAVE), forecast=[1.5])
    app.run().run()

    gate.open()
    app.run().run()

    assert gate.begun == [["forecast"]]
    assert label(app) == "1 result saved"
    assert saves.memory(app).saving == []


def test_others_are_saved_meanwhile(new_tab, local_store, gate):
    app = compute(new_tab(AUTOSAVE), forecast=[1.5])
    compute(app, metrics=2)

    gate.open()

    assert gate.begun == [["forecast"], ["metrics"]]
    assert label(app.run()) == "All 2 results saved"


def test_value_computed_during_a_save_is_saved_after_it(new_tab, local_store, gate):
    app = compute(new_tab(AUTOSAVE), forecast=[1.5])
    compute(app, forecast=[2.5])
    assert gate.begun == [["forecast"]]

    gate.open()
    app.run()
    gate.open()
    app.run()

    assert label(app) == "1 result saved"
    assert local_store.load("p", "forecast") == [2.5]
    assert local_store.load("p", "forecast", version=1) == [1.5]


def test_stopped_save_leaves_nothing_and_is_not_begun_again(new_tab, local_store, gate):
    app = compute(new_tab(AUTOSAVE), forecast=[1.5])
    gate.wait_for_a_save()

    _work.ongoing(saves.memory(app)).stop()
    gate.open()
    app.run().run()

    assert rows(app)["forecast"] == "Only in this tab"
    assert app.session_state["forecast"] == [1.5]
    assert gate.begun == [["forecast"]]
    assert local_store.results() == []


def test_what_was_stopped_is_saved_when_it_is_computed_again(new_tab, local_store, gate):
    app = stopped(new_tab, gate)

    compute(app, forecast=[2.5])
    gate.open()

    assert label(app.run()) == "1 result saved"
    assert local_store.load("p", "forecast") == [2.5]


def test_what_was_stopped_is_saved_by_hand(new_tab, local_store, gate):
    app = stopped(new_tab, gate)
    rows(app)

    app.button(key="stillroom-p-save").click().run()
    gate.open()

    assert label(app.run()) in ("Saved 1 result", "1 result saved")
    assert local_store.load("p", "forecast") == [1.5]


def test_long_save_by_hand_says_what_it_did(new_tab, local_store, gate):
    app = compute(new_tab(BY_HAND), forecast=[1.5])
    app.button(key="stillroom-p-save").click().run()
    gate.open()

    assert label(app.run()) == "Saved 1 result"
    assert label(app.run()) == "1 result saved"


def test_save_that_another_tab_was_faster_than_is_a_conflict(new_tab, local_store, gate):
    one = compute(new_tab(AUTOSAVE), forecast="one")
    gate.wait_for_a_save()
    local_store.save("p", "forecast", "two")

    gate.open()
    one.run()

    assert rows(one)["forecast"].startswith("Version 1 was saved at ") or (
        rows(one)["forecast"] == "Your tab has a newer one; version 1 stays saved"
    )
    assert one.session_state["forecast"] == "one"
    assert local_store.load("p", "forecast") == "two"


def test_save_goes_to_whom_it_was_begun_for_and_the_next_one_hears_nothing(
    new_tab, secrets, gate, visitor
):
    secrets('[connections.results]\nidentity = "header:x-user"')
    visitor({"X-User": "ada"}, "10.0.0.7")
    app = compute(new_tab(AUTOSAVE), forecast="ada's")
    gate.wait_for_a_save()
    adas = app.session_state["_stillroom"]["results"].owner

    visitor({"X-User": "ana"}, "10.0.0.7")
    app.run()
    assert "forecast" not in app.session_state
    assert _work.ongoing(saves.memory(app)) is None
    gate.open()
    app.run()

    assert label(app) == "Saved results"
    anas = app.session_state["_stillroom"]["results"].owner
    with stillroom.open() as store:
        assert store.as_owner(adas).load("p", "forecast") == "ada's"
        assert store.as_owner(anas).results() == []


def test_save_ends_well_when_its_tab_is_gone(new_tab, local_store, gate):
    value = np.arange(1000.0)
    alive = weakref.ref(value)
    app = compute(new_tab(AUTOSAVE), forecast=value)
    gate.wait_for_a_save()

    del app, value
    gc.collect()
    assert alive() is not None
    gate.open()
    gc.collect()
    assert alive() is None
    assert np.array_equal(local_store.load("p", "forecast"), np.arange(1000.0))


def test_save_that_ended_keeps_nothing_alive(local_store):
    value = np.arange(1000.0)
    alive = weakref.ref(value)
    order = _sets.Order(local_store, "p", {"forecast": value}, {})
    work = _work.Save({}, partial(_sets.save_whole, order))
    del order, value

    work.start()
    work.wait()
    for thread in saves.saving_threads():
        thread.join()

    assert work.saved.receipts["forecast"].version == 1
    gc.collect()
    assert alive() is None


def test_error_keeps_no_value_alive():
    value = np.arange(1000.0)
    alive = weakref.ref(value)

    def fail(report, saved, value=value):
        try:
            raise ValueError("first")
        except ValueError as error:
            raise stillroom.UnavailableError("then") from error

    work = _work.Save({}, fail)
    del value, fail
    work.start()
    work.wait()
    for thread in saves.saving_threads():
        thread.join()

    assert isinstance(work.error, stillroom.UnavailableError)
    gc.collect()
    assert alive() is None


def test_connection_that_is_closed_does_not_end_a_save(new_tab, local_store, gate, restarted):
    app = compute(new_tab(AUTOSAVE), forecast=[1.5])
    gate.wait_for_a_save()

    restarted()
    gate.open()

    assert label(app.run()) == "1 result saved"
    assert gate.begun == [["forecast"]]


def test_store_that_fails_during_a_long_save_is_said_at_the_next_run(new_tab, local_store, gate):
    app = compute(new_tab(AUTOSAVE), forecast=[1.5])
    gate.fails_with = stillroom.UnavailableError("connection refused (os error 111)")
    gate.open()

    app.run()

    assert label(app) == "Results store can't be reached"
    assert rows(app)["forecast"] == "Only in this tab"


def test_error_nobody_thought_of_is_logged_and_tried_again_later(
    new_tab, local_store, gate, later, caplog
):
    app = compute(new_tab(AUTOSAVE), forecast=[1.5])
    gate.fails_with = ZeroDivisionError("private words")
    gate.open()
    app.run().run()

    assert label(app) == "Results store can't be reached"
    assert "private words" not in "".join(one.value for one in (*app.caption, *app.warning))
    assert "ZeroDivisionError: private words" in caplog.text
    assert gate.begun == [["forecast"]]
    gate.fails_with = None
    later(6)
    app.run()
    gate.open()
    assert label(app.run()) == "1 result saved"


def test_version_loaded_during_a_save_stays_in_the_tab(new_tab, local_store, gate):
    local_store.save("p", "forecast", "first")
    app = new_tab(
        AUTOSAVE
        + """
if st.session_state.pop("load", False):
    from stillroom.streamlit import _loading
    _loading.load(page._tab, "forecast", 1)
"""
    ).run()
    compute(app, forecast="second")
    app.session_state["load"] = True
    app.run()
    assert app.session_state["forecast"] == "first"

    gate.open()
    app.run().run()

    assert rows(app)["forecast"] == "Showing version 1 of 2"
    assert gate.begun == [["forecast"]]


def test_value_that_changed_while_it_was_saved_is_tried_again(new_tab, local_store, monkeypatch):
    save_set, changes = stillroom.Store._save_set, [True, True]

    def changing(self, *args):
        if changes and changes.pop():
            raise stillroom.UnsupportedError(
                "a list changed while it was being saved; save a copy, "
                "or save before other threads go on"
            )
        return save_set(self, *args)

    monkeypatch.setattr(stillroom.Store, "_save_set", changing)
    app = compute(new_tab(AUTOSAVE), forecast=[1.5])
    app.run()
    assert local_store.results() == []

    app.run()

    assert label(app) == "1 result saved"


def test_tab_with_a_save_under_way_can_be_pickled(new_tab, local_store, gate):
    app = compute(new_tab(AUTOSAVE), forecast=[1.5])

    copy = pickle.loads(pickle.dumps(saves.memory(app)))

    assert _work.ongoing(copy) is None
    assert _work.ongoing(saves.memory(app)) is not None


def test_assignment_returns_when_the_value_is_durable(new_tab, local_store, gate, drawn):
    found = []

    def happens():
        gate.wait_for_a_save() if not found else None
        found.append(local_store.results())
        gate.open()

    drawn(happens)

    app = assign(new_tab, ASSIGNING_OWN, [1.5])

    assert found[0] == []
    assert app.text[0].value == "went on"
    assert label(app) == "1 result saved"
    assert not app.get("progress")


def test_waiting_script_says_how_far_the_save_is(new_tab, local_store, gate, monkeypatch):
    said, saving = [], _saving._words.saving

    def say(*args):
        gate.open()
        said.append(saving(*args))
        return said[-1]

    monkeypatch.setattr(_saving._words, "saving", say)

    assign(new_tab, ASSIGNING_OWN, [1.5])

    assert said[0].startswith("Saving 1 result · ")


def test_stop_button_keeps_no_value_alive(new_tab, local_store, gate, drawn):
    # Streamlit remembers the callback of a button that is gone, and so whatever that holds.
    table = np.arange(1000.0)
    alive = weakref.ref(table)
    drawn(gate.open)
    app = assign(new_tab, ASSIGNING_OWN, {"table": table})
    del table

    del app.session_state["computed"]
    saves.memory(app).values.clear()
    saves.memory(app).bases.clear()

    gc.collect()
    assert alive() is None


ENDED = {"in the mapping": ASSIGNING_OWN, "in the session": ASSIGNING_IN_SESSION}


@pytest.mark.parametrize("script", ENDED.values(), ids=ENDED)
def test_assignment_that_streamlit_ends_is_saved_and_not_computed_again(
    new_tab, local_store, gate, gone, script
):
    gone(True)
    app = assign(new_tab, script, [1.5])
    assert [text.value for text in app.text] == []
    gone(False)
    app.run()
    assert label(app) != "1 result saved"

    gate.open()
    app.run()

    assert app.session_state["runs"] == 1
    assert label(app) == "1 result saved"
    assert gate.begun == [["forecast"]]
    assert local_store.load("p", "forecast") == [1.5]


def test_value_of_an_ended_assignment_is_in_the_session_at_the_next_run(
    new_tab, local_store, gate, gone
):
    gone(True)
    app = assign(new_tab, ASSIGNING_IN_SESSION, [1.5])
    assert "forecast" not in app.session_state

    gone(False)
    app.run()

    assert app.session_state["forecast"] == [1.5]


def test_value_of_an_ended_assignment_goes_over_nothing_newer(new_tab, local_store, gate, gone):
    gone(True)
    app = assign(new_tab, ASSIGNING_IN_SESSION, [1.5])
    gone(False)
    app.session_state["forecast"] = "chosen in a callback"
    app.run()
    gate.open()
    app.run()

    assert app.session_state["forecast"] == "chosen in a callback"
    assert local_store.load("p", "forecast") == [1.5]
    assert gate.begun == [["forecast"]]


def test_person_who_stops_an_assignment_keeps_the_value_in_the_tab(
    new_tab, local_store, gate, monkeypatch
):
    monkeypatch.setattr(_waiting, "_begin", stopping(gate, _waiting._begin))

    app = assign(new_tab, ASSIGNING_OWN, [1.5])

    assert app.text[0].value == "went on"
    assert rows(app)["forecast"] == "Only in this tab"
    assert app.session_state["runs"] == 1
    assert local_store.results() == []


def test_what_is_assigned_last_is_the_newest_version(new_tab, local_store, gate, gone, drawn):
    gone(True)
    app = assign(new_tab, ASSIGNING_OWN + 'page["forecast"] = st.session_state["computed"]', [1.5])
    app.session_state["computed"] = [2.5]
    drawn(gate.open)
    app.run()

    assert not app.exception
    assert [record.version for record in local_store.history("p", "forecast")] == [2, 1]
    assert local_store.load("p", "forecast") == [2.5]


def test_assignment_whose_script_was_ended_says_later_that_it_failed(
    new_tab, local_store, gate, gone
):
    gone(True)
    app = assign(new_tab, ASSIGNING_OWN, [1.5])
    gate.fails_with = stillroom.DiskFullError("the disk is full, nothing was saved")
    gate.open()
    gone(False)

    app.run()

    assert label(app) == "Can't save right now"
    assert rows(app)["forecast"] == "Only in this tab"


def test_key_that_is_deleted_during_its_save_stays_deleted(new_tab, local_store, gate, gone):
    gone(True)
    app = assign(
        new_tab,
        ASSIGNING_OWN.replace("page.panel()", 'if st.session_state.pop("drop", 0):')
        + '    del page["forecast"]\n',
        [1.5],
    )
    gone(False)
    gate.wait_for_a_save()
    app.session_state["drop"] = True
    gate.open()

    app.run()

    assert local_store.results() == []


def test_what_can_not_be_stored_is_known_before_anybody_saves(new_tab, local_store, monkeypatch):
    asked, check = [], stillroom.Store.check
    monkeypatch.setattr(
        stillroom.Store, "check", lambda self, value: (asked.append(value), check(self, value))[1]
    )

    app = compute(new_tab(BY_HAND), forecast=[lambda: 0], metrics=2)

    assert rows(app)["forecast"].startswith("Can't be stored: a lambda at forecast")
    assert rows(app)["metrics"] == "Only in this tab"
    assert len(asked) == 2
    compute(app, metrics=3)
    assert asked[2:] == [3]


GAUGED = {
    "nothing known yet": ([], None),
    "too early": ([(0, 0), (10, 0.4)], None),
    "half in two seconds": ([(0, 0), (50, 2)], 2),
    "what came before the first report": ([(20, 5), (60, 9)], 4),
    "not by the last moment": ([(0, 0), (10, 1), (80, 8), (80, 10)], 3),
    "through": ([(0, 0), (100, 4)], 1),
    "another attempt": ([(0, 0), (90, 9), (0, 10), (50, 20)], 10),
}


@pytest.mark.parametrize(("reports", "left"), GAUGED.values(), ids=GAUGED)
def test_time_left_is_told_by_bytes_and_steadily(reports, left):
    gauge = _work.Gauge()

    for done, at in reports:
        gauge.note(done, 100, at)

    assert gauge.seconds_left == left


def test_saves_of_one_page_are_told_as_one():
    memory = PageMemory()
    for key, done in {"forecast": 30, "metrics": 50}.items():
        work = _work.Save({key: _work.Handed(Seen(1), None)}, lambda report, saved: None)
        work._gauge.note(0, 100, 0)
        work._gauge.note(done, 100, 10)
        memory.saving.append(work)

    ongoing = _work.ongoing(memory)

    assert (ongoing.keys, ongoing.done, ongoing.total) == (("forecast", "metrics"), 80, 200)
    assert ongoing.seconds_left == 24


def stopped(new_tab, gate):
    """A tab whose save was stopped, at an open gate."""
    app = compute(new_tab(AUTOSAVE), forecast=[1.5])
    gate.wait_for_a_save()
    _work.ongoing(saves.memory(app)).stop()
    gate.open()
    return app.run()


def stopping(gate, begin):
    """Draws the line of a waiting script, and has a person press its button."""

    def begin_and_stop(place, work, says):
        line = begin(place, work, says)
        gate.wait_for_a_save()
        work.stop()
        gate.open()
        return line

    return begin_and_stop
