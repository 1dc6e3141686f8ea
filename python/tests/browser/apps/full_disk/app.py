"""A page whose new result finds a full disk, and whose panel tries again every second."""

import streamlit as st

import stillroom
import stillroom.streamlit as sr
from stillroom.streamlit import _session

_session.RETRY_SECONDS = (1,)


def full(self, *_):
    """What every save finds, but for those in memory."""
    if self.location == "memory:":
        return save(self, *_)
    raise stillroom.DiskFullError("disk is full")


save = getattr(stillroom.Store, "_save_set_with_room", stillroom.Store._save_set)
stillroom.Store._save_set_with_room = save
stillroom.Store._save_set = full

page = sr.page("train_models", session_keys=["forecast"])
st.session_state.setdefault("forecast", [1.0, 2.5])
if "metrics" in page:
    st.metric("RMSE", page["metrics"]["rmse"])
page.panel()
