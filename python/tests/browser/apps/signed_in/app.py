"""An app that signs people in, and computes for whoever is there."""

import streamlit as st

import stillroom.streamlit as sr

page = sr.page("training", session_keys=["residuals"])
if st.button("Train"):
    page["forecast"] = 210.5
    st.session_state["residuals"] = [0.5, -0.25]
if st.user.is_logged_in and st.button("Sign out"):
    st.logout()
st.caption(f"You are {st.user.get('name', 'nobody')}.")
st.metric("Forecast", page.get("forecast", "none"))
st.metric("Residuals", len(st.session_state.get("residuals", [])))
page.panel()
