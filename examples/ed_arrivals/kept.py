"""The one place that names where this app keeps its results.

Two screens use it, and an identifier that is written twice drifts apart.
"""

from __future__ import annotations

import stillroom.streamlit as sr

from training import RunConfig

TRAINED = ("predictions", "metrics", "models", "residuals", "config", "surprises")


def results() -> sr.Page:
    """What the training page keeps, for whoever is looking at the app."""
    return sr.page("train_models", title="Train models", types=[RunConfig])
