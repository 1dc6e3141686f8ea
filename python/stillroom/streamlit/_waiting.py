"""What a page shows while its script waits for a long save or load of its own.

For what the next line relies on: that the value is durable after `page[key] = value`,
and that it is there after `page[key]` or at the top of a page that brings results back.
What a click began is shown by the panel.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import streamlit as st
from streamlit import runtime
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import in_cached_function

from ._view import Progress
from ._work import Load, Ongoing, Work

LOOK_SECONDS = 0.25
"""How often the line is drawn anew."""


def until_done(work: Work, says: Callable[[Progress], str]) -> None:
    """Wait until it has ended, however long it takes, and say how far it is.

    What Streamlit raises at the drawing ends the script, and so this wait, but not the
    work.
    """
    if not is_on_a_page():
        work.wait()
        return
    place = st.empty()
    line = _begin(place, work, says)
    while not work.wait(LOOK_SECONDS):
        _draw(line, work, says)
    place.empty()


def is_on_a_page() -> bool:
    """Whether something can be drawn here for a person, and clicked."""
    # What a cached function draws is drawn again whenever its result is used.
    return get_script_run_ctx(suppress_warning=True) is not None and not in_cached_function.get()


def is_gone(session: str) -> bool:
    """Whether the tab of this session was closed or loaded anew, or has lost the server."""
    return runtime.exists() and not runtime.get_instance().is_active_session(session)


def session() -> str:
    """The session that runs this script; empty outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return "" if context is None else context.session_id


def _begin(place: DeltaGenerator, work: Work, says: Callable[[Progress], str]) -> DeltaGenerator:
    with place.container(horizontal=True, vertical_alignment="center"):
        line = st.empty()
        _draw(line, work, says)
        # A form takes no button.
        with suppress(StreamlitAPIException):
            st.button("Stop", key=f"stillroom-stop-{work.number}", on_click=work.is_to_stop.set)
    return line


def _draw(line: DeltaGenerator, work: Work, says: Callable[[Progress], str]) -> None:
    now = Ongoing((work,))
    progress = Progress(now.done, now.total, now.seconds_left, is_load=isinstance(work, Load))
    line.progress(progress.share, text=says(progress))
