"""Keeps a result by its name and another in the session, for whoever may."""

import streamlit as st

import stillroom.streamlit as sr

page = sr.page("training", session_keys=["residuals"])
if st.button("Train"):
    page["forecast"] = 210.5
    st.session_state["residuals"] = [0.5, -0.25]
st.metric("Forecast", page.get("forecast", "none"))
st.metric("Residuals", len(st.session_state.get("residuals", [])))
page.panel()
