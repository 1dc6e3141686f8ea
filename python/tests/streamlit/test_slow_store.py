"""A store that takes 400 ms each time: what counts is how often it is asked.

No test waits for it. Each call moves the clock that the panel goes by.
"""

from __future__ import annotations

from collections import Counter

import pytest
from counting import count_calls
from reading import label, opened, words

from stillroom.streamlit import _link

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast", "metrics"], autosave=st.session_state.get("auto", True))
if "models" not in page:
    page["models"] = [1, 2, 3]
st.text(page["models"])
st.session_state.update(st.session_state.pop("computed", {}))
page.panel()
"""

COMPAT = """
import streamlit as st
from stillroom.compat import auto_load_if_available, render_results_storage_panel

auto_load_if_available("p")
render_results_storage_panel("p", "p", ["forecast", "metrics"])
"""


@pytest.fixture
def calls(local_store, monkeypatch, later) -> Counter[str]:
    """How often each call of the store was made; by the panel's clock each took its time."""
    local_store.save_page("p", {"forecast": 1, "metrics": 2, "models": 3})
    return count_calls(monkeypatch, later)


@pytest.mark.parametrize("script", [PAGE, COMPAT], ids=["page", "recipe"])
@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
def test_rerun_with_nothing_changed_asks_nothing(new_tab, calls, later, script, is_open):
    app = new_tab(script).run()
    if is_open:
        opened(app)
    app.run()
    calls.clear()

    later(25)
    app.run().run().run()

    assert not app.exception
    assert calls == {}


def test_rerun_after_a_while_asks_once_for_the_listing(new_tab, calls, later):
    app = new_tab(PAGE).run()
    calls.clear()

    later(31)
    app.run().run()

    assert calls == {"results": 1}


def test_new_tab_lists_and_loads_each_key_once(new_tab, calls):
    app = new_tab(PAGE).run()

    assert app.session_state["forecast"] == 1
    assert calls["load"] == 3
    # One for what is there, and one in each load of a set, to read it at one moment.
    assert calls["results"] == 3
    assert calls["record"] == 1


def test_save_by_itself_asks_for_the_save_and_the_new_listing(new_tab, calls):
    app = new_tab(PAGE).run()
    calls.clear()

    app.session_state["computed"] = {"forecast": 7}
    app.run()
    app.run()

    assert label(app) == "All 3 results saved"
    assert calls == {"save": 1, "results": 1}


@pytest.mark.parametrize("text", ["link", "p/metrics/1/0123456789abcdef", "nothing/of/ours"])
def test_link_is_looked_up_once(new_tab, local_store, calls, text):
    (record, *_) = local_store.history("p", "metrics")
    app = new_tab(PAGE)
    app.query_params[_link.PARAMETER] = (
        _link.link_to(local_store.owner, record).text() if text == "link" else text
    )
    app.run()
    calls.clear()

    app.run().run()

    assert calls == {}


def test_values_that_wait_for_the_button_are_looked_at_once_and_not_sent(new_tab, calls):
    app = new_tab(PAGE, auto=False).run()
    calls.clear()

    app.session_state["computed"] = {"forecast": [7], "metrics": [8]}
    app.run().run().run()

    assert label(app) == "2 changes not saved"
    assert calls == {"check": 2}


# By what the menu of a row says: how many calls it may take, and what is to be read then.
ACTS = {
    "Preview": (2, "version 3, saved"),
    "Versions": (3, "Version 3"),
    "Save again": (4, "Nothing to save"),
    "Download": (2, "3 versions, "),
    "Delete": (2, "The value in this tab stays."),
}


@pytest.mark.parametrize(("action", "most", "said"), [(a, *b) for a, b in ACTS.items()], ids=ACTS)
def test_click_in_a_row_asks_a_few_times(new_tab, local_store, calls, action, most, said):
    for rmse in (1.25, 1.5):
        local_store.save("p", "metrics", {"rmse": rmse})
    app = new_tab(PAGE).run()
    opened(app)
    calls.clear()

    choose(app, "metrics", action)

    assert said in words(app)
    assert calls.total() <= most, calls


def test_whole_session_with_a_slow_store_goes_through(new_tab, calls, later):
    app = new_tab(PAGE).run()
    opened(app)
    for number in range(3):
        app.session_state["computed"] = {"forecast": number, "metrics": [number]}
        app.run()
        assert label(app) == "All 3 results saved"
        later(31)
        app.run()
    choose(app, "forecast", "Delete")
    app.button(key="stillroom-p-dialog-delete").click().run()
    app.button(key="stillroom-p-row-forecast-do").click().run()

    assert label(app) == "All 3 results saved"
    calls.clear()
    assert label(app.run()) == "All 3 results saved"
    assert calls == {}


def choose(app, key, action):
    """Pick an action from a row's menu."""
    (menu,) = [one for one in app.get("menu_button") if one.key == f"stillroom-p-row-{key}-menu"]
    menu.set_value(action).run()
