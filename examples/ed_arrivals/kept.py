"""The one place that names where this app keeps its results.

Several screens use it, and an identifier that is written twice drifts apart.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import stillroom
import stillroom.streamlit as sr
import streamlit as st

from training import RunConfig

log = logging.getLogger("ed_arrivals")

TRAINED = ("predictions", "metrics", "models", "residuals", "config", "surprises")
PLANNED = ("staffing", "key_figures")


def results() -> sr.Page:
    """What the training page keeps, for whoever is looking at the app."""
    return sr.page("train_models", title="Train models", types=[RunConfig])


def plans() -> sr.Page:
    """What the staffing page keeps: what is in the session under `PLANNED`, once it is saved."""
    return sr.page("plan_staffing", title="Plan staffing", session_keys=PLANNED, autosave=False)


def models(hospital: str) -> Mapping[tuple[str, int], Any] | None:
    """The models of the last training; None where there are none for that hospital."""
    page = results()
    try:
        return page["models"] if page["config"].hospital == hospital else None
    except stillroom.StillroomError as error:
        # Nothing is trained, or it can't be had: a plan can do without.
        log.info("no models for a plan: %s", error)
        return None


@contextmanager
def told_by_the_panel() -> Iterator[None]:
    """Leave out what needs a result that can't be had right now.

    The store may be away, or a result damaged or somebody else's. The rest of the page
    goes on; the panel at its end says in words what is wrong, and what can be done.
    """
    try:
        yield
    except stillroom.StillroomError as error:
        log.warning("left out: %s", error)
        st.caption("This can't be shown. The end of this page says why.")
