"""What a page shows while its script waits for a long save of its own.

Only for `page[key] = value`, whose next line may rely on the value being durable. The
other saves are shown by the panel.
"""

from __future__ import annotations

from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import in_cached_function

from . import _words
from ._view import Progress
from ._work import Ongoing, Work

LOOK_SECONDS = 0.25
"""How often the line is drawn anew."""


def until_done(work: Work) -> None:
    """Wait until a save has ended, however long it takes, and say how far it is.

    What Streamlit raises at the drawing ends the script, and so this wait, but not the
    save.
    """
    # What a cached function draws is drawn again whenever its result is used.
    if get_script_run_ctx(suppress_warning=True) is None or in_cached_function.get():
        work.wait()
        return
    place = st.empty()
    line = _begin(place, work)
    while not work.wait(LOOK_SECONDS):
        _draw(line, Ongoing((work,)))
    place.empty()


def _begin(place: DeltaGenerator, work: Work) -> DeltaGenerator:
    with place.container(horizontal=True, vertical_alignment="center"):
        line = st.empty()
        _draw(line, Ongoing((work,)))
        # A form takes no button.
        with suppress(StreamlitAPIException):
            st.button("Stop", key=f"stillroom-stop-{work.number}", on_click=work.stop)
    return line


def _draw(line: DeltaGenerator, ongoing: Ongoing) -> None:
    progress = Progress(ongoing.done, ongoing.total, ongoing.seconds_left)
    line.progress(progress.share, text=_words.saving(len(ongoing.keys), progress))
