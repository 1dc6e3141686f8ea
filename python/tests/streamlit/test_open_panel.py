"""When the panel opens, when it stays as somebody left it, and how long it says what it did."""

from __future__ import annotations

from reading import label, opened

OPEN = "stillroom-p-open"
SAVE_ALL = "stillroom-p-save"

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"], autosave=False)
if "compute" in st.session_state:
    st.session_state["forecast"] = st.session_state.pop("compute")
    if st.session_state.get("starts anew"):
        st.rerun()
page.panel()
"""


def is_open(app) -> bool:
    (panel,) = app.expander
    return bool(panel.children)


def test_panel_opens_by_itself_when_something_begins_to_need_a_person(new_tab):
    app = new_tab(PAGE).run()
    assert not is_open(app)

    app.session_state["compute"] = [1]
    app.run()

    assert is_open(app)


def test_panel_that_somebody_closed_stays_closed(new_tab):
    app = new_tab(PAGE, compute=[1]).run()

    app.session_state[OPEN] = False
    app.run()
    assert not is_open(app)
    app.session_state["compute"] = [1, 2]
    app.run()

    assert label(app) == "1 result not saved"
    assert not is_open(app)


def test_open_panel_stays_open_when_the_page_starts_anew(new_tab):
    # Streamlit 1.57 forgets a widget whose run ended before it, which closed the panel.
    app = new_tab(PAGE, **{"starts anew": True}).run()
    opened(app)

    for value in ([1], [1, 2]):
        app.session_state["compute"] = value
        app.run()

    assert label(app) == "1 result not saved"
    assert is_open(app)


def test_what_a_save_did_is_said_until_the_page_runs_again(new_tab):
    app = new_tab(PAGE, compute=[1]).run()

    app.button(key=SAVE_ALL).click().run()
    assert label(app) == "Saved 1 result"
    app.run()

    assert label(app) == "1 result saved"
