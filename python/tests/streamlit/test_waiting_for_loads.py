"""A script that waits for a long load: seen, stopped, and never begun anew by a rerun."""

from __future__ import annotations

import gc
import threading
import weakref

import loads
import numpy as np
import pytest
import saves
from reading import label, rows, words
from streamlit.runtime.scriptrunner import (
    RerunData,
    RerunException,
    StopException,
    get_script_run_ctx,
)

import stillroom
from stillroom.streamlit import _link, _loads, _tab, _waiting, _work

RESTORING = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast", "metrics"], autosave=False)
st.text("went on")
page.panel()
"""
READING = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p")
st.text(page["forecast"])
st.text("went on")
page.panel()
"""
RECIPE = """
import streamlit as st
from stillroom.compat import auto_load_if_available, render_results_storage_panel

auto_load_if_available("p", ["forecast", "metrics"])
st.text("went on")
render_results_storage_panel("p", "p", ["forecast", "metrics"])
"""
WAITING = {"session_keys": RESTORING, "page[key]": READING, "the recipe": RECIPE}
FLAG = "__p_loaded_from_db"
LOAD = "stillroom-load-p-forecast"


@pytest.fixture
def gate(monkeypatch, local_store):
    local_store.save_page("p", {"forecast": "first", "metrics": 2})
    with loads.held_up(monkeypatch) as gate:
        yield gate


@pytest.fixture
def drawn(monkeypatch):
    """`drawn(first, second, …)`: what happens when a waiting script says how far it is.

    The first thing at the first time, and so on; each is given the load.
    """
    draw = _waiting._draw

    def happening(*happens):
        left = list(happens)

        def act(line, work, says):
            if left:
                left.pop(0)(work)
            draw(line, work, says)

        monkeypatch.setattr(_waiting, "_draw", act)

    return happening


def reruns(work):
    """A click in a fragment of the page, or anywhere where fast reruns are off."""
    raise RerunException(RerunData(query_string=get_script_run_ctx().query_string))


def stops(work):
    """A click on *Stop*."""
    work.is_to_stop.set()
    reruns(work)


def ends(work):
    """A click elsewhere on the page, for which another run begins; or the tab is gone."""
    raise StopException


@pytest.fixture
def gone(monkeypatch):
    """`gone(True)`: the server has no tab any more."""
    found = [False]
    monkeypatch.setattr(_waiting, "is_gone", lambda session: found[0])
    return lambda is_gone: found.__setitem__(0, is_gone)


def texts(app):
    assert not app.exception, [error.message for error in app.exception]
    return [text.value for text in app.text]


@pytest.mark.parametrize("script", WAITING.values(), ids=WAITING)
def test_page_goes_on_when_its_value_is_there(new_tab, gate, drawn, script):
    drawn(lambda work: gate.open())

    app = new_tab(script).run()

    assert texts(app)[-1] == "went on"
    assert label(app) == "All 2 results saved"
    assert not app.get("progress")
    assert saves.memory(app).loading == []


@pytest.mark.parametrize(
    ("script", "line"),
    [(RESTORING, "Loading 2 results · "), (READING, "Loading forecast · ")],
    ids=["session_keys", "page[key]"],
)
def test_waiting_script_says_how_far_the_load_is(new_tab, gate, monkeypatch, script, line):
    said, draw = [], _waiting._draw

    def look(place, work, says):
        gate.wait_for_a_load() if not said else gate.open()
        draw(place, work, lambda progress: said.append(says(progress)) or said[-1])

    monkeypatch.setattr(_waiting, "_draw", look)

    new_tab(script).run()

    assert said[0].startswith(line)
    assert "You can keep working." not in said[0]


@pytest.mark.parametrize("script", WAITING.values(), ids=WAITING)
def test_nothing_is_drawn_for_what_is_there_at_once(new_tab, gate, drawn, monkeypatch, script):
    monkeypatch.setattr(_work.Load, "patience", loads.PATIENCE)
    drawn(lambda work: pytest.fail("something was drawn"))
    gate.open()

    assert texts(new_tab(script).run())[-1] == "went on"


@pytest.mark.parametrize("script", WAITING.values(), ids=WAITING)
def test_reruns_go_on_waiting_for_the_load_that_is_under_way(new_tab, gate, drawn, script):
    drawn(reruns, reruns, reruns, lambda work: gate.open())

    app = new_tab(script).run()

    assert texts(app)[-1] == "went on"
    assert len(gate.begun) == 1


