"""Shows every state of the panel of saved results, from fixed data.

Run with `streamlit run app.py`; `?state=all-saved` shows one state alone. It draws
with the private modules of stillroom.streamlit, whose look it is there to judge: it is
no example of how an app uses them.
"""

from __future__ import annotations

import streamlit as st
from stillroom.streamlit import _draw
from stillroom.streamlit._view import Action

from fixed import Shown
from states import groups, states


def main() -> None:
    st.set_page_config(page_title="Panel states", page_icon=":material/inventory_2:")
    shown = states()
    wanted = st.query_params.get("state")
    if wanted in shown:
        show(wanted, shown[wanted])
        return
    st.title("Panel states")
    st.caption(f"All {len(shown)} of them, from fixed results at a fixed moment.")
    for heading, group in groups().items():
        st.header(heading)
        for name, one in group.items():
            show_among_others(name, one)


def show_among_others(name: str, one: Shown) -> None:
    planned = " :gray-badge[Planned]" if one.is_planned else ""
    with st.container(gap=None):
        st.markdown(f"#### {one.title}{planned}")
        st.caption(f"{one.when} [Alone](?state={name})")
    show(name, one)


def show(name: str, one: Shown) -> None:
    key = f"gallery-{name}"
    if f"{key}-seen" not in st.session_state:
        st.session_state[f"{key}-seen"] = True
        _draw.set_open(key, one.is_open)
    else:
        _draw.set_open(key, _draw.is_open(key))
    _draw.draw(one.view, key, say)


def say(key: str | None, action: Action) -> None:
    about = "the page" if key is None else key
    st.toast(f"{action.does.value.capitalize()}: {about}")


main()
