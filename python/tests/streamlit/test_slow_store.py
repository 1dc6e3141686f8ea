"""How often a page asks its store: for one that takes 400 ms each time, that is what counts."""

from __future__ import annotations

from collections import Counter

import pytest
from reading import label, opened

import stillroom
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

AT_HAND = frozenset({"as_owner", "location", "owner", "is_local", "durability", "notices", "close"})
"""What an open store knows without asking anything."""


class Counted:
    """The extension's store, with each call that would travel counted."""

    def __init__(self, core, calls: Counter[str]) -> None:
        self._core, self._calls = core, calls

    def __getattr__(self, name: str):
        found = getattr(self._core, name)
        if name == "as_owner":
            return lambda owner: Counted(found(owner), self._calls)
        if name not in AT_HAND:
            self._calls[name] += 1
        return found


@pytest.fixture
def calls(local_store, monkeypatch) -> Counter[str]:
    """How often each call of the store was made."""
    counted: Counter[str] = Counter()
    begin = stillroom.Store.__init__

    def count(self, core, types):
        begin(self, core if isinstance(core, Counted) else Counted(core, counted), types)

    local_store.save_page("p", {"forecast": 1, "metrics": 2, "models": 3})
    monkeypatch.setattr(stillroom.Store, "__init__", count)
    return counted


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