@pytest.mark.parametrize("script", WAITING.values(), ids=WAITING)
def test_run_after_one_that_was_ended_waits_for_the_same_load(new_tab, gate, drawn, script):
    drawn(ends, ends, lambda work: gate.open())
    app = new_tab(script).run().run()
    assert texts(app) == []
    assert saves.memory(app).restored == set()
    assert FLAG not in app.session_state

    app.run()

    assert texts(app)[-1] == "went on"
    assert len(gate.begun) == 1


@pytest.mark.parametrize("script", WAITING.values(), ids=WAITING)
def test_load_that_ends_between_two_runs_is_not_begun_again(new_tab, gate, drawn, script):
    drawn(lambda work: (gate.open(), ends(work)))

    app = new_tab(script).run().run()

    assert texts(app)[-1] == "went on"
    assert len(gate.begun) == 1


@pytest.mark.parametrize("script", [RESTORING, RECIPE], ids=["session_keys", "the recipe"])
def test_script_that_is_ended_when_the_values_are_there_leaves_them_to_the_next(
    new_tab, gate, drawn, monkeypatch, script
):
    # To put something into the session is a call of Streamlit too.
    put = _tab.Tab.put

    def put_ends(*_):
        monkeypatch.setattr(_tab.Tab, "put", put)
        raise StopException

    monkeypatch.setattr(_tab.Tab, "put", put_ends)
    drawn(lambda work: gate.open())

    app = new_tab(script).run().run()

    assert app.session_state["forecast"] == "first"
    assert len(gate.begun) == 1


@pytest.mark.parametrize("script", WAITING.values(), ids=WAITING)
def test_tab_that_is_gone_ends_its_load_and_nothing_counts_as_restored(
    new_tab, gate, drawn, gone, script
):
    ended = []
    drawn(lambda work: (ended.append(work), ends(work)))

    app = new_tab(script).run()
    gone(True)
    gate.open()

    assert ended[0].was_stopped
    assert saves.memory(app).restored == set()
    assert saves.memory(app).declined == set()
    assert FLAG not in app.session_state


@pytest.mark.parametrize("script", WAITING.values(), ids=WAITING)
def test_tab_that_has_lost_the_server_for_a_moment_loads_again(new_tab, gate, drawn, gone, script):
    drawn(ends)
    app = new_tab(script).run()
    gone(True)
    gate.open()

    gone(False)
    app.run()

    assert len(gate.begun) == 2
    assert texts(app)[-1] == "went on"
    assert label(app) == "All 2 results saved"


def test_load_that_the_next_run_does_not_ask_for_is_let_go(new_tab, gate, drawn):
    def turns_away(work):
        gate.open()
        work.wait()
        app.session_state["elsewhere"] = True
        reruns(work)

    drawn(turns_away)
    app = new_tab(
        READING.replace(
            'st.text(page["forecast"])',
            'if not st.session_state.get("elsewhere"):\n    st.text(page["forecast"])',
        )
    )
    app.run()
    app.session_state["elsewhere"] = True
    app.run()

    assert saves.memory(app).loading == []
    assert saves.memory(app).values == {}


# Stopped.


@pytest.mark.parametrize("script", [RESTORING, RECIPE], ids=["session_keys", "the recipe"])
def test_stopped_restore_leaves_its_keys_to_a_click_and_the_page_goes_on(
    new_tab, gate, drawn, script
):
    drawn(stops)
    app = new_tab(script).run()
    gate.open()

    app.run().run()

    assert texts(app) == ["went on"]
    assert len(gate.begun) == 1
    assert "forecast" not in app.session_state
    assert rows(app)["forecast"].endswith(". Not loaded")
    assert rows(app)["metrics"].endswith(". Not loaded")
    app.button(key="stillroom-p-row-forecast-do").click().run().run()
    assert app.session_state["forecast"] == "first"
    assert "metrics" not in app.session_state


def test_stop_is_heeded_when_the_script_hears_of_it_first(new_tab, gate, drawn):
    drawn(lambda work: (work.stop(), gate.open()))

    app = new_tab(RESTORING).run()

    assert rows(app)["forecast"].endswith(". Not loaded")
    assert "forecast" not in app.session_state


@pytest.mark.parametrize("script", WAITING.values(), ids=WAITING)
def test_who_has_stopped_gets_nothing_that_was_loaded_all_the_same(
    new_tab, gate, drawn, monkeypatch, script
):
    # It has read everything, and heeds no stop while it makes the values.
    monkeypatch.setattr(_work.Load, "_report", lambda *_: None)
    drawn(lambda work: (gate.open(), stops(work)))

    app = new_tab(script).run().run()

    assert len(gate.begun) == 1
    assert "forecast" not in app.session_state
    assert saves.memory(app).values == {}
    assert saves.memory(app).loading == []


def test_stopped_restore_of_one_version_counts_for_the_next(new_tab, gate, drawn, local_store):
    def saves_and_stops(work):
        local_store.save("p", "forecast", "second")
        stops(work)

    drawn(saves_and_stops)

    app = new_tab(RESTORING).run()

    assert rows(app)["forecast"].endswith(". Not loaded")
    assert len(gate.begun) == 1


def test_version_saved_meanwhile_is_the_one_that_is_restored(new_tab, gate, drawn, local_store):
    begun = []

    def saves_and_reruns(work):
        begun.append(work)
        local_store.save("p", "forecast", "second")
        reruns(work)

    drawn(saves_and_reruns, lambda work: gate.open())

    app = new_tab(RESTORING).run()

    assert begun[0].was_stopped
    assert app.session_state["forecast"] == "second"
    assert label(app) == "All 2 results saved"


def test_recipe_that_is_told_to_load_again_does_after_a_stop(new_tab, gate, drawn):
    drawn(stops)
    app = new_tab(RECIPE).run()
    gate.open()
    app.run()
    assert app.session_state[FLAG] is True

    app.session_state[FLAG] = False
    app.run()

    assert app.session_state["forecast"] == "first"


def test_page_whose_value_was_stopped_ends_there_with_an_offer(new_tab, gate, drawn):
    drawn(stops)
    app = new_tab(READING).run()
    gate.open()

    app.run().run()

    assert texts(app) == []
    assert len(gate.begun) == 1
    assert app.markdown[0].value.endswith(" is not loaded. This page goes on when it is.")
    assert [button.label for button in app.button] == ["Load"]
    app.button(key=LOAD).click().run()
    assert texts(app) == ["first", "went on"]


def test_value_that_was_stopped_has_a_load_in_its_row(new_tab, gate, drawn):
    drawn(stops)
    app = new_tab(
        READING.replace(
            'st.text(page["forecast"])',
            'if not st.session_state.get("elsewhere"):\n    st.text(page["forecast"])',
        )
    )
    app.run()
    gate.open()
    app.session_state["elsewhere"] = True
    app.run()

    assert rows(app)["forecast"].endswith(". Not loaded")
    app.button(key="stillroom-p-row-forecast-do").click().run().run()
    del app.session_state["elsewhere"]
    assert texts(app.run())[0] == "first"


def test_value_assigned_after_a_stop_is_there(new_tab, gate, drawn):
    drawn(stops)
    app = new_tab(
        READING.replace(
            'st.text(page["forecast"])',
            'if "computed" in st.session_state:\n    page["forecast"] = st.session_state.pop("computed")\n'
            'st.text(page["forecast"])',
        )
    ).run()
    gate.open()

    app.session_state["computed"] = "second"

    assert texts(app.run().run()) == ["second", "went on"]


def test_value_deleted_after_a_stop_is_loaded_by_itself_once_there_is_another(
    new_tab, gate, drawn, local_store
):
    drawn(stops)
    app = new_tab(
        READING.replace(
            'st.text(page["forecast"])',
            'if st.session_state.pop("delete", False):\n    del page["forecast"]\n'
            'st.text(page["forecast"] if "forecast" in page else None)',
        )
    ).run()
    gate.open()

    app.session_state["delete"] = True
    app.run()
    local_store.save("p", "forecast", "second")

    assert texts(app.run()) == ["second", "went on"]


def test_value_is_loaded_in_a_form_where_no_button_can_offer_it(new_tab, gate, drawn):
    def stops_one(work):
        work.stop()
        gate.open()
        reruns(work)

    drawn(stops_one)
    app = new_tab(
        RESTORING.replace(
            'st.text("went on")',
            'with st.form("f"):\n    st.text(page["forecast"])\n    st.form_submit_button("Go")',
        )
    )
    app.run()

    assert texts(app) == ["first"]
    assert not [text for text in app.markdown if "is not loaded" in text.value]


# Where nobody can be shown anything.

CACHED = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p")

@st.cache_data
def forecast():
    return page["forecast"]

st.text(forecast())
"""
THREAD = """
import threading
import streamlit as st
import stillroom.streamlit as sr

page, found = sr.page("p"), []
thread = threading.Thread(target=lambda: found.append(page["forecast"]))
thread.start()
thread.join()
st.text(found[0])
"""


@pytest.mark.parametrize("script", [CACHED, THREAD], ids=["cached function", "thread"])
def test_where_nobody_looks_it_is_waited_for(new_tab, gate, drawn, script):
    drawn(lambda work: pytest.fail("something was drawn"))
    threading.Thread(target=lambda: (gate.wait_for_a_load(), gate.open())).start()

    assert texts(new_tab(script).run()) == ["first"]


# What goes wrong.

AWAY = stillroom.UnavailableError("connection refused (os error 111)")


def test_store_that_goes_away_during_a_restore_leaves_nothing_marked(new_tab, gate, drawn, later):
    gate.fails_with = AWAY
    drawn(lambda work: gate.open())
    app = new_tab(RESTORING).run()
    assert label(app) == "Results store can't be reached"
    assert saves.memory(app).restored == set()

    gate.fails_with = None
    later(6)
    app.run()

    assert app.session_state["forecast"] == "first"


def test_what_can_not_be_opened_keeps_the_others_from_nothing(new_tab, gate, drawn, monkeypatch):
    load_page = stillroom.Store.load_page

    def half(self, page, keys=None, **how):
        loaded = load_page(self, page, keys, **how)
        failed = {"forecast": stillroom.CorruptError("damaged")}
        return stillroom.PageLoad({"metrics": loaded["metrics"]}, loaded.versions, failed)

    monkeypatch.setattr(stillroom.Store, "load_page", half)
    drawn(lambda work: gate.open())

    app = new_tab(RESTORING).run()

    assert app.session_state["metrics"] == 2
    assert rows(app)["forecast"] == "Version 1 is damaged and was not loaded."


@pytest.mark.parametrize(
    "error", [stillroom.CorruptError("damaged"), AWAY, ZeroDivisionError("nobody thought of")]
)
def test_page_raises_what_its_load_fails_with(new_tab, gate, drawn, error):
    gate.fails_with = error
    drawn(lambda work: gate.open())

    app = new_tab(READING).run()

    assert app.exception[0].message == str(error)
    assert app.exception[0].proto.type.rpartition(".")[2] == type(error).__name__


def test_stop_button_keeps_no_value_alive(new_tab, gate, drawn, local_store):
    local_store.save("p", "forecast", np.arange(1000.0))
    drawn(lambda work: gate.open())
    app = new_tab(READING).run()
    alive = weakref.ref(saves.memory(app).values["forecast"])

    saves.memory(app).values.clear()

    gc.collect()
    assert alive() is None


# By a link.


@pytest.fixture
def linked_tab(new_tab, gate, local_store):
    """A tab that was come into by a link to the first of two versions; not run yet."""
    (record,) = local_store.history("p", "forecast")
    local_store.save("p", "forecast", "second")
    app = new_tab(READING)
    app.query_params[_link.PARAMETER] = _link.link_to(local_store.owner, record).text()
    return app


def test_version_of_a_link_is_waited_for(linked_tab, gate, drawn):
    drawn(reruns, lambda work: gate.open())

    linked_tab.run()

    assert texts(linked_tab) == ["first", "went on"]
    assert gate.begun == [["forecast"]]


def test_stopped_link_is_said_and_the_current_results_are_shown(linked_tab, gate, drawn):
    drawn(stops, lambda work: gate.open())

    linked_tab.run().run()

    assert texts(linked_tab) == ["second", "went on"]
    assert "The link leads to version 1 of forecast, which was not loaded." in words(linked_tab)
    assert gate.begun == [["forecast"], ["forecast"]]


def test_link_that_is_left_ends_its_load(linked_tab, gate, drawn):
    ended = []

    def turns_away(work):
        ended.append(work)
        raise RerunException(RerunData(query_string=""))

    drawn(turns_away, lambda work: gate.open())

    linked_tab.run()

    assert texts(linked_tab) == ["second", "went on"]
    assert ended[0].was_stopped


def test_small_values_are_loaded_without_a_thread(new_tab, local_store, monkeypatch):
    local_store.save_page("p", {"forecast": "first", "metrics": 2})
    monkeypatch.setattr(_loads, "begin", lambda *_: pytest.fail("a thread was started"))

    assert texts(new_tab(RESTORING).run()) == ["went on"]
    assert texts(new_tab(READING).run()) == ["first", "went on"]
